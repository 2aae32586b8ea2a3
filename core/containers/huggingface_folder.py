"""Folders as Hugging Face lays them out: settings beside weights."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from ..checkpoint import AbstractContainer, Checkpoint
from ..errors import CheckpointError
from .safetensors_file import SafetensorsFile
from .torch_file import TorchFile

_WEIGHTS = {"model.safetensors": SafetensorsFile(), "pytorch_model.bin": TorchFile()}
"""Files of weights and what reads them, the safer first."""

_CONFIG_BYTES = 1 << 20
"""Longest file of settings; real ones take a few hundred bytes."""


class HuggingFaceFolder(AbstractContainer):
    """A folder with `config.json` and one file of weights."""

    id = "huggingface"
    title = "Hugging Face folder"
    suffixes = ("config.json",)

    def recognises(self, path: Path, head: bytes) -> bool:
        """See `AbstractContainer.recognises`: a folder with settings or weights of those names."""
        return path.is_dir() and any((path / n).is_file() for n in ("config.json", *_WEIGHTS))

    def read(self, path: Path) -> Checkpoint:
        """See `AbstractContainer.read`."""
        for name, container in _WEIGHTS.items():
            if (path / name).is_file():
                config = _config(path / "config.json")
                return replace(container.read(path / name), container=self.id, config=config)
        raise CheckpointError(
            f"The folder {path.name} holds a config.json and no weights",
            " or ".join(_WEIGHTS),
            "Download the weights too; weights in several parts are not read",
        )


def _config(path: Path) -> dict[str, object]:
    """Settings by name; empty where the file is absent."""
    if not path.is_file():
        return {}
    try:
        if path.stat().st_size > _CONFIG_BYTES:
            raise ValueError("it is too long")
        config = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(config, dict):
            raise ValueError("it is no object")
    except (ValueError, RecursionError, OSError) as error:
        raise CheckpointError(
            f"{path.parent.name}/config.json cannot be read ({str(error)[:100]})",
            "a JSON object of settings",
            "Download it again",
        ) from None
    return config
