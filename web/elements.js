/** Parts of the page from which the widgets are made. Knows nothing of ComfyUI. */

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

/** What happens on a widget is not about its node, which is not dragged along. */
export function keepToItself(element) {
  for (const kind of ["pointerdown", "dblclick", "click"]) {
    element.addEventListener(kind, (event) => event.button === 0 && event.stopPropagation());
  }
}

/**
 * Keys that would delete the node delete nothing while somebody works in a widget; a click on a part that may vanish leaves
 * the widget itself in focus.
 */
export function keepKeys(element) {
  element.tabIndex = -1;
  element.addEventListener("keydown", (event) => ["Delete", "Backspace"].includes(event.key) && event.stopPropagation());
  element.addEventListener("click", (event) => {
    if (event.detail > 0 && !event.target.closest("input, textarea, .ll-region")) element.focus({ preventScroll: true });
  });
}

/** A style for one widget, to be put into its element: nothing of the page outside is touched. */
export function styleOf(css) {
  return make("style", { textContent: css });
}
