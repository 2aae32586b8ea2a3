/** Styles of GANExplorer, in the colours of ComfyUI's theme, light or dark. */

import { styleOf } from "./elements.js";

const CSS = `
.ll-explorer { --ll-accent: #ff8c1a; --ll-ink: var(--input-text, #ddd); --ll-faint: var(--descrip-text, #999);
  --ll-field: var(--comfy-input-bg, #222); --ll-line: var(--border-color, #4e4e4e);
  box-sizing: border-box; container-type: inline-size; display: flex; flex-direction: column; gap: 8px; width: 100%; height: 100%;
  min-width: 0; overflow: hidden; font: 12px/16px sans-serif; color: var(--ll-ink); user-select: none; pointer-events: auto; }
.ll-explorer * { box-sizing: border-box; }
.ll-explorer [hidden] { display: none !important; }
.ll-explorer.ll-vue { height: auto; }
.ll-explorer .ll-main { display: flex; gap: 10px; flex: 1 1 0; min-height: 0; }
.ll-explorer .ll-region { flex: 1 1 0; height: auto; }
.ll-explorer .ll-bar { justify-content: space-between; }
.ll-explorer .ll-bar .ll-gap { display: none; }
.ll-explorer .ll-side { flex: 0 0 240px; min-width: 0; min-height: 0; display: flex; flex-direction: column; gap: 7px; }
.ll-explorer.ll-vue .ll-main { flex: none; }
.ll-explorer.ll-vue .ll-side { max-height: 520px; }
.ll-explorer.ll-vue .ll-region .ll-stage { flex: none; height: auto; aspect-ratio: 1.08; }

.ll-explorer .ll-head { display: flex; align-items: center; gap: 4px; flex: none; min-height: 23px; }
.ll-explorer .ll-room { flex: 1; }
.ll-explorer .ll-number { display: inline-flex; align-items: center; gap: 2px; }
.ll-explorer .ll-which { min-width: 40px; text-align: center; font-variant-numeric: tabular-nums; }
.ll-explorer .ll-side button, .ll-explorer .ll-start { all: unset; box-sizing: border-box; height: 23px; min-width: 23px; padding: 0 5px; gap: 5px; cursor: pointer;
  display: inline-flex; align-items: center; justify-content: center; border-radius: 4px; font: 12px sans-serif; white-space: nowrap;
  background: var(--ll-field); color: var(--ll-ink); border: 1px solid var(--ll-line); touch-action: manipulation; }
.ll-explorer .ll-side button:hover:enabled { border-color: var(--ll-ink); }
.ll-explorer .ll-side button:disabled { opacity: 0.4; cursor: default; }
.ll-explorer .ll-side button[aria-pressed="true"] { background: var(--ll-accent); border-color: var(--ll-accent); color: #1a1a1a; }
.ll-explorer :is(button, input):focus-visible { outline: 2px solid var(--ll-accent); outline-offset: -1px; }
.ll-explorer svg { width: 14px; height: 14px; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linejoin: round; stroke-linecap: round; }
.ll-explorer .ll-rule { flex: none; height: 1px; background: var(--ll-line); opacity: 0.7; }

.ll-explorer input[type="range"] { appearance: none; -webkit-appearance: none; height: 18px; margin: 0; background: none; touch-action: none; cursor: pointer; min-width: 30px; }
.ll-explorer .ll-slide::-webkit-slider-runnable-track { height: 4px; border-radius: 2px; background:
  linear-gradient(var(--ll-ink), var(--ll-ink)) center / 1px 100% no-repeat,
  linear-gradient(90deg, transparent var(--from), var(--ll-accent) var(--from) var(--to), transparent var(--to)), var(--ll-line); }
.ll-explorer .ll-slide::-moz-range-track { height: 4px; border-radius: 2px; background:
  linear-gradient(90deg, transparent var(--from), var(--ll-accent) var(--from) var(--to), transparent var(--to)), var(--ll-line); }
.ll-explorer .ll-region input[type="range"]::-webkit-slider-runnable-track { height: 4px; border-radius: 2px; background: var(--ll-line); }
.ll-explorer .ll-region input[type="range"]::-moz-range-track { height: 4px; border-radius: 2px; background: var(--ll-line); }
.ll-explorer .ll-region input[type="range"]::-webkit-slider-thumb { width: 10px; height: 10px; margin-top: -3px; border-color: var(--ll-faint); }
.ll-explorer .ll-psi::-webkit-slider-runnable-track { height: 4px; border-radius: 2px; background: linear-gradient(90deg, var(--ll-faint) var(--to), transparent var(--to)), var(--ll-line); }
.ll-explorer .ll-psi::-moz-range-track { height: 4px; border-radius: 2px; background: linear-gradient(90deg, var(--ll-faint) var(--to), transparent var(--to)), var(--ll-line); }
.ll-explorer input[type="range"]::-webkit-slider-thumb { -webkit-appearance: none; width: 14px; height: 14px; margin-top: -5px; border-radius: 7px;
  background: #fff; border: 2px solid var(--ll-accent); box-shadow: 0 1px 2px rgba(0, 0, 0, 0.35); }
.ll-explorer input[type="range"]::-moz-range-thumb { width: 10px; height: 10px; border-radius: 7px; background: #fff; border: 2px solid var(--ll-accent); }
.ll-explorer .ll-psi::-webkit-slider-thumb { border-color: var(--ll-faint); }
.ll-explorer .ll-truncation { display: flex; align-items: center; gap: 8px; flex: none; color: var(--ll-faint); }
.ll-explorer .ll-truncation input { flex: 1; }
.ll-explorer .ll-truncation output { min-width: 28px; text-align: right; font-variant-numeric: tabular-nums; }
.ll-explorer .ll-hold { display: flex; align-items: center; gap: 6px; flex: none; color: var(--ll-faint); cursor: pointer; }
.ll-explorer .ll-hold input { margin: 0; accent-color: var(--ll-accent); }
.ll-explorer .ll-hold:hover { color: var(--ll-ink); }

.ll-explorer .ll-sliders { flex: 1 1 auto; min-height: 0; display: flex; flex-direction: column; }
.ll-explorer .ll-list { flex: 0 1 auto; min-height: 0; overflow-y: auto; display: flex; flex-direction: column; gap: 8px; scrollbar-width: thin; }
.ll-explorer .ll-empty { padding: 14px 10px; border: 1px dashed var(--ll-line); border-radius: 6px; color: var(--ll-faint); text-align: center; }
.ll-explorer .ll-lever { display: grid; grid-template-columns: 1fr 52px 20px; column-gap: 4px; align-items: center; flex: none; }
.ll-explorer .ll-lever .ll-slide { grid-column: 1; width: 100%; }
.ll-explorer .ll-lever input[type="text"] { width: 100%; min-width: 0; height: 20px; padding: 0 4px; border: 1px solid transparent; border-radius: 4px;
  background: none; color: var(--ll-ink); font: 12px sans-serif; user-select: text; text-overflow: ellipsis; }
.ll-explorer .ll-lever input[type="text"]:hover { border-color: var(--ll-line); }
.ll-explorer .ll-lever input[type="text"]:focus { background: var(--ll-field); border-color: var(--ll-accent); outline: none; }
.ll-explorer .ll-lever .ll-name { font-weight: 600; padding-left: 0; }
.ll-explorer .ll-lever .ll-figure { text-align: right; font-variant-numeric: tabular-nums; }
.ll-explorer .ll-lever label { grid-column: 2 / 4; display: flex; align-items: center; gap: 3px; color: var(--ll-faint); font-size: 11px; }
.ll-explorer .ll-lever label .ll-layers { color: var(--ll-faint); font-size: 11px; text-align: center; border-color: var(--ll-line); padding: 0 1px; height: 18px; }
.ll-explorer .ll-lever label:hover { color: var(--ll-ink); }
.ll-explorer .ll-lever .ll-layers.ll-wrong { color: var(--error-text, #ff4444); border-color: var(--error-text, #ff4444); }
.ll-explorer .ll-side .ll-remove { min-width: 20px; width: 20px; height: 20px; padding: 0; border-color: transparent; background: none; color: var(--ll-faint); }
.ll-explorer .ll-remove svg { width: 11px; height: 11px; }

.ll-explorer .ll-found { flex: none; display: flex; flex-direction: column; gap: 4px; }
.ll-explorer:focus { outline: none; }
.ll-explorer .ll-line { display: flex; gap: 10px; align-items: baseline; min-height: 16px; }
.ll-explorer .ll-title { font-weight: 600; flex: none; }
.ll-explorer .ll-words { color: var(--ll-faint); font-size: 11px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.ll-explorer .ll-percent { margin-left: -6px; font-variant-numeric: tabular-nums; }
.ll-explorer .ll-words.ll-wrong { color: var(--error-text, #ff4444); white-space: normal; }
.ll-explorer .ll-progress { height: 3px; border-radius: 2px; background: var(--ll-line); overflow: hidden; visibility: hidden; }
.ll-explorer .ll-progress.ll-on { visibility: visible; }
.ll-explorer .ll-progress div { height: 100%; min-width: 12px; background: var(--ll-accent); transition: width 0.3s; }
.ll-explorer .ll-cells { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 8px; transition: opacity 0.15s; min-height: 190px; align-content: start; }
.ll-explorer .ll-cells.ll-stale { opacity: 0.45; }
.ll-explorer .ll-cells.ll-none { border: 1px dashed var(--ll-line); border-radius: 6px; }
.ll-explorer .ll-pair { position: relative; display: flex; border-radius: 5px; overflow: hidden; background: var(--ll-field); outline: 1px solid var(--ll-line); outline-offset: -1px; }
.ll-explorer .ll-pair img { display: block; width: 100%; height: auto; min-height: 40px; }
.ll-explorer .ll-cell.ll-pinned .ll-pair { outline: 2px solid var(--ll-accent); outline-offset: -2px; }
.ll-explorer .ll-pair button { all: unset; position: absolute; top: 0; bottom: 0; left: 0; width: 50%; cursor: pointer; box-sizing: border-box; touch-action: manipulation; }
.ll-explorer .ll-pair button[data-end="high"] { left: 50%; }
.ll-explorer .ll-pair button span { position: absolute; left: 4px; bottom: 4px; width: 16px; height: 16px; border-radius: 8px; font: bold 12px/16px sans-serif; text-align: center;
  background: rgba(0, 0, 0, 0.55); color: #fff; opacity: 0; transition: opacity 0.1s; }
.ll-explorer .ll-pair button[data-end="high"] span { left: auto; right: 4px; }
.ll-explorer .ll-pair:hover button span, .ll-explorer .ll-pair button:focus-visible span { opacity: 1; }
.ll-explorer .ll-pair button:hover { box-shadow: inset 0 0 0 2px var(--ll-accent); border-radius: 5px; }
.ll-explorer .ll-pair button:hover span { background: var(--ll-accent); color: #1a1a1a; }
.ll-explorer .ll-caption { display: flex; justify-content: space-between; gap: 6px; padding: 3px 1px 0; white-space: nowrap; font-size: 12px; line-height: 15px; }
.ll-explorer .ll-caption span { overflow: hidden; text-overflow: ellipsis; }
.ll-explorer .ll-caption .ll-share { flex: none; color: var(--ll-faint); font-variant-numeric: tabular-nums; }
.ll-explorer .ll-cell.ll-pinned .ll-caption { color: var(--ll-accent); }

.ll-explorer .ll-changed { position: absolute; top: 0; left: 0; right: 0; display: flex; align-items: center; justify-content: space-between; gap: 8px; padding: 5px 6px 5px 12px;
  font: 600 13px/18px sans-serif; background: #f2b33d; color: #1a1a1a; cursor: default; }
.ll-explorer .ll-region .ll-changed button { color: #1a1a1a; background: rgba(255, 255, 255, 0.45); border-color: rgba(0, 0, 0, 0.25); }
.ll-explorer .ll-notice { position: absolute; inset: 0; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 8px; padding: 24px;
  text-align: center; background: color-mix(in srgb, var(--ll-field) 88%, transparent); cursor: default; }
.ll-explorer .ll-notice strong { font-size: 15px; line-height: 20px; }
.ll-explorer .ll-notice p { margin: 0; max-width: 280px; font-size: 13px; line-height: 18px; color: var(--ll-faint); }
.ll-explorer .ll-region .ll-start { height: 32px; min-width: 96px; margin-top: 6px; padding: 0 18px; font: 600 14px sans-serif; background: var(--ll-accent); border-color: var(--ll-accent); color: #1a1a1a; }
.ll-explorer .ll-region .ll-start:hover { filter: brightness(1.1); }
.ll-explorer .ll-busy { width: 22px; height: 22px; border-radius: 11px; border: 3px solid var(--ll-line); border-top-color: var(--ll-accent); animation: ll-turn 1s linear infinite; }
@keyframes ll-turn { to { transform: rotate(360deg); } }
.ll-explorer:not([data-phase="live"]) :is(.ll-presets, .ll-bar) { opacity: 0.5; }

@container (max-width: 519px) {
  .ll-main { flex-direction: column; overflow-y: auto; }
  .ll-explorer .ll-region { flex: 1 0 340px; }
  .ll-explorer .ll-side { flex: none; }
  .ll-explorer .ll-cells { grid-template-columns: repeat(2, minmax(0, 1fr)); max-height: 260px; overflow-y: auto; }
}
@media (pointer: coarse) {
  .ll-explorer .ll-side input[type="range"] { height: 28px; }
  .ll-explorer .ll-side input[type="range"]::-webkit-slider-thumb { width: 22px; height: 22px; margin-top: -9px; border-radius: 11px; }
  .ll-explorer .ll-side button { height: 30px; min-width: 30px; }
}
`;

/** The style element of one explorer. */
export const explorerStyle = () => styleOf(CSS);
