"""torch files, zip and legacy, by torch's own weights-only reader: nothing in them is executed."""

from __future__ import annotations

import pickle
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..checkpoint import AbstractContainer, Checkpoint
from ..errors import CheckpointError

_LEGACY_MAGIC = bytes.fromhex("6cfc9c46f9206aa85019")  # little-endian, after a LONG1 opcode
"""Number at the head of every torch file from before version 1.6."""

_DEPTH = 8
"""Dictionaries may nest so deep; deeper ones are not checkpoints."""


class TorchFile(AbstractContainer):
    """.pt, .pth, .bin and .ckpt files that hold tensors in nested dictionaries."""

    id = "torch"
    title = "torch file, weights only"
    suffixes = (".pt", ".pth", ".bin", ".ckpt")

    def recognises(self, path: Path, head: bytes) -> bool:
        """See `AbstractContainer.recognises`: a zip archive, or the legacy magic number."""
        return head[:4] == b"PK\x03\x04" or _LEGACY_MAGIC in head[:32]

    def read(self, path: Path) -> Checkpoint:
        """See `AbstractContainer.read`."""
        remedy = "Download or save it again; if it is whole, ask its author for a state dict"
        try:
            content = torch.load(path, map_location="cpu", weights_only=True)
        except pickle.UnpicklingError as error:
            asked = re.search(r"GLOBAL ([\w.]+)", str(error))
            raise CheckpointError(
                f"{path.name} asks to run {asked[1] if asked else 'code'}, and nothing in a file "
                "is ever run",
                "a torch file of tensors, numbers and text",
                "Ask its author for a state dict",
            ) from None
        except (RuntimeError, OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
            reason = str(error).split("\n", 1)[0]
            raise CheckpointError(
                f"{path.name} cannot be read as a torch file ({reason})",
                "a complete torch file",
                remedy,
            ) from None
        tensors = dict(_flatten(content))
        if not tensors:
            raise CheckpointError(f"{path.name} holds no tensors", "a generator's weights", remedy)
        return Checkpoint(tensors, str(path), self.id)


def _flatten(value: Any, prefix: str = "", depth: int = 0) -> list[tuple[str, Tensor]]:
    """Dotted names and tensors of nested dictionaries, in their order."""
    if isinstance(value, Tensor):
        return [(prefix, value.detach())]
    if not isinstance(value, Mapping) or depth > _DEPTH:
        return []
    rows: list[tuple[str, Tensor]] = []
    for key, inner in value.items():
        rows += _flatten(inner, f"{prefix}.{key}" if prefix else str(key), depth + 1)
    return rows
