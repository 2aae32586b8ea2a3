"""Methods of a region beside ReSeFa, and its localities, in a running ComfyUI."""

from __future__ import annotations

import re

import pytest
from api_graphs import draw, edit, message, node, resefa, save, start
from latent_levers.core.levers.direction_loading import load_directions

pytestmark = pytest.mark.usefixtures("tiny_generators", "empty_cache")


def test_methods_that_resefa_is_compared_with(server):
    """Their levers are saved, drawn and pulled like those of ReSeFa."""
    graph = {
        **start(),
        "region": node("RegionMask", shapes="mouth", gan=["gan", 0]),
        "lowrank": node(
            "LowRankGANFactorize",
            gan=["gan", 0], latents=["latents", 0], mask=["region", 0], count=2, space="auto",
            layers="auto", sparsity=0.5, relaxation=1,
        ),
        "channels": node(
            "StyleSpaceChannels",
            gan=["gan", 0], latents=["latents", 0], mask=["region", 0], count=3, layers="1-4",
            shrinkage=0.001,
        ),
    }  # fmt: skip
    for name in ("lowrank", "channels"):
        graph[f"save {name}"] = save(name, name)
        graph[f"edit {name}"] = edit(directions=[name, 0])
        graph[f"draw {name}"] = draw(f"edit {name}")
    entry = server.run(graph)
    assert "robust PCA left rank" in " ".join(entry["outputs"]["lowrank"]["text"])
    text = entry["outputs"]["channels"]["text"]
    at = text.index("Details:")
    assert re.fullmatch(r"layer [1-4] (conv|tRGB) \d+: eigenvalue [0-9.e+-]+", text[at + 1])
    assert text[at - 2].startswith("S has")
    for name, method in (("lowrank", "lowrankgan"), ("channels", "stylespace")):
        assert len(server.images(entry)[f"draw {name}"]) == 2
        levers = load_directions(server.base / "models" / "gan_directions" / f"{name}.safetensors")
        assert levers.method == method


def test_a_locality_stands_instead_of_space_and_shrinkage(server):
    region = node("RegionMask", shapes="mouth", gan=["gan", 0])
    graph = {**start(), "region": region, "save": save("resefa", "strict")}
    found = resefa(["region", 0], space="auto", locality="strict")
    text = server.run({**graph, "resefa": found})["outputs"]["resefa"]["text"]
    assert text[text.index("Details:") - 2].startswith("W+ has")
    levers = load_directions(server.base / "models" / "gan_directions" / "strict.safetensors")
    assert levers.details["locality"] == "strict"
    assert levers.details["shrinkage"] == 1e-6
    for changed in ({"space": "W"}, {"shrinkage": 0.01}, {"shrinkage_by": "mean"}):
        inputs = {"space": "auto", "locality": "strict", **changed}
        refused = message(server, {**graph, "resefa": resefa(["region", 0], **inputs)})
        assert "Set locality to 'as set', or leave the others at their defaults" in refused
