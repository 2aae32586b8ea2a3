"""The pack's own small networks, as safetensors files: read within limits, never run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor
from torch.nn import Module

from ..base.errors import CheckpointError
from ..base.json_fields import parse_json
from .containers.safetensors_file import FORMAT_KEY

LARGEST_FILE = 16 << 20
"""Largest file of such a network, in bytes; the bundled ones have less than 2 MB."""

_REMEDY = "Get the file from the pack again, or train the network anew"


def read_network(
    path: Path, file_format: str, what: str
) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read the tensors and the header of one of these networks.

    Args:
        path: A safetensors file of at most `LARGEST_FILE` bytes.
        file_format: Expected value of the format key in its header.
        what: What the file should hold, for messages, such as "attribute network".

    Returns:
        Tensors by name, floating-point ones in float32, all finite; and the header.

    Raises:
        CheckpointError: The file is missing, too large, damaged, or of another format.
    """
    if not path.is_file():
        raise CheckpointError(f"There is no file {path.name}", f"the file of the {what}", _REMEDY)
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise CheckpointError(
            f"{path.name} has {size} bytes", f"at most {LARGEST_FILE} bytes for the {what}", _REMEDY
        )
    try:
        with safe_open(path, framework="pt") as file:
            metadata: dict[str, str] = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{path.name} cannot be read as safetensors ({error})", f"the {what}", _REMEDY
        ) from None
    if metadata.get(FORMAT_KEY) != file_format:
        raise CheckpointError(
            f"{path.name} contains no {what}", f"format {file_format!r} in its header", _REMEDY
        )
    ready = {name: t.float() if t.is_floating_point() else t for name, t in tensors.items()}
    broken = [name for name, tensor in ready.items() if not torch.isfinite(tensor).all()]
    if broken:
        raise CheckpointError(
            f"{path.name} holds NaN or infinite numbers in {broken[0][:80]!r}",
            "finite weights",
            _REMEDY,
        )
    return ready, metadata


def fill(network: Module, tensors: Mapping[str, Tensor], path: Path, what: str) -> None:
    """Load tensors into a network; names and shapes must be exactly those of the network.

    Args:
        network: The network, changed in place.
        tensors: Names to tensors.
        path: The file that they were read from, for messages.
        what: What the file should hold, for messages.

    Raises:
        CheckpointError: A tensor is missing, superfluous, or of another shape.
    """
    expected = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    if expected != found:
        names = sorted(set(expected) ^ set(found)) or sorted(
            name for name in expected if expected[name] != found[name]
        )
        raise CheckpointError(
            f"{path.name} does not fit the {what}: tensor {names[0][:80]!r} has shape "
            f"{found.get(names[0], 'none')}",
            f"shape {expected.get(names[0], 'none')}",
            _REMEDY,
        )
    network.load_state_dict(dict(tensors))


def read_rows(
    metadata: Mapping[str, str], key: str, path: Path, limit: int
) -> list[dict[str, Any]]:
    """Read a JSON list of objects from a header.

    Args:
        metadata: The header.
        key: Its entry.
        path: The file, for messages.
        limit: Most rows.

    Returns:
        From 1 to `limit` objects.

    Raises:
        CheckpointError: The entry is missing or something else.
        FieldError: It is not JSON.
    """
    rows = parse_json(metadata.get(key, "null"), f"The header of {path.name}")
    whole = isinstance(rows, list) and 0 < len(rows) <= limit
    if not whole or not all(isinstance(row, dict) for row in rows):
        raise CheckpointError(
            f"The header of {path.name} has no list {key!r}",
            f"from 1 to {limit} objects",
            _REMEDY,
        )
    return rows


def header_of(file_format: str, **entries: Any) -> dict[str, str]:
    """The header of one of these networks's file.

    Args:
        file_format: Value of the format key.
        **entries: Text, or values for JSON.

    Returns:
        Text by name.
    """
    texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in entries.items()}
    return {FORMAT_KEY: file_format, "licence": "Apache-2.0", **texts}
