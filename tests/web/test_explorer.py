"""The page's side of the explorer, run by Node.js: what the text holds, what is asked when."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from page_modules import NODE, copy_modules, node

pytestmark = pytest.mark.skipif(NODE is None, reason="Node.js was not found")

LEVER = {
    "name": "mouth 1",
    "space": "W",
    "method": "resefa",
    "layers": "auto",
    "eigenvalue": 12.5,
    "share": 0.5,
    "range": [-6.0, 4.0],
    "lives": "8-11",
    "vector": "AACAPw==",
    "shape": [1, 1],
    "thumbs": "data:,",
}
OTHER = {**LEVER, "vector": "AAAAQA=="}

CHANGE = """
import { readFileSync } from "node:fs";
import * as states from "./explorer_state.js";
const { text, steps } = JSON.parse(readFileSync(0));
let { state, problem } = states.readState(text);
const frozen = (value) => {
  Object.values(value ?? {}).filter((each) => typeof each === "object").forEach(frozen);
  return Object.freeze(value);
};
const texts = steps.map(([name, ...given]) => {
  state = frozen(states[name](frozen(state), ...given));
  return states.writeState(state);
});
const first = states.writeState(states.readState(text).state);
const reach = state.levers.map(states.reachOf);
console.log(JSON.stringify({ problem, texts, first, reach }));
"""

LAYERS = """
import { readFileSync } from "node:fs";
import { readLayers } from "./explorer_state.js";
console.log(JSON.stringify(JSON.parse(readFileSync(0)).map((text) => readLayers(text, 10))));
"""

CLIENT = """
import { NewestWins, Refused } from "./explorer_client.js";
const asked = [], taken = [], failed = [], pauses = [];
let answers = [];
const ask = (given) => {
  asked.push(given);
  return new Promise((take, refuse) => answers.push({ take, refuse }));
};
const slot = new NewestWins(ask, {
  take: (answer, given) => taken.push([given, answer]),
  fail: (error, given) => failed.push([given, error.status]),
  pause: async (milliseconds) => { pauses.push(milliseconds); },
});
const next = () => new Promise((go) => setImmediate(go));
const answer = async (value) => { answers.shift().take(value); await next(); };
const refuse = async (status) => {
  answers.shift().refuse(new Refused(status, "no"));
  await next();
};
for (const step of ["a", "b", "c", "d"]) slot.want(step);
await next();
const together = asked.length;
await answer(1);
await answer(2);
slot.want("superseded elsewhere");
await answer(null);
await answer(3);
slot.want("busy");
await refuse(503);
await answer(4);
slot.want("wrong");
await refuse(400);
const idle = !slot.busy;
slot.want("dropped");
await next();
slot.drop();
slot.want("after");
await answer("too late");
await answer(5);
const told = { together, asked, taken, failed, pauses: pauses.length, idle, busy: slot.busy };
console.log(JSON.stringify(told));
"""

SAID = """
import { headline, notice } from "./explorer_notice.js";
const all = { gan: true, latents: true };
const live = { phase: "live", problem: "", progress: null, measuring: false };
const over = (levers) => notice({ phase: "new", problem: "" }, { ...all, levers }).words;
const line = (status) => headline({ ...live, found: { method: "resefa", status } }, true).words;
console.log(JSON.stringify([over(0), over(2), line("OK"), line("RANK_DEFICIENT")]));
"""

LIVE = """
import { ExplorerClient } from "./explorer_client.js";
import { ExplorerLive } from "./explorer_live.js";
import { headline, notice } from "./explorer_notice.js";
import { pin, pullLever, readState } from "./explorer_state.js";
const sent = [], told = [], waiting = [];
const send = (path, { body, signal }) => {
  const kind = path.split("/").at(-1);
  const given = JSON.parse(body);
  sent.push([kind, given]);
  return new Promise((take, refuse) => {
    signal?.addEventListener("abort", () => refuse(new Error("aborted")));
    waiting.push({ kind, take });
  });
};
const next = async () => {
  for (let i = 0; i < 5; i++) await new Promise((go) => setImmediate(go));
};
const reply = async (kind, status, content) => {
  const at = waiting.findIndex((each) => each.kind === kind);
  const [{ take }] = waiting.splice(at, 1);
  take({ status, ok: status === 200, json: async () => content, blob: async () => content });
  await next();
};
const client = new ExplorerClient(send, () => "me");
let pauses = [];
const pause = () => new Promise((go) => pauses.push(go));
const tell = (what) => told.push(what);
const decode = async (blob) => `decoded ${blob}`;
const live = new ExplorerLive(client, { tell, decode, pause });
const seen = [];
const see = (name) => {
  const over = notice(live, { gan: true, latents: true })?.title ?? null;
  const { phase, visible } = live;
  const line = headline(live, false).words;
  seen.push({ name, phase, visible, line, over, sent: sent.splice(0) });
};
let { state } = readState("");
live.show(state);
see("nothing is asked before a run");
live.adopt({ session: "s1", size: [64, 64], count: 2, num_ws: 10 }, state);
see("a run told");
await reply("picture", 200, "p1");
await reply("levers", 200, { method: "sefa", levers: [] });
see("answered");
live.measure({ ...state, shapes: [{ box: [0, 0, 1, 1] }] });
waiting.splice(0, 1); // the warming, which was dropped
await next();
see("a region, while it was warming");
pauses.splice(0).forEach((go) => go());
await next();
await reply("progress", 200, { busy: "jacobian", done: 3, total: 10 });
see("progress");
await reply("levers", 200, { method: "resefa", levers: [] });
state = pin(state, { name: "one", vector: "AAAA", space: "W" }, 2);
live.show(state);
for (let pull = 3; pull < 9; pull++) live.show(pullLever(state, 0, pull));
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
live.show(state);
await reply("picture", 400, { error: "pull is NaN" });
see("refused");
live.show(state);
await reply("picture", 200, "p4");
see("well again");
live.show(state);
await reply("picture", 404, { error: "no such session" });
see("gone");
live.show(state);
see("nothing is asked");
live.adopt({ session: "s2", size: [64, 64], count: 2, num_ws: 10 }, state);
see("run again");
console.log(JSON.stringify(seen));
process.exit(0);
"""


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's files, where Node takes them for modules."""
    return copy_modules(tmp_path_factory.mktemp("web"))


