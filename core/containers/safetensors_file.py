"""safetensors files: tensors mapped from disk, text metadata, no code by design."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from ..checkpoint import AbstractContainer, Checkpoint
from ..errors import CheckpointError

FORMAT_KEY = "latent_levers.format"
"""Present in the header of files that this pack wrote, such as "generator/1"."""


class SafetensorsFile(AbstractContainer):
    """Any .safetensors file; our own header is understood where there is one."""

    id = "safetensors"
    title = "safetensors"
    suffixes = (".safetensors",)

    def recognises(self, path: Path, head: bytes) -> bool:
        """See `AbstractContainer.recognises`: an 8-byte length, then a JSON object."""
        return len(head) > 9 and head[8:9] == b"{"

    def read(self, path: Path) -> Checkpoint:
        """See `AbstractContainer.read`."""
        try:
            with safe_open(path, framework="pt") as file:
                metadata: dict[str, str] = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (SafetensorError, OSError) as error:
            raise CheckpointError(
                f"{path.name} cannot be read as safetensors ({error})",
                "a complete safetensors file",
                "Download or save it again; the file may be cut off",
            ) from None
        if FORMAT_KEY not in metadata:
            return Checkpoint(tensors, str(path), self.id)
        return Checkpoint(
            tensors, str(path), self.id, _json(metadata, "settings"), _details(metadata)
        )


def _json(metadata: dict[str, str], name: str) -> dict[str, Any]:
    """A JSON object of our header, empty where it is absent or not an object."""
    try:
        value = json.loads(metadata.get(name, "{}"))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _details(metadata: dict[str, str]) -> dict[str, Any]:
    """What the header tells people: format, architecture, licence, training, regions."""
    details: dict[str, Any] = {
        name: metadata[name] for name in ("architecture", "licence", "name") if name in metadata
    }
    details["format"] = metadata[FORMAT_KEY]
    for name in ("training", "regions", "source"):
        value = _json(metadata, name)
        if value:
            details[name] = value
    return details
