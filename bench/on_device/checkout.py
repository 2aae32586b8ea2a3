"""Makes `latent_levers` importable where the pack is not installed, as beside a ComfyUI."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The folder of this repository."""


def register() -> None:
    """Register this repository under its import name, unless that name is known already."""
    if importlib.util.find_spec("latent_levers") is not None:
        return
    spec = importlib.util.spec_from_file_location(
        "latent_levers", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules["latent_levers"] = package
    spec.loader.exec_module(package)
