/* Keys, buttons, the filter and the two dialogs. */

const part = (id) => document.getElementById(id);
const number = (value) => value.toLocaleString("en");

/** Say something at the bottom. */
function say(text, wrong = false) {
  part("message").textContent = text;
  part("message").classList.toggle("wrong", wrong);
}

function readFilter() {
  const bound = (id, none) => (part(id).value === "" || part(id).disabled ? none : Number(part(id).value));
  const seeds = readNumbers(part("seeds").value);
  part("seeds").setAttribute("aria-invalid", String(seeds === null));
  part("seedsWrong").textContent = seeds === null ? "numbers such as 0-7, 12" : "";
  return {
    lever: Number(part("lever").value),
    low: bound("low", -Infinity),
    high: bound("high", Infinity),
    seeds: seeds ?? [],
    mark: ["open", "keep", "drop"].indexOf(part("form").elements.mark.value),
  };
}

/** Apply the filter; the current picture stays current where it is still shown. */
function refresh(wanted = shown[current]) {
  part("strengths").disabled = part("lever").value === "-2";
  shown = shownBy(readFilter());
  let place = shown.indexOf(wanted);
  if (place < 0) {
    place = 0;
    while (place < shown.length - 1 && shown[place] < wanted) place++;
  }
  current = Math.max(0, place);
  part("empty").hidden = shown.length > 0;
  layOut();
  if (shown.length) goTo(current);
  showCurrent();
}

/** All that depends on the current picture and on the numbers of marks. */
function showCurrent() {
  const there = shown.length > 0;
  const at = shown[current];
  const mark = there ? marks[at] : OPEN;
  const of = shown.length === count ? number(count) : `${number(shown.length)} of ${number(count)}`;
  part("shown").textContent = `${of} pictures, ${number(totals[KEEP])} kept, ${number(totals[DROP])} dropped`;
  part("current").textContent = there ? `Row ${rowOf[at]} \u00b7 ${whoOf(at)} \u00b7 ${pullsOf(at)}` : "";
  for (const id of ["keep", "drop", "enlarge", "keepAll", "dropAll"]) part(id).disabled = !there;
  part("undo").disabled = !history.length;
  for (const [id, value] of [["keep", KEEP], ["keepIt", KEEP], ["drop", DROP], ["dropIt", DROP]]) {
    part(id).setAttribute("aria-pressed", String(mark === value));
  }
  if (part("viewer").open && there) {
    const address = addressOf(at);
    if (part("large").getAttribute("src") !== address) part("large").src = address;
    part("large").alt = `${whoOf(at)}, ${pullsOf(at)}`;
    part("viewed").textContent = `${whoOf(at)} \u00b7 ${pullsOf(at)}`;
    part("facts").textContent = `row ${rowOf[at]} \u00b7 ${current + 1} of ${number(shown.length)} \u00b7 ${MARK_NAMES[mark]}`;
  } else if (part("viewer").open) {
    part("viewer").close();
  }
}

function move(n) {
  if (!shown.length) return;
  goTo(n);
  showCurrent();
}

/** Mark the current picture, and go on to the next. */
function choose(mark) {
  if (!shown.length) return;
  const at = shown[current];
  markAll([at], marks[at] === mark && mark !== OPEN ? OPEN : mark);
  say(`Row ${rowOf[at]} is ${MARK_NAMES[marks[at]]}.`);
  const filtered = part("form").elements.mark.value !== "all";
  if (filtered) refresh(shown[current + 1] ?? shown[current - 1]);
  else move(current + 1);
}

function chooseAll(mark) {
  const places = shown.filter((at) => marks[at] !== mark);
  markAll(places, mark);
  say(`${number(places.length)} pictures more are ${MARK_NAMES[mark]}.`);
  refresh();
}

function takeBack() {
  const at = undo();
  if (at < 0) return;
  say("Undone.");
  refresh(at);
}

function enlarge() {
  if (part("viewer").open) part("viewer").close();
  else if (shown.length) part("viewer").showModal();
  showCurrent();
}

