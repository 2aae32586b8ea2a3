"""Pictures of the explorer at every size, in both renderers: `python screenshots.py sizes`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from browser import drive
from comfy_server import ComfyServer
from installations import PACK
from PIL import Image
from server_folders import PACK_NAME

PICTURES = PACK / "docs" / "images"

SIZES = ((680, 760), (500, 600), (1300, 700), (700, 1300), (3600, 1900))
"""Width and height of the node in pixels; the first is also that of its states, the last fills a
screen of 3840 x 2160 pixels."""

LOOKS = (
    ("classic", "dark", "en"),
    ("classic", "light", "zh"),
    ("vue", "dark", "zh"),
    ("vue", "light", "en"),
)
"""Renderer, colours and language of each sheet."""

MASK = '[{"ellipse": [0.45, 0.37, 0.1, 0.2]}]'
"""A connected mask."""

ROWS = (("empty", "680x760", "500x600", "masked"), ("1300x700", "700x1300", "3600x1900"))
"""Pictures of a sheet by row."""

_GAP = 16
_HEIGHTS = (620, 720)


def make_sizes(server: ComfyServer) -> None:
    """Write `docs/images/explorer_sizes_<renderer>_<colours>_<language>.jpg`.

    Args:
        server: Serves the page.

    Raises:
        SystemExit: The page complains.
    """
    for renderer, palette, locale in LOOKS:
        with tempfile.TemporaryDirectory() as folder:
            job: dict[str, Any] = {
                "url": server.url,
                "pack": PACK_NAME,
                "renderer": renderer,
                "palette": palette,
                "locale": locale,
                "width": 3840,
                "height": 2160,
                "sizes": SIZES,
                "mask": MASK,
            }
            seen = drive(job, Path(folder), script="explorer_sizes.mjs")
            if seen["problem"] or seen["troubles"]:
                raise SystemExit(f"The page complains: {seen['problem']} {seen['troubles']}")
            place = PICTURES / f"explorer_sizes_{renderer}_{palette}_{locale}.jpg"
            _sheet(Path(folder)).save(place, quality=80, optimize=True)
            print(place)


def _sheet(folder: Path) -> Image.Image:
    """All pictures of a look, row by row."""
    rows = list(_rows(folder))
    width = max(row.width for row in rows)
    sheet = Image.new("RGB", (width, sum(row.height for row in rows) + _GAP), "#808080")
    top = 0
    for row in rows:
        sheet.paste(row, (0, top))
        top += row.height + _GAP
    return sheet


def _rows(folder: Path) -> Iterator[Image.Image]:
    """The pictures of each row at one height."""
    for names, height in zip(ROWS, _HEIGHTS, strict=True):
        pictures = [Image.open(folder / f"{name}.png").convert("RGB") for name in names]
        small = [
            each.resize((round(each.width * height / each.height), height)) for each in pictures
        ]
        row = Image.new("RGB", (sum(p.width + _GAP for p in small) - _GAP, height), "#808080")
        left = 0
        for each in small:
            row.paste(each, (left, 0))
            left += each.width + _GAP
        yield row
