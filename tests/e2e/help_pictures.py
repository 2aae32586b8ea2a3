"""Pictures of the nodes' help pages: `python screenshots.py help` makes them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from browser import drive
from comfy_server import ComfyServer
from installations import PACK
from node_facts import API_WORKFLOWS, read_json, template
from picture_rows import moments_of, row
from PIL import Image
from server_folders import PACK_NAME

REGION = template(3).stem
"""The template whose RegionMask is shown."""

HELP_PICTURES = PACK / "web" / "docs" / "images"
HELP_WIDTH = 480
"""Largest width of a picture in a help page, in pixels."""
HELP_MOMENTS = 8
"""Number of frames that a help page shows of an animation."""

SHOWN_IN_HELP = {
    "LoadGAN": (11, "2"),
    "GANSampleLatents": (16, "2"),
    "SeFaFactorize": (16, "4"),
    "ReSeFaFactorize": (3, "4"),
    "LatentEdit": (13, "7"),
    "GANSweep": (3, "5"),
    "GANVariations": (11, "4"),
    "GANSaveBatch": (20, "4"),
    "GANRender": (7, "7"),
    "GANSaveDirections": (13, "5"),
    "GANLoadDirections": (13, "6"),
    "GANCombineDirections": (18, "7"),
    "GANConcatenateLatents": (10, "6"),
    "GANBlendLatents": (7, "4"),
    "GANMixStyles": (9, "7"),
    "GANTruncateLatents": (10, "5"),
    "GANAverageLatent": (10, "2"),
    "GANNearestSeeds": (12, "7"),
    "GANBeforeAfter": (5, "8"),
    "GANDifferenceMap": (5, "9"),
    "GANTraverse": (8, "3"),
    "GANExamplePhoto": (14, "2"),
    "GANCropPhoto": (14, "4"),
    "GANInvertPhoto": (14, "5"),
    "GANCompositePhoto": (14, "10"),
}
"""For each help page: the number of a template, and the node in it whose images are shown."""

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
        # The bundled generator has no classes, so the graph is not run.
        "prompt": {
            **_BASE,
            "3": {"class_type": "GANInterpolateClasses", "inputs": {**_GAN, **_CODES}},
        },
        "run": False,
        "types": ["GANInterpolateClasses"],
    },
    {
        "prompt": {
            "1": _BASE["1"],
            "2": {"class_type": "GANExamplePhoto", "inputs": {}},
            "3": {
                "class_type": "GANCropPhoto",
                "inputs": {
                    **_GAN,
                    **{"photo": ["2", 0], "x": 276, "y": 168, "width": 304, "height": 304},
                    "refine": False,
                },
            },
            "4": {"class_type": "GANInvertPhoto", "inputs": {**_GAN, "photo": ["3", 1]}},
            "5": {
                "class_type": "GANTunePhoto",
                "inputs": {**_GAN, "latents": ["4", 0], "photo": ["3", 1]},
            },
        },
        "run": True,
        "types": ["GANTunePhoto"],
    },
)
"""Nodes whose help pages show the node itself, in graphs for `node_pictures.mjs`."""


def make_help(server: ComfyServer) -> None:
    """Write `web/docs/images/*.jpg`.

    Args:
        server: Runs the graphs.
    """
    for number_ in dict.fromkeys(number for number, _ in SHOWN_IN_HELP.values()):
        (path,) = [path for path in API_WORKFLOWS if path.stem == template(number_).stem]
        server.clear_cache()  # nodes with cached results show nothing
        images = server.images(server.run(read_json(path)))
        for node, (where, number) in SHOWN_IN_HELP.items():
            if where == number_:
                save_help(node, row(moments_of(images[number], HELP_MOMENTS)))


def save_help(node: str, picture: Image.Image) -> None:
    """Write the picture of a help page, scaled to at most HELP_WIDTH.

    Args:
        node: Id of the node.
        picture: An image of any size.
    """
    HELP_PICTURES.mkdir(exist_ok=True)
    if picture.width > HELP_WIDTH:
        size = (HELP_WIDTH, round(picture.height * HELP_WIDTH / picture.width))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    place = HELP_PICTURES / f"{node}.jpg"
    picture.convert("RGB").save(place, quality=85, optimize=True)
    print(place)


def picture_nodes(server: ComfyServer) -> None:
    """Write the pictures that show the nodes themselves in the page.

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
    """Write the picture of RegionMask's drawing widget.

    Args:
        server: Serves the page.
    """
    step = {
        "name": REGION,
        "file": str(PACK / "workflows" / f"{REGION}.json"),
        "run": True,
        "part": {"node": "RegionMask", "element": ".ll-region"},
    }
    job = {"url": server.url, "pack": PACK_NAME, "renderer": "classic", "steps": [step]}
    with tempfile.TemporaryDirectory() as folder:
        seen = drive(job, Path(folder))[REGION]
        if seen["end"] != "execution_success" or seen["complaints"]:
            raise SystemExit(f"The page complains: {seen}")
        save_help("RegionMask", Image.open(Path(folder) / f"{REGION}_part.png"))
