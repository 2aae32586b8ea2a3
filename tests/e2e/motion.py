"""The animated picture at the top of the README: `python screenshots.py motion` makes it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from browser import drive
from comfy_server import ComfyServer
from installations import PACK
from node_facts import template
from PIL import Image, ImageDraw
from server_folders import PACK_NAME

PICTURE = PACK / "docs" / "images" / "explorer.webp"

MOST_BYTES = 3_000_000
"""Of the animated picture: the README and the registry's page load it at once."""

WIDTH = 720
"""Pixels."""

REGION = ((0.66, 0.34), (0.8, 0.66))
"""The mouth of the first image: two corners, each (row, column)."""

PULLS = ((0, 0.05, 0.95, 0.2), (1, 0.9, 0.3))
"""For each lever that is pulled its number, then fractions of its slider."""

_ARROW = ((0, 0), (0, 17), (4, 13), (7, 20), (10, 19), (7, 12), (12, 12))
"""Corners of the pointer, in pixels from its tip."""


def make_motion(server: ComfyServer) -> None:
    """Film the explorer, and write `docs/images/explorer.webp`.

    Args:
        server: Serves the page.

    Raises:
        SystemExit: The page complains, or the picture is too large.
    """
    with tempfile.TemporaryDirectory() as folder:
        job = {
            "url": server.url,
            "pack": PACK_NAME,
            "renderer": "classic",
            "width": 1440,
            "height": 900,
            "file": str(template(1)),
            "region": REGION,
            "pulls": PULLS,
        }
        seen = drive(job, Path(folder), script="explorer_motion.mjs")
        if seen["problem"] or seen["troubles"]:
            raise SystemExit(f"The page complains: {seen['problem']} {seen['troubles']}")
        save([_drawn(Path(folder), each) for each in seen["frames"]], seen["frames"])
    print(PICTURE)


def _drawn(folder: Path, frame: dict[str, Any]) -> Image.Image:
    """A frame with the pointer, in the size of the picture."""
    picture = Image.open(folder / frame["file"]).convert("RGB")
    x, y = frame["pointer"]
    corners = [(x + right, y + down) for right, down in _ARROW]
    ImageDraw.Draw(picture).polygon(corners, fill="white", outline="black", width=1)
    size = (WIDTH, round(picture.height * WIDTH / picture.width))
    return picture.resize(size, Image.Resampling.LANCZOS)


def save(pictures: list[Image.Image], frames: list[dict[str, Any]]) -> None:
    """Write the animated picture, with the best quality that fits.

    Args:
        pictures: The frames; those of other heights than the first are cut or filled.
        frames: How long each is shown.

    Raises:
        SystemExit: It is too large at any quality.
    """
    first = pictures[0].size
    same = [each.crop((0, 0, *first)) for each in pictures]
    shown = [each["shown"] for each in frames]
    for quality in (80, 65, 50, 35):
        same[0].save(
            PICTURE,
            save_all=True,
            append_images=same[1:],
            duration=shown,
            loop=0,
            quality=quality,
            method=3,
        )
        if PICTURE.stat().st_size <= MOST_BYTES:
            return
    raise SystemExit(f"{PICTURE.name} has {PICTURE.stat().st_size:,} bytes, at most {MOST_BYTES:,}")
