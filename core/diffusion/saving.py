"""Levers of a region as safetensors files with a versioned header."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ..base.atomic_files import write_safetensors
from ..base.errors import CheckpointError, DirectionsError
from ..files.containers.safetensors_file import FORMAT_KEY, SafetensorsFile, with_suffix
from ..files.readers import read_with, require_unpacked
from .region_levers import RegionLevers

REGION_LEVERS_FORMAT = "region_levers/1"
"""Value of the format key; the number grows when old readers would fail."""

_TENSORS = {
    "vectors": torch.float32,
    "pictures": torch.float32,
    "values": torch.float64,
    "residuals": torch.float64,
    "units": torch.float64,
    "denoised": torch.float32,
    "region": torch.float32,
}
"""Fields that are tensors, with their types."""

_REMEDY = "Save or download it again"


def save_region_levers(levers: RegionLevers, path: str | os.PathLike[str]) -> Path:
    """Write levers of a region with all their fields.

    Args:
        levers: The levers.
        path: The file; ".safetensors" is appended if it is missing. An existing file is replaced
            atomically.

    Returns:
        The path written.
    """
    tensors: dict[str, Tensor] = {name: getattr(levers, name) for name in _TENSORS}
    facts = {
        "sigma": levers.sigma,
        "seed": levers.seed,
        "model": levers.model,
        "settings": dict(levers.settings),
        "facts": dict(levers.facts),
    }
    metadata = {FORMAT_KEY: REGION_LEVERS_FORMAT, "region_levers": json.dumps(facts, default=str)}
    return write_safetensors(with_suffix(path), tensors, metadata)


def load_region_levers(path: str | os.PathLike[str]) -> RegionLevers:
    """Read levers that `save_region_levers` wrote; nothing in a file is executed.

    Args:
        path: The file.

    Returns:
        The levers, equal to those that were saved.

    Raises:
        DirectionsError: There is no such file, it is damaged, or it holds something else.
    """
    source = Path(path).expanduser()
    try:
        checkpoint = read_with(source, (SafetensorsFile(),), "levers of a region")
    except CheckpointError as error:
        raise DirectionsError(error.found, error.expected, error.remedy) from None
    written = checkpoint.details.get("format")
    if written != REGION_LEVERS_FORMAT:
        what = "does not say what it holds" if written is None else f"has the format {written!r}"
        raise DirectionsError(
            f"{source.name} {what}",
            repr(REGION_LEVERS_FORMAT),
            "Directions of a generator are for «load_directions»; newer formats need a newer "
            "version",
        )
    require_unpacked(source, DirectionsError)
    try:
        with safe_open(source, framework="pt") as file:
            facts: Any = json.loads((file.metadata() or {})["region_levers"])
        tensors = {name: _typed(checkpoint.tensors[name], name) for name in _TENSORS}
        sigma, seed = _finite(facts["sigma"]), int(facts["seed"])
        settings, found = dict(facts["settings"]), dict(facts["facts"])
    except (LookupError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise DirectionsError(
            f"{source.name} is damaged ({error})", "a complete file of levers", _REMEDY
        ) from None
    except (SafetensorError, OSError) as error:
        raise DirectionsError(
            f"{source.name} cannot be read ({error})", "a complete file of levers", _REMEDY
        ) from None
    return RegionLevers(
        **tensors,
        sigma=sigma,
        seed=seed,
        model=str(facts["model"]),
        settings=settings,
        facts=found,
    )


def _finite(number: Any) -> float:
    """A number of a file, if it is finite."""
    if not math.isfinite(float(number)):
        raise ValueError(f"sigma is {number}")
    return float(number)


def _typed(tensor: Tensor, name: str) -> Tensor:
    """A tensor of a file, if it has the type that was written."""
    if tensor.dtype != _TENSORS[name]:
        raise ValueError(f"{name} is {tensor.dtype}")
    return tensor
