"""Shapes on the page, run by Node.js: the same language and the same pixels as in core."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import torch
from latent_levers.core.regions.coordinates import MOST_POINTS
from latent_levers.core.regions.presets import FACE_PRESETS
from latent_levers.core.regions.rasterize import draw_shapes
from latent_levers.core.regions.shapes import read_shapes
from page_modules import NODE, node

pytestmark = pytest.mark.skipif(NODE is None, reason="Node.js was not found")

RASTER = """
import { readFileSync, writeFileSync } from "node:fs";
import { FACE_PRESETS } from "./face_presets.js";
import { resolve } from "./region_geometry.js";
import { rasterise } from "./region_raster.js";
import { readShapes } from "./region_shapes.js";
const drawn = JSON.parse(readFileSync(0)).map(({ text, size }) => {
  const { entries } = readShapes(text);
  return Array.from(rasterise(entries.map((entry) => resolve(entry, FACE_PRESETS)), size));
});
writeFileSync(1, JSON.stringify(drawn));
"""

READ = """
import { readFileSync, writeFileSync } from "node:fs";
import { kindOf, readShapes, remarks, writeShapes } from "./region_shapes.js";
const read = JSON.parse(readFileSync(0)).map((text) => {
  const { entries, wrapper, problem } = readShapes(text);
  const remarked = remarks(entries, { mouth: [0, 0, 1, 1] });
  return { kinds: entries.map(kindOf), problem, remarked, text: writeShapes(entries, wrapper) };
});
writeFileSync(1, JSON.stringify(read));
"""

CONSTANTS = """
import { FACE_PRESETS } from "./face_presets.js";
import { MOST_POINTS } from "./region_shapes.js";
console.log(JSON.stringify({ FACE_PRESETS, MOST_POINTS }));
"""


def test_the_page_knows_the_same_parts_and_bounds(modules: Path) -> None:
    known = node(modules, CONSTANTS)
    assert list(known["FACE_PRESETS"]) == list(FACE_PRESETS)
    for name, box in FACE_PRESETS.items():
        assert tuple(known["FACE_PRESETS"][name]) == pytest.approx(box, abs=1e-12)
    assert known["MOST_POINTS"] == MOST_POINTS


def some_shapes(chance: random.Random) -> list[dict[str, Any]]:
    """Shapes of all kinds, with and without soft edges."""

    def number(low: float = 0.0, high: float = 1.0) -> float:
        return round(chance.uniform(low, high), 4)

    shapes: list[dict[str, Any]] = []
    for kind in ("box", "ellipse", "polygon", "stroke", "preset"):
        shape: dict[str, Any] = {
            "box": {"box": [number(0, 0.5), number(0, 0.5), number(0.05, 0.5), number(0.05, 0.5)]},
            "ellipse": {"ellipse": [number(), number(), number(0.05), number(0.05, 2)]},
            "polygon": {"polygon": [[number(), number()] for _ in range(chance.randint(3, 9))]},
            "stroke": {
                "stroke": [[number(), number()] for _ in range(chance.randint(1, 6))],
                "width": number(0.01, 0.3),
            },
            "preset": {"preset": chance.choice(list(FACE_PRESETS))},
        }[kind]
        if chance.random() < 0.4:
            shape["mode"] = "subtract"
        if chance.random() < 0.5:
            shape["feather"] = number(0.01, 0.3)
        shapes.append(shape)
    chance.shuffle(shapes)
    return shapes


def test_the_preview_is_what_a_run_uses(modules: Path) -> None:
    """Equal but for pixels whose centre lies on an edge, which may fall to either side."""
    chance = random.Random(5)
    sizes = [(64, 64), (48, 97), (101, 30)]
    jobs = [
        {"text": json.dumps(some_shapes(chance)), "size": sizes[i % len(sizes)]} for i in range(24)
    ]
    jobs += [
        {"text": json.dumps([shape]), "size": (64, 64)}
        for _ in range(6)
        for shape in some_shapes(chance)
    ]
    for job, drawn in zip(jobs, node(modules, RASTER, jobs), strict=True):
        weights = draw_shapes(read_shapes(job["text"]), job["size"])
        other = torch.tensor(drawn).reshape(weights.shape)
        assert ((weights - other).abs() > 1e-5).sum() <= 1, job


@pytest.mark.parametrize(
    ("text", "kinds", "written"),
    [
        ("", [], "[]"),
        ("mouth", ["preset"], '[{"preset": "mouth"}]'),
        ("eyes, mouth + nose", ["preset"] * 3, None),
        ('["mouth"]', ["preset"], '[{"preset": "mouth"}]'),
        ('{"preset": "mouth"}', ["preset"], '[{"preset": "mouth"}]'),
        (
            '{"version": 1, "shapes": [{"box": [0, 0, 1, 1], "note": {"a": [1]}}], "by": null}',
            ["box"],
            '{"version": 1, "shapes": [{"box": [0, 0, 1, 1], "note": {"a": [1]}}], "by": null}',
        ),
        ('[{"preset": "mouth"}]', ["preset"], '[{"preset": "mouth"}]'),
        ('[{"circle": [1]}, 3, null]', ["", "", ""], '[{"circle": [1]},\n 3,\n null]'),
        ('[{"box": [0.9, 0.1, 0.2, 0.2]}]', [""], '[{"box": [0.9, 0.1, 0.2, 0.2]}]'),
        ('[{"box": [0, 0, 1, 1], "mode": "xor"}]', [""], '[{"box": [0, 0, 1, 1], "mode": "xor"}]'),
        ('[{"stroke": [[0, 0]]}]', [""], '[{"stroke": [[0, 0]]}]'),
    ],
)
def test_what_is_read_is_written_again(
    modules: Path, text: str, kinds: list[str], written: str | None
) -> None:
    (read,) = node(modules, READ, [text])
    assert read["kinds"] == kinds
    assert read["problem"] == ""
    assert written is None or read["text"] == written
    assert len([line for line in read["remarked"] if "not understood" in line]) == kinds.count("")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[{"preset": "mouth"', "not valid JSON"),
        ('{"version": 2, "shapes": []}', "version 2"),
        ('{"regions": []}', "no list of shapes"),
        ("[NaN]", "not valid JSON"),
        (", ".join(["mouth"] * 1001), "1001 shapes. Use fewer"),
        (
            json.dumps([{"polygon": [[0, 0], [0, 1], [1, 1]] * 1600, "feather": 0.5}]),
            "takes too long",
        ),
        (json.dumps([{"stroke": [[0, 0], [1, 1]] * 2500, "width": 1}]), "takes too long"),
    ],
)
def test_what_cannot_be_read_is_told(modules: Path, text: str, words: str) -> None:
    (read,) = node(modules, READ, [text])
    assert words in read["problem"]
