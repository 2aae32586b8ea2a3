/* What was kept and dropped: remembered by the browser, undone, saved and loaded as picks.json. */

const OPEN = 0;
const KEEP = 1;
const DROP = 2;
const MARK_NAMES = ["open", "kept", "dropped"];

/** `OPEN`, `KEEP` or `DROP` of each picture. */
const marks = new Uint8Array(count);

const totals = [count, 0, 0];

/** Steps to undo: the places of one choice, and their marks before. */
const history = [];
const MOST_STEPS = 200;

const MEMORY = `latent-levers-picks:${facts.plan || facts.name}`;
const FORMAT = "latent_levers.picks";
const MOST_BYTES = 32 * 2 ** 20;

let remembering = 0;

/** The file that picks were saved to, where the browser lets a page write it again. */
let handle = null;

/** Mark pictures; one step of undo. */
function markAll(places, mark) {
  const before = Uint8Array.from(places, (at) => marks[at]);
  history.push([Uint32Array.from(places), before]);
  if (history.length > MOST_STEPS) history.shift();
  for (const at of places) setMark(at, mark);
  rememberSoon();
}

function setMark(at, mark) {
  totals[marks[at]]--;
  totals[mark]++;
  marks[at] = mark;
}

/** Undo the last choice; returns the first place that it was about, or -1. */
function undo() {
  const step = history.pop();
  if (!step) return -1;
  step[0].forEach((at, n) => setMark(at, step[1][n]));
  rememberSoon();
  return step[0][0] ?? -1;
}

/** The picks as picks.json holds them. */
function picksText() {
  const rows = (mark) => writeNumbers(rowOf.filter((_, at) => marks[at] === mark));
  const picks = { format: FORMAT, version: 1, plan: facts.plan, batch: facts.name, keep: rows(KEEP), drop: rows(DROP) };
  return `${JSON.stringify(picks, null, 1)}\n`;
}

/** Take picks over from the text of a file; throws an error in words. */
function takePicks(text) {
  let picks;
  try {
    picks = JSON.parse(text);
  } catch {
    throw new Error("This file is no picks.json.");
  }
  if (picks?.format !== FORMAT || picks.version !== 1) throw new Error("This file is no picks.json of a gallery.");
  if (facts.plan && picks.plan && picks.plan !== facts.plan) throw new Error("These picks are of another batch.");
  const places = new Map(rowOf.map((row, at) => [row, at]));
  const lists = [picks.drop, picks.keep].map((rows) => readNumbers(String(rows ?? "")));
  if (lists.includes(null)) throw new Error("The rows of these picks cannot be read.");
  const after = new Uint8Array(count);
  lists.forEach((pairs, n) => {
    for (const [from, to] of pairs) {
      for (const [row, at] of to - from < count ? rowsBetween(from, to, places) : places) {
        if (row >= from && row <= to) after[at] = n ? KEEP : DROP;
      }
    }
  });
  history.push([Uint32Array.from({ length: count }, (_, at) => at), Uint8Array.from(marks)]);
  after.forEach((mark, at) => setMark(at, mark));
  rememberSoon();
}

/** Rows from one to another that there are, with their places. */
function* rowsBetween(from, to, places) {
  for (let row = from; row <= to; row++) if (places.has(row)) yield [row, places.get(row)];
}

function rememberSoon() {
  clearTimeout(remembering);
  remembering = setTimeout(remember, 300);
}

/** Keep the picks in the browser. */
function remember() {
  clearTimeout(remembering);
  try {
    localStorage.setItem(MEMORY, picksText());
  } catch {
    say("This browser remembers nothing for this page: save your picks before you close it.", true);
  }
}

/** What the browser remembers of earlier visits. */
function recall() {
  try {
    const text = localStorage.getItem(MEMORY);
    if (text) takePicks(text);
  } catch {
    return; // another batch of the same name, or no memory
  }
  history.length = 0;
}

/** Save picks.json: into a file of the user's choice where the browser can, else as a download. */
async function savePicks() {
  const text = picksText();
  if (!totals[KEEP] && !totals[DROP]) {
    say("Nothing is kept or dropped yet.");
    return;
  }
  if (window.showSaveFilePicker) {
    try {
      handle ??= await window.showSaveFilePicker({ suggestedName: "picks.json", types: [{ accept: { "application/json": [".json"] } }] });
      const file = await handle.createWritable();
      await file.write(text);
      await file.close();
      say(`Saved ${handle.name}: ${totals[KEEP].toLocaleString("en")} kept, ${totals[DROP].toLocaleString("en")} dropped.`);
      return;
    } catch (error) {
      if (error.name === "AbortError") return;
      handle = null; // no permission: a download needs none
    }
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = "picks.json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  say(`Saved picks.json: ${totals[KEEP].toLocaleString("en")} kept, ${totals[DROP].toLocaleString("en")} dropped.`);
}

/** Load picks.json. */
async function loadPicks(file) {
  try {
    if (file.size > MOST_BYTES) throw new Error("This file is too large for picks.");
    takePicks(await file.text());
    say(`Loaded ${file.name}: ${totals[KEEP].toLocaleString("en")} kept, ${totals[DROP].toLocaleString("en")} dropped.`);
  } catch (error) {
    say(error.message, true);
  }
}
