"""The folder of a batch: one run at a time, one set of settings, a manifest."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import filelock

from ..base.atomic_files import write_atomically
from ..base.errors import PackError
from ..pictures.picture_files import is_complete
from .holding import NO_HOLD
from .motion import NO_MOTION

MANIFEST = "manifest.jsonl"
"""Name of the manifest: a line per image."""

_SETTINGS, _LOCK = "settings.json", ".vary.lock"

_NAME = re.compile(r"\d{5,12}\.png")
"""Names of the images."""

_LATER = {
    **NO_MOTION,
    **NO_HOLD,
    "guard": "off",
    "option": [],
    "latents": None,
    "scale": 0,
}
"""Settings that older versions did not store, and their values then."""


def claim(folder: Path) -> filelock.BaseFileLock:
    """Lock a folder; the operating system frees it when the process ends, in whatever way.

    Args:
        folder: The folder; created if it does not exist.

    Returns:
        The lock, which is held.

    Raises:
        PackError: Another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder / _LOCK)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise PackError(
            f"Another run of vary writes to {folder}",
            "one run per folder",
            "Wait until it ends, or choose another folder with --out",
        ) from None
    for unfinished in folder.glob(".[0-9]*.part"):  # of a run that was killed while it wrote
        unfinished.unlink(missing_ok=True)
    return lock


def check_settings(folder: Path, settings: Mapping[str, Any]) -> None:
    """Write the settings into a new folder, or compare them with those of an earlier run.

    Args:
        folder: The folder, which is locked.
        settings: What determines the images.

    Raises:
        PackError: The folder holds images of other settings, or of something else.
    """
    path = folder / _SETTINGS
    text = json.dumps(settings, indent=2)
    if not any(folder.glob("[0-9]*.png")):
        write_atomically(path, text.encode())
        return
    remedy = "Choose another folder with --out"
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
        stored: Any = {**_LATER, **written}
        changed = [name for name in settings if stored[name] != settings[name]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise PackError(
            f"{folder} holds numbered pictures, but no readable {_SETTINGS}",
            "an empty folder, or one written by vary",
            remedy,
        ) from None
    if changed:
        differing = ", ".join(
            f"{name} was {stored[name]}, now {settings[name]}" for name in changed
        )
        raise PackError(
            f"{folder} holds a batch with other settings ({differing})",
            "the same settings to resume",
            remedy,
        )


def extra_lines(folder: Path, names: set[str]) -> list[str]:
    """Lines of the manifest for further images in the folder, from an earlier, larger batch.

    Args:
        folder: The folder.
        names: Images of this batch.

    Returns:
        Lines without line breaks, of images that are complete.
    """
    path = folder / MANIFEST
    kept: list[str] = []
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    for line in text.splitlines():
        try:
            file = str(json.loads(line)["file"])
        except (ValueError, LookupError, TypeError, RecursionError):
            continue  # cut off when a run was killed
        if _NAME.fullmatch(file) and file not in names and is_complete(folder / file):
            kept.append(line)
    return kept


def write_manifest(folder: Path, lines: Sequence[str]) -> Path:
    """Write the manifest anew.

    Args:
        folder: The folder.
        lines: A line per image.

    Returns:
        Path of the manifest.
    """
    return write_atomically(folder / MANIFEST, "".join(f"{line}\n" for line in lines).encode())
