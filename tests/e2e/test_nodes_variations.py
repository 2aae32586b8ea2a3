"""GAN Variations in a running ComfyUI: chosen rows, bounds of memory and of the count."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from api_graphs import Graph, message, node, pixels, start

pytestmark = pytest.mark.usefixtures("tiny_generators", "empty_cache")


def varied(**changes: Any) -> Graph:
    """A graph of variations, shown by another node."""
    inputs = {
        "gan": ["gan", 0], "latents": ["latents", 0], "directions": ["sefa", 0], "seed": 5,
        "indices": "0-2", "strengths": "-2, 2", "unit": "sigma", "layers": "auto", "scale": 1,
        "arrange": "random", "count": 7,
    }  # fmt: skip
    graph = start(batch_size=3)
    graph["vary"] = node("GANVariations", **{**inputs, **changes})
    graph["shown"] = node("PreviewImage", images=["vary", 0])
    graph["words"] = node("PreviewAny", source=["vary", 2])
    return graph


@pytest.mark.parametrize("arrange", ["random", "grid"])
def test_rows_are_those_of_the_whole_batch(server, arrange):
    whole = server.run(varied(arrange=arrange))
    part = server.run(varied(arrange=arrange, rows="5, 2-3", count=1))
    images = pixels(server, whole, "shown")
    some = pixels(server, part, "shown")
    assert len(images) == 7
    assert len(some) == 3
    for one, number in zip(some, (2, 3, 5), strict=True):
        assert np.abs(one - images[number]).max() <= 1
    captions = whole["outputs"]["words"]["text"][0].split("\n")
    assert part["outputs"]["words"]["text"][0].split("\n") == [captions[n] for n in (2, 3, 5)]


def test_fewer_levers_than_usual_are_all_taken_and_said(server):
    """The widget's default names four; only a choice of one's own must exist."""
    graph = varied(indices="0-3")
    graph["sefa"]["inputs"]["count"] = 2
    entry = server.run(graph)
    assert any("the last lever is 1: all" in line for line in entry["outputs"]["vary"]["text"])
    graph["vary"]["inputs"]["indices"] = "0-4"
    assert "Direction 4 was asked for" in message(server, graph)


def test_a_row_far_out_is_drawn_alone(server):
    entry = server.run(varied(rows="123456789"))
    assert len(server.images(entry)["shown"]) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rows": "18", "arrange": "grid"}, "Row 18 was asked for. Expected a row from 0 to 17"),
        ({"rows": "5-2"}, "The rows '5-2' cannot be read"),
        ({"rows": "0-999999999"}, "at most 8 GiB"),
        ({"count": 4096, "scale": 16}, "Connect GAN Save Batch instead"),
    ],
)
def test_rows_and_memory_are_refused_in_words(server, changes, words):
    assert words in message(server, varied(**changes))


def test_a_count_beyond_the_maximum_stops_the_graph(server):
    """Other output nodes, such as GAN Sample Latents, must not make it a success."""
    said = message(server, varied(count=5000))
    assert "count is 5000. Expected a number from 1 to 4,096" in said
