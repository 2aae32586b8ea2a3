/** Styles of GANExplorer's levers: sliders of the pinned ones, pictures of those that were found. */

export const leverStyle = `
.ll-explorer input[type="range"] { appearance: none; -webkit-appearance: none; height: 24px; margin: 0; background: none; touch-action: none; cursor: pointer; min-width: 30px; }
.ll-explorer .ll-slide::-webkit-slider-runnable-track { height: 4px; border-radius: 2px; background:
  linear-gradient(var(--ll-ink), var(--ll-ink)) center / 1px 100% no-repeat,
  linear-gradient(90deg, transparent var(--from), var(--ll-accent) var(--from) var(--to), transparent var(--to)), var(--ll-line); }
.ll-explorer .ll-slide::-moz-range-track { height: 4px; border-radius: 2px; background:
  linear-gradient(90deg, transparent var(--from), var(--ll-accent) var(--from) var(--to), transparent var(--to)), var(--ll-line); }
.ll-explorer .ll-region input[type="range"]::-webkit-slider-runnable-track { height: 4px; border-radius: 2px; background: var(--ll-line); }
.ll-explorer .ll-region input[type="range"]::-moz-range-track { height: 4px; border-radius: 2px; background: var(--ll-line); }
.ll-explorer .ll-psi::-webkit-slider-runnable-track { height: 4px; border-radius: 2px; background: linear-gradient(90deg, var(--ll-faint) var(--to), transparent var(--to)), var(--ll-line); }
.ll-explorer .ll-psi::-moz-range-track { height: 4px; border-radius: 2px; background: linear-gradient(90deg, var(--ll-faint) var(--to), transparent var(--to)), var(--ll-line); }
.ll-explorer input[type="range"]::-webkit-slider-thumb { -webkit-appearance: none; width: 14px; height: 14px; margin-top: -5px; border-radius: 7px;
  background: #fff; border: 2px solid var(--ll-accent); box-shadow: 0 1px 2px rgba(0, 0, 0, 0.35); }
.ll-explorer input[type="range"]::-moz-range-thumb { width: 10px; height: 10px; border-radius: 7px; background: #fff; border: 2px solid var(--ll-accent); }
.ll-explorer .ll-region input[type="range"]::-webkit-slider-thumb { width: 12px; height: 12px; margin-top: -4px; border-color: var(--ll-faint); }
.ll-explorer .ll-psi::-webkit-slider-thumb { border-color: var(--ll-faint); }

.ll-explorer .ll-sliders { flex: 1 1 0; min-height: 0; display: flex; flex-direction: column; }
.ll-explorer .ll-list { flex: 0 1 auto; min-height: 0; overflow-y: auto; display: flex; flex-direction: column; gap: 6px; scrollbar-width: thin; }
.ll-explorer[data-arrangement="tall"] .ll-list { display: grid; grid-template-columns: repeat(auto-fill, minmax(230px, 1fr)); gap: 6px 16px; }
.ll-explorer .ll-empty { padding: 12px 10px; border: 1px dashed var(--ll-line); border-radius: 6px; color: var(--ll-faint); text-align: center; }
.ll-explorer .ll-lever { display: grid; grid-template-columns: minmax(0, 1fr) 62px 26px 26px; column-gap: 2px; align-items: center; flex: none; }
.ll-explorer .ll-lever .ll-slide { grid-column: 1 / -1; width: 100%; }
.ll-explorer .ll-lever input[type="text"] { width: 100%; min-width: 0; height: 24px; padding: 0 4px; border: 1px solid transparent; border-radius: 4px;
  background: none; color: var(--ll-ink); font: 12px/16px var(--ll-type); user-select: text; text-overflow: ellipsis; }
.ll-explorer .ll-lever input[type="text"]:hover { border-color: var(--ll-line); }
.ll-explorer .ll-lever input[type="text"]:focus { background: var(--ll-field); border-color: var(--ll-accent); outline: none; }
.ll-explorer .ll-lever .ll-name { font-weight: 600; padding-left: 0; }
.ll-explorer .ll-lever .ll-figure { text-align: right; font-variant-numeric: tabular-nums; padding: 0 2px; }
.ll-explorer .ll-more-of { grid-column: 1 / -1; display: none; align-items: center; gap: 6px; }
.ll-explorer.ll-detailed .ll-more-of { display: flex; }
.ll-explorer .ll-lever label { display: flex; flex: 1 1 0; min-width: 0; align-items: center; gap: 6px; color: var(--ll-faint); }
.ll-explorer .ll-side [data-does="record"] svg { fill: #e5484d; stroke: #e5484d; }
.ll-explorer .ll-side [data-does="record"][aria-pressed="true"] { background: #e5484d; border-color: #e5484d; }
.ll-explorer .ll-side [data-does="record"][aria-pressed="true"] svg { fill: #fff; stroke: #fff; }
.ll-explorer .ll-length:empty { display: none; }
.ll-explorer .ll-lever label .ll-layers { flex: 0 1 90px; text-align: center; border-color: var(--ll-line); }
.ll-explorer .ll-lever .ll-layers.ll-wrong { color: var(--error-text, #ff4444); border-color: var(--error-text, #ff4444); }
.ll-explorer .ll-lever.ll-muted :is(.ll-slide, .ll-figure) { opacity: 0.4; }
.ll-explorer .ll-side :is(.ll-remove, .ll-mute) { padding: 0; border-color: transparent; background: none; color: var(--ll-faint); }
.ll-explorer .ll-side .ll-mute[aria-pressed="true"] { background: none; color: var(--ll-accent); border-color: var(--ll-accent); }
.ll-explorer .ll-remove svg { width: 12px; height: 12px; }

.ll-explorer .ll-line { display: flex; gap: 10px; align-items: center; min-height: 26px; min-width: 0; }
.ll-explorer .ll-title { font-weight: 600; flex: none; }
.ll-explorer .ll-words { color: var(--ll-faint); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-width: 0; }
.ll-explorer .ll-percent { flex: none; margin-left: -6px; font-variant-numeric: tabular-nums; }
.ll-explorer .ll-words.ll-wrong { color: var(--error-text, #ff4444); white-space: normal; }
.ll-explorer .ll-line .ll-rest { margin-left: auto; }
.ll-explorer .ll-line:has([data-does="refined"]:not([hidden])) .ll-words:not(.ll-percent) { white-space: normal; }
.ll-explorer .ll-progress { flex: none; height: 3px; border-radius: 2px; background: var(--ll-line); overflow: hidden; visibility: hidden; }
.ll-explorer .ll-progress.ll-on { visibility: visible; }
.ll-explorer .ll-progress div { height: 100%; min-width: 12px; background: var(--ll-accent); transition: width 0.3s; }
.ll-explorer .ll-cells { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 6px 8px; transition: opacity 0.15s; align-content: start;
  overflow-x: hidden; overflow-y: auto; scrollbar-width: thin; max-height: var(--ll-most, none); }
.ll-explorer[data-arrangement="wide"] .ll-cells { grid-template-columns: repeat(2, minmax(0, 1fr)); }
.ll-explorer .ll-cells.ll-stale { opacity: 0.45; }
.ll-explorer .ll-cells.ll-none { min-height: 80px; border: 1px dashed var(--ll-line); border-radius: 6px; }
.ll-explorer .ll-pair { position: relative; display: flex; border-radius: 5px; overflow: hidden; background: var(--ll-field); outline: 1px solid var(--ll-line); outline-offset: -1px; }
.ll-explorer .ll-pair img { display: block; width: 100%; height: auto; min-height: 24px; }
.ll-explorer .ll-cell.ll-pinned .ll-pair { outline: 2px solid var(--ll-accent); outline-offset: -2px; }
.ll-explorer .ll-pair button { all: unset; position: absolute; top: 0; bottom: 0; left: 0; width: 50%; cursor: pointer; box-sizing: border-box; touch-action: manipulation; }
.ll-explorer .ll-pair button[data-end="high"] { left: 50%; }
.ll-explorer .ll-pair button span { position: absolute; left: 4px; bottom: 4px; width: 16px; height: 16px; border-radius: 8px; font: bold 12px/16px var(--ll-type); text-align: center;
  background: rgba(0, 0, 0, 0.55); color: #fff; opacity: 0; transition: opacity 0.1s; }
.ll-explorer .ll-pair button[data-end="high"] span { left: auto; right: 4px; }
.ll-explorer .ll-pair:hover button span, .ll-explorer .ll-pair button:focus-visible span { opacity: 1; }
.ll-explorer .ll-pair button:hover { box-shadow: inset 0 0 0 2px var(--ll-accent); border-radius: 5px; }
.ll-explorer .ll-pair button:hover span { background: var(--ll-accent); color: #1a1a1a; }
.ll-explorer .ll-caption { display: flex; justify-content: space-between; gap: 6px; padding: 2px 1px 0; white-space: nowrap; }
.ll-explorer .ll-caption span { overflow: hidden; text-overflow: ellipsis; }
.ll-explorer .ll-caption .ll-share { flex: none; color: var(--ll-faint); font-variant-numeric: tabular-nums; }
.ll-explorer .ll-cell.ll-pinned .ll-caption { color: var(--ll-accent); }
@media (pointer: coarse) {
  .ll-explorer .ll-side input[type="range"] { height: 30px; }
  .ll-explorer .ll-side input[type="range"]::-webkit-slider-thumb { width: 22px; height: 22px; margin-top: -9px; border-radius: 11px; }
  .ll-explorer .ll-side button { height: 32px; min-width: 32px; }
}
`;
