"""Small encoders of photographs with the tensor names of e4e and pSp, by a formula of the names."""

from __future__ import annotations

import zlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

WIDTHS = (16, 20, 24, 32)
"""Channels of the four stages; the published ones have 64, 128, 256 and 512."""

UNITS = (3, 4, 14, 3)
"""Units of the stages, as published."""

W_DIM, HEADS, SIDE = 12, 10, 32
"""Numbers of a code, heads, and side of the pictures."""


def number(name: str, shape: tuple[int, ...]) -> Tensor:
    """A weight: noise whose seed is the checksum of its name, in the size that its kind has."""
    draw = np.random.RandomState(zlib.crc32(name.encode())).randn(*shape).astype(np.float32)
    if name.endswith("running_var"):
        draw = 0.5 + np.abs(draw)
    elif name.endswith("running_mean"):
        draw = 0.1 * draw
    elif len(shape) == 1:
        mean = 0.0 if name.endswith("bias") else 0.25 if name.endswith("2.weight") else 1.0
        draw = 0.1 * draw + mean
    elif not name.endswith("linear.weight"):
        draw = draw * (1.0 / np.prod(shape[1:])) ** 0.5
    return torch.from_numpy(np.asarray(draw, np.float32))


def shapes(kind: str) -> dict[str, tuple[int, ...]]:
    """Names and shapes of an encoder's tensors."""
    found: dict[str, tuple[int, ...]] = {"input_layer.0.weight": (WIDTHS[0], 3, 3, 3)}
    found |= _norm("input_layer.1", WIDTHS[0]) | {"input_layer.2.weight": (WIDTHS[0],)}
    before, at = WIDTHS[0], 0
    for width, count in zip(WIDTHS, UNITS, strict=True):
        for _ in range(count):
            unit = f"body.{at}"
            if before != width:
                found[f"{unit}.shortcut_layer.0.weight"] = (width, before, 1, 1)
                found |= _norm(f"{unit}.shortcut_layer.1", width)
            found |= _norm(f"{unit}.res_layer.0", before)
            found[f"{unit}.res_layer.1.weight"] = (width, before, 3, 3)
            found[f"{unit}.res_layer.2.weight"] = (width,)
            found[f"{unit}.res_layer.3.weight"] = (width, width, 3, 3)
            found |= _norm(f"{unit}.res_layer.4", width)
            found[f"{unit}.res_layer.5.fc1.weight"] = (width // 16, width, 1, 1)
            found[f"{unit}.res_layer.5.fc2.weight"] = (width, width // 16, 1, 1)
            before, at = width, at + 1
    if kind == "W":
        return found | {"linear.weight": (W_DIM, before), "linear.bias": (W_DIM,)}
    for head in range(HEADS):
        for step in range(1 if head < 3 else 2 if head < 7 else 3):
            name = f"styles.{head}.convs.{2 * step}"
            found[f"{name}.weight"] = (W_DIM, W_DIM if step else before, 3, 3)
            found[f"{name}.bias"] = (W_DIM,)
        found[f"styles.{head}.linear.weight"] = (W_DIM, W_DIM)
        found[f"styles.{head}.linear.bias"] = (W_DIM,)
    for layer, width in ((1, WIDTHS[2]), (2, WIDTHS[1])):
        found[f"latlayer{layer}.weight"] = (before, width, 1, 1)
        found[f"latlayer{layer}.bias"] = (before,)
    return found


def _norm(name: str, width: int) -> dict[str, tuple[int, ...]]:
    """Tensors of a batch normalisation."""
    parts = ("weight", "bias", "running_mean", "running_var")
    return {f"{name}.{part}": (width,) for part in parts}


def weights(kind: str) -> dict[str, Tensor]:
    """All tensors of an encoder."""
    return {name: tensor.clone() for name, tensor in _weights(kind).items()}


@cache
def _weights(kind: str) -> dict[str, Tensor]:
    """The same, drawn once."""
    return {name: number(name, shape) for name, shape in shapes(kind).items()}


def photos() -> Tensor:
    """Two pictures of noise, `[2, 3, 32, 32]`."""
    values = np.random.RandomState(5).uniform(-1, 1, (2, 3, SIDE, SIDE))
    return torch.from_numpy(values.astype(np.float32))


TYPES = {
    "e4e": "Encoder4Editing",
    "pSp": "GradualStyleEncoder",
    "W": "BackboneEncoderUsingLastLayerIntoW",
}
"""What files of each kind state."""


def write_encoder(path: Path, kind: str, opts: dict[str, Any] | None = None, **more: Any) -> Path:
    """A file as pSp and e4e write it: weights under state_dict, settings under opts."""
    state = {f"encoder.{name}": tensor for name, tensor in weights(kind).items()}
    stated = {"encoder_type": TYPES[kind], "device": "cuda"} if opts is None else opts
    torch.save({"state_dict": state, "opts": stated, **more}, path)
    return path
