"""First levers of a large image on the page, and the better ones that follow, run by Node.js."""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path

import pytest
from live_page import PAGE
from page_modules import NODE, node

pytestmark = pytest.mark.skipif(NODE is None, reason="Node.js was not found")


def vector(*numbers: float) -> str:
    """The text of a vector."""
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


LARGE = """
const info = { session: "s1", size: [1024, 1024], count: 2, num_ws: 18, smaller: 256 };
const lever = { name: "one", vector: "AAAA", space: "W", range: [-2, 2] };
const answer = (sought, method = "resefa") =>
  ({ method, regional: method === "resefa", sought, levers: [lever] });
live.adopt(info, state);
await reply("picture", 200, "p1");
await reply("levers", 200, answer(64, "sefa"));
see("first global levers");
await reply("levers", 200, answer(0, "sefa"));
see("whole global levers");
await reply("levers", 200, { warm: true });
const region = { ...state, shapes: [{ box: [0, 0, 1, 1] }] };
live.requestLevers(region);
await next();
see("a region");
await reply("levers", 200, answer(64));
see("first levers");
await reply("levers", 200, answer(256));
see("better levers");
live.requestLevers({ ...state, shapes: [{ box: [0, 0, 2, 2] }] });
await next();
waiting.splice(waiting.findIndex(({ kind }) => kind === "levers"), 1); // that of the old region
see("another region meanwhile");
await reply("levers", 200, answer(0));
see("whole at once");
console.log(JSON.stringify(seen));
process.exit(0);
"""

FRESH = """
const info = { session: "s1", size: [1024, 1024], count: 2, num_ws: 18, smaller: 256 };
const region = { ...state, shapes: [{ box: [0, 0, 1, 1] }] };
const levers = [{ vector: "AAAA" }];
const answer = (sought) => ({ method: "resefa", regional: true, sought, levers });
live.adopt(info, region);
await reply("picture", 200, "p1");
await reply("levers", 200, answer(64));
await reply("levers", 200, answer(256));
see("better levers");
await reply("levers", 200, { warm: true });
see("the derivative is there");
await reply("levers", 200, answer(0));
see("whole levers");
live.adopt({ ...info, session: "s2", smaller: 0 }, state);
await reply("picture", 200, "p1");
see("no smaller picture");
console.log(JSON.stringify(seen));
process.exit(0);
"""

AGAIN = """
const info = { session: "s1", size: [1024, 1024], count: 2, num_ws: 18, smaller: 256 };
const region = { ...state, shapes: [{ box: [0, 0, 1, 1] }] };
const answer = (sought) =>
  ({ method: "resefa", regional: true, sought, levers: [{ vector: "AAAA" }] });
live.adopt(info, region);
await reply("picture", 200, "p1");
await reply("levers", 200, answer(64));
see("refining");
live.adopt(info, { ...region });
await next();
await reply("picture", 200, "p1");
live.updateLevers({ ...region });
await next();
see("the graph ran again");
await reply("levers", 200, answer(256));
see("better levers");
live.requestLevers(state);
live.updateLevers(region);
await next();
see("there and back");
console.log(JSON.stringify(seen));
process.exit(0);
"""

TAKEN = """
import { earlierLevers, likeness, takeRefined } from "./explorer_refining.js";
import { percentOf, pin, turnRound } from "./explorer_state.js";
const { levers, found } = %s;
const state = { levers, shapes: [], record: [{ t: 0, pulls: [0, 0, 0, 0] }, { t: 1, pulls: [1, 1, 0, -1] }] };
const after = takeRefined(state, found);
console.log(JSON.stringify({
  cosines: levers.map((lever) => likeness(lever, found.levers[0])),
  earlier: earlierLevers(state, found).map((each) => [each.name, Boolean(each.other), each.turned]),
  after: after.levers,
  record: after.record,
  percents: [levers, after.levers].map((all) => all.map(percentOf)),
  again: earlierLevers(after, found).map(({ name }) => name),
  smaller: earlierLevers(state, { ...found, sought: 32 }).length,
  clicked: pin(after, found.levers[0], 8).levers.map(({ pull }) => pull),
  twice: takeRefined({ ...state, levers: [levers[0], levers[0]], record: [] }, found).levers.map(({ sought }) => sought ?? 0),
  back: turnRound(after.levers[0]),
}));
"""

