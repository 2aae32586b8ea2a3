"""GANExplorer alone on the canvas: it works without wires, and its picture is the largest part."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from comfy_server import ComfyServer
from seen_pages import RENDERERS, needs_browser, page_seen

SIZES = {"500x600": "middle", "680x760": "middle", "1300x700": "wide", "700x1300": "tall"}
"""Sizes of the node, and how its parts are arranged there."""

pytestmark = needs_browser


@pytest.fixture(params=RENDERERS)
def seen(
    request: pytest.FixtureRequest, server: ComfyServer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """Results of explorer_boxes.mjs."""
    job = {
        "palette": {"classic": "dark", "vue": "light"}[request.param],
        "sizes": [[int(side) for side in size.split("x")] for size in SIZES],
        "width": 1500,
        "height": 1500,
    }
    return page_seen("boxes", request.param, server, tmp_path_factory, job, "explorer_boxes.mjs")


def at_size(seen: dict[str, Any], size: str) -> dict[str, Any]:
    """What was seen at a size of the node."""
    assert size in seen["sizes"], seen["problem"]
    return seen["sizes"][size]


def common(one: list[float], two: list[float]) -> float:
    """Depth of the overlap of two boxes in pixels: left, top, width, height."""
    return min(
        min(one[side] + one[side + 2], two[side] + two[side + 2]) - max(one[side], two[side])
        for side in (0, 1)
    )


def test_nothing_goes_wrong(seen: dict[str, Any]):
    assert seen["problem"] == ""
    assert seen["troubles"] == []
    assert seen["complaints"] == []


def test_at_first_there_is_one_card_in_the_middle(seen: dict[str, Any]):
    assert "Start" in seen["said"]
    assert seen["hidden"] == 1, "only its button can be pressed"
    assert seen["off"] == pytest.approx([0, 0], abs=2)


@pytest.mark.parametrize("size", SIZES)
def test_the_picture_is_the_largest_part(seen: dict[str, Any], size: str):
    found = at_size(seen, size)
    _, _, width, height = found["boxes"]["stage"]
    side = min(width, height)  # the portraits are square
    assert found["arrangement"] == SIZES[size]
    assert all(side > max(other[2:]) for other in found["pictures"])
    assert side * side > 2 * max(other[2] * other[3] for other in found["pictures"])
    share = width / found["size"][0]
    assert share == pytest.approx(1.0 if SIZES[size] == "tall" else 0.6, abs=0.03)
    if SIZES[size] == "tall":
        film = found["boxes"]["film"]
        assert 0.5 < (film[1] + film[3]) / found["size"][1] < 0.8


@pytest.mark.parametrize("size", SIZES)
def test_nothing_overlaps_and_nothing_is_cut_off(seen: dict[str, Any], size: str):
    found = at_size(seen, size)
    for (name, one), (other, two) in itertools.combinations(found["boxes"].items(), 2):
        assert common(one, two) <= 1, f"{name} and {other}"
    wide, high = found["size"]
    for name, (left, top, width, height) in found["boxes"].items():
        assert left >= -1, name
        assert top >= -1, name
        assert left + width <= wide + 1, name
        assert top + height <= high + 1, name
        assert height > 20, name
    assert found["cut"] == []
    assert -1 <= found["below"] < 60, "the node ends below the explorer, and not far below it"


@pytest.mark.parametrize("size", SIZES)
def test_type_and_targets_are_large_enough(seen: dict[str, Any], size: str):
    found = at_size(seen, size)
    assert found["tiny"] == []
    assert found["small"] == []


def test_all_faces_are_below_the_picture(seen: dict[str, Any], server: ComfyServer):
    assert seen["faces"] == 4
    (sent,) = seen["prompt"].values()
    state = json.loads(sent["inputs"]["state"])
    assert state["image"] == 2, "a click on the third face shows it"
    assert not {"gan", "latents"} & set(sent["inputs"]), "no wires"


def test_a_pointer_at_a_lever_previews_its_pull(seen: dict[str, Any]):
    assert seen["previewed"]
    assert seen["kept"], "nothing is stored"
    assert seen["restored"]
