"""Directions and generators as safetensors files with a versioned header."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ..base.atomic_files import write_safetensors
from ..base.errors import CheckpointError, DirectionsError
from ..concepts.directions import Directions, adopt_directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentSpace
from ..concepts.network import StyleInfo
from ..generators.description import source_hash
from .containers.safetensors_file import FORMAT_KEY, with_suffix
from .loading import stated_options

DIRECTIONS_FORMAT = "directions/1"
"""Value of the format key in files of directions; the number grows when old readers would fail."""

STYLES_FORMAT = "directions/2"
"""Value of the format key for directions in S, which the first readers do not support."""

DIRECTIONS_FORMATS = (DIRECTIONS_FORMAT, STYLES_FORMAT)
"""Formats that `read_saved_directions` reads."""

GENERATOR_FORMAT = "generator/1"
"""Value of the format key in files of generators."""

_OPTIONAL = ("sigma", "ranges", "thumbnails", "mask")
"""Optional fields of directions that are tensors; readers ignore tensors that they do not know."""

_HALF_ERROR = 1e-3
"""Largest relative error of a tensor in float16; rounding alone causes 3e-4."""


def save_directions(levers: Directions, path: str | os.PathLike[str]) -> Path:
    """Write directions with all their fields.

    Args:
        levers: The directions.
        path: The file; ".safetensors" is appended if it is missing. An existing file is replaced.

    Returns:
        The path written.
    """
    tensors = {"vectors": levers.vectors, "eigenvalues": levers.eigenvalues}
    for name in _OPTIONAL:
        tensor = getattr(levers, name)
        if tensor is not None:
            tensors[name] = tensor
    facts: dict[str, Any] = {
        "space": levers.space.value,
        "num_ws": levers.num_ws,
        "layers": levers.layers,
        "method": levers.method,
        "origin": levers.origin,
        "names": levers.names,
        "details": dict(levers.details),
    }
    written = DIRECTIONS_FORMAT
    if levers.space is LatentSpace.S:
        written = STYLES_FORMAT
        facts["styles"] = [(style.name, style.layer, style.channels) for style in levers.styles]
    metadata = {FORMAT_KEY: written, "directions": json.dumps(facts, default=str)}
    return write_safetensors(with_suffix(path), tensors, metadata)


def read_saved_directions(path: str | os.PathLike[str]) -> Directions:
    """Read directions that `save_directions` wrote.

    Args:
        path: A safetensors file whose header has one of `DIRECTIONS_FORMATS`.

    Returns:
        The directions, equal to those that were saved.

    Raises:
        DirectionsError: The file is damaged.
    """
    source = Path(path)
    try:
        with safe_open(source, framework="pt") as file:
            metadata: dict[str, str] = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise DirectionsError(
            f"{source.name} cannot be read ({error})",
            "a complete safetensors file of directions",
            "Save or download it again",
        ) from None
    try:
        facts: Mapping[str, Any] = json.loads(metadata["directions"])
        layers = facts["layers"]
        return adopt_directions(
            tensors["vectors"],
            tensors["eigenvalues"],
            space=LatentSpace.parse(facts["space"]),
            num_ws=int(facts["num_ws"]),
            layers=None if layers is None else tuple(int(layer) for layer in layers),
            method=str(facts["method"]),
            origin=str(facts["origin"]),
            **{name: tensors.get(name) for name in _OPTIONAL},
            names=tuple(str(name) for name in facts["names"]),
            styles=tuple(
                StyleInfo(str(name), int(layer), int(channels))
                for name, layer, channels in facts.get("styles", ())
            ),
            details=dict(facts["details"]),
        )
    except (LookupError, TypeError, ValueError, ArithmeticError, RuntimeError) as error:
        raise DirectionsError(
            f"{source.name} is damaged ({error})",
            "a complete file of directions",
            "Save or download it again",
        ) from None


def save_generator(
    gan: Generator,
    path: str | os.PathLike[str],
    half: bool = False,
    *,
    licence: str | None = None,
    replace_source: bool = False,
) -> Path:
    """Write a generator as one safetensors file with its settings, licence and source.

    Args:
        gan: The generator.
        path: The file; an existing file is replaced, but see `replace_source`.
        half: Store large weights in float16, which halves the size. Batch-norm statistics and
            other buffers, biases, and weights that float16 cannot hold stay in float32.
        licence: The licence in the header; none keeps that of the generator.
        replace_source: Whether `path` may be the file that the generator was loaded from.

    Returns:
        The path written.

    Raises:
        CheckpointError: `path` is the file that the generator was loaded from.
    """
    target = Path(path).expanduser()
    source = gan.details.get("path")
    if source and not replace_source and target.exists() and target.samefile(source):
        raise CheckpointError(
            f"{target.name} is the file that this generator was loaded from",
            "another name",
            "Choose one, or «replace_source»",
        )
    keep = {name for name, _ in gan.network.named_buffers() if not name.endswith("noise_const")}
    tensors: dict[str, Tensor] = {
        name: _stored(tensor, half and name not in keep)
        for name, tensor in gan.network.state_dict().items()
    }
    if gan.w_avg is not None:
        tensors["mapping.w_avg"] = gan.w_avg.to(torch.float32)
    if gan.w_covariance is not None:
        tensors["w_covariance"] = gan.w_covariance.to(torch.float32)
    return write_safetensors(target, tensors, _header(gan, half, licence))


def is_saved(gan: Generator, path: Path, half: bool = False, licence: str | None = None) -> bool:
    """Whether a file already holds what `save_generator` would write.

    Args:
        gan: The generator.
        path: The file; it may be missing.
        half: Whether large weights are stored in float16.
        licence: The licence in the header; none keeps that of the generator.

    Returns:
        Whether fingerprint, precision, licence and provenance are the same.
    """
    try:
        with safe_open(path, framework="pt") as file:
            return file.metadata() == _header(gan, half, licence)
    except (SafetensorError, OSError):
        return False


def _stored(tensor: Tensor, half: bool) -> Tensor:
    """A tensor in the precision in which it is stored."""
    if not tensor.is_floating_point():
        return tensor
    whole = tensor.to(torch.float32)
    if not half or whole.ndim < 2:
        return whole
    short = whole.to(torch.float16)
    error = (short.to(torch.float32) - whole).norm()
    return short if error <= _HALF_ERROR * whole.norm() else whole  # float32 on overflow


def _header(gan: Generator, half: bool, licence: str | None) -> dict[str, str]:
    """The header of a generator's file."""
    details = gan.details
    known = licence or details.get("licence", "unknown: that of the file it was made from")
    settings = {**_stated(gan), "distribution": gan.spec.distribution}
    source = {
        **_source(details),
        "sha256": source_hash(details),
        "fingerprint": gan.spec.fingerprint,
    }
    return {
        FORMAT_KEY: GENERATOR_FORMAT,
        "architecture": gan.spec.architecture,
        "precision": "float16" if half else "float32",
        "settings": json.dumps(settings, default=str),
        "licence": str(known),
        "training": json.dumps(details.get("training", {}), default=str),
        "regions": json.dumps(details.get("regions", {}), default=str),
        "source": json.dumps(source, default=str),
    }


def _stated(gan: Generator) -> dict[str, Any]:
    """Options of the architecture, and its other settings for people."""
    settings = getattr(gan.network, "settings", None)
    if settings is None:
        return {}
    plain = {f.name: getattr(settings, f.name) for f in fields(settings)}
    readable = {
        name: value for name, value in plain.items() if isinstance(value, (int, float, str))
    }
    return {**readable, **stated_options(gan.spec.architecture, settings)}


def _source(details: Mapping[str, Any]) -> dict[str, Any]:
    """Where the generator came from, so that a converted file can be traced."""
    names = ("file", "bytes", "container", "dialect", "source")
    return {name: details[name] for name in names if name in details}
