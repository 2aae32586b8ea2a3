/** Styles of GANExplorer, in the colours and the font of ComfyUI's page, light or dark: its parts and where they stand. */

import { leverStyle } from "./explorer_lever_style.js";
import { photoStyle } from "./explorer_photo.js";
import { styleOf } from "./elements.js";

const CSS = `
.ll-explorer { --ll-accent: #ff8c1a; --ll-ink: var(--input-text, #ddd); --ll-faint: var(--descrip-text, #999);
  --ll-field: var(--comfy-input-bg, #222); --ll-line: var(--border-color, #4e4e4e); --ll-type: var(--font-inter, var(--font-sans, inherit));
  box-sizing: border-box; position: relative; display: grid; gap: 8px 10px; width: 100%; height: 100%;
  min-width: 0; overflow: hidden; font: 12px/16px var(--ll-type); color: var(--ll-ink); user-select: none; pointer-events: auto; }
.ll-explorer * { box-sizing: border-box; }
.ll-explorer [hidden] { display: none !important; }
.ll-explorer:focus { outline: none; }
.ll-explorer[data-arrangement="middle"] { grid: "region side" minmax(0, 1fr) "found found" auto / minmax(0, 6fr) minmax(0, 4fr); }
.ll-explorer[data-arrangement="wide"] { grid: "region side" minmax(0, 1fr) "region found" auto / minmax(0, 6fr) minmax(0, 4fr); }
.ll-explorer[data-arrangement="tall"] { grid: "region" minmax(0, 6fr) "side" minmax(0, 2fr) "found" auto / minmax(0, 1fr); }
.ll-explorer > .ll-region { grid-area: region; height: 100%; }
.ll-explorer > .ll-side { grid-area: side; min-width: 0; min-height: 0; display: flex; flex-direction: column; gap: 6px; }
.ll-explorer > .ll-found { grid-area: found; min-width: 0; min-height: 0; display: flex; flex-direction: column; gap: 4px; }
.ll-explorer:not([data-phase="live"]) > :is(.ll-region, .ll-side, .ll-found) { display: none; }
.ll-explorer .ll-region.ll-vue { height: 100%; }
.ll-explorer .ll-region.ll-vue .ll-stage { flex: 1 1 0; max-height: none; aspect-ratio: auto; }

.ll-explorer .ll-side button, .ll-explorer .ll-found .ll-rest, .ll-explorer .ll-start { all: unset; box-sizing: border-box; height: 26px; min-width: 26px; padding: 0 6px;
  gap: 5px; cursor: pointer; flex: none; display: inline-flex; align-items: center; justify-content: center; border-radius: 4px; font: 12px/16px var(--ll-type); white-space: nowrap;
  background: var(--ll-field); color: var(--ll-ink); border: 1px solid var(--ll-line); touch-action: manipulation; }
.ll-explorer .ll-side button:hover:enabled, .ll-explorer .ll-rest:hover { border-color: var(--ll-ink); }
.ll-explorer .ll-side button:disabled { opacity: 0.4; cursor: default; }
.ll-explorer .ll-side button[aria-pressed="true"] { background: var(--ll-accent); border-color: var(--ll-accent); color: #1a1a1a; }
.ll-explorer :is(button, input):focus-visible { outline: 2px solid var(--ll-accent); outline-offset: -1px; }
.ll-explorer svg { width: 15px; height: 15px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linejoin: round; stroke-linecap: round; }

.ll-explorer .ll-head, .ll-explorer .ll-foot { display: flex; flex-wrap: wrap; align-items: center; gap: 4px; flex: none; min-width: 0; }
.ll-explorer .ll-room { flex: 1 1 0; }
.ll-explorer .ll-hold { display: flex; flex: 1 1 auto; align-items: center; gap: 6px; min-height: 26px; min-width: 0; color: var(--ll-faint); cursor: pointer; }
.ll-explorer .ll-hold input { width: 16px; height: 16px; margin: 0 1px; accent-color: var(--ll-accent); cursor: pointer; }
.ll-explorer .ll-hold:hover { color: var(--ll-ink); }
.ll-explorer .ll-advanced { flex: none; }
.ll-explorer .ll-truncation { display: flex; align-items: center; gap: 8px; min-height: 26px; color: var(--ll-faint); }
.ll-explorer .ll-truncation input { flex: 1 1 0; min-width: 30px; }
.ll-explorer .ll-truncation output { min-width: 30px; text-align: right; font-variant-numeric: tabular-nums; }

.ll-explorer .ll-film { display: flex; align-items: stretch; gap: 3px; flex: none; height: clamp(40px, 12%, 84px); }
.ll-explorer .ll-film > button { height: auto; }
.ll-explorer .ll-faces { position: relative; flex: 1 1 0; min-width: 0; display: flex; gap: 3px; overflow-x: auto; overflow-y: hidden; scrollbar-width: none; }
.ll-explorer .ll-faces::before, .ll-explorer .ll-faces::after { content: ""; flex: 1 0 0; }
.ll-explorer .ll-faces button { height: 100%; aspect-ratio: var(--ll-sides, 1); padding: 0; overflow: hidden; color: var(--ll-faint); }
.ll-explorer .ll-faces button[aria-pressed="true"] { background: var(--ll-field); border-color: var(--ll-accent); box-shadow: inset 0 0 0 1px var(--ll-accent); color: var(--ll-ink); }
.ll-explorer .ll-faces canvas { position: static; width: 100%; height: 100%; }
.ll-explorer .ll-faces button[aria-pressed="true"] canvas { border: 2px solid var(--ll-accent); }
.ll-explorer .ll-drawn span { display: none; }
.ll-explorer .ll-which { align-self: center; padding: 0 3px; font-variant-numeric: tabular-nums; white-space: nowrap; color: var(--ll-faint); }

.ll-explorer .ll-changed { position: absolute; z-index: 2; top: 0; left: 0; right: 0; display: flex; align-items: center; justify-content: space-between; gap: 8px; padding: 5px 6px 5px 12px;
  font: 600 13px/18px var(--ll-type); background: #f2b33d; color: #1a1a1a; cursor: default; }
.ll-explorer .ll-region .ll-changed button { color: #1a1a1a; background: rgba(255, 255, 255, 0.45); border-color: rgba(0, 0, 0, 0.25); }
.ll-explorer > .ll-notice { position: absolute; inset: 0; display: grid; place-content: center; padding: 12px; cursor: default; }
.ll-explorer .ll-card { display: flex; flex-direction: column; align-items: center; gap: 10px; max-width: 340px; padding: 26px 28px; text-align: center;
  border: 1px solid var(--ll-line); border-radius: 12px; background: var(--ll-field); }
.ll-explorer .ll-card strong { font-size: 16px; line-height: 22px; }
.ll-explorer .ll-card p { margin: 0; font-size: 13px; line-height: 19px; color: var(--ll-faint); }
.ll-explorer .ll-card .ll-start { height: 34px; min-width: 112px; margin-top: 4px; padding: 0 20px; font: 600 14px/18px var(--ll-type); background: var(--ll-accent); border-color: var(--ll-accent); color: #1a1a1a; }
.ll-explorer .ll-card .ll-start:hover { filter: brightness(1.1); }
.ll-explorer .ll-busy { width: 24px; height: 24px; border-radius: 12px; border: 3px solid var(--ll-line); border-top-color: var(--ll-accent); animation: ll-turn 1s linear infinite; }
@keyframes ll-turn { to { transform: rotate(360deg); } }
`;

/** The style element of one explorer. */
export const explorerStyle = () => styleOf(CSS + leverStyle + photoStyle);
