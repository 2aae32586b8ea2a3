"""Regions are drawn in ComfyUI's page; a run without a page makes the same mask."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from comfy_server import ComfyServer
from latent_levers.core.regions.shapes import draw_shapes, read_shapes
from region_jobs import near, region_seen, shapes
from seen_pages import RENDERERS, needs_browser

pytestmark = needs_browser


@pytest.fixture(params=RENDERERS)
def seen(
    request: pytest.FixtureRequest, server: ComfyServer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """Results of region.mjs, which lists the steps."""
    return region_seen("region.mjs", request.param, server, tmp_path_factory)


def test_nothing_goes_wrong(seen: dict[str, Any]):
    assert seen["problem"] == ""
    assert seen["troubles"] == []
    assert seen["complaints"] == []
    assert seen["overlaps"] == [], "nodes cover each other"


def test_opening_a_workflow_changes_nothing(seen: dict[str, Any]):
    assert seen["texts"]["loaded"] == '[{"preset": "mouth"}]'


def test_boxes_and_ellipses_are_drawn_and_cut_out(seen: dict[str, Any]):
    assert shapes(seen, "cleared") == []
    (box,) = shapes(seen, "box")
    assert box == {"box": near([0.6, 0.3, 0.2, 0.4])}
    assert shapes(seen, "ellipse") == [box, {"ellipse": near([0.25, 0.5, 0.3, 0.6])}]
    (*_, cut) = shapes(seen, "cut")
    assert cut == {"box": near([0.2, 0.4, 0.1, 0.2]), "mode": "subtract"}


def test_the_region_has_its_own_undo_and_redo(seen: dict[str, Any]):
    assert shapes(seen, "undone") == shapes(seen, "ellipse")
    assert shapes(seen, "redone") == shapes(seen, "cut")


def test_keys_nudge_and_resize_by_pixels(seen: dict[str, Any]):
    before, after = shapes(seen, "cut")[2]["box"], shapes(seen, "nudged")[2]["box"]
    moves = [new - old for new, old in zip(after, before, strict=True)]
    assert moves == pytest.approx([10 / 256, 2 / 256, 0, 0], abs=2e-4)
    assert shapes(seen, "resized")[2]["box"][3] - after[3] == pytest.approx(1 / 256, abs=2e-4)
    assert shapes(seen, "resized")[:2] == shapes(seen, "cut")[:2]


def test_the_mouse_moves_and_stretches_and_delete_removes(seen: dict[str, Any]):
    assert shapes(seen, "moved")[0]["box"] == near([0.65, 0.3, 0.2, 0.4])
    assert shapes(seen, "stretched")[0]["box"] == near([0.65, 0.3, 0.2, 0.3])
    assert shapes(seen, "deleted") == shapes(seen, "stretched")[1:]


def test_polygons_strokes_feathers_and_presets(seen: dict[str, Any]):
    polygon, stroke, nose = shapes(seen, "named")[2:]
    assert set(polygon) == {"polygon"}
    (drawn,) = read_shapes(json.dumps([polygon]))
    area = float(draw_shapes([drawn], (256, 256)).mean())
    assert area == pytest.approx(np.pi * 0.2 * 0.12, rel=0.05)
    assert stroke["stroke"][0] == near([0.9, 0.2])
    assert stroke["feather"] == 0.05
    assert nose == {"preset": "nose", "feather": 0.05}


def test_a_saved_workflow_restores_the_shapes(seen: dict[str, Any]):
    assert seen["saved"] == [seen["texts"]["named"]], "only the text is saved"
    assert seen["texts"]["saved"] == seen["texts"]["named"]
    assert seen["shown"] == seen["texts"]["named"]


def test_a_run_without_the_page_makes_the_mask_that_was_drawn(
    seen: dict[str, Any], server: ComfyServer
):
    assert seen["end"] == "execution_success"
    (name,) = [key for key, node in seen["prompt"].items() if node["class_type"] == "RegionMask"]
    sent = seen["prompt"][name]["inputs"]["shapes"]
    assert sent == seen["texts"]["named"]
    graph = {
        "region": {"class_type": "RegionMask", "inputs": {"shapes": sent}},
        "image": {"class_type": "MaskToImage", "inputs": {"mask": ["region", 0]}},
        "shown": {"class_type": "PreviewImage", "inputs": {"images": ["image", 0]}},
    }
    server.clear_cache()  # the other renderer may have drawn the same shapes
    (image,) = server.images(server.run(graph))["shown"]
    made = np.asarray(image.convert("L"), dtype=np.float32) / 255
    expected = draw_shapes(read_shapes(sent), (256, 256)).numpy()
    assert np.abs(made - expected).max() <= 1 / 254


def test_a_text_that_cannot_be_read_is_kept_and_reported(seen: dict[str, Any]):
    assert seen["texts"]["unreadable"] == '[{"box": [0.1, '
    assert "not valid JSON" in seen["said"]
    assert "kept as it is" in seen["said"]
    assert seen["readable"], "the text can be corrected"


def test_an_unknown_shape_is_kept(seen: dict[str, Any]):
    strange, mouth, box = shapes(seen, "kept")
    assert strange == {"circle": [1, 2], "who": "me"}
    assert mouth == {"preset": "mouth"}
    assert box == {"box": near([0.05, 0.05, 0.1, 0.2])}
    assert "is not understood here and is kept" in seen["remark"]


def test_a_new_node_shows_the_connected_picture(seen: dict[str, Any]):
    assert seen["texts"]["new"] == '[{"preset": "mouth"}]'
    assert seen["grid"] == [None, None]
    middle, corner = seen["picture"]  # a radial gradient, black in its middle
    assert middle < 20
    assert corner > 200


def test_a_finger_draws_and_two_fingers_do_not(seen: dict[str, Any]):
    assert shapes(seen, "touched") == [{"ellipse": near([0.5, 0.45, 0.4, 0.3])}]
    assert shapes(seen, "pinched") == shapes(seen, "touched")
