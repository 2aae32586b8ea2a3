"""The editor of regions on the page, run by Node.js: drawing, moving, undo, keys."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from latent_levers.core.regions.coordinates import MOST_POINTS
from latent_levers.core.regions.presets import FACE_PRESETS
from latent_levers.core.regions.rasterize import draw_shapes
from latent_levers.core.regions.shapes import read_shapes
from page_modules import NODE, node

pytestmark = pytest.mark.skipif(NODE is None, reason="Node.js was not found")

EDIT = """
import { readFileSync } from "node:fs";
import { RegionEditor } from "./region_editor.js";
import { handleKey } from "./region_keys.js";
const changes = [];
const editor = new RegionEditor((what) => changes.push(what));
const texts = JSON.parse(readFileSync(0)).map(([what, ...given]) => {
  if (what === "key") handleKey(editor, { ...given[1], key: given[0] });
  else if (what === "draw") {
    editor.down(given[0][0], given[1]);
    for (const place of given[0].slice(1)) editor.drag(place, given[1]);
    editor.up();
  } else if (what === "set") Object.assign(editor, given[0]);
  else editor[what](...given);
  return editor.text;
});
console.log(JSON.stringify({ texts, changes, selected: editor.selected }));
"""


def edit(folder: Path, *steps: Any) -> list[str]:
    """The text after each step."""
    return node(folder, EDIT, steps)["texts"]


def test_drawing_writes_what_core_reads(modules: Path) -> None:
    circle = [[0.5 + 0.2 * math.sin(i / 20), 0.5 + 0.2 * math.cos(i / 20)] for i in range(126)]
    steps = [
        ["draw", [[0.3, 0.7], [0.1, 0.2]]],
        ["setTool", "ellipse"],
        ["draw", [[0.5, 0.5], [0.7, 0.9]], {"flip": True}],
        ["setTool", "polygon"],
        ["setMode", "subtract"],
        ["draw", circle],
        ["setTool", "stroke"],
        ["setFeather", 0.05],
        ["draw", [[0.2, 0.2], [0.2, 0.3], [0.2, 0.9]]],
        ["draw", [[0.8, 0.8]]],
        ["togglePreset", "mouth"],
    ]
    text = edit(modules, *steps)[-1]
    box, ellipse, polygon, stroke, dot, mouth = json.loads(text)
    assert box == {"box": [0.1, 0.2, 0.2, 0.5]}
    assert ellipse == {"ellipse": [0.6, 0.7, 0.2, 0.4], "mode": "subtract"}
    assert polygon["mode"] == "subtract"
    assert 8 <= len(polygon["polygon"]) < 60, "a line of few points"
    assert stroke["stroke"] == [[0.2, 0.2], [0.2, 0.9]]
    assert dot["stroke"] == [[0.8, 0.8]]
    assert stroke["feather"] == dot["feather"] == mouth["feather"] == 0.05
    assert [shape.kind for shape in read_shapes(text)][2:] == ["polygon", "stroke", "stroke", "box"]
    weights = draw_shapes(read_shapes(json.dumps([{**polygon, "mode": "add"}])), (256, 256))
    area = math.pi * 0.2**2 * 256**2
    assert abs(float(weights.sum()) - area) / area < 0.02


def test_a_click_draws_nothing_but_chooses(modules: Path) -> None:
    seen = node(
        modules,
        EDIT,
        [["load", '[{"box": [0, 0, 1, 1]}, {"preset": "mouth"}]'], ["draw", [[0.72, 0.5]] * 2]],
    )
    assert seen["selected"] == 1
    assert "text" not in seen["changes"], "looking changes nothing"


def test_shapes_move_resize_and_stay_in_the_image(modules: Path) -> None:
    start = '[{"box": [0.5, 0.5, 0.2, 0.2], "who": "me"}]'
    texts = edit(
        modules,
        ["load", start],
        ["setTool", "select"],
        ["draw", [[0.6, 0.6], [0.7, 0.65], [0.65, 0.7]]],
        ["draw", [[0.6, 0.6], [9, 9]]],
        ["draw", [[0.8, 0.8], [0.9, 0.7]]],
    )
    boxes = [json.loads(text)[0]["box"] for text in texts]
    assert boxes[2] == pytest.approx([0.55, 0.6, 0.2, 0.2])
    assert boxes[3] == pytest.approx([0.8, 0.8, 0.2, 0.2])
    assert boxes[4] == pytest.approx([0.9, 0.7, 0.1, 0.3])  # by its corner
    assert all(json.loads(text)[0]["who"] == "me" for text in texts)
    preset = edit(
        modules,
        ["load", "mouth"],
        ["setTool", "select"],
        ["select", 0],
        ["key", "ArrowDown"],
        ["key", "ArrowRight", {"shiftKey": True}],
        ["key", "ArrowUp", {"ctrlKey": True}],
    )
    top, left, height, width = FACE_PRESETS["mouth"]
    want = [top + 1 / 256, left + 10 / 256, height - 1 / 256, width]
    assert json.loads(preset[-1])[0]["box"] == pytest.approx(want, abs=2e-4)


@pytest.mark.parametrize(
    "shape",
    [
        {"ellipse": [0.5, 0.5, 0.4, 0.2]},
        {"polygon": [[0.1, 0.1], [0.2, 0.4], [0.6, 0.3]]},
        {"stroke": [[0.1, 0.1], [0.2, 0.4], [0.6, 0.3]], "width": 0.1},
        {"stroke": [[0.5, 0.5]], "width": 0.1},
    ],
)
def test_every_kind_moves_and_is_still_understood(modules: Path, shape: dict[str, Any]) -> None:
    def places(text: str) -> list[list[float]]:
        (entry,) = json.loads(text)
        (kind,) = set(entry) & {"ellipse", "polygon", "stroke"}
        return [entry[kind][:2]] if kind == "ellipse" else entry[kind]

    (*_, once, far) = edit(
        modules,
        ["load", json.dumps([shape])],
        ["setTool", "select"],
        ["select", 0],
        ["set", {"size": [100, 200]}],
        ["nudge", 10, 10],
        ["nudge", 500, -500],
    )
    want = [[row + 0.1, column + 0.05] for row, column in places(json.dumps([shape]))]
    assert [tuple(place) for place in places(once)] == [pytest.approx(place) for place in want]
    (read,) = read_shapes(far)
    assert read.kind in shape
    assert max(row for row, _ in places(far)) == 1
    assert min(column for _, column in places(far)) == 0


def test_undo_and_redo_go_through_everything(modules: Path) -> None:
    steps = [
        ["load", "mouth"],
        ["draw", [[0.1, 0.1], [0.3, 0.3]]],
        ["key", "ArrowRight"],
        ["key", "ArrowRight"],
        ["setFeather", 0.1],
        ["setFeather", 0.2],
        ["togglePreset", "nose"],
        ["key", "Delete"],
        ["clear"],
    ]
    texts = edit(
        modules,
        *steps,
        *[["key", "z", {"ctrlKey": True}]] * 7,
        *[["key", "y", {"ctrlKey": True}]] * 7,
    )
    made, back, again = texts[:9], texts[9:16], texts[16:]
    # Nudges in a row, and moves of a slider in a row, are one thing.
    states = [made[1], made[3], made[5], made[6], made[7], made[8]]
    assert back == [*states[-2::-1], '[{"preset": "mouth"}]', '[{"preset": "mouth"}]']
    assert again == [*states, states[-1]]


def test_what_is_not_understood_survives_every_edit(modules: Path) -> None:
    strange = '{"circle": [1, 2], "who": "me"}'
    texts = edit(
        modules,
        ["load", f'[{strange}, {{"preset": "mouth"}}]'],
        ["draw", [[0.1, 0.1], [0.3, 0.3]]],
        ["key", "ArrowRight"],
        ["togglePreset", "mouth"],
        ["key", "z", {"ctrlKey": True}],
    )
    assert all(json.loads(text)[0] == json.loads(strange) for text in texts)
    unreadable = edit(
        modules,
        ["load", "[{"],
        ["draw", [[0.1, 0.1], [0.3, 0.3]]],
        ["key", "Delete"],
        ["discardText"],
        ["draw", [[0.1, 0.1], [0.3, 0.3]]],
    )
    assert unreadable[:3] == ["[{"] * 3
    assert unreadable[3:] == ["[]", '[{"box": [0.1, 0.1, 0.2, 0.2]}]']


def test_a_second_finger_ends_a_gesture_without_a_trace(modules: Path) -> None:
    start = '[{"box": [0.1, 0.1, 0.2, 0.2]}]'
    seen = node(
        modules,
        EDIT,
        [
            ["load", start],
            ["setTool", "select"],
            ["down", [0.2, 0.2]],
            ["drag", [0.5, 0.5]],
            ["cancel"],
            ["up"],
            ["setTool", "box"],
            ["down", [0.5, 0.5]],
            ["drag", [0.9, 0.9]],
            ["cancel"],
            ["up"],
            ["undo"],
        ],
    )
    assert set(seen["texts"]) == {start}
    assert "text" not in seen["changes"]


def test_a_long_drag_follows_the_pointer_to_its_end(modules: Path) -> None:
    """Lines keep so many points and no more; corners need the last place alone."""
    way = [[0.1 + 0.8 * i / 9000, 0.2 + 0.1 * math.sin(i)] for i in range(9001)]
    (*_, box, _, stroke) = edit(
        modules,
        ["draw", way],
        ["setTool", "stroke"],
        ["draw", way],
    )
    end = json.loads(box)[0]["box"]
    assert end[0] + end[2] == pytest.approx(0.9, abs=1e-3)
    (*_, line) = json.loads(stroke)
    assert len(line["stroke"]) <= MOST_POINTS


def test_keys_wait_until_the_pointer_is_up(modules: Path) -> None:
    (*_, text) = edit(
        modules,
        ["down", [0.2, 0.2]],
        ["drag", [0.3, 0.3]],
        ["key", "v"],
        ["key", "z", {"ctrlKey": True}],
        ["drag", [0.4, 0.5], {"past": [[0.9, 0.9]]}],
        ["up"],
    )
    assert json.loads(text) == [{"box": [0.2, 0.2, 0.2, 0.3]}]
    (*_, text) = edit(
        modules, ["down", [0.2, 0.2]], ["drag", [0.3, 0.3]], ["key", "Escape"], ["up"]
    )
    assert text == ""


def test_what_was_typed_can_be_taken_back(modules: Path) -> None:
    drawn = ["draw", [[0.1, 0.1], [0.3, 0.3]]]
    box = '[{"box": [0.1, 0.1, 0.2, 0.2]}]'
    texts = edit(
        modules,
        drawn,
        ["load", "mout", True],
        ["load", "mouth", True],
        ["load", "[{", True],
        ["undo"],
        ["undo"],
        ["redo"],
        ["load", "nose"],
        ["undo"],
    )
    mouth = '[{"preset": "mouth"}]'
    assert texts == [box, "mout", "mouth", "[{", box, "[]", box, "nose", "nose"]
    assert mouth == edit(modules, drawn, ["load", "mouth", True], ["undo"], ["redo"])[-1]
