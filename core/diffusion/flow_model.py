"""The bundled flow model, read from its file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ..base.errors import CheckpointError
from ..base.json_fields import Fields, parse_json
from ..files.network_file import fill, read_network
from .unet import UNet, UNetSettings

FORMAT = "flow/1"
"""Value of the format key in the file's header."""

DEFAULT_FILE = Path(__file__).resolve().parents[2] / "assets" / "portraits_flow.safetensors"
"""The bundled model."""

_WHAT = "flow model"

_MOST_LEVELS, _MOST_BLOCKS, _WIDEST = 6, 8, 1024


@dataclass(frozen=True)
class FlowModel:
    """A network that was trained by flow matching, and what its file says about it."""

    network: UNet
    """In float32 on the CPU, for evaluation."""
    latent_shape: tuple[int, int, int]
    """C, H and W of its latent pictures."""
    regions: Mapping[str, Mapping[str, float]]
    """Named regions: "top", "left", "height" and "width" as fractions of the picture."""
    training: Mapping[str, Any]
    """How it was trained."""


def load_flow_model(path: Path = DEFAULT_FILE) -> FlowModel:
    """Load a trained model.

    Args:
        path: A safetensors file of at most 16 MB that `training/flow` wrote.

    Returns:
        The model.

    Raises:
        CheckpointError: The file is missing, damaged, or something else.
        FieldError: Its header does not describe a network.
    """
    tensors, metadata = read_network(path, FORMAT, _WHAT)
    header = {key: parse_json(metadata.get(key, "null"), f"{key} in {path.name}") for key in _KEYS}
    settings = read_unet_settings(Fields.of(header["settings"], f"settings in {path.name}"))
    with torch.device("meta"):
        weights = sum(math.prod(p.shape) for p in UNet(settings).parameters())
    held = sum(tensor.numel() for tensor in tensors.values())
    if weights != held:
        raise CheckpointError(
            f"{path.name} holds {held} weights",
            f"the {weights} weights of the {_WHAT} that its header describes",
            "Get the file from the pack again, or train the network anew",
        )
    network = UNet(settings)
    fill(network, tensors, path, _WHAT)
    side = Fields.of(header["latent"], f"latent in {path.name}").integer("side", 1, 1024)
    regions = Fields.of(header["regions"], f"regions in {path.name}").values
    return FlowModel(
        network.eval().requires_grad_(False),
        (settings.in_channels, side, side),
        {name: _box(Fields.of(box, f"region {name[:40]!r}")) for name, box in regions.items()},
        Fields.of(header["training"], f"training in {path.name}").values,
    )


_KEYS = ("settings", "latent", "regions", "training")
"""Entries of the header, each JSON."""


def read_unet_settings(fields: Fields) -> UNetSettings:
    """A network's settings, within bounds.

    Args:
        fields: As `dataclasses.asdict` writes them.

    Returns:
        The settings.

    Raises:
        FieldError: One is missing, of another type, out of bounds, or at odds with another.
    """

    def whole(key: str, high: int) -> tuple[int, ...]:
        listed = fields.array(key, _MOST_LEVELS)
        rows = Fields({str(i): value for i, value in enumerate(listed)}, f"{key} in {fields.what}")
        return tuple(rows.integer(str(i), 1, high) for i in range(len(listed)))

    return UNetSettings(
        fields.integer("in_channels", 1, _WIDEST),
        fields.integer("model_channels", 1, _WIDEST),
        whole("channel_mult", _MOST_BLOCKS),
        whole("num_res_blocks", _MOST_BLOCKS),
        tuple(value is True for value in fields.array("attention", _MOST_LEVELS)),
        fields.integer("num_head_channels", 1, _WIDEST),
    )


def _box(fields: Fields) -> dict[str, float]:
    """A region's box."""
    return {name: fields.number(name, 0, 1) for name in ("top", "left", "height", "width")}
