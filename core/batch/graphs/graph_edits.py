"""The nodes that pull levers and hold the rest, in the graph inside of a picture."""

from __future__ import annotations

from collections.abc import Sequence

from ...edits.guards import GUARDS
from ..facts import PICTURES
from .comfy_graph import ComfyGraph, Socket
from .picture_recipe import PictureRecipe, Remarks, as_markdown, base_name

LARGEST_STRENGTH = 1000.0
"""Largest strength that can be typed at Latent Edit; a test compares it with the node."""

SMALL_PICTURES = (360, 640)
"""Width and height of nodes that show some small pictures."""

_EDITS_PER_COLUMN = 3


def add_edits(
    graph: ComfyGraph,
    recipe: PictureRecipe,
    sources: tuple[Socket, Socket, Socket],
    remarks: Remarks,
) -> Socket:
    """The nodes that pull the levers of a generator, a set of levers and a code."""
    gan, directions, codes = sources
    # A typed strength has a limit, which one that comes by wire, as that of a sum, does not have.
    beyond = any(abs(strength) > LARGEST_STRENGTH for _, strength in recipe.pulls)
    guarded = recipe.guard != GUARDS[0]
    wires: dict[str, Socket | None] = {"latents": codes, "directions": directions}
    if recipe.hold is None and not guarded and not beyond:
        for number, pull in enumerate(recipe.pulls):
            if number and number % _EDITS_PER_COLUMN == 0:
                graph.next_column()
            wires["latents"] = _pull(graph, recipe, pull, wires, (320, 260))
        return wires["latents"] or codes
    several = len(recipe.pulls) > 1
    together = several or beyond
    wires["gan"] = gan
    if recipe.hold is not None:
        wires["hold"] = _region(graph, recipe, gan, remarks)
    pull = recipe.pulls[0]
    if together:  # held and guarded after all pulls, not after each
        if several and recipe.layers is not None:
            remarks.gaps.append(
                f"Layers {as_markdown(recipe.layers)} were changed by each lever; the graph adds "
                "the levers up before."
            )
        wires["directions"], wires["strength"] = _sum(graph, recipe, gan, directions)
        pull = (0, 1.0)
    if recipe.hold is not None or together:
        graph.next_column()
    return _pull(graph, recipe, pull, wires, SMALL_PICTURES)


def _pull(
    graph: ComfyGraph,
    recipe: PictureRecipe,
    pull: tuple[int, float],
    wires: dict[str, Socket | None],
    size: tuple[int, int],
) -> Socket:
    """The node that pulls one lever."""
    widgets = [
        ("index", "INT", pull[0]),
        ("strength", "FLOAT", pull[1]),
        ("unit", "COMBO", recipe.unit),
        ("layers", "STRING", recipe.layers or "auto"),
        ("guard", "COMBO", recipe.guard),
    ]
    return graph.add("LatentEdit", size, wires, widgets, [("latents", "GAN_LATENT")])[0]


def _sum(
    graph: ComfyGraph, recipe: PictureRecipe, gan: Socket, directions: Socket
) -> tuple[Socket, Socket]:
    """The node that adds the pulls up to one lever: the lever, and its strength."""
    widgets = [
        ("how", "COMBO", "sum"),
        ("indices", "STRING", _listed([index for index, _ in recipe.pulls])),
        ("strengths", "STRING", _listed([strength for _, strength in recipe.pulls])),
        ("unit", "COMBO", recipe.unit),
        ("metric", "COMBO", "plain"),
        ("name", "STRING", ""),
        ("other_indices", "STRING", "all"),
        ("other_strengths", "STRING", "1"),
    ]
    outputs = [("directions", "GAN_DIRECTIONS"), ("strength", "FLOAT"), ("report", "STRING")]
    wires = {"gan": gan, "directions": directions}
    lever, strength, _ = graph.add("GANCombineDirections", (360, 440), wires, widgets, outputs)
    return lever, strength


def _listed(numbers: Sequence[float]) -> str:
    """Numbers between commas, each with all its digits."""
    return ", ".join(str(number) for number in numbers)


def _region(graph: ComfyGraph, recipe: PictureRecipe, gan: Socket, remarks: Remarks) -> Socket:
    """The node that draws the region that is held free, or loads its picture."""
    region = recipe.hold or ""
    remarks.gaps.append(
        "A hold corrects the image in steps that magnify rounding, and ends where a limit is met: "
        "on another device, with another version of torch or number of threads, it may take a step "
        "more or less, and the picture may differ by about one grey level, some pixels by more."
    )
    if recipe.noise != "const":
        remarks.gaps.append(
            f"The rest was held with the noise {recipe.noise}; Latent Edit holds it with const."
        )
    if recipe.composite:
        remarks.gaps.append(
            "The picture was then blended into the one before the edit at the edge of the region "
            "(the option composite), which no node does."
        )
    if not region.lower().endswith(PICTURES):
        widgets = [("shapes", "STRING", region)]
        return graph.add("RegionMask", (360, 560), {"gan": gan}, widgets, [("mask", "MASK")])[0]
    name = base_name(region)
    remarks.need(name, "input")
    remarks.gaps.append(
        f"Load Image (as Mask) reads the red of {as_markdown(name)}, which is the region if it was "
        "painted white on black. If it was painted on a transparent layer, choose alpha and "
        "connect Invert Mask."
    )
    widgets = [("image", "COMBO", name), ("channel", "COMBO", "red"), ("", "", "image")]
    return graph.add("LoadImageMask", (360, 400), {}, widgets, [("MASK", "MASK")])[0]
