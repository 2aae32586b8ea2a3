// Colours of our own types at sockets and links, in both renderers. A palette of the user's that has a colour for one wins.

import { app } from "../../scripts/app.js";

/** @type {Object<string, string>} By type; none is among ComfyUI's own, and all can be told apart on dark and light ground. */
const COLORS = { GAN: "#e07a5f", GAN_LATENT: "#c77dff", GAN_DIRECTIONS: "#2ec4b6", GAN_CROP: "#f2b33d", GAN_ENCODER: "#7aa2f7" };

/** Give a table of colours ours. The page empties entries of unknown types whenever it loads a palette. */
function addTo(table) {
  if (!table) return;
  for (const [type, color] of Object.entries(COLORS)) {
    let chosen = table[type];
    Object.defineProperty(table, type, {
      get: () => chosen || color,
      set: (value) => (chosen = value),
      enumerable: true,
      configurable: true,
    });
  }
}

/** The Vue renderer reads variables, which a palette sets on the elements themselves. */
function addVariables() {
  const sheet = new CSSStyleSheet();
  const lines = Object.entries(COLORS).map(([type, color]) => `--color-datatype-${type}: ${color};`);
  sheet.replaceSync(`:root { ${lines.join(" ")} }`);
  document.adoptedStyleSheets.push(sheet);
}

app.registerExtension({
  name: "latentlevers.SocketColors",
  setup() {
    addTo(app.canvas.default_connection_color_byType);
    addTo(app.canvas.constructor.link_type_colors);
    addVariables();
  },
});
