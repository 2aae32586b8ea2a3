"""Checkpoints of trainings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch


def read_parts(path: Path, expected: str) -> dict[str, Any]:
    """Read a checkpoint's parts; nothing in it is executed.

    Args:
        path: What a training wrote.
        expected: The format that it states.

    Returns:
        The parts by name.

    Raises:
        ValueError: The file is something else.
    """
    state = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(state, dict) or state.get("format") != expected:
        raise ValueError(f"{path.name} is no checkpoint of this training, expected format {expected!r}")
    return state
