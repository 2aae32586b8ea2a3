/** Elements of the page that the widgets consist of. Independent of ComfyUI. */

/**
 * Make an element.
 * @param {string} tag
 * @param {Object<string, any>} [properties] Of the element; `data` becomes its data attributes, `role` its role.
 * @param {...(Node|string)} children
 */
export function make(tag, properties = {}, ...children) {
  const { data, role, ...rest } = properties;
  const element = Object.assign(document.createElement(tag), rest);
  Object.assign(element.dataset, data ?? {});
  if (role) element.setAttribute("role", role);
  element.append(...children);
  return element;
}

/** A drawing of lines on 16 x 16. */
export function icon(lines) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", lines);
  svg.append(path);
  return svg;
}

/** Stop pointer events at a widget, so that they do not drag or open its node. */
export function stopPointerEvents(element) {
  for (const kind of ["pointerdown", "dblclick", "click"]) {
    element.addEventListener(kind, (event) => event.button === 0 && event.stopPropagation());
  }
}

/**
 * Stop the keys that would delete the node while a widget has the focus. A click on an element that may disappear gives the
 * focus to the widget itself.
 */
export function stopDeleteKeys(element) {
  element.tabIndex = -1;
  element.addEventListener("keydown", (event) => ["Delete", "Backspace"].includes(event.key) && event.stopPropagation());
  element.addEventListener("click", (event) => {
    if (event.detail > 0 && !event.target.closest("input, textarea, .ll-region")) element.focus({ preventScroll: true });
  });
}

/** A style element for one widget; it belongs into the widget's element, so that the page outside is unchanged. */
export function styleOf(css) {
  return make("style", { textContent: css });
}
