"""Make pictures: `python screenshots.py explorer`, `sizes`, `motion`, `thumbnails`, `help`, or all.

`explorer` makes those of GANExplorer in ComfyUI's page (README, docs, and the thumbnail of its
template), `sizes` those of all its sizes, `motion` the animated one at the top of the README.
`thumbnails` makes those of the other templates, or only of the numbers named after it; they tell
the stories of `thumbnails.py`. `help` makes those of the nodes' help pages. All need a ComfyUI (see
`installations`); all except `thumbnails` need a browser as well.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))

from browser import drive, why_no_browser
from comfy_server import ComfyServer
from explorer_sizes import make_sizes
from help_pictures import make_help, picture_nodes, picture_region, save_help
from installations import PACK, find_installations
from motion import make_motion
from node_facts import API_WORKFLOWS, read_json, template
from PIL import Image
from server_folders import PACK_NAME
from thumbnails import number_of, square, told

PICTURES = PACK / "docs" / "images"
WINDOW = (1440, 860)
"""Width and height of the browser's window."""

EXPLORER = template(1).stem
EXPLORER_REGION = ((0.66, 0.34), (0.8, 0.66))
"""The mouth of the first image: two corners, each (row, column)."""
EXPLORER_PULLS = ((0, 0.8, "open mouth"), (1, 0.6, "smile"))
"""For each pinned lever: its index, its strength as a fraction of its range, and its name."""
EXPLORER_PICTURES = {"dark": "explorer.png", "light": "explorer_light.png"}
EXPLORER_STATES = ("not_started", "started", "region", "pinned")
"""States of which `explorer_picture.mjs` makes a picture of the node alone."""


def make_thumbnails(server: ComfyServer, numbers: set[str]) -> None:
    """Write `workflows/*.jpg`.

    Args:
        server: Runs the graphs.
        numbers: Numbers of templates; empty for all.
    """
    chosen = [path for path in API_WORKFLOWS if not numbers or str(number_of(path.stem)) in numbers]
    for path in chosen:
        if path.stem == EXPLORER:
            continue  # see `picture_explorer`
        place = PACK / "workflows" / f"{path.stem}.jpg"
        picture = told(server, number_of(path.stem), read_json(path))
        picture.save(place, quality=88, optimize=True)
        print(place)


def picture_explorer(server: ComfyServer) -> None:
    """Write the pictures of the explorer, and the thumbnail of its template.

    Args:
        server: Serves the page.
    """
    width, height = WINDOW
    for palette, name in EXPLORER_PICTURES.items():
        with tempfile.TemporaryDirectory() as folder:
            job = {
                "url": server.url,
                "pack": PACK_NAME,
                "renderer": "classic",
                "palette": palette,
                "width": width,
                "height": height,
                "file": str(PACK / "workflows" / f"{EXPLORER}.json"),
                "region": EXPLORER_REGION,
                "pulls": EXPLORER_PULLS,
            }
            seen = drive(job, Path(folder), script="explorer_picture.mjs")
            if seen["problem"] or seen["troubles"]:
                raise SystemExit(f"The page complains: {seen}")
            place = PICTURES / name
            Image.open(Path(folder) / "page.png").convert("RGB").save(place, optimize=True)
            print(place)
            if palette == "dark":
                node = Image.open(Path(folder) / "node.png").convert("RGB")
                place = PACK / "workflows" / f"{EXPLORER}.jpg"
                square([node]).save(place, quality=88, optimize=True)
                print(place)
                save_help("GANExplorer", node)
                for state in EXPLORER_STATES:
                    place = PICTURES / f"explorer_{state}.jpg"
                    shown = Image.open(Path(folder) / f"{state}.png").convert("RGB")
                    shown.save(place, quality=88, optimize=True)
                    print(place)


def main() -> None:
    """Start the newest ComfyUI and make the pictures asked for."""
    verbs = {"explorer", "sizes", "thumbnails", "help", "motion"}
    chosen = verbs & set(sys.argv[1:])
    numbers = set(sys.argv[1:]) - verbs
    if not chosen or not numbers <= {str(number_of(path.stem)) for path in API_WORKFLOWS}:
        raise SystemExit(__doc__)
    installations = find_installations()
    if not installations:
        raise SystemExit("No ComfyUI was found; set COMFYUI_PATH")
    why = why_no_browser()
    if chosen - {"thumbnails"} and why is not None:
        raise SystemExit(why)
    # Windows cannot delete files that the ending server still has open.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = ComfyServer(installations[-1], Path(folder))
        try:
            server.start()
            if "thumbnails" in chosen:
                make_thumbnails(server, numbers)
            if "help" in chosen:
                make_help(server)
                picture_region(server)
                picture_nodes(server)
            if "explorer" in chosen:
                picture_explorer(server)
            if "sizes" in chosen:
                make_sizes(server)
            if "motion" in chosen:
                make_motion(server)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
