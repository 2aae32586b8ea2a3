"""A drawn region in the page under undo, copying, zoom, resizing, links and subgraphs."""

from __future__ import annotations

from typing import Any

import pytest
from comfy_server import ComfyServer
from region_jobs import near, region_seen, shapes
from seen_pages import RENDERERS, needs_browser

pytestmark = needs_browser

MOUTH = {"preset": "mouth"}


@pytest.fixture(params=RENDERERS)
def seen(
    request: pytest.FixtureRequest, server: ComfyServer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """Results of region_life.mjs, which lists the steps."""
    return region_seen("region_life.mjs", request.param, server, tmp_path_factory)


def test_nothing_goes_wrong(seen: dict[str, Any]):
    assert seen["problem"] == ""
    assert seen["troubles"] == []
    assert seen["complaints"] == []


def test_the_page_undoes_and_redoes_what_was_drawn(seen: dict[str, Any]):
    mouth, box = shapes(seen, "drawn")
    assert mouth == MOUTH
    assert box == {"box": near([0.1, 0.1, 0.2, 0.3])}
    assert shapes(seen, "page undid") == [MOUTH]
    assert seen["shownAfterUndo"] == seen["texts"]["page undid"]
    assert shapes(seen, "page redid") == [mouth, box]
    assert seen["shownAfterRedo"] == seen["texts"]["page redid"]


def test_dragging_a_slider_is_one_undo_step_of_the_page(seen: dict[str, Any]):
    (_, before), (_, after) = shapes(seen, "drawn"), shapes(seen, "nudged often")
    assert after["box"][1] - before["box"][1] == pytest.approx(10 / 256, abs=1e-3)
    assert after["feather"] == 0.06
    assert seen["steps"] == 1
    assert "feather" not in shapes(seen, "slider undone")[1], "undone by the region itself"
    assert shapes(seen, "slider undone")[1]["box"] == after["box"]


def test_a_copy_has_a_region_of_its_own(seen: dict[str, Any]):
    own, copy = seen["copies"]["before"]
    assert own == copy
    assert seen["copies"]["after"] == [own, '[{"preset": "nose"}]']
    assert seen["texts"]["copied"] == own


@pytest.mark.parametrize(("zoom", "pixel"), [("0.45", 0.02), ("2", 0.006)])
def test_positions_are_right_at_every_zoom(seen: dict[str, Any], zoom: str, pixel: float):
    (box,) = shapes(seen, f"zoom {zoom}")
    assert box["box"] == pytest.approx([0.25, 0.25, 0.25, 0.125], abs=pixel)


def test_the_wheel_zooms_the_graph(seen: dict[str, Any]):
    assert seen["zoomed"] > 1.02
    assert seen["texts"]["wheel"] == seen["texts"]["zoom 2"]


def test_the_picture_follows_the_size_of_the_node(seen: dict[str, Any]):
    sides = seen["sides"]
    assert sides["larger"][1] > 1.3 * sides["before"][1]
    assert 60 < sides["narrow"][1] < 0.9 * sides["before"][1]
    assert min(sides["small"]) > 90, "a node that was saved too small grows"
    (*_, box) = shapes(seen, "drawn when narrow")
    assert box["box"] == pytest.approx([0.5, 0.5, 0.25, 0.25], abs=0.015)


def test_a_connected_text_takes_precedence_and_the_node_reports_it(seen: dict[str, Any]):
    assert isinstance(seen["linked"], list), "the text of the other node is sent"
    assert "come from the connected text" in seen["saidLinked"]
    assert "connected text" not in seen["saidUnlinked"]
    assert seen["texts"]["unlinked"] == seen["texts"]["drawn when narrow"]


def test_a_collapsed_node_shows_no_region(seen: dict[str, Any]):
    assert seen["visible"] == [False, True]


def test_a_region_works_in_a_subgraph(seen: dict[str, Any]):
    (ellipse,) = shapes(seen, "in a subgraph")
    assert ellipse == {"ellipse": near([0.5, 0.5, 0.5, 0.5])}
    assert seen["end"] == "execution_success"
    assert seen["pictured"] is not None, "the run's picture is shown there"
    assert seen["saidPictured"] == ""
    assert shapes(seen, "outside again") == [{"box": near([0.5, 0.5, 0.25, 0.25])}]
    assert seen["shownOutside"] == seen["texts"]["outside again"], (
        "the widget shows its own node's text"
    )
