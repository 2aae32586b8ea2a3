"""Whole files of every container, as small as can be: truncation and fuzzing start from them."""

from __future__ import annotations

import argparse
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from latent_levers.core.concepts.checkpoint import Checkpoint
from latent_levers.core.files.recognition import read_checkpoint
from pickle_writer import tensorflow_network, write_nvlabs, write_tensorflow
from safetensors.torch import save_file

WEIGHTS = {"b4.const": torch.arange(12.0).reshape(3, 4), "b4.bias": torch.ones(3).half()}
"""Tensors of the smallest generator there never was."""


def _nvlabs(path: Path) -> None:
    write_nvlabs(path, WEIGHTS, {"z_dim": 3, "synthesis_kwargs": {"a": 1}}, path.parent / "ran")


def _tensorflow(path: Path) -> None:
    arrays = {name: np.asarray(tensor) for name, tensor in WEIGHTS.items()}
    inner = tensorflow_network(arrays, path.parent / "ran", {"resolution": 8})
    outer = tensorflow_network(
        {"lod": np.float32(0)}, path.parent / "ran", {}, {"synthesis": inner}
    )
    write_tensorflow(path, (outer, outer, outer))


def _torch(zipped: bool) -> Callable[[Path], None]:
    content = {"g_ema": WEIGHTS, "args": argparse.Namespace(size=8)}
    return lambda path: torch.save(content, path, _use_new_zipfile_serialization=zipped)


WHOLES: dict[str, Callable[[Path], None]] = {
    "safetensors": lambda path: save_file(WEIGHTS, path),
    "torch, zip": _torch(True),
    "torch, legacy": _torch(False),
    "NVIDIA pickle": _nvlabs,
    "TensorFlow pickle": _tensorflow,
    "pickle of arrays": lambda path: (
        path.write_bytes(pickle.dumps({n: np.asarray(t) for n, t in WEIGHTS.items()})) and None
    ),
}
"""Writers of one small file each."""


def whole(title: str, folder: Path) -> bytes:
    """The bytes of one of them."""
    path = folder / "whole"
    WHOLES[title](path)
    return path.read_bytes()


def opened(data: bytes, folder: Path) -> Checkpoint:
    """What the readers make of some bytes."""
    path = folder / "file"
    path.write_bytes(data)
    return read_checkpoint(path)