SAME = """
import { earlierLevers, takeRefined } from "./explorer_refining.js";
import { pin, turnRound } from "./explorer_state.js";
const lever = (vector, range, sought) => ({ name: "smile", vector, space: "W", range, ...(sought && { sought }) });
const first = lever("AACAPwAAAEA=", [-3, 2], 64);
const pinned = pin({ levers: [], shapes: [], record: [] }, first, 1);
const found = { levers: [lever(first.vector, [-30, 20])] };
const round = { ...pinned, levers: pinned.levers.map(turnRound).map((each) => ({ ...each, pull: -1 })) };
console.log(JSON.stringify([pinned, round].map((before) => {
  const after = takeRefined(before, found);
  const { vector, range, pull, sought = 0 } = after.levers[0];
  return { same: vector === before.levers[0].vector, range, pull, sought, again: earlierLevers(after, found).length };
})));
"""

SAID = """
import { headline } from "./explorer_notice.js";
const found = { method: "resefa", regional: true, sought: 128 };
const live = { phase: "live", problem: "", found, refining: true, info: { smaller: 128 } };
const [taken, kept] = [{ name: "smile", other: {} }, { name: "nose", other: null }];
const line = (session, earlier) => {
  const { words, size = 0, more = "" } = headline({ ...live, ...session }, true, earlier);
  return [words, size, more];
};
console.log(JSON.stringify([
  line({ info: { smaller: 256 } }, []),
  line({}, [taken]),
  line({ refining: false }, [taken, kept]),
  line({ refining: false }, [kept]),
  line({ refining: false }, []),
]));
"""

TYPED = """
import { actionsOf } from "./explorer_actions.js";
live.adopt({ session: "s1", size: [64, 64], count: 1, num_ws: 18 }, state);
await reply("picture", 200, "p1");
await reply("levers", 200, { method: "sefa", levers: [] });
const widget = { state: pin(state, { name: "one", vector: "AAAA", space: "W" }, 2), session: live };
widget.change = (changed) => (widget.state = changed);
const { lever } = actionsOf(widget);
const typed = ["4-99", "abc", "7-4", "4-7"].map((text) => {
  lever.layers(0, text);
  return [headline(live, false).words, widget.state.levers[0].layers];
});
lever.layers(0, "4-99");
live.requestPicture(widget.state);
await reply("picture", 200, "p2");
console.log(JSON.stringify([...typed, [headline(live, false).words, ""]]));
process.exit(0);
"""


def asked(step: dict) -> list[dict]:
    """The requests for levers of a step, without what all have."""
    kept = ("warm", "beyond")
    return [
        {key: given[key] for key in kept if key in given}
        for k, given in step["sent"]
        if k == "levers"
    ]


def test_first_levers_come_before_those_of_the_whole_image(modules: Path) -> None:
    seen = {step.pop("name"): step for step in node(modules, PAGE + LARGE)}
    assert asked(seen["first global levers"]) == [{"beyond": 0}, {}], "then the whole"
    assert seen["first global levers"]["line"] == "Levers from a picture of", "the whole is next"
    assert seen["first levers"]["line"] == "First levers, from a picture of"
    assert seen["first global levers"]["found"]["sought"] == 64
    assert asked(seen["whole global levers"]) == [{"warm": True}]
    assert asked(seen["a region"]) == [{"beyond": 0}]
    assert asked(seen["first levers"]) == [{"beyond": 64}], "a quarter of the size comes next"
    (lever,) = seen["first levers"]["found"]["levers"]
    assert (lever["sought"], len(lever["region"])) == (64, 1), "it says where it is from"
    assert asked(seen["better levers"]) == [{}], "the derivative was requested before"
    assert asked(seen["another region meanwhile"]) == [{"beyond": 0}]
    assert asked(seen["whole at once"]) == [], "its derivative is stored: nothing is left to refine"
    assert "sought" not in seen["whole at once"]["found"]["levers"][0]
    assert seen["whole at once"]["line"] == "Click an end to pull there"


def test_the_derivative_is_requested_once_before_the_whole_levers(modules: Path) -> None:
    seen = {step.pop("name"): step for step in node(modules, PAGE + FRESH)}
    assert asked(seen["better levers"])[-1] == {"warm": True}
    assert seen["better levers"]["line"] == "Levers from a picture of", (
        "no better ones but the whole"
    )
    assert asked(seen["the derivative is there"]) == [{}]
    assert asked(seen["whole levers"]) == []
    assert asked(seen["no smaller picture"]) == [{}]


