/** Waiting for an explorer: until its session is live and nothing is under way. */

/** Wait until levers and picture are there and nothing is pending. */
export const calm = (page, timeout) =>
  page.waitForFunction(
    () => {
      const element = document.querySelector(".ll-explorer");
      return element?.dataset.phase === "live" && element.dataset.levers !== "0" && !element.querySelector(".ll-stale, .ll-progress.ll-on");
    },
    null,
    { timeout },
  );

/** Wait until nothing is pending and the counters are constant. */
export const rest = (page, timeout) =>
  page.waitForFunction(
    () => {
      const element = document.querySelector(".ll-explorer");
      if (element?.dataset.phase !== "live" || element.querySelector(".ll-stale, .ll-progress.ll-on")) return false;
      const now = `${element.dataset.pictures} ${element.dataset.levers}`;
      const before = window.latentLeversRest;
      window.latentLeversRest = before?.now === now ? before : { now, since: performance.now() };
      return performance.now() - window.latentLeversRest.since > 700;
    },
    null,
    { timeout, polling: 100 },
  );
