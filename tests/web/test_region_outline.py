"""The outline of a mask, run by Node.js."""

from __future__ import annotations

from pathlib import Path

import pytest
from page_modules import NODE, node

pytestmark = pytest.mark.skipif(NODE is None, reason="Node.js was not found")

OUTLINE = """
import { readFileSync } from "node:fs";
import { outlineOf } from "./region_outline.js";
const { weights, size } = JSON.parse(readFileSync(0));
console.log(JSON.stringify(outlineOf(weights.flat(), size)));
"""


def test_edges_between_inside_and_outside_become_long_lines(modules: Path) -> None:
    weights = [[0, 0, 0, 0], [0, 1, 0.5, 0], [0, 1, 1, 0.4], [1, 1, 1, 1]]
    lines = node(modules, OUTLINE, {"weights": weights, "size": [4, 4]})
    assert sorted(lines) == [
        [1, 1, 1, 3],  # above
        [1, 1, 3, 1],  # left
        [1, 3, 3, 3],  # right
        [3, 0, 3, 1],  # above the last row, which reaches the border
        [3, 3, 3, 4],
    ]


def test_a_mask_without_edges_has_no_outline(modules: Path) -> None:
    for value in (0, 1):
        assert node(modules, OUTLINE, {"weights": [[value] * 3] * 2, "size": [2, 3]}) == []
