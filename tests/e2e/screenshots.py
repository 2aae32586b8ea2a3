"""Make pictures: `python screenshots.py page`, or `explorer`, `thumbnails`, `help`, or several.

`page` and `explorer` are the README's pictures of ComfyUI's page, `thumbnails` are those of the
templates (some may be named) and show what each makes; that of the explorer is a part of its
picture. `help` are those of the nodes' help pages. All need a ComfyUI (see `installations`), all
but thumbnails a browser too.
"""

from __future__ import annotations

import math
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))

from browser import drive, why_no_browser
from comfy_server import PACK_NAME, ComfyServer
from installations import PACK, find_installations
from node_facts import API_WORKFLOWS, read_json
from PIL import Image

SIDE = 512
"""Of a thumbnail, in pixels."""

DARK = (25, 26, 32)
"""Around several images."""

MOMENTS = 9
"""Frames of a moving picture that its thumbnail shows."""

SHOWN_IN_README = "regional_lever"
README_PICTURE = PACK / "docs" / "images" / "comfyui.png"
README_SIZE = (1440, 860)
"""Width and height of the browser's window."""

HELP_PICTURES = PACK / "web" / "docs" / "images"
HELP_WIDTH = 480
"""Of a picture in a help page, in pixels."""
HELP_MOMENTS = 8
"""Frames of a moving picture that a help page shows."""

SHOWN_IN_HELP = {
    "LoadGAN": ("creative_batch", "2"),
    "GANSampleLatents": ("global_levers", "2"),
    "SeFaFactorize": ("global_levers", "4"),
    "ReSeFaFactorize": ("regional_lever", "4"),
    "LatentEdit": ("save_and_reload", "7"),
    "GANSweep": ("regional_lever", "5"),
    "GANVariations": ("creative_batch", "4"),
    "GANRender": ("morph", "7"),
    "GANSaveDirections": ("save_and_reload", "5"),
    "GANLoadDirections": ("save_and_reload", "6"),
    "GANCombineDirections": ("smile_alone", "8"),
    "GANConcatenateLatents": ("average_face", "6"),
    "GANBlendLatents": ("morph", "4"),
    "GANMixStyles": ("style_mixing", "7"),
    "GANTruncateLatents": ("average_face", "5"),
    "GANAverageLatent": ("average_face", "2"),
    "GANNearestSeeds": ("nearest_seeds", "7"),
    "GANBeforeAfter": ("before_and_after", "8"),
    "GANDifferenceMap": ("before_and_after", "9"),
    "GANTraverse": ("faces_in_motion", "3"),
}
"""For each node's help page: a template, and the node in it whose images are shown."""

_BASE = {
    "1": {"class_type": "LoadGAN", "inputs": {"model": "portraits (bundled)"}},
    "2": {"class_type": "GANSampleLatents", "inputs": {"gan": ["1", 0], "seed": 0}},
}
_GAN, _CODES = {"gan": ["1", 0]}, {"latents": ["2", 0]}
SEEN_AS_NODES = (
    {
        "prompt": {
            **_BASE,
            "3": {"class_type": "GANInfo", "inputs": _GAN},
            "4": {
                "class_type": "GANLatentsFromBatch",
                "inputs": {**_GAN, **_CODES, "batch_index": 1, "length": 2},
            },
            "5": {"class_type": "GANSaveLatents", "inputs": {**_CODES, "name": "faces/four"}},
            "6": {"class_type": "GANLoadLatents", "inputs": {**_GAN, "file": ["5", 0]}},
            "7": {
                "class_type": "GANSaveModel",
                "inputs": {**_GAN, "name": "portraits_half", "precision": "half"},
            },
        },
        "run": True,
        "types": [
            "GANInfo",
            "GANLatentsFromBatch",
            "GANSaveLatents",
            "GANLoadLatents",
            "GANSaveModel",
        ],
    },
    {
        # The bundled generator has no classes: the node is seen as it stands.
        "prompt": {
            **_BASE,
            "3": {"class_type": "GANInterpolateClasses", "inputs": {**_GAN, **_CODES}},
        },
        "run": False,
        "types": ["GANInterpolateClasses"],
    },
)
"""Nodes whose help pages show the node itself, in graphs for `node_pictures.mjs`."""

