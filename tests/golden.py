"""Reference numbers of the published implementations; see the README in the data folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

FOLDER = Path(__file__).resolve().parent / "golden"


def golden(name: str) -> dict[str, Tensor]:
    """All tensors of one reference file."""
    return load_file(FOLDER / f"{name}.safetensors")


def _holds_weights(path: Path) -> bool:
    """Whether a reference file has a generator in it."""
    with safe_open(path, "pt") as file:
        return any(name.startswith("params.") for name in file.keys())  # noqa: SIM118


GENERATORS = sorted(path.stem for path in FOLDER.glob("*.safetensors") if _holds_weights(path))
"""Reference files that hold a generator: every published naming scheme."""


def parameters(name: str) -> dict[str, Tensor]:
    """The generator's own tensors of a reference file, under their original names."""
    return {k[7:]: v for k, v in golden(name).items() if k.startswith("params.")}


def arguments(name: str) -> dict[str, Any]:
    """The arguments that the reference generator was built with."""
    with safe_open(FOLDER / f"{name}.safetensors", "pt") as file:
        return json.loads(file.metadata()["config"])


def write_generator(name: str, folder: Path, **extra: Tensor) -> Path:
    """A generator's file as a user would have it, in safetensors without our header."""
    path = folder / f"{name}.safetensors"
    save_file({**parameters(name), **extra}, path)
    return path


def assert_close(found: Tensor, expected: Tensor) -> None:
    """Equal within 1e-4 absolute plus 1e-4 relative, as the reference itself is."""
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def subspace_angle(first: Tensor, second: Tensor) -> float:
    """Largest principal angle in radians between the spans of two sets of rows `[K, D]`."""
    a = torch.linalg.qr(first.double().T)[0]
    b = torch.linalg.qr(second.double().T)[0]
    rest = b - a @ (a.T @ b)
    return float(torch.linalg.matrix_norm(rest, ord=2).clamp(max=1).asin())
