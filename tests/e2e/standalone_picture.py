"""Make the picture of `latent-levers explore` in docs/explorer.md; needs a browser, no ComfyUI."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))

from browser import drive, why_no_browser
from installations import PACK
from PIL import Image
from standalone_server import explore

PICTURE = PACK / "docs" / "images" / "explorer_standalone.jpg"
WINDOW = {"width": 1300, "height": 900}


def main() -> None:
    """Draw, pull and save in the page, and keep what it shows then."""
    why = why_no_browser()
    if why is not None:
        raise SystemExit(why)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with explore(sys.executable, folder, "--out", "out/explore") as address:
            seen = drive({"url": address, **WINDOW}, folder / "seen", script="standalone.mjs")
        if seen["problem"] or seen["troubles"]:
            raise SystemExit(f"The page complains: {seen}")
        shown = Image.open(folder / "seen" / "3_saved.png").convert("RGB")
        shown.save(PICTURE, quality=88, optimize=True)
    print(PICTURE)


if __name__ == "__main__":
    main()