/** What each key does; the arrows need the number of columns. */
const KEYS = {
  ArrowLeft: () => move(current - 1),
  ArrowRight: () => move(current + 1),
  ArrowUp: () => move(current - columns < 0 ? current : current - columns),
  ArrowDown: () => move(current + columns),
  PageUp: () => move(current - columns * rowsInView()),
  PageDown: () => move(current + columns * rowsInView()),
  Home: () => move(0),
  End: () => move(shown.length - 1),
  Enter: enlarge,
  k: () => choose(KEEP),
  d: () => choose(DROP),
  u: () => choose(OPEN),
  z: takeBack,
  s: savePicks,
  "/": () => {
    part("filters").open = true;
    part("lever").focus();
  },
  "?": () => part("keys").showModal(),
};

/** Whether an element takes a key itself: fields take all, buttons take Enter and the space bar. */
function takes(element, key) {
  if (part("keys").open) return true;
  if (element.closest("input:not([type=radio], [type=range]), select")) return true;
  if (element.closest("input")) return key.startsWith("Arrow") || key === "Home" || key === "End" || key.startsWith("Page");
  return key === "Enter" && element.closest("button, summary") !== null;
}

document.addEventListener("keydown", (event) => {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const undoing = key === "z" && (event.ctrlKey || event.metaKey);
  if (event.altKey || ((event.ctrlKey || event.metaKey) && !undoing)) return;
  if (key === "Escape" && takes(event.target, key) && !part("keys").open) {
    grid.focus();
    return;
  }
  if (!Object.hasOwn(KEYS, key) || takes(event.target, key)) return;
  event.preventDefault();
  KEYS[key]();
});

grid.addEventListener("click", (event) => {
  const tile = event.target.closest(".tile[data-n]");
  if (tile) move(Number(tile.dataset.n));
});
grid.addEventListener("dblclick", enlarge);
scroll.addEventListener("scroll", () => requestAnimationFrame(drawTiles), { passive: true });
new ResizeObserver(layOut).observe(scroll);

part("form").addEventListener("input", (event) => {
  if (event.target.id !== "size") return refresh();
  tileSize = Number(event.target.value);
  const top = scroll.scrollTop;
  layOut();
  scroll.scrollTop = top;
  if (shown.length) goTo(current);
});
part("form").addEventListener("submit", (event) => event.preventDefault());
part("form").addEventListener("reset", () => setTimeout(() => {
  part("size").value = String(tileSize);
  refresh();
}));
part("resetToo").addEventListener("click", () => part("reset").click());

for (const [id, act] of Object.entries({
  keep: () => choose(KEEP), keepIt: () => choose(KEEP), drop: () => choose(DROP), dropIt: () => choose(DROP),
  keepAll: () => chooseAll(KEEP), dropAll: () => chooseAll(DROP), undo: takeBack, enlarge, close: enlarge, save: savePicks,
  before: () => move(current - 1), after: () => move(current + 1), help: KEYS["?"], load: () => part("file").click(),
})) part(id).addEventListener("click", act);

part("file").addEventListener("change", async () => {
  const [file] = part("file").files;
  if (file) await loadPicks(file);
  part("file").value = ""; // the same file can be loaded again
  refresh();
});
part("viewer").addEventListener("close", () => grid.focus());
addEventListener("pagehide", remember);

/** Begin: the choices of the filter, what the browser remembers, the first pictures. */
part("title").textContent = facts.name;
for (const [value, text] of [[-1, "any"], ...facts.levers.map((name, n) => [n, name]), [-2, "none"]]) {
  part("lever").append(new Option(text, String(value)));
}
const range = pullStrengths.reduce(([low, high], one) => [Math.min(low, one), Math.max(high, one)], [0, 0]);
part("low").placeholder = signed(range[0]);
part("high").placeholder = signed(range[1]);
const narrow = matchMedia("(max-width: 700px)").matches;
if (narrow) part("filters").open = false;
tileSize = narrow ? 104 : Math.max(128, Math.min(192, facts.width));
part("size").value = String(tileSize);
recall();
refresh(0);
grid.focus({ preventScroll: true });
