"""A photograph in GANExplorer: crop and search in the page; a run makes the same pixels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from comfy_server import ComfyServer
from photographs import FACE, MOUTH, SIDE, SIZE, photograph, write_photograph, write_workflow
from PIL import Image
from seen_pages import RENDERERS, needs_browser, page_seen

ROUGH = (95 / 900, 140 / 700, 370 / 900, 370 / 700)
"""The crop that is drawn, roughly around the face: left, top, width and height."""

CORNER = (100 / 900, 0.0)
"""Top left of the largest crop in the middle."""

pytestmark = needs_browser


@pytest.fixture(params=RENDERERS)
def seen(
    request: pytest.FixtureRequest, server: ComfyServer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """Results of explorer_photo.mjs, which lists the steps."""
    write_photograph(Path(server.base) / "input")
    file = write_workflow(tmp_path_factory.mktemp("workflow") / "photograph.json")
    job = {
        "palette": {"classic": "dark", "vue": "light"}[request.param],
        "file": str(file),
        "height": 1000,
        "box": ROUGH,
        "photo": SIZE,
        "corner": CORNER,
        "side": SIDE,
        "region": MOUTH,
    }
    return page_seen("photo", request.param, server, tmp_path_factory, job, "explorer_photo.mjs")


def photo_state(seen: dict[str, Any], step: str) -> dict[str, Any]:
    """The photograph in the node's state after a step."""
    assert step in seen["states"], seen["problem"]
    return seen["states"][step].get("photo", {})


def picture(seen: dict[str, Any], step: str) -> np.ndarray:
    """The last picture that the page received in a step, RGB."""
    assert step in seen["states"], seen["problem"]
    return np.asarray(Image.open(seen["folder"] / f"{step}.picture").convert("RGB")).astype(int)


def test_nothing_goes_wrong(seen: dict[str, Any]):
    assert seen["problem"] == ""
    assert seen["troubles"] == seen["complaints"] == []
    assert "Traceback" not in seen["log"]


def test_the_photograph_is_shown_first_and_nothing_else(seen: dict[str, Any]):
    assert photo_state(seen, "started") == {}
    assert seen["modes"]["started"] == "crop"
    shown = picture(seen, "started")
    assert shown.shape[:2] == SIZE
    assert np.abs(shown - photograph()).mean() < 6, "a JPEG of it"


def test_the_square_is_dragged(seen: dict[str, Any]):
    left, top, width, height = photo_state(seen, "resized")["box"]
    assert (left, top) == pytest.approx((0.461, 0.45), abs=0.02)
    assert (left + width, top + height) == pytest.approx((8 / 9, 1), abs=1e-4), "it stays"
    drawn = photo_state(seen, "drawn")["box"]
    assert drawn == pytest.approx(ROUGH, abs=0.02)
    assert drawn[2] * SIZE[1] == pytest.approx(drawn[3] * SIZE[0], abs=1), "a square"
    moved = photo_state(seen, "moved")["box"]
    change = np.subtract(moved, drawn)
    assert change == pytest.approx([0.03, -0.01, 0, 0], abs=0.006)


def test_a_search_can_be_cancelled(seen: dict[str, Any]):
    assert photo_state(seen, "cancelled") == photo_state(seen, "moved")
    assert seen["modes"]["cancelled"] == "crop"


def test_the_latent_is_found_and_reported(seen: dict[str, Any]):
    found = photo_state(seen, "found")["found"]
    assert seen["modes"]["found"] == "found"
    assert found["shape"] == [1, 128]
    assert {"Fitting the square to the face", "Finding the latent"} & set(seen["said"]["stages"])
    assert " dB" in seen["said"]["report"]
    assert "close to the photograph" in seen["said"]["report"]
    assert len(json.dumps(found)) < 4000
    a, _, c, _, e, f = found["matrix"]
    assert (-c / a, -f / e) == pytest.approx((FACE[1], FACE[0]), abs=8), "placed where the face is"
    assert SIDE / a == pytest.approx(FACE[2], rel=0.04)


def test_the_levers_are_those_of_the_face_that_was_found(seen: dict[str, Any]):
    face = picture(seen, "region")
    assert face.shape[0] == face.shape[1], "what the generator shows"
    (lever,) = seen["states"]["pulled"]["levers"]
    assert lever["region"] == MOUTH
    assert (picture(seen, "pulled") != face).any()


def test_the_switch_shows_the_change_in_the_photograph(seen: dict[str, Any]):
    inside = picture(seen, "inside")
    assert inside.shape[:2] == SIZE
    change = np.abs(inside - photograph()).max(axis=2)
    top, left, side = FACE
    lips = (slice(top + side * 6 // 10, top + side), slice(left + side // 4, left + side * 3 // 4))
    elsewhere = change.copy()
    elsewhere[top : top + side, left : left + side] = 0
    assert change[lips].max() > 80
    assert elsewhere.max() < 60, "a JPEG of it"
    assert photo_state(seen, "inside")["inside"] is True
    original = np.asarray(Image.open(seen["folder"] / "original.picture").convert("RGB"))
    assert np.abs(original.astype(int) - photograph()).mean() < 6, "without edits it is itself"


def test_a_run_puts_the_change_into_the_photograph(seen: dict[str, Any], server: ComfyServer):
    assert seen["end"] == "execution_success"
    server.clear_cache()
    (headless,) = server.images(server.run(seen["prompt"]))["4"]
    newest = sorted(Path(server.base / "output").glob("photographed_*.png"))[-1]
    result = np.asarray(headless.convert("RGB"))
    assert (np.asarray(Image.open(newest).convert("RGB")) == result).all()
    before = photograph()
    changed = (result != before).any(axis=2)
    rows, columns = changed.nonzero()
    top, left, side = FACE
    assert changed.sum() > 500
    assert top + 0.5 * side < rows.min() <= rows.max() < top + side, "the mouth alone"
    assert left + 0.15 * side < columns.min() <= columns.max() < left + 0.85 * side
    shown = np.abs(picture(seen, "inside") - result.astype(int))
    assert shown.mean() < 6, "what the page showed, but for its JPEG"


def test_regions_are_drawn_in_the_photograph(seen: dict[str, Any]):
    (box,) = seen["states"]["drawn in the photo"]["shapes"]
    assert box == {"box": pytest.approx([0.3, 0.25, 0.2, 0.5], abs=0.015)}
    assert seen["modes"]["drawn in the photo"] == "found"


def test_a_reload_keeps_it_and_the_crop_can_be_made_anew(seen: dict[str, Any]):
    assert seen["states"]["reloaded"] == seen["states"]["undone"]
    assert seen["modes"]["reloaded"] == "found"
    assert (picture(seen, "reloaded") == picture(seen, "inside")).all()
    again = photo_state(seen, "cropped again")
    assert seen["modes"]["cropped again"] == "crop"
    assert "found" not in again
    assert again["box"] == photo_state(seen, "moved")["box"]
