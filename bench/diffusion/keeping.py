"""Pictures that were measured are kept, so that an interrupted run goes on where it was."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

import torch
from latent_levers.core.base.atomic_files import write_atomically

from bench.children import ROOT

from .results import Measured, Pull, Search, Shift, measure

_SOURCES = (
    "bench/diffusion/*.py",
    "core/**/*.py",
    "assets/portraits_attributes.safetensors",
    "assets/portraits_parts.safetensors",
)
"""Files whose change makes what was kept stale."""


def folder_for(model: Path, root: Path = ROOT / "out" / "diffusion") -> Path:
    """Where the pictures of a model are kept.

    Args:
        model: Its file.
        root: Of all that is kept.

    Returns:
        A folder of its own for each model, state of the code, and torch.
    """
    found = hashlib.sha256(model.read_bytes())
    for pattern in _SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            found.update(path.read_bytes())
    found.update(torch.__version__.encode())
    return root / found.hexdigest()[:16]


def measure_once(model: Path, seed: int, folder: Path, again: bool = False) -> Measured:
    """Measure one picture, or read what was measured before.

    Args:
        model: File of the model.
        seed: Of the picture.
        folder: From `folder_for`.
        again: Measure it anyway.

    Returns:
        What was measured.
    """
    path = folder / f"{seed}.json"
    if path.exists() and not again:
        return read_measured(path.read_text())
    measured = measure(model, seed)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(asdict(measured)).encode())
    return measured


def read_measured(text: str) -> Measured:
    """Read what was measured.

    Args:
        text: JSON of `dataclasses.asdict`.

    Returns:
        The same rows.
    """
    rows = json.loads(text)

    def pulls(name: str) -> list[Pull]:
        return [Pull(**{**row, "shift": Shift(**row["shift"])}) for row in rows[name]]

    return Measured(pulls("equal"), pulls("mouth"), [Search(**row) for row in rows["searches"]])
