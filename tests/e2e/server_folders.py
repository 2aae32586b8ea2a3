"""Folders of a server: page settings, this pack, one example file of each kind."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from installations import PACK
from PIL import Image

PACK_NAME = "ComfyUI-LatentLevers"
"""Name of the pack's folder in custom_nodes."""

_PAGE_SETTINGS = {
    "Comfy.TutorialCompleted": True,
    "Comfy.Minimap.Visible": False,
    "Comfy.Notification.ShowVersionUpdates": False,
    "Comfy.Workflow.ShowMissingModelsWarning": False,
    "LiteGraph.Canvas.MaximumFps": 5,  # drawing takes CPU time from the tests
}
"""Settings of the page: no greeting, nothing on top of the graph, few frames per second."""

_NOT_COPIED = (".git", ".venv", "node_modules", "__pycache__", "out", "build", "dist", ".*_cache")


def lay_out(base: Path) -> None:
    """Create the folders of a server.

    Args:
        base: An empty folder for models, inputs, outputs, settings and custom nodes.
    """
    for name in ("custom_nodes", "models", "input", "output", "user/default"):
        (base / name).mkdir(parents=True, exist_ok=True)
    settings = json.dumps(_PAGE_SETTINGS)
    (base / "user/default/comfy.settings.json").write_text(settings, encoding="utf-8")
    _install_pack(base / "custom_nodes" / PACK_NAME)
    _put_examples(base)


def _install_pack(place: Path) -> None:
    """Link the pack, or copy it where symbolic links are not allowed."""
    try:
        place.symlink_to(PACK, target_is_directory=True)
    except OSError:
        shutil.copytree(PACK, place, ignore=shutil.ignore_patterns(*_NOT_COPIED))


def _put_examples(base: Path) -> None:
    """Put one file into every folder that nodes list, as on a machine in use."""
    for place in ("models/gan", "models/gan_directions", "models/gan_latents"):
        file = base / place / "example.safetensors"
        file.parent.mkdir(parents=True)
        file.touch()
        os.utime(file, (0, 0))  # never the newest one
    Image.radial_gradient("L").convert("RGB").save(base / "input" / "example.png")
