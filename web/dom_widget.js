/** An element of ours as a widget of a node, in the classic canvas and in ComfyUI's Vue renderer. */

import { app } from "../../scripts/app.js";

/** Add an element to a node. The widget is never saved: its values are in another widget. */
export function addElementWidget(node, name, element, minHeight) {
  const widget = node.addDOMWidget(name, name, element, {
    serialize: false,
    hideOnZoom: false,
    getMinHeight: () => minHeight,
    getValue: () => "",
    setValue: () => {},
  });
  widget.serialize = false;
  return widget;
}

/** Hide a text widget, whose value is still saved and sent. */
export function hideTextWidget(widget) {
  widget.hidden = true;
  widget.options = Object.assign(widget.options ?? {}, { hidden: true });
  widget.computeLayoutSize = undefined; // else the classic canvas reserves space for it
  widget.computeSize = () => [0, -4];
}

/** Whether an element is drawn by the Vue renderer. */
const inVue = (element) => Boolean(element.closest("[data-node-id]"));

/**
 * Mark an element that the Vue renderer draws with the class `ll-vue`. In the classic canvas, pass the events that pan and
 * zoom the graph on to it.
 * @param {HTMLElement} element
 * @param {(event: WheelEvent) => boolean} scrolls Whether the wheel scrolls the element itself.
 */
export function followRenderer(element, scrolls) {
  new ResizeObserver(() => element.classList.toggle("ll-vue", inVue(element))).observe(element);
  const pass = (kind, take, when) => {
    element.addEventListener(kind, (event) => !inVue(element) && when(event) && take(event), { passive: false });
  };
  pass("pointerdown", (event) => app.canvas.processMouseDown(event), (event) => event.button === 1);
  pass("pointermove", (event) => app.canvas.processMouseMove(event), (event) => (event.buttons & 4) === 4);
  pass("pointerup", (event) => app.canvas.processMouseUp(event), (event) => event.button === 1);
  pass("wheel", (event) => app.canvas.processMouseWheel(event), (event) => !scrolls(event));
}

/**
 * Let Ctrl+C and Ctrl+V copy and paste the node while its widget has the focus, as pages do for other nodes. Fields with text keep
 * these keys.
 * @param {any} node
 * @param {HTMLElement} element
 */
export function copyAsNode(node, element) {
  element.addEventListener("keydown", (event) => {
    const { key, target, ctrlKey, metaKey } = event;
    if (!(ctrlKey || metaKey) || !["c", "v", "x"].includes(key.toLowerCase())) return;
    const text = target.matches("textarea, input[type=text]") && !target.readOnly;
    if (text) return;
    app.canvas.selectNode?.(node, false);
    document.activeElement?.blur?.(); // pages leave the keys of fields alone
  });
}

const BELOW = 16; // pixels of the Vue renderer below the last widget
const SLACK = 24; // pixels that a page may lay out differently

/**
 * Let an element fill its node down to the bottom. Some pages with the Vue renderer give it only the height of its content.
 * @param {HTMLElement} element The last one in its node.
 */
export function fillNode(element) {
  const drawn = element.closest("[data-node-id]");
  const height = parseFloat(drawn?.style.getPropertyValue("--node-height") ?? "");
  if (!height || !element.offsetParent) return void (drawn || (element.style.height = ""));
  const [outer, inner] = [drawn, element].map((each) => each.getBoundingClientRect());
  const zoom = outer.width / drawn.offsetWidth || 1;
  const room = Math.floor(height - (inner.top - outer.top) / zoom - BELOW);
  const given = parseFloat(element.style.height) || 0;
  if (!given && element.offsetHeight > room - SLACK) return; // the page does it
  if (room > 0 && Math.abs(room - given) > 1) element.style.height = `${room}px`;
}