def change(folder: Path, text: str, *steps: Any) -> dict[str, Any]:
    """What a text becomes."""
    return node(folder, CHANGE, {"text": text, "steps": steps})


@pytest.mark.parametrize(
    "text",
    [
        '{"v":1}',
        '{"v":1,"image":2,"psi":0.5}',
        '{"v":1,"shapes":[{"preset":"mouth"},{"circle":[1]}]}',
        '{"v":1,"levers":[{"name":"a","pull":1,"vector":"AAAA","who":{"me":[1]}}],"note":null}',
    ],
)
def test_what_is_read_is_written_again(modules: Path, text: str) -> None:
    seen = change(modules, text)
    assert seen["problem"] == ""
    assert json.loads(seen["first"]) == json.loads(text)


@pytest.mark.parametrize("text", ["", "  ", "{}", '{"levers": [], "psi": 1, "shapes": []}'])
def test_what_is_not_written_is_the_default(modules: Path, text: str) -> None:
    seen = change(modules, text)
    assert seen["problem"] == ""
    assert seen["first"] == '{"v":1}'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not valid JSON"),
        ("[]", "not an object"),
        ('{"v": 2}', "version 2"),
        ('{"levers": {}}', '"levers" of the state is no list'),
        ('{"psi": "1"}', '"psi" of the state is no number'),
        ('{"levers": [{"pull": 1}]}', "no vector"),
        ('{"levers": [{"pull": "1", "vector": ""}]}', "no pull"),
    ],
)
def test_what_cannot_be_read_is_told(modules: Path, text: str, words: str) -> None:
    assert words in change(modules, text)["problem"]


