"""GANSpaceComponents and InterFaceGANBoundary in ComfyUI, with or without scikit-learn."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from api_graphs import message, node, save, start
from latent_levers.core.levers.direction_loading import load_directions

pytestmark = pytest.mark.usefixtures("tiny_generators")

ROWS = "seed,label\n" + "\n".join(f"{seed},{seed % 2}" for seed in range(30))


def ganspace(**changes: Any) -> dict[str, Any]:
    """GANSpace on the graph of `start`."""
    inputs = {"gan": ["gan", 0], "count": 3, "layers": "0-1", "samples": 200, "class_index": -1}
    return node("GANSpaceComponents", **{**inputs, **changes})


def interfacegan(**changes: Any) -> dict[str, Any]:
    """InterFaceGAN on the graph of `start`, from labels."""
    inputs = {
        "gan": ["gan", 0],
        "attribute": "from labels",
        "labels": ROWS,
        "name": "odd",
        "without": "",
        "space": "auto",
        "layers": "auto",
        "classifier": "logistic",
        "samples": 100,
        "share": 0.5,
        "class_index": -1,
    }
    return node("InterFaceGANBoundary", **{**inputs, **changes})


def test_they_find_levers_or_say_what_to_install(server):
    for made, name in ((ganspace(), "components"), (interfacegan(), "boundary")):
        graph = {**start(), "found": made, "save": save("found", name)}
        if not has_scikit_learn(server):
            assert "pip install scikit-learn" in message(server, graph)
            continue
        entry = server.run(graph)
        assert entry["outputs"]["found"]["text"]
        levers = load_directions(server.base / "models" / "gan_directions" / f"{name}.safetensors")
        assert len(levers) == (3 if name == "components" else 1)
        assert levers.sigma is not None


def test_what_does_not_fit_is_said_in_the_words_of_the_nodes(server):
    for made, words in (
        (interfacegan(labels="1,0\nx,1"), "Row 2 of the labels"),
        (interfacegan(labels=""), "There are no labels"),
        (interfacegan(without="age"), "GAN Combine Directions"),
        (interfacegan(attribute="smile"), "cannot read the images of this generator"),
    ):
        assert words in message(server, {**start(), "found": made, "save": save("found", "x")})


def has_scikit_learn(server: Any) -> bool:
    """Whether ComfyUI's own environment has it."""
    words = [str(server.installation.python), "-c", "import sklearn"]
    return subprocess.run(words, check=False, capture_output=True).returncode == 0
