"""Graphs in API format on a small generator, and their images and errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from comfy_server import ComfyServer, WorkflowError

Graph = dict[str, dict[str, Any]]


def node(kind: str, /, **inputs: Any) -> dict[str, Any]:
    """One node in API format."""
    return {"class_type": kind, "inputs": inputs}


def start(model: str = "tiny.safetensors", class_index: int = -1, batch_size: int = 2) -> Graph:
    """A generator, some latents and three global levers."""
    return {
        "gan": node("LoadGAN", model=model),
        "latents": node(
            "GANSampleLatents",
            gan=["gan", 0],
            seed=0,
            batch_size=batch_size,
            truncation=0.7,
            class_index=class_index,
        ),
        "sefa": node("SeFaFactorize", gan=["gan", 0], count=3, layers="all"),
    }


def resefa(mask: list[Any], **changes: Any) -> dict[str, Any]:
    """ReSeFa on the graph of `start`."""
    inputs = {
        "gan": ["gan", 0],
        "latents": ["latents", 0],
        "mask": mask,
        "count": 2,
        "space": "W",
        "layers": "auto",
        "shrinkage": 0.001,
        "shrinkage_by": "trace",
        "mode": "exact",
    }
    return node("ReSeFaFactorize", **{**inputs, **changes})


def save(directions: str, name: str, existing: str = "replace") -> dict[str, Any]:
    """An output node, so that ComfyUI executes the nodes before it."""
    return node("GANSaveDirections", directions=[directions, 0], name=name, existing=existing)


def edit(**changes: Any) -> dict[str, Any]:
    """Latent Edit on the graph of `start`."""
    inputs = {
        "latents": ["latents", 0],
        "directions": ["sefa", 0],
        "index": 0,
        "strength": 2.0,
        "unit": "sigma",
        "layers": "auto",
    }
    return node("LatentEdit", **{**inputs, **changes})


def draw(latents: str, scale: int = 1) -> dict[str, Any]:
    """GAN Render of some latents."""
    return node("GANRender", gan=["gan", 0], latents=[latents, 0], noise="const", scale=scale)


def message(server: ComfyServer, graph: Graph) -> str:
    """ComfyUI's message when a node fails or the graph is rejected."""
    with pytest.raises(WorkflowError) as caught:
        server.run(graph)
    return str(caught.value)


def pixels(server, entry, name: str) -> list[Any]:
    """RGB values of the images of a node."""
    return [np.asarray(image.convert("RGB")).astype(int) for image in server.images(entry)[name]]
