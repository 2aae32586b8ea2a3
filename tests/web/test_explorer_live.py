"""The live explorer on the page, run by Node.js: what is requested when, and what it shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from live_page import PAGE
from page_modules import NODE, node

pytestmark = pytest.mark.skipif(NODE is None, reason="Node.js was not found")

CLIENT = """
import { LatestRequest, RequestError } from "./explorer_client.js";
const asked = [], taken = [], failed = [], pauses = [];
let answers = [];
const send = (given) => {
  asked.push(given);
  return new Promise((take, refuse) => answers.push({ take, refuse }));
};
const slot = new LatestRequest(send, {
  onAnswer: (answer, given) => taken.push([given, answer]),
  onError: (error, given) => failed.push([given, error.status]),
  pause: async (milliseconds) => { pauses.push(milliseconds); },
});
const next = () => new Promise((go) => setImmediate(go));
const answer = async (value) => { answers.shift().take(value); await next(); };
const refuse = async (status) => {
  answers.shift().refuse(new RequestError(status, "no"));
  await next();
};
for (const step of ["a", "b", "c", "d"]) slot.request(step);
await next();
const together = asked.length;
await answer(1);
await answer(2);
slot.request("superseded elsewhere");
await answer(null);
await answer(3);
slot.request("busy");
await refuse(503);
await answer(4);
slot.request("wrong");
await refuse(400);
const idle = !slot.busy;
slot.request("dropped");
await next();
slot.cancel();
slot.request("after");
await answer("too late");
await answer(5);
const seen = { together, asked, taken, failed, pauses: pauses.length, idle, busy: slot.busy };
console.log(JSON.stringify(seen));
"""

SAID = """
import { headline, notice } from "./explorer_notice.js";
import { arrangementOf } from "./explorer_layout.js";
import { shownFirst } from "./explorer_levers.js";
import { distinctNames } from "./face_presets.js";
const all = {};
const live = { phase: "live", problem: "", progress: null, measuring: false };
const held = (done, total) =>
  headline({ ...live, measuring: true, progress: { busy: "hold", done, total } }, true);
const over = (levers) => notice({ phase: "new", problem: "" }, { ...all, levers }).words;
const line = (status) => headline({ ...live, found: { method: "resefa", status } }, true).words;
console.log(JSON.stringify([over(0), over(2), line("OK"), line("RANK_DEFICIENT"),
  ...[held(5, 10), held(1, 1)].map(({ words, part, percent }) => [words, part, percent]),
  [[480, 490], [660, 650], [1280, 590], [680, 1190]].map((size) => arrangementOf(...size)),
  [[0.9, 0.005, 0.08], [0.3, 0.2, 0.2, 0.2, 0.1], [null, null], [0.001, 0.001], []].map((shares) =>
    shownFirst(shares.map((share) => ({ share })))),
  distinctNames({ eyebrows: [0.3, 0.2, 0.1, 0.4], nose: [0.4, 0.4, 0.1, 0.1], brows: [0.3001, 0.2, 0.1, 0.4] })]));
