"use strict";
/* The pictures of the batch, as columns of plain numbers; and which of them a filter shows. */

/** What `latent-levers gallery` wrote. */
const facts = JSON.parse(document.getElementById("batch").textContent);

const count = facts.seeds.length;
const rowOf = facts.rows ?? Array.from({ length: count }, (_, at) => at);

/** First pull of each picture, and the one behind the last; lever and strength of each pull. */
const firstPull = new Uint32Array(count + 1);
const pullLevers = new Uint32Array(facts.pulls.reduce((sum, pulls) => sum + pulls.length / 2, 0));
const pullStrengths = new Float64Array(pullLevers.length);
facts.pulls.forEach((pulls, at) => {
  let next = firstPull[at];
  for (let part = 0; part < pulls.length; part += 2, next++) {
    pullLevers[next] = pulls[part];
    pullStrengths[next] = pulls[part + 1];
  }
  firstPull[at + 1] = next;
});

/** Address of a picture, relative to the page. */
function addressOf(at) {
  const name = facts.files?.[at] ?? `${String(rowOf[at]).padStart(facts.digits, "0")}${facts.ending}`;
  return facts.base + encodeURIComponent(name);
}

/** Such as "+2.0": a strength with its sign and one to three decimals, or at most fewer. */
function signed(strength, decimals = 3) {
  const text = strength.toFixed(decimals).replace(/(\.\d+?)0+$/, "$1");
  return strength > 0 ? `+${text}` : text;
}

/** The levers of a picture in words. */
function pullsOf(at, decimals) {
  const parts = [];
  for (let pull = firstPull[at]; pull < firstPull[at + 1]; pull++) {
    parts.push(`${facts.levers[pullLevers[pull]]} ${signed(pullStrengths[pull], decimals)}`);
  }
  return parts.join(", ") || "no lever";
}

/** Whose picture it is. */
function whoOf(at) {
  return facts.seeds[at] === null ? `row ${rowOf[at]}` : `seed ${facts.seeds[at]}`;
}

/** Numbers of a text such as "0-7, 12" as pairs; null for text that is none. */
function readNumbers(text) {
  const pairs = [];
  for (const part of text.split(/[\s,;]+/).filter(Boolean)) {
    const ends = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(part);
    if (!ends || Number(ends[2] ?? ends[1]) < Number(ends[1])) return null;
    pairs.push([Number(ends[1]), Number(ends[2] ?? ends[1])]);
  }
  return pairs;
}

/** Rising numbers as text such as "0-7,12". */
function writeNumbers(numbers) {
  const parts = [];
  for (let at = 0; at < numbers.length; ) {
    let end = at;
    while (numbers[end + 1] === numbers[end] + 1) end++;
    parts.push(end > at ? `${numbers[at]}-${numbers[end]}` : `${numbers[at]}`);
    at = end + 1;
  }
  return parts.join(",");
}

/**
 * Which pictures a filter shows.
 *
 * @param {object} filter - `lever` (a number, -1 for any, -2 for pictures without one), `low` and `high` (strengths of that lever,
 *   or of any), `seeds` (pairs; empty for all) and `mark` (a number, -1 for any).
 * @returns {Uint32Array} their places.
 */
function shownBy({ lever, low, high, seeds, mark }) {
  const found = new Uint32Array(count);
  let total = 0;
  const bounded = low > -Infinity || high < Infinity;
  for (let at = 0; at < count; at++) {
    if (mark >= 0 && marks[at] !== mark) continue;
    if (seeds.length && !seeds.some(([from, to]) => facts.seeds[at] !== null && facts.seeds[at] >= from && facts.seeds[at] <= to)) continue;
    const start = firstPull[at];
    const stop = firstPull[at + 1];
    if (lever === -2) {
      if (start < stop) continue;
    } else if (lever >= 0 || bounded) {
      let fits = false;
      for (let pull = start; pull < stop && !fits; pull++) {
        fits = (lever < 0 || pullLevers[pull] === lever) && pullStrengths[pull] >= low && pullStrengths[pull] <= high;
      }
      if (!fits) continue;
    }
    found[total++] = at;
  }
  return found.subarray(0, total);
}
