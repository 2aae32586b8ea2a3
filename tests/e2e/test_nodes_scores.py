"""Levers for scores, rankings and guards in a running ComfyUI."""

from __future__ import annotations

import pytest
from api_graphs import draw, edit, message, node, save, start
from latent_levers.core.levers.direction_loading import load_directions

pytestmark = pytest.mark.usefixtures("tiny_generators", "empty_cache")


def score_lever(**changes):
    """GAN Score Lever on the graph of `start`."""
    inputs = {
        "gan": ["gan", 0],
        "latents": ["latents", 0],
        "attribute": "light",
        "space": "auto",
        "layers": "auto",
        "shrinkage": 0.001,
    }
    return node("GANScoreLever", **{**inputs, **changes})


def rank_levers(**changes):
    """GAN Rank Levers on the graph of `start`."""
    inputs = {
        "gan": ["gan", 0],
        "directions": ["sefa", 0],
        "latents": ["latents", 0],
        "attribute": "light",
        "text": "a smiling face",
    }
    return node("GANRankLevers", **{**inputs, **changes})


def saved(server, name):
    """The levers that a graph saved."""
    return load_directions(server.base / "models" / "gan_directions" / f"{name}.safetensors")


def test_a_lever_for_the_light(server):
    graph = start("portraits (bundled)") | {"lever": score_lever(), "save": save("lever", "light")}
    server.run(graph)
    assert saved(server, "light").names == ("light",)


def test_a_pair_finds_its_lever_again(server):
    """The second of three levers is shown by two pictures, and is ranked first."""
    ends = {
        "down": edit(index=1, strength=-1.0),
        "up": edit(index=1, strength=1.0),
        "before": draw("down"),
        "after": draw("up"),
    }
    pair = {"before": ["before", 0], "after": ["after", 0]}
    graph = start() | ends | {
        "ranked": rank_levers(**pair),
        "lever": score_lever(**pair),
        "save": save("ranked", "ranked"),
        "save too": save("lever", "like"),
    }  # fmt: skip
    entry = server.run(graph)
    assert saved(server, "ranked").names[0] == "sefa 1"
    assert saved(server, "like").names == ("like the pair",)
    assert "sefa 1" in "\n".join(entry["outputs"]["ranked"]["text"])


def test_attributes_of_other_generators_and_half_a_pair_are_refused(server):
    graph = start() | {"ranked": rank_levers()}
    assert "No bundled network reads attributes" in message(server, graph)
    graph = start() | {"before": draw("latents"), "ranked": rank_levers(before=["before", 0])}
    assert "One picture of the pair is missing" in message(server, graph)


def test_a_guard_shortens_or_refuses(server):
    wild = edit(strength=500.0, gan=["gan", 0], guard="shorten")
    entry = server.run(start() | {"edit": wild, "draw": draw("edit")})
    assert "The guard shortened 2 of 2 pulls" in "\n".join(entry["outputs"]["edit"]["text"])
    wild["inputs"]["guard"] = "refuse"
    assert "leave what random images look like" in message(
        server, start() | {"edit": wild, "draw": draw("edit")}
    )
    del wild["inputs"]["gan"]
    assert "guard is refuse, and no generator is connected at gan" in message(
        server, start() | {"edit": wild, "draw": draw("edit")}
    )
