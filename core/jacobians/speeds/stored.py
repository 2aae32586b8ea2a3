"""Speeds kept for each machine, in a small file of the user's cache folder.

A file that is broken, foreign or too large counts as none: speeds are then measured anew.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
from pathlib import Path

from ...base.atomic_files import write_atomically
from ...base.errors import PackError
from ...base.json_fields import Fields, parse_json

VARIABLE = "LATENT_LEVERS_CACHE"
"""Environment variable that names another folder."""

FILE, FORMAT = "speeds.json", "latent-levers-speeds/1"
"""Name of the file, and what it states."""

_MOST_BYTES, _MOST_DEVICES, _LONGEST = 1 << 16, 32, 300
"""Bounds of the file, of its devices, and of the name of one."""

_LEAST, _MOST = 1e-6, 1e6
"""Bounds of a share; the larger stands for infinity, which JSON does not have."""


def cache_folder() -> Path | None:
    """The folder where the system keeps such files for each user.

    Returns:
        The folder, which need not exist; none where the user has no home.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given)
    try:
        home = Path.home()
    except RuntimeError:  # no entry for this user
        return None
    if sys.platform == "win32":
        root = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        root = home / "Library" / "Caches"
    else:
        root = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return root / "latent-levers"


def load_shares(folder: Path | None, device: str) -> dict[str, float] | None:
    """The shares that were measured on a device.

    Args:
        folder: The folder; none means that nothing is kept.
        device: Name of the device.

    Returns:
        The share of each precision; none where they are to be measured.
    """
    found = None if folder is None else _devices(folder / FILE).get(device)
    if not found:
        return None
    return {name: math.inf if share == _MOST else share for name, share in found.items()}


def save_shares(folder: Path | None, device: str, shares: dict[str, float]) -> None:
    """Keep the shares of a device beside those of others; the oldest go.

    Where the folder cannot be written, nothing is kept.

    Args:
        folder: The folder; none means that nothing is kept.
        device: Name of the device.
        shares: The share of each precision.
    """
    if folder is None or len(device) > _LONGEST:
        return
    path = folder / FILE
    devices = _devices(path)
    devices.pop(device, None)
    devices[device] = {name: min(max(share, _LEAST), _MOST) for name, share in shares.items()}
    kept = dict(list(devices.items())[-_MOST_DEVICES:])
    text = json.dumps({"format": FORMAT, "devices": kept}, indent=1) + "\n"
    with contextlib.suppress(OSError):
        write_atomically(path, text.encode())


def _devices(path: Path) -> dict[str, dict[str, float]]:
    """All devices of a file, in the order in which they were measured; empty for a broken one."""
    try:
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return {}
        content = Fields.of(parse_json(path.read_text("utf-8"), "The file"), "The file")
        content.choice("format", (FORMAT,))
        devices = Fields.of(content.values.get("devices"), "devices").values
        if len(devices) > _MOST_DEVICES:
            return {}
        each = {name: Fields.of(value, "A device") for name, value in devices.items()}
        return {
            name: {key: fields.number(key, _LEAST, _MOST) for key in fields.values}
            for name, fields in each.items()
        }
    except (OSError, UnicodeDecodeError, PackError):
        return {}