EXPLORER = "explore_levers"
EXPLORER_REGION = ((0.66, 0.34), (0.8, 0.66))
"""The mouth of the first image: two corners, each (row, column)."""
EXPLORER_PULLS = ((0, -0.8, "open mouth"), (1, 0.6, "smile"))
"""Which levers are pinned, how far each is pulled of what is worth it, and what it is called."""
EXPLORER_PICTURES = {"dark": "explorer.png", "light": "explorer_light.png"}
EXPLORER_STATES = ("not_started", "started", "region", "pinned")
"""The node alone, in its main states; see `explorer_picture.mjs`."""


def thumbnail(images: dict[str, list[Image.Image]]) -> Image.Image:
    """What a graph makes, as a square.

    Args:
        images: Of each node that shows or saves some, in the order of the graph.

    Returns:
        The last of the nodes with the most pixels; several images stand side by side, and so do
        moments of one that moves.
    """
    moments = {node: _moments(some) for node, some in images.items()}
    shown = reversed(moments.values())
    best = max(shown, key=lambda some: sum(math.prod(one.size) for one in some))
    columns = math.ceil(math.sqrt(len(best)))
    rows = math.ceil(len(best) / columns)
    width, height = best[0].size
    # A labelled page goes on in its own colour.
    around = best[0].convert("RGB").getpixel((0, 0)) if len(best) == 1 else DARK
    page = Image.new("RGB", (columns * width, rows * height), around)
    for number, one in enumerate(best):
        page.paste(one.convert("RGB"), (number % columns * width, number // columns * height))
    scale = SIDE / max(page.size)
    small = page.resize(tuple(round(side * scale) for side in page.size), Image.Resampling.LANCZOS)
    square = Image.new("RGB", (SIDE, SIDE), around)
    square.paste(small, ((SIDE - small.width) // 2, (SIDE - small.height) // 2))
    return square


def row(images: list[Image.Image]) -> Image.Image:
    """Images beside each other, as many in a row as fill the rows.

    Args:
        images: Of one size.

    Returns:
        One image.
    """
    width, height = images[0].size
    most = 4 if width <= height else 2
    full = [columns for columns in range(most, 1, -1) if len(images) % columns == 0]
    columns = min(most, len(images)) if not full else full[0]
    rows = math.ceil(len(images) / columns)
    page = Image.new("RGB", (columns * width, rows * height), DARK)
    for number, one in enumerate(images):
        page.paste(one.convert("RGB"), (number % columns * width, number // columns * height))
    return page


def _moments(images: list[Image.Image], most: int = MOMENTS) -> list[Image.Image]:
    """Images that stand still: of one that moves, some from all of its length."""
    count = getattr(images[0], "n_frames", 1)
    if count == 1 or len(images) > 1:
        return images
    frames: list[Image.Image] = []
    for number in range(most):
        images[0].seek(number * count // most)
        frames.append(images[0].convert("RGB"))
    return frames


def make_help(server: ComfyServer) -> None:
    """Write `web/docs/images/*.jpg`.

    Args:
        server: Runs the graphs.
    """
    for stem in dict.fromkeys(stem for stem, _ in SHOWN_IN_HELP.values()):
        (path,) = [path for path in API_WORKFLOWS if path.stem == stem]
        server.forget()  # what is kept from before is not shown again
        images = server.images(server.run(read_json(path)))
        for node, (where, number) in SHOWN_IN_HELP.items():
            if where == stem:
                save_help(node, row(_moments(images[number], HELP_MOMENTS)))


def save_help(node: str, picture: Image.Image) -> None:
    """Write the picture of a help page, no wider than it may be.

    Args:
        node: Its id.
        picture: Of any size.
    """
    HELP_PICTURES.mkdir(exist_ok=True)
    if picture.width > HELP_WIDTH:
        size = (HELP_WIDTH, round(picture.height * HELP_WIDTH / picture.width))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    place = HELP_PICTURES / f"{node}.jpg"
    picture.convert("RGB").save(place, quality=85, optimize=True)
    print(place)


def picture_nodes(server: ComfyServer) -> None:
    """Write the pictures of nodes as they stand in the page.

    Args:
        server: Serves the page.
    """
    job = {"url": server.url, "pack": PACK_NAME, "renderer": "classic", "graphs": SEEN_AS_NODES}
    with tempfile.TemporaryDirectory() as folder:
        seen = drive(job, Path(folder), script="node_pictures.mjs")
        if seen["problem"] or seen["troubles"]:
            raise SystemExit(f"The page complains: {seen}")
        for node in [node for graph in SEEN_AS_NODES for node in graph["types"]]:
            save_help(node, Image.open(Path(folder) / f"{node}.png"))


def picture_region(server: ComfyServer) -> None:
    """Write the picture of the widget that is drawn on.

    Args:
        server: Serves the page.
    """
    step = {
        "name": SHOWN_IN_README,
        "file": str(PACK / "workflows" / f"{SHOWN_IN_README}.json"),
        "run": True,
        "part": {"node": "RegionMask", "element": ".ll-region"},
    }
    job = {"url": server.url, "pack": PACK_NAME, "renderer": "classic", "steps": [step]}
    with tempfile.TemporaryDirectory() as folder:
        seen = drive(job, Path(folder))[SHOWN_IN_README]
        if seen["end"] != "execution_success" or seen["complaints"]:
            raise SystemExit(f"The page complains: {seen}")
        save_help("RegionMask", Image.open(Path(folder) / f"{SHOWN_IN_README}_part.png"))


def make_thumbnails(server: ComfyServer, stems: set[str]) -> None:
    """Write `workflows/*.jpg`.

    Args:
        server: Runs the graphs.
        stems: Names of templates; none for all.
    """
    chosen = [path for path in API_WORKFLOWS if not stems or path.stem in stems]
    for path in chosen:
        if path.stem == EXPLORER:
            continue  # see `picture_explorer`
        images = server.images(server.run(read_json(path)))
        ordered = {node: images[node] for node in sorted(images, key=int)}
        place = PACK / "workflows" / f"{path.stem}.jpg"
        thumbnail(ordered).save(place, quality=88, optimize=True)
        print(place)


def picture_page(server: ComfyServer) -> None:
    """Write the README's picture.

    Args:
        server: Serves the page.
    """
    width, height = README_SIZE
    file = PACK / "workflows" / f"{SHOWN_IN_README}.json"
    with tempfile.TemporaryDirectory() as folder:
        seen = drive(
            {
                "url": server.url,
                "pack": PACK_NAME,
                "renderer": "classic",
                "width": width,
                "height": height,
                "patience": 8000,  # the page's own news of the finished job go away
                "steps": [{"name": SHOWN_IN_README, "file": str(file), "run": True}],
            },
            Path(folder),
        )
        step = seen[SHOWN_IN_README]
        if step["end"] != "execution_success" or step["complaints"]:
            raise SystemExit(f"The page complains: {step}")
        picture = Image.open(Path(folder) / f"{SHOWN_IN_README}.png").convert("RGB")
        README_PICTURE.parent.mkdir(parents=True, exist_ok=True)
        picture.save(README_PICTURE, optimize=True)
        print(README_PICTURE)


def picture_explorer(server: ComfyServer) -> None:
    """Write the pictures of the explorer, and the thumbnail of its template.

    Args:
        server: Serves the page.
    """
    width, height = README_SIZE
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
            place = README_PICTURE.with_name(name)
            Image.open(Path(folder) / "page.png").convert("RGB").save(place, optimize=True)
            print(place)
            if palette == "dark":
                node = Image.open(Path(folder) / "node.png").convert("RGB")
                place = PACK / "workflows" / f"{EXPLORER}.jpg"
                thumbnail({"node": [node]}).save(place, quality=88, optimize=True)
                print(place)
                save_help("GANExplorer", node)
                for state in EXPLORER_STATES:
                    place = README_PICTURE.with_name(f"explorer_{state}.jpg")
                    shown = Image.open(Path(folder) / f"{state}.png").convert("RGB")
                    shown.save(place, quality=88, optimize=True)
                    print(place)


def main() -> None:
    """Start the newest ComfyUI and make the pictures asked for."""
    verbs = {"page", "explorer", "thumbnails", "help"}
    wanted = verbs & set(sys.argv[1:])
    stems = set(sys.argv[1:]) - verbs
    if not wanted or not stems <= {path.stem for path in API_WORKFLOWS}:
        raise SystemExit(__doc__)
    installations = find_installations()
    if not installations:
        raise SystemExit("No ComfyUI was found; set COMFYUI_PATH")
    why = why_no_browser()
    if wanted - {"thumbnails"} and why is not None:
        raise SystemExit(why)
    # Windows lets nobody delete files that a server which is just ending still holds.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = ComfyServer(installations[-1], Path(folder))
        try:
            server.start()
            if "thumbnails" in wanted:
                make_thumbnails(server, stems)
            if "help" in wanted:
                make_help(server)
                picture_region(server)
                picture_nodes(server)
            if "page" in wanted:
                picture_page(server)
            if "explorer" in wanted:
                picture_explorer(server)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
