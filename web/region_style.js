/** Styles of the region widget, in the colours and the font of ComfyUI's page, light or dark. */

import { styleOf } from "./elements.js";

const CSS = `
.ll-region { --ll-type: var(--font-inter, var(--font-sans, inherit)); box-sizing: border-box; position: relative; display: flex; flex-direction: column;
  gap: 4px; width: 100%; height: 100%; min-width: 0; overflow: hidden; font: 12px/16px var(--ll-type); color: var(--input-text, #ddd);
  user-select: none; pointer-events: auto; }
.ll-region * { box-sizing: border-box; }
.ll-region .ll-row { display: flex; gap: 3px; align-items: center; flex: none; min-width: 0; }
.ll-region button { all: unset; box-sizing: border-box; min-width: 26px; height: 26px; padding: 0 4px; border-radius: 4px; cursor: pointer; flex: none;
  display: inline-flex; align-items: center; justify-content: center; gap: 6px; text-align: center; font: 12px/16px var(--ll-type); white-space: nowrap;
  background: var(--comfy-input-bg, #222); color: var(--input-text, #ddd); border: 1px solid var(--border-color, #4e4e4e); touch-action: manipulation; }
.ll-region button:hover:enabled { border-color: var(--input-text, #ddd); }
.ll-region button:focus-visible { outline: 2px solid #ff8c1a; outline-offset: -1px; }
.ll-region button[aria-pressed="true"] { background: #ff8c1a; border-color: #ff8c1a; color: #1a1a1a; }
.ll-region button[aria-pressed="true"].ll-cut { background: #39b6f0; border-color: #39b6f0; }
.ll-region button:disabled { opacity: 0.4; cursor: default; }
.ll-region svg { width: 15px; height: 15px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linejoin: round; stroke-linecap: round; }
.ll-region .ll-gap { flex: 1 1 0; min-width: 0; }
.ll-region .ll-menu { position: absolute; z-index: 3; top: 30px; right: 0; display: flex; flex-direction: column; gap: 2px; padding: 4px; border-radius: 6px;
  background: var(--comfy-menu-bg, #353535); border: 1px solid var(--border-color, #4e4e4e); box-shadow: 0 4px 14px rgba(0, 0, 0, 0.4); }
.ll-region .ll-menu button { justify-content: flex-start; padding: 0 8px; }
.ll-region .ll-stage { position: relative; flex: 1 1 0; min-height: 60px; border-radius: 4px; overflow: hidden;
  background: var(--comfy-input-bg, #222); border: 1px solid var(--border-color, #4e4e4e); }
.ll-region .ll-stage:focus-within { border-color: #ff8c1a; }
.ll-region.ll-vue { height: auto; }
.ll-region.ll-vue .ll-stage { flex: 1 0 auto; aspect-ratio: var(--ll-sides, 1); max-height: 600px; }
.ll-region canvas { position: absolute; inset: 0; width: 100%; height: 100%; touch-action: none; }
.ll-region .ll-keys { position: absolute; left: 0; top: 0; width: 100%; height: 100%; opacity: 0; pointer-events: none; border: 0; padding: 0; }
.ll-region .ll-settings { display: flex; gap: 6px; flex: none; }
.ll-region label { display: inline-flex; align-items: center; gap: 4px; height: 26px; white-space: nowrap; }
.ll-region label output { display: none; min-width: 40px; text-align: right; font-variant-numeric: tabular-nums; }
.ll-region input[type="range"] { width: 54px; min-width: 30px; height: 24px; margin: 0; accent-color: #ff8c1a; touch-action: none; }
.ll-region .ll-presets { flex: 1 1 0; overflow-x: auto; scrollbar-width: none; -webkit-mask-image: linear-gradient(90deg, #000 calc(100% - 18px), transparent);
  mask-image: linear-gradient(90deg, #000 calc(100% - 18px), transparent); padding-right: 14px; }
.ll-region .ll-presets button { height: 24px; padding: 0 8px; border-radius: 12px; }
.ll-region .ll-said { flex: none; max-height: 48px; overflow: auto; color: var(--descrip-text, #999); user-select: text; overflow-wrap: anywhere; white-space: pre-line; }
.ll-region .ll-said:empty { display: none; }
.ll-region .ll-said.ll-wrong { color: var(--error-text, #ff4444); }
.ll-region textarea { flex: 1 1 0; min-height: 60px; width: 100%; resize: none; padding: 4px; border-radius: 4px; font: 12px/16px var(--font-mono, monospace);
  background: var(--comfy-input-bg, #222); color: var(--input-text, #ddd); border: 1px solid var(--border-color, #4e4e4e); user-select: text; }
.ll-region.ll-vue textarea { flex: 1 0 300px; }
.ll-region [hidden] { display: none !important; }
@media (pointer: coarse) {
  .ll-region button { height: 32px; min-width: 32px; }
}
`;

/** The style element of one widget. */
export const regionStyle = () => styleOf(CSS);
