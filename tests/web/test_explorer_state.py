"""The explorer's state on the page, run by Node.js: read, changed, written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from page_modules import NODE, node

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
const percents = state.levers.map(states.percentOf);
const pulls = state.levers.map((lever) => [-100, 50, 100].map((percent) => states.pullAt(lever, percent)));
console.log(JSON.stringify({ problem, texts, first, percents, pulls }));
"""

LAYERS = """
import { readFileSync } from "node:fs";
import { readLayers } from "./explorer_state.js";
console.log(JSON.stringify(JSON.parse(readFileSync(0)).map((text) => readLayers(text, 10))));
"""


CAN_HOLD = """
import { readFileSync } from "node:fs";
import { canHold } from "./explorer_state.js";
const given = JSON.parse(readFileSync(0));
console.log(JSON.stringify(given.map(([state, mask]) => canHold(state, mask))));
"""


def change(folder: Path, text: str, *steps: Any) -> dict[str, Any]:
    """What a text becomes."""
    return node(folder, CHANGE, {"text": text, "steps": steps})


@pytest.mark.parametrize(
    "text",
    [
        '{"v":1}',
        '{"v":1,"image":2,"psi":0.5}',
        '{"v":1,"shapes":[{"preset":"mouth"},{"circle":[1]}]}',
        '{"v":1,"hold":true,"levers":[{"pull":1,"vector":"AAAA","region":[{"preset":"mouth"}]}]}',
        '{"v":1,"levers":[{"name":"a","pull":1,"vector":"AAAA","who":{"me":[1]}}],"note":null}',
    ],
)
def test_what_is_read_is_written_again(modules: Path, text: str) -> None:
    seen = change(modules, text)
    assert seen["problem"] == ""
    assert json.loads(seen["first"]) == json.loads(text)


@pytest.mark.parametrize(
    "text", ["", "  ", "{}", '{"levers": [], "psi": 1, "shapes": []}', '{"hold": false}']
)
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
        ('{"hold": 1}', '"hold" of the state is neither true nor false'),
        ('{"hold": null}', '"hold" of the state is neither true nor false'),
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


def test_all_sliders_have_the_scale_of_the_visible_range(modules: Path) -> None:
    levers = [LEVER, OTHER, {**LEVER, "vector": "x", "range": None}]
    steps = [["pin", lever, 1] for lever in levers]
    seen = change(modules, "", *steps, ["pullLever", 1, -20])
    assert seen["percents"] == [25, pytest.approx(-1000 / 3), 20], "of [-6, 4], and of 5"
    assert seen["pulls"] == [[-6, 2, 4], [-6, 2, 4], [-5, 2.5, 5]]


def test_levers_rest_and_are_pulled_anywhere(modules: Path) -> None:
    steps = [["pin", LEVER, 1], ["pin", OTHER, 2], ["mute", 1, True], ["randomise"], ["mute", 1, False]]  # fmt: skip
    texts = [json.loads(text) for text in change(modules, "", *steps)["texts"]]
    assert [lever.get("muted", False) for lever in texts[2]["levers"]] == [False, True]
    first, second = texts[3]["levers"]
    assert -6 <= first["pull"] <= 4
    assert second["pull"] == 2, "a lever at rest stays"
    assert "muted" not in texts[4]["levers"][1]


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


def test_the_rest_is_held_or_not(modules: Path) -> None:
    regional = {**LEVER, "region": [{"preset": "mouth"}]}
    seen = change(modules, "", ["hold", True], ["pin", regional, 1], ["original"], ["hold", False])
    on, pulled, original, off = map(json.loads, seen["texts"])
    assert on == {"v": 1, "hold": True}
    assert pulled["levers"][0]["region"] == [{"preset": "mouth"}], "it keeps its region"
    assert original == {"v": 1, "hold": True}
    assert off == {"v": 1}


def test_only_levers_of_regions_can_be_held(modules: Path) -> None:
    mouth, painted, old = [{"preset": "mouth"}], [], None
    cases: list[tuple[list[tuple[float, Any]], bool]] = [
        ([], False),
        ([(1, mouth)], False),
        ([(1, mouth), (0, old)], False),
        ([(1, mouth), (2, old)], False),
        ([(1, painted)], False),
        ([(1, painted), (1, mouth)], True),
        ([(1, old)], True),
    ]
    given = [
        (
            {
                "levers": [
                    {"pull": pull, **({} if region is None else {"region": region})}
                    for pull, region in levers
                ]
            },
            mask,
        )
        for levers, mask in cases
    ]
    assert node(modules, CAN_HOLD, given) == [True, True, True, False, False, True, False]


def test_layers_as_people_write_them(modules: Path) -> None:
    given = ["", " Auto", "ALL", "4-7", "0, 2 - 3", "9", "10", "7-4", "a", "1,", "-1", "1.5"]
    read = node(modules, LAYERS, given)
    assert read == ["auto", "auto", "all", "4-7", "0,2-3", "9", None, None, None, None, None, None]