def test_better_levers_on_their_way_are_awaited(modules: Path) -> None:
    """Another run of the graph, or an undo, does not begin with the first levers again."""
    seen = {step.pop("name"): step for step in node(modules, PAGE + AGAIN)}
    assert asked(seen["refining"])[-1] == {"beyond": 64}
    assert asked(seen["the graph ran again"]) == []
    assert seen["better levers"]["found"]["sought"] == 256
    assert asked(seen["there and back"]) == [{"beyond": 0}], "that of another region was cancelled"


def test_sliders_stay_where_they_are(modules: Path) -> None:
    box = [{"box": [0, 0, 1, 1]}]
    like, unlike = vector(1, 0.1, 0), vector(0, 0.5, 1)
    common = {"space": "W", "range": [-2, 2], "layers": "4-7", "sought": 64, "region": box}
    levers = [
        {"name": "smile", "vector": like, "pull": 1, **common},
        {"name": "other", "vector": unlike, "pull": 1, **common},
        {"name": "elsewhere", "vector": like, "pull": 1, **common, "region": None},
        {"name": "own", "vector": vector(0, 0, 1), "pull": 1, **{**common, "sought": 0}},
    ]
    better = {
        "name": "mouth 1",
        "vector": vector(-1, 0, 0),
        "space": "W",
        "range": [-4, 8],
        "layers": "auto",
        "region": box,
    }
    found = {"sought": 0, "levers": [{**better, "thumbs": "data:", "share": 0.5}]}
    seen = node(modules, TAKEN % json.dumps({"levers": levers, "found": found}))
    assert seen["cosines"][0] == pytest.approx(-0.995, abs=1e-3)
    assert seen["earlier"] == [["smile", True, True], ["other", False, False]]
    first, *others = seen["after"]
    assert first["vector"] == vector(1, -0.0, -0.0), "turned round, as it points the other way"
    assert first["range"] == [-8, 4]
    assert (first["name"], first["layers"]) == ("smile", "4-7")
    assert "sought" not in first
    assert "thumbs" not in first
    assert others == levers[1:]
    before, after = seen["percents"]
    assert before[0] == 50
    assert after[0] == 50, "slider and wired input mean what they meant"
    assert first["pull"] == 2
    pulls = [key["pulls"] for key in seen["record"]]
    assert pulls == [[0, 0, 0, 0], [2, 1, 0, -1]], "what was recorded plays as before"
    assert seen["again"] == ["other"], "the one that has no like"
    assert seen["smaller"] == 0, "nothing of a smaller picture is better"
    assert seen["clicked"] == [-8, 1, 1, 1], "the found lever is the pinned one, turned round"
    assert seen["twice"] == [0, 64], "one lever takes one place"
    assert seen["back"]["vector"] == better["vector"]
    assert seen["back"]["range"] == better["range"]


def test_the_same_lever_takes_the_range_of_the_whole_image(modules: Path) -> None:
    """Connected levers do not depend on the image, but their ranges do."""
    taken = {"same": True, "sought": 0, "again": 0}
    assert node(modules, SAME) == [
        {**taken, "range": [-30, 20], "pull": 10},
        {**taken, "range": [-20, 30], "pull": -10},
    ]


def test_one_thing_is_said_at_a_time(modules: Path) -> None:
    first, middle, offered, kept, nothing = node(modules, SAID)
    assert first == ["First levers, from a picture of", 128, "better ones follow"]
    assert middle == ["Levers from a picture of", 128, "those of the whole picture follow"]
    assert offered == ["", 0, ""], "the button beside it says what to do"
    assert kept == ["No better ones for:", 0, "nose"]
    assert nothing == ["Click an end to pull there", 0, ""]


def test_layers_that_are_not_taken_are_said(modules: Path) -> None:
    beyond, unreadable, reverse, good, later = node(modules, PAGE + TYPED)
    assert "has fewer layers" in beyond[0]
    assert "numbers such as 4-7" in unreadable[0]
    assert reverse[0] == unreadable[0]
    assert beyond[1] == unreadable[1] == reverse[1] == "auto"
    assert good == ["Drag a box over a part of the picture for its own levers", "4-7"]
    assert later[0] == good[0], "it is said until the next picture"
