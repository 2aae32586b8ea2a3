/** Response times of GANExplorer in milliseconds, measured inside the page until the result has been drawn. */

/** Runs in the page: times an action until a counter of the widget increases. */
async function timed({ tries, count, doIt }) {
  const element = document.querySelector(".ll-explorer");
  const act = new Function("element", "turn", doIt);
  const painted = () => new Promise((go) => requestAnimationFrame(() => setTimeout(go)));
  const risen = () =>
    new Promise((go) => {
      const before = element.dataset[count];
      const watch = new MutationObserver(() => {
        if (element.dataset[count] === before) return;
        watch.disconnect();
        go();
      });
      watch.observe(element, { attributes: true, attributeFilter: [`data-${count}`] });
    });
  const times = [];
  for (let turn = 0; turn < tries; turn++) {
    const seen = risen();
    const from = performance.now();
    act(element, turn);
    await seen;
    if (count === "levers") await Promise.all([...element.querySelectorAll(".ll-pair img")].map((image) => image.decode()));
    await painted();
    times.push(performance.now() - from);
    await new Promise((go) => setTimeout(go, 50));
  }
  return times;
}

/** Times from moving a slider to the new picture. */
export function timeSlider(page, tries) {
  const doIt = `
    const slider = element.querySelector(".ll-slide");
    slider.value = String(Number(slider.max) * (turn % 2 ? -1 : 1) * (0.2 + turn / 100));
    slider.dispatchEvent(new Event("input"));`;
  return page.evaluate(timed, { tries, count: "pictures", doIt });
}

/** Times from changing the region to its levers and their thumbnails. */
export function timeRegions(page, tries) {
  const doIt = `
    const field = element.querySelector("textarea");
    field.value = JSON.stringify([{ box: [0.1 + turn / 100, 0.2, 0.2, 0.3 + turn / 200] }]);
    field.dispatchEvent(new Event("input"));`;
  return page.evaluate(timed, { tries, count: "levers", doIt });
}
