/** How the parts of the explorer are arranged at a size of its node. Independent of the page. */

const LONG = 1.3; // a side this much longer than the other one has room for a second column or row

/**
 * @param {number} width In pixels.
 * @param {number} height
 * @returns {"wide"|"middle"|"tall"} "wide": picture left, sliders and levers right; "middle": picture left, sliders right, levers
 * below both; "tall": picture above, sliders and levers below.
 */
export function arrangementOf(width, height) {
  if (width > LONG * height) return "wide";
  return height > LONG * width ? "tall" : "middle";
}

/** Height that the found levers may take when all are shown, as a fraction. */
const MOST_FOUND = { wide: 0.5, middle: 0.36, tall: 0.3 };

/** Arrange an element by its own size, now and whenever that changes. */
export function arrange(element) {
  const look = () => {
    const { clientWidth, clientHeight } = element;
    if (!clientWidth || !clientHeight) return;
    const arrangement = (element.dataset.arrangement = arrangementOf(clientWidth, clientHeight));
    element.style.setProperty("--ll-most", `${Math.round(MOST_FOUND[arrangement] * clientHeight)}px`);
  };
  element.dataset.arrangement = "middle";
  new ResizeObserver(look).observe(element);
}
