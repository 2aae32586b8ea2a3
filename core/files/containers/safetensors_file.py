"""safetensors files: tensors mapped from disk and text metadata; the format holds no code."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from ...base.errors import CheckpointError
from ...concepts.checkpoint import AbstractContainer, Checkpoint

FORMAT_KEY = "latent_levers.format"
"""Key in the header of files that this pack wrote; its value is such as "generator/1"."""


_HEADER_BYTES = 8 << 20
"""Longest header in bytes; one of a thousand tensors takes a hundredth of it."""

_TENSORS = 20_000
"""Most tensors of one file; the largest generators have a tenth of that."""

_AXIS = 1 << 48
"""Largest axis; only tensors without entries could have a larger one."""


def with_suffix(path: str | os.PathLike[str]) -> Path:
    """A path that ends in ".safetensors".

    Args:
        path: Any path; "~" is expanded.

    Returns:
        The path, with ".safetensors" appended if it is missing.
    """
    target = Path(path).expanduser()
    if target.suffix.lower() != ".safetensors":
        target = target.with_name(f"{target.name}.safetensors")
    return target


class SafetensorsFile(AbstractContainer):
    """Any .safetensors file, with or without the pack's own header."""

    id = "safetensors"
    title = "safetensors"
    suffixes = (".safetensors",)

    def recognises(self, path: Path, head: bytes) -> bool:
        """See `AbstractContainer.recognises`: an 8-byte length, then a JSON object."""
        return len(head) > 9 and head[8:9] == b"{"

    def read(self, path: Path) -> Checkpoint:
        """See `AbstractContainer.read`."""
        _check_header(path)
        try:
            with safe_open(path, framework="pt") as file:
                metadata: dict[str, str] = file.metadata() or {}
                names = file.keys()
                if len(names) > _TENSORS:
                    raise _excessive(path, f"{len(names)} tensors")
                tensors = {name: file.get_tensor(name) for name in names}
        except (SafetensorError, OSError) as error:
            raise CheckpointError(
                f"{path.name} cannot be read as safetensors ({error})",
                "a complete safetensors file",
                "Download or save it again; the file may be cut off",
            ) from None
        for name, tensor in tensors.items():
            if any(axis > _AXIS for axis in tensor.shape):
                raise _excessive(path, f"a tensor {name[:80]!r} of shape {list(tensor.shape)}")
        if FORMAT_KEY not in metadata:
            return Checkpoint(tensors, str(path), self.id)
        return Checkpoint(
            tensors, str(path), self.id, _json(metadata, "settings"), _details(metadata)
        )


def _check_header(path: Path) -> None:
    """Refuse a header that is longer than the file or than `_HEADER_BYTES`."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
    if length > path.stat().st_size - 8:
        raise CheckpointError(
            f"{path.name} cannot be read as safetensors (its header has {length} bytes, which is "
            "more than the file)",
            "a complete safetensors file",
            "Download or save it again; the file may be cut off",
        )
    if length > _HEADER_BYTES:
        raise _excessive(path, f"a header of {length} bytes")


def _excessive(path: Path, what: str) -> CheckpointError:
    """The error for a file that exceeds a limit."""
    return CheckpointError(
        f"{path.name} holds {what}",
        "a safetensors file as generators are saved",
        "The file is damaged or malicious; get it from another source",
    )


def _json(metadata: dict[str, str], name: str) -> dict[str, Any]:
    """A JSON object of the pack's header; empty if it is missing or not an object."""
    try:
        value = json.loads(metadata.get(name, "{}"))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _details(metadata: dict[str, str]) -> dict[str, Any]:
    """Facts of the header for people: format, architecture, licence, training, regions, tuning."""
    details: dict[str, Any] = {
        name: metadata[name] for name in ("architecture", "licence", "name") if name in metadata
    }
    details["format"] = metadata[FORMAT_KEY]
    for name in ("training", "regions", "source", "tuned"):
        value = _json(metadata, name)
        if value:
            details[name] = value
    return details
