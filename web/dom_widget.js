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
