"""The graph of ComfyUI inside of a picture: dropped on the page, it draws the picture again."""

from __future__ import annotations

from ...files.bundled import BUNDLED
from .comfy_graph import ComfyGraph, Socket, as_json
from .graph_edits import SMALL_PICTURES, add_edits
from .picture_recipe import PictureRecipe, Remarks, as_markdown, base_name

LARGEST_PSI, LARGEST_SCALE, LARGEST_ROW = 2.0, 16, 4095
"""Largest values that the nodes take; a test compares them with the nodes."""

_LARGE_PICTURE = (420, 640)


def graph_chunks(recipe: PictureRecipe) -> dict[str, str]:
    """The text chunks by which ComfyUI's page opens a picture as a graph.

    The graph draws the picture again within one grey level, on any device, unless its note says
    what no node does, or that a hold magnifies rounding. It names files by the last part of their
    paths; its note says in which folders of ComfyUI they must lie.

    Args:
        recipe: What made the picture.

    Returns:
        "prompt" and "workflow" as ASCII JSON, the keywords that ComfyUI's own pictures have.
    """
    graph = build_graph(recipe)
    return {"prompt": as_json(graph.prompt()), "workflow": as_json(graph.workflow())}


def build_graph(recipe: PictureRecipe) -> ComfyGraph:
    """Write the graph of `graph_chunks`.

    Args:
        recipe: What made the picture.

    Returns:
        Load GAN, the code, the edits, GAN Render, Save Image, and a note.
    """
    graph, remarks = ComfyGraph(), Remarks()
    gan = _generator(graph, recipe, remarks)
    directions = _levers(graph, recipe, gan, remarks) if recipe.pulls else None
    graph.next_column()
    codes = _codes(graph, recipe, gan, remarks)
    graph.next_column()
    if directions is not None:
        codes = add_edits(graph, recipe, (gan, directions, codes), remarks)
    graph.next_column()
    _picture(graph, recipe, gan, codes, remarks)
    graph.note((360, 420), "Read me", _words(recipe, remarks))
    return graph


def _generator(graph: ComfyGraph, recipe: PictureRecipe, remarks: Remarks) -> Socket:
    """The node that loads the generator."""
    bundled = recipe.generator in BUNDLED
    name = recipe.generator if bundled else base_name(recipe.generator)
    if not bundled:
        remarks.need(name, "models/gan")
    options: list[str] = []
    for option in recipe.options:
        key, _, value = option.partition("=")
        if key.strip() == "base" and value.strip() not in BUNDLED:
            value = base_name(value)
            remarks.need(value, "models/gan")
        options.append(f"{key}={value}")
    return graph.add(
        "LoadGAN",
        (340, 160),
        {},
        [
            ("model", "COMBO", f"{name} (bundled)" if bundled else name),
            ("options", "STRING", ", ".join(options)),
        ],
        [("gan", "GAN"), ("facts", "STRING")],
    )[0]


def _levers(graph: ComfyGraph, recipe: PictureRecipe, gan: Socket, remarks: Remarks) -> Socket:
    """The node that loads the levers."""
    name = base_name(recipe.levers)
    remarks.need(name, "models/gan_directions")
    return graph.add(
        "GANLoadDirections",
        (340, 560),
        {"gan": gan},
        [
            ("saved", "COMBO", name),
            ("space", "COMBO", recipe.levers_space or "auto"),
            ("num_ws", "INT", 0),
        ],
        [("directions", "GAN_DIRECTIONS"), ("report", "STRING")],
    )[0]


def _codes(graph: ComfyGraph, recipe: PictureRecipe, gan: Socket, remarks: Remarks) -> Socket:
    """The nodes that make the latent code."""
    outputs = [("latents", "GAN_LATENT")]
    if recipe.latents is not None:
        name = base_name(recipe.latents)
        remarks.need(name, "models/gan_latents")
        if recipe.row > LARGEST_ROW:
            remarks.gaps.append(
                f"GAN Latents from Batch takes rows up to {LARGEST_ROW:,}; the picture is of row "
                f"{recipe.row:,}."
            )
        widgets = [("saved", "COMBO", name), ("space", "COMBO", recipe.latents_space or "auto")]
        loaded = graph.add("GANLoadLatents", SMALL_PICTURES, {"gan": gan}, widgets, outputs)[0]
        widgets = [("batch_index", "INT", recipe.row), ("length", "INT", 1)]
        size = (360, 200)
        return graph.add("GANLatentsFromBatch", size, {"latents": loaded}, widgets, outputs)[0]
    psi, cutoff = recipe.truncation, recipe.truncation_cutoff
    if abs(psi) > LARGEST_PSI:
        remarks.gaps.append(f"The nodes take a truncation up to {LARGEST_PSI:g}; it was {psi:g}.")
    sampled = graph.add(
        "GANSampleLatents",
        SMALL_PICTURES,
        {"gan": gan},
        [
            ("seed", "INT", recipe.seed or 0),
            ("", "", "fixed"),
            ("batch_size", "INT", 1),
            ("truncation", "FLOAT", psi if cutoff is None else 1.0),
            ("class_index", "INT", -1 if recipe.label is None else recipe.label),
        ],
        outputs,
    )[0]
    if not cutoff:
        return sampled
    widgets = [("truncation", "FLOAT", psi), ("layers", "STRING", f"0-{cutoff - 1}")]
    wires = {"gan": gan, "latents": sampled}
    return graph.add("GANTruncateLatents", SMALL_PICTURES, wires, widgets, outputs)[0]


def _picture(
    graph: ComfyGraph, recipe: PictureRecipe, gan: Socket, codes: Socket, remarks: Remarks
) -> None:
    """The nodes that draw the picture and save it."""
    if recipe.scale > LARGEST_SCALE:
        remarks.gaps.append(
            f"GAN Render enlarges up to {LARGEST_SCALE} times; the picture was enlarged "
            f"{recipe.scale} times."
        )
    images, transparency = graph.add(
        "GANRender",
        _LARGE_PICTURE,
        {"gan": gan, "latents": codes},
        [
            ("noise", "COMBO", recipe.noise),
            ("scale", "INT", recipe.scale),
            ("rotation", "FLOAT", recipe.rotation),
            ("translate_x", "FLOAT", recipe.translation[0]),
            ("translate_y", "FLOAT", recipe.translation[1]),
        ],
        [("images", "IMAGE"), ("transparency", "MASK")],
    )
    graph.next_column()
    if recipe.opacity:
        wires = {"image": images, "alpha": transparency}
        joined = [("IMAGE", "IMAGE")]
        images = graph.add("JoinImageWithAlpha", (360, 100), wires, [], joined)[0]
    widgets = [("filename_prefix", "STRING", "latent_levers/again")]
    graph.add("SaveImage", (360, 420), {"images": images}, widgets, [])


def _words(recipe: PictureRecipe, remarks: Remarks) -> str:
    """The text of the note."""
    lines = ["## This picture again", "Press **Run**."]
    if recipe.caption:
        lines.append(f"It is *{as_markdown(recipe.caption)}*.")
    if remarks.files:
        lines += ["", "ComfyUI needs these files:", *(f"- {file}" for file in remarks.files)]
        lines += ["", "Press **R** after you have put them there."]
    if remarks.gaps:
        lines += ["", "What this graph does not say:", *(f"- {gap}" for gap in remarks.gaps)]
    return "\n".join(lines)
