"""Make the pictures of `latent-levers explore` in docs/explorer.md; needs a browser, no ComfyUI."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))

from browser import drive, why_no_browser
from installations import PACK
from PIL import Image
from standalone_server import explore

PICTURE = PACK / "docs" / "images" / "explorer_standalone.jpg"
WINDOW = {"width": 1300, "height": 900}


PHOTO = PACK / "assets" / "example_photo.jpg"
PHOTO_PICTURE = PACK / "docs" / "images" / "explorer_photo.jpg"
PHOTO_JOB = {
    "box": (266 / 640, 154 / 480, 324 / 640, 324 / 480),
    "corner": (0.125, 0.0),
    "photo": (480, 640),
    "side": 128,
    "region": [{"preset": "mouth"}],
    "saves": False,
}
"""The square that is drawn, the largest one in the middle, the photograph's height and width, the
side of the generator's picture, and what is changed."""


def picture_pulled(folder: Path) -> None:
    """Draw, pull and save in the page, and keep what it shows then.

    Args:
        folder: Where the explorer runs.
    """
    with explore(sys.executable, folder, "--out", "out/explore") as address:
        seen = drive({"url": address, **WINDOW}, folder / "seen", script="standalone.mjs")
    _check(seen)
    shown = Image.open(folder / "seen" / "3_saved.png").convert("RGB")
    shown.save(PICTURE, quality=88, optimize=True)
    print(PICTURE)


def picture_photograph(folder: Path) -> None:
    """Crop, find and pull on a photograph; keep the square, and the change in the photograph.

    Args:
        folder: Where the explorer runs.
    """
    words = ("portraits-128", "--photo", str(PHOTO), "--out", "out/explore")
    with explore(sys.executable, folder, *words) as address:
        job = {"url": address, **PHOTO_JOB}
        seen = drive(job, folder / "seen", 3000, script="standalone_photo.mjs")
    _check(seen)
    sides = [Image.open(folder / "seen" / f"{name}.png").convert("RGB") for name in PHOTO_STATES]
    page = Image.new("RGB", (sides[0].width, sum(side.height for side in sides) + PHOTO_GAP))
    page.paste(sides[0], (0, 0))
    page.paste(sides[1], (0, sides[0].height + PHOTO_GAP))
    page.save(PHOTO_PICTURE, quality=85, optimize=True)
    print(PHOTO_PICTURE)


PHOTO_STATES, PHOTO_GAP = ("drawn", "inside"), 12
"""Steps of `standalone_photo.mjs` that are shown, one above the other, and pixels between."""


def _check(seen: dict[str, Any]) -> None:
    """End where the page complained."""
    if seen["problem"] or seen["troubles"]:
        raise SystemExit(f"The page complains: {seen}")


def main() -> None:
    """Make the pictures asked for by `pulled` and `photograph`; both without a word."""
    why = why_no_browser()
    if why is not None:
        raise SystemExit(why)
    makers = {"pulled": picture_pulled, "photograph": picture_photograph}
    for word in sys.argv[1:] or makers:
        with tempfile.TemporaryDirectory() as name:
            makers[word](Path(name))


if __name__ == "__main__":
    main()
