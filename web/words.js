/**
 * The widgets' own words in the language of ComfyUI's page.
 *
 * Widgets are written in English. Their words are exchanged for those of `locales/<language>/main.json`, now and whenever
 * they change; what is not found there stays as it is.
 */

import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";

const SHOWN = ["title", "aria-label", "placeholder"];
const LEFT = "style, script, textarea";

/** @type {Record<string, string>} What is shown in place of what is written. */
let words = {};

/** Fetch the words of the page's language; English ones are there already. */
async function load() {
  const locale = String(app.extensionManager?.setting?.get?.("Comfy.Locale") ?? "en");
  if (locale.startsWith("en")) return;
  const answer = await api.fetchApi("/i18n");
  if (answer.ok) words = (await answer.json())[locale]?.latentLevers ?? {};
}

/** @param {Node} node A text, or an element with all that is in it. */
function exchange(node) {
  if (node.nodeType === Node.TEXT_NODE) {
    const said = words[node.nodeValue.trim()];
    if (said && !node.parentElement?.matches(LEFT)) node.nodeValue = said;
  } else if (node.nodeType === Node.ELEMENT_NODE) {
    for (const name of SHOWN) {
      const said = words[node.getAttribute(name)];
      if (said) node.setAttribute(name, said);
    }
    node.childNodes.forEach(exchange);
  }
}

/**
 * Have a widget speak the page's language.
 *
 * @param {HTMLElement} element The widget's own.
 */
export function translate(element) {
  if (!Object.keys(words).length) return;
  exchange(element);
  const look = (changes) => changes.forEach(({ target, addedNodes }) => [target, ...addedNodes].forEach(exchange));
  new MutationObserver(look).observe(element, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
    attributeFilter: SHOWN,
  });
}

app.registerExtension({ name: "latentlevers.Words", init: load });
