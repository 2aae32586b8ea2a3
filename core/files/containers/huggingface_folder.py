"""Folders of Hugging Face repositories: settings beside weights."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from ...base.errors import CheckpointError
from ...concepts.checkpoint import AbstractContainer, Checkpoint
from .safetensors_file import SafetensorsFile
from .torch_file import TorchFile

WEIGHTS = {"model.safetensors": SafetensorsFile(), "pytorch_model.bin": TorchFile()}
"""Files of weights with their containers, the safer first."""

_CONFIG = "config.json"
"""Name of the settings file."""

_CONFIG_BYTES = 1 << 20
"""Largest settings file in bytes; real ones take a few hundred bytes."""


class HuggingFaceFolder(AbstractContainer):
    """A folder with `config.json` and one file of weights."""

    id = "huggingface"
    title = "Hugging Face folder"
    suffixes = (_CONFIG,)

    def recognises(self, path: Path, head: bytes) -> bool:
        """See `AbstractContainer.recognises`: settings or weights of those names.

        Programs that only list files, such as ComfyUI, can offer the weights but not their folder;
        the settings beside the weights are read in that case, too.

        Args:
            path: A folder, or its file of weights.
            head: Not needed.

        Returns:
            For a folder, whether it holds settings or weights; for a file, whether it is a file of
            weights with settings beside it.
        """
        if path.is_dir():
            return any((path / name).is_file() for name in (_CONFIG, *WEIGHTS))
        return path.name in WEIGHTS and path.with_name(_CONFIG).is_file()

    def read(self, path: Path) -> Checkpoint:
        """See `AbstractContainer.read`."""
        folder = path if path.is_dir() else path.parent
        names = [name for name in WEIGHTS if (folder / name).is_file()]
        if not names:
            raise CheckpointError(
                f"The folder {folder.name} holds a config.json and no weights",
                " or ".join(WEIGHTS),
                "Download the weights too; weights in several parts are not read",
            )
        name = names[0] if path.is_dir() else path.name
        content = WEIGHTS[name].read(folder / name)
        return replace(content, container=self.id, config=_config(folder / _CONFIG))


def _config(path: Path) -> dict[str, object]:
    """Settings by name; empty if there is no file."""
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
