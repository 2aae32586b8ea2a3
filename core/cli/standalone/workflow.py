"""A workflow for ComfyUI that makes the images of an explorer."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Widgets = Sequence[tuple[str, str, Any]]
"""Name, type and value of each widget, in the order of the node."""

_NO_CLASS = -1
"""Value of class_index for a generator without classes."""


@dataclass(frozen=True)
class Origin:
    """Where the images of an explorer come from, in the words of the nodes."""

    model: str
    """The generator: the name of a bundled one, or that of its file."""
    bundled: bool
    """Whether it is bundled."""
    options: str
    """Settings that its file does not store, such as "distribution=uniform"."""
    seed: int
    """Seed of the first image."""
    count: int
    """Number of images."""
    truncation: float
    """Truncation of the latents."""
    label: int | None
    """Class of the images, for a generator with classes."""
    photo: str | None = None
    """Name of the file of the photograph, if there is one."""

    @property
    def entry(self) -> str:
        """The generator as Load GAN lists it."""
        return f"{self.model} (bundled)" if self.bundled else self.model

    @property
    def remark(self) -> str:
        """What a user must do before the workflow runs; empty where nothing is needed."""
        needs = [] if self.bundled else [f"{self.model} in models/gan"]
        if self.photo is not None:
            needs.append(f"{self.photo} in input")
        return f"The workflow needs {' and '.join(needs)} of ComfyUI." if needs else ""


def explorer_workflow(origin: Origin, state: str, prefix: str = "explored") -> dict[str, Any]:
    """Write the graph Load GAN, GAN Sample Latents, Explorer, Save Image as ComfyUI saves it.

    Args:
        origin: Generator and seeds; with a photograph Load Image, too.
        state: State of the explorer, as text.
        prefix: Start of the names of the files that Save Image writes.

    Returns:
        The workflow, plain data for JSON.
    """
    label = _NO_CLASS if origin.label is None else origin.label
    load = _node(
        1,
        "LoadGAN",
        ((40, 60), (320, 160)),
        [],
        [("model", "COMBO", origin.entry), ("options", "STRING", origin.options)],
        [("gan", "GAN", [1, 2]), ("facts", "STRING", [])],
    )
    sample = _node(
        2,
        "GANSampleLatents",
        ((40, 270), (320, 480)),
        [("gan", "GAN", 1)],
        [
            ("seed", "INT", origin.seed),
            ("", "", "fixed"),  # what happens to the seed after a run; no input
            ("batch_size", "INT", origin.count),
            ("truncation", "FLOAT", origin.truncation),
            ("class_index", "INT", label),
        ],
        [("latents", "GAN_LATENT", [3])],
    )
    explorer = _node(
        3,
        "GANExplorer",
        ((400, 60), (700, 850)),
        [
            ("gan", "GAN", 2),
            ("latents", "GAN_LATENT", 3),
            ("directions", "GAN_DIRECTIONS", None),
            ("mask", "MASK", None),
            *([("photo", "IMAGE", 5)] if origin.photo is not None else []),
        ],
        [("state", "STRING", state)],
        [
            ("image", "IMAGE", [4]),
            ("latents", "GAN_LATENT", []),
            ("directions", "GAN_DIRECTIONS", []),
            ("mask", "MASK", []),
        ],
    )
    save = _node(
        4,
        "SaveImage",
        ((1140, 60), (320, 420)),
        [("images", "IMAGE", 4)],
        [("filename_prefix", "STRING", prefix)],
        [],
    )
    photos = [] if origin.photo is None else [_load_image(origin.photo)]
    return {
        "id": str(uuid.uuid4()),
        "revision": 0,
        "last_node_id": 4 + len(photos),
        "last_link_id": 4 + len(photos),
        "nodes": [load, sample, explorer, save, *photos],
        "links": [
            [1, 1, 0, 2, 0, "GAN"],
            [2, 1, 0, 3, 0, "GAN"],
            [3, 2, 0, 3, 1, "GAN_LATENT"],
            [4, 3, 0, 4, 0, "IMAGE"],
            *([5, 5, 0, 3, 4, "IMAGE"] for _ in photos),
        ],
        "groups": [],
        "config": {},
        "extra": {},
        "version": 0.4,
    }


def _load_image(name: str) -> dict[str, Any]:
    """The node that loads the photograph."""
    return _node(
        5,
        "LoadImage",
        ((40, 790), (320, 340)),
        [],
        [("image", "COMBO", name), ("", "", "image")],  # the button that uploads is no input
        [("IMAGE", "IMAGE", [5]), ("MASK", "MASK", [])],
    )


def state_text(state: Any) -> str:
    """Write a state as the page writes it.

    Args:
        state: Parsed JSON.

    Returns:
        JSON on one line, without spaces between its parts.
    """
    return json.dumps(state, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _node(
    number: int,
    kind: str,
    box: tuple[tuple[int, int], tuple[int, int]],
    inputs: Sequence[tuple[str, str, int | None]],
    widgets: Widgets,
    outputs: Sequence[tuple[str, str, list[int]]],
) -> dict[str, Any]:
    """One node: its connections with their links, and the values of its widgets."""
    connected = [{"name": name, "type": what, "link": link} for name, what, link in inputs]
    values = [
        {"name": name, "type": what, "widget": {"name": name}, "link": None}
        for name, what, _ in widgets
        if name
    ]
    return {
        "id": number,
        "type": kind,
        "pos": list(box[0]),
        "size": list(box[1]),
        "flags": {},
        "order": number - 1,
        "mode": 0,
        "inputs": [*connected, *values],
        "outputs": [
            {"name": name, "type": what, "links": links or None} for name, what, links in outputs
        ],
        "properties": {"Node name for S&R": kind},
        "widgets_values": [value for _, _, value in widgets],
    }