"""

LIVE = """
live.requestPicture(state);
see("nothing is asked before a run");
live.adopt({ session: "s1", size: [64, 64], count: 2, num_ws: 10 }, state);
see("a run told");
await reply("picture", 200, "p1");
await reply("levers", 200, { method: "sefa", levers: [] });
see("answered");
live.requestLevers({ ...state, shapes: [{ box: [0, 0, 1, 1] }] });
waiting.splice(0, 1); // the warming, which was dropped
await next();
see("a region, while it was warming");
pauses.splice(0).forEach((go) => go());
await next();
await reply("progress", 200, { busy: "jacobian", done: 3, total: 10 });
see("progress");
await reply("levers", 200, { method: "resefa", levers: [] });
state = pin(state, { name: "one", vector: "AAAA", space: "W" }, 2);
live.requestPicture(state);
for (let pull = 3; pull < 9; pull++) live.requestPicture(pullLever(state, 0, pull));
await reply("picture", 200, "p2");
await reply("picture", 200, "p3");
see("a slider moved");
live.compare(true, live.shown);
await reply("picture", 200, "p0");
see("compared");
live.compare(false, live.shown);
see("let go");
live.compare(true, live.shown);
live.compare(false, live.shown);
see("compared again");
live.showPreview(pullLever(state, 0, 9), state);
await reply("picture", 200, "p9");
see("the pointer at a lever");
live.showPreview(null, live.shown);
see("the pointer elsewhere");
live.requestPicture(state);
await reply("picture", 400, { error: "pull is NaN" });
see("refused");
live.requestPicture(state);
await reply("picture", 200, "p4");
see("well again");
live.requestPicture(state);
await reply("picture", 404, { error: "no such session" });
see("gone");
live.requestPicture(state);
see("nothing is asked");
live.adopt({ session: "s2", size: [64, 64], count: 2, num_ws: 10 }, state, "key 2");
see("run again");
await reply("picture", 200, "p5");
await reply("levers", 200, { method: "sefa", levers: [{}] });
live.setOutdated(true);
live.requestPicture(state); // its answer comes after another run
await next();
live.adopt({ session: "s3", size: [64, 64], count: 2, num_ws: 10 }, state, "key 3");
see("other faces");
await reply("picture", 200, "p6 of the run before");
see("a late picture");
await reply("picture", 200, "p7");
see("their picture");
const known = { found: { method: "sefa", levers: [], key: "" }, picture: "kept", shown: state, warmed: "" };
live.adopt({ session: "s2", size: [64, 64], count: 2, num_ws: 10 }, state, "key 2", known);
see("back");
live.adopt({ session: "s3", size: [64, 64], count: 2, num_ws: 10 }, original(state), "key 3", known);
see("back with another state");
console.log(JSON.stringify(seen));
process.exit(0);
"""


def test_one_request_at_a_time_and_the_newest_waits(modules: Path) -> None:
    seen = node(modules, CLIENT)
    assert seen["together"] == 1
    assert seen["asked"][:2] == ["a", "d"], "what nobody waits for is never asked"
    assert seen["asked"][2:] == [
        *["superseded elsewhere"] * 2,
        *["busy"] * 2,
        "wrong",
        "dropped",
        "after",
    ]
    assert seen["taken"] == [
        ["a", 1],
        ["d", 2],
        ["superseded elsewhere", 3],
        ["busy", 4],
        ["after", 5],
    ]
    assert seen["failed"] == [["busy", 503], ["wrong", 400]]
    assert seen["pauses"] == 2
    assert seen["idle"]
    assert not seen["busy"]


PATIENT = """
import { ExplorerClient } from "./explorer_client.js";
let given;
const send = async (path, options) => {
  given = options;
  return { status: 204 };
};
await new ExplorerClient(send, () => "me").levers({ shapes: [] });
console.log(JSON.stringify({ method: given.method, limit: given.timeoutMs }));
"""


def test_a_request_lasts_as_long_as_the_work(modules: Path) -> None:
    """Pages of ComfyUI from 1.58 on end requests after a minute, unless they are told not to."""
    assert node(modules, PATIENT) == {"method": "POST", "limit": None}


def test_what_is_live_follows_what_people_do(modules: Path) -> None:
    seen = {step.pop("name"): step for step in node(modules, PAGE + LIVE)}

    def asked(step: str) -> list[str]:
        return [kind + (" warm" if given.get("warm") else "") for kind, given in seen[step]["sent"]]

    assert asked("nothing is asked before a run") == []
    assert seen["nothing is asked before a run"]["over"] == "Explore the levers of a generator"
    assert asked("a run told") == ["picture", "levers"]
    assert seen["a run told"]["over"] is None
    for _, given in seen["a run told"]["sent"]:
        assert (given["session"], given["client"]) == ("s1", "me")
    assert asked("answered") == ["levers warm"]
    assert seen["answered"]["visible"] == "decoded p1"
    assert asked("a region, while it was warming") == ["levers"]
    assert asked("progress") == ["progress"]
    assert seen["progress"]["line"] == "Measuring how every pixel moves"
    pulls = [given["state"]["levers"][0]["pull"] for _, given in seen["a slider moved"]["sent"]]
    assert pulls == [2, 8], "between them nobody waits"
    assert seen["a slider moved"]["visible"] == "decoded p3"
    ((_, compared),) = seen["compared"]["sent"]
    assert compared["state"]["levers"] == []
    assert seen["compared"]["visible"] == "decoded p0"
    assert seen["let go"]["visible"] == "decoded p3"
    assert asked("let go") == asked("compared again") == []
    ((_, previewed),) = seen["the pointer at a lever"]["sent"]
    assert previewed["state"]["levers"][0]["pull"] == 9
    assert seen["the pointer at a lever"]["visible"] == "decoded p9"
    assert seen["the pointer elsewhere"]["visible"] == "decoded p3"
    assert asked("the pointer elsewhere") == []
    assert seen["refused"]["line"] == "pull is NaN"
    assert seen["refused"]["phase"] == "live"
    assert seen["well again"]["line"] != "pull is NaN"
    assert seen["gone"]["over"] == "This picture is no longer live"
    assert asked("nothing is asked") == []
    assert asked("run again") == ["picture", "levers"]
    assert {given["session"] for _, given in seen["run again"]["sent"]} == {"s2"}
    for step in ("other faces", "a late picture"):
        assert seen[step]["visible"] is None, "nothing of the run before is shown"
        assert seen[step]["found"] is None
        assert (seen[step]["key"], seen[step]["outdated"]) == ("key 3", False)
    assert seen["their picture"]["visible"] == "decoded p7"
    assert (seen["back"]["visible"], seen["back"]["key"]) == ("kept", "key 2")
    assert seen["back with another state"]["visible"] is None, "it shows other pulls"
    numbers = [given["ticket"] for step in seen.values() for _, given in step["sent"]]
    assert numbers == sorted(set(numbers))


def test_what_is_said_before_a_start_and_of_small_regions(modules: Path):
    *others, columns, few, arranged, first, names = node(modules, SAID, None)
    assert arranged == ["middle", "middle", "wide", "tall"]
    assert first == [[0, 2], [0, 1, 2, 3], [0, 1], [0], []], "a share under 1 % is folded away"
    assert names == ["eyebrows", "nose"], "two names of one box are one button"
    assert columns == ["Getting ready to hold the rest", 0.5, True]
    assert few == ["Getting ready to hold the rest", 1, False]
    start, again, large, small = others
    assert start.startswith("Draw on the picture")
    assert again == "Your levers are safe. Start to continue."
    assert large == "Click an end to pull there"
    assert "draw a larger one" in small
