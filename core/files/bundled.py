"""The bundled generators, and the file behind a name or a path."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ..base.errors import CheckpointError

_ASSETS = Path(__file__).resolve().parents[2] / "assets"

BUNDLED = {
    "portraits": _ASSETS / "portraits.safetensors",
    "portraits-128": _ASSETS / "portraits_128.safetensors",
}
"""Bundled generators, by name. A name keeps its weights: saved workflows rely on them."""

SHARPEST = "portraits-128"
"""The bundled generator for new work; nothing that is saved depends on it."""

_ADDRESS = re.compile(r"(https?|ftp|hf|s3|gs|file):/|gdrive:|www\.", re.IGNORECASE)
"""Starts of addresses."""


def find_generator(path_or_name: str | os.PathLike[str]) -> Path:
    """The file behind a name or a path.

    Args:
        path_or_name: A file, a folder, or the name of a bundled generator.

    Returns:
        An existing file or folder.

    Raises:
        CheckpointError: There is none.
    """
    if _ADDRESS.match(str(path_or_name)):
        raise CheckpointError(
            f"{str(path_or_name)[:200]!r} is an address on the web, and nothing is downloaded here",
            "the name of a file on this machine",
            "Download the file and give its name",
        )
    path = BUNDLED.get(str(path_or_name), Path(path_or_name).expanduser())
    if not path.exists():
        known = ", ".join(repr(name) for name in BUNDLED)
        raise CheckpointError(
            f"There is no file {str(path_or_name)!r}",
            f"a generator's file, or a bundled generator ({known})",
            "Check the spelling and the folder",
        )
    return path
