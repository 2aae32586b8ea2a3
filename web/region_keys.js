/**
 * Keys of the region editor. Independent of the page.
 *
 * @typedef {import("./region_editor.js").RegionEditor} RegionEditor
 */

/** Directions of the arrow keys: down, right. */
const ARROWS = { arrowup: [-1, 0], arrowdown: [1, 0], arrowleft: [0, -1], arrowright: [0, 1] };

/** Keys that choose a tool. */
export const TOOL_KEYS = { v: "select", b: "box", e: "ellipse", f: "polygon", r: "stroke" };

/** Actions of single keys. */
const PLAIN = {
  delete: (editor) => editor.remove(),
  backspace: (editor) => editor.remove(),
  escape: (editor) => (editor.gesture ? editor.cancel() : editor.select(-1)),
  x: (editor) => editor.setMode(editor.mode === "add" ? "subtract" : "add"),
  pageup: (editor) => choose(editor, 1),
  pagedown: (editor) => choose(editor, -1),
  ...Object.fromEntries(Object.entries(TOOL_KEYS).map(([key, tool]) => [key, (editor) => editor.setTool(tool)])),
};

/** Actions of keys with Control. */
const WITH_CONTROL = {
  z: (editor, shift) => (shift ? editor.redo() : editor.undo()),
  y: (editor) => editor.redo(),
};

/** Choose the next or the previous shape. */
function choose(editor, step) {
  const count = editor.entries.length;
  const from = editor.selected < 0 && step < 0 ? count : editor.selected;
  if (count) editor.select((from + step + count) % count);
}

/**
 * Handle a key.
 * @param {RegionEditor} editor
 * @param {{key: string, ctrlKey?: boolean, metaKey?: boolean, shiftKey?: boolean, altKey?: boolean}} event
 * @returns {boolean} Whether the editor uses the key.
 */
export function handleKey(editor, event) {
  const key = event.key.toLowerCase();
  const control = Boolean(event.ctrlKey || event.metaKey);
  if (editor.problem) return false;
  if (editor.gesture && key !== "escape") return true; // ignored during a gesture
  if (Object.hasOwn(ARROWS, key)) {
    const step = event.shiftKey ? 10 : 1;
    editor.nudge(ARROWS[key][0] * step, ARROWS[key][1] * step, control || Boolean(event.altKey));
    return true;
  }
  const actions = control ? WITH_CONTROL : PLAIN;
  if (event.altKey || !Object.hasOwn(actions, key)) return false;
  actions[key](editor, Boolean(event.shiftKey));
  return true;
}
