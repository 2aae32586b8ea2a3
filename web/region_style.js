/** Styles of the region widget, in the colours of ComfyUI's theme, light or dark. */

import { styleOf } from "./elements.js";

const CSS = `
.ll-region { box-sizing: border-box; display: flex; flex-direction: column; gap: 4px; width: 100%; height: 100%;
  min-width: 0; overflow: hidden; font: 11px/15px sans-serif; color: var(--input-text, #ddd); user-select: none; pointer-events: auto; }
.ll-region * { box-sizing: border-box; }
.ll-region .ll-row { display: flex; flex-wrap: wrap; gap: 2px; align-items: center; flex: none; }
.ll-region button { all: unset; box-sizing: border-box; min-width: 23px; height: 23px; padding: 0 3px; border-radius: 4px; cursor: pointer;
  display: inline-flex; align-items: center; justify-content: center; text-align: center; font: 11px sans-serif;
  background: var(--comfy-input-bg, #222); color: var(--input-text, #ddd); border: 1px solid var(--border-color, #4e4e4e); }
.ll-region button:hover { border-color: var(--input-text, #ddd); }
.ll-region button:focus-visible { outline: 2px solid #ff8c1a; }
.ll-region button[aria-pressed="true"] { background: #ff8c1a; border-color: #ff8c1a; color: #1a1a1a; }
.ll-region button[aria-pressed="true"].ll-cut { background: #39b6f0; border-color: #39b6f0; }
.ll-region button:disabled { opacity: 0.4; cursor: default; }
.ll-region svg { width: 14px; height: 14px; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linejoin: round; stroke-linecap: round; }
.ll-region .ll-gap { width: 2px; }
.ll-region .ll-stage { position: relative; flex: 1 1 0; min-height: 120px; border-radius: 4px; overflow: hidden;
  background: var(--comfy-input-bg, #222); border: 1px solid var(--border-color, #4e4e4e); }
.ll-region .ll-stage:focus-within { border-color: #ff8c1a; }
.ll-region.ll-vue { height: auto; }
.ll-region.ll-vue .ll-stage { flex: 1 0 auto; aspect-ratio: var(--ll-sides, 1); max-height: 600px; }
.ll-region canvas { position: absolute; inset: 0; width: 100%; height: 100%; touch-action: none; }
.ll-region .ll-keys { position: absolute; left: 0; top: 0; width: 100%; height: 100%; opacity: 0; pointer-events: none; border: 0; padding: 0; }
.ll-region label { display: inline-flex; align-items: center; gap: 4px; flex: 1 1 0; min-width: 120px; padding-right: 4px; white-space: nowrap; }
.ll-region input[type="range"] { flex: 1 1 0; min-width: 30px; height: 14px; margin: 0; accent-color: #ff8c1a; touch-action: none; }
.ll-region output { min-width: 30px; text-align: right; font-variant-numeric: tabular-nums; }
.ll-region .ll-presets { gap: 3px; }
.ll-region .ll-presets button { height: 19px; font-size: 10px; padding: 0 5px; border-radius: 10px; }
.ll-region .ll-said { flex: none; max-height: 47px; overflow: auto; color: var(--descrip-text, #999); user-select: text; overflow-wrap: anywhere; white-space: pre-line; }
.ll-region .ll-said:empty { display: none; }
.ll-region .ll-said.ll-wrong { color: var(--error-text, #ff4444); }
.ll-region textarea { flex: 1 1 0; min-height: 120px; width: 100%; resize: none; padding: 4px; border-radius: 4px; font: 11px/15px monospace;
  background: var(--comfy-input-bg, #222); color: var(--input-text, #ddd); border: 1px solid var(--border-color, #4e4e4e); user-select: text; }
.ll-region.ll-vue textarea { flex: 1 0 300px; }
.ll-region [hidden] { display: none !important; }
`;

/** The style element of one widget. */
export const regionStyle = () => styleOf(CSS);