def test_levers_are_pinned_pulled_renamed_and_removed(modules: Path) -> None:
    seen = change(
        modules,
        '{"note": "mine"}',
        ["pin", LEVER, 4.00049],
        ["pin", OTHER, -1],
        ["pin", LEVER, -0.0001],
        ["rename", 1, "  a  smile "],
        ["rename", 1, "  "],
        ["pullLever", 1, 12],
        ["release"],
        ["unpin", 0],
    )
    states = [json.loads(text) for text in seen["texts"]]
    assert all(state["note"] == "mine" for state in states)
    (first,) = states[0]["levers"]
    kept = {key: value for key, value in LEVER.items() if key not in ("thumbs", "share")}
    assert first == {**kept, "pull": 4.0}
    assert [lever["name"] for lever in states[1]["levers"]] == ["mouth 1", "mouth 1 (2)"]
    assert [lever["pull"] for lever in states[2]["levers"]] == [0, -1], "pinned already: pulled"
    assert states[4]["levers"][1]["name"] == states[3]["levers"][1]["name"] == "a smile"
    assert states[5]["levers"][1]["pull"] == 12
    assert [lever["pull"] for lever in states[6]["levers"]] == [0, 0]
    assert [lever["name"] for lever in states[7]["levers"]] == ["a smile"]


def test_no_more_levers_than_the_server_takes(modules: Path) -> None:
    steps = [["pin", {**LEVER, "vector": f"{i:04}"}, 1] for i in range(40)]
    last = json.loads(change(modules, "", *steps)["texts"][-1])
    assert len(last["levers"]) == 32


def test_sliders_go_somewhat_farther_than_it_is_worth(modules: Path) -> None:
    levers = [LEVER, OTHER, {**LEVER, "vector": "x", "range": None}]
    steps = [["pin", lever, 1] for lever in levers]
    seen = change(modules, "", *steps, ["pullLever", 1, -20])
    assert seen["reach"] == [9, 20, 5]


def test_other_settings_stay_in_their_bounds(modules: Path) -> None:
    seen = change(
        modules,
        "",
        ["showImage", 7, 4],
        ["showImage", -1, 4],
        ["truncate", 0.12345],
        ["truncate", 3],
        ["drawRegion", [{"preset": "mouth"}]],
        ["original"],
    )
    assert [json.loads(text) for text in seen["texts"]] == [
        {"v": 1, "image": 3},
        {"v": 1},
        {"v": 1, "psi": 0.123},
        {"v": 1},
        {"v": 1, "shapes": [{"preset": "mouth"}]},
        {"v": 1, "shapes": [{"preset": "mouth"}]},
    ]


def test_layers_as_people_write_them(modules: Path) -> None:
    given = ["", " Auto", "ALL", "4-7", "0, 2 - 3", "9", "10", "7-4", "a", "1,", "-1", "1.5"]
    read = node(modules, LAYERS, given)
    assert read == ["auto", "auto", "all", "4-7", "0,2-3", "9", None, None, None, None, None, None]


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


def test_what_is_live_follows_what_people_do(modules: Path) -> None:
    seen = {step.pop("name"): step for step in node(modules, LIVE)}

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
    assert seen["refused"]["line"] == "pull is NaN"
    assert seen["refused"]["phase"] == "live"
    assert seen["well again"]["line"] != "pull is NaN"
    assert seen["gone"]["over"] == "This picture is no longer live"
    assert asked("nothing is asked") == []
    assert asked("run again") == ["picture", "levers"]
    assert {given["session"] for _, given in seen["run again"]["sent"]} == {"s2"}
    numbers = [given["ticket"] for step in seen.values() for _, given in step["sent"]]
    assert numbers == sorted(set(numbers))


def test_what_is_said_before_a_start_and_of_small_regions(modules: Path):
    first, again, large, small = node(modules, SAID, None)
    assert first.startswith("Draw on the picture")
    assert again == "Your levers are safe. Start to go on."
    assert large == "Click an end to pull there"
    assert "draw a larger one" in small
