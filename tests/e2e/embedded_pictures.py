"""Pictures that hold the graph which draws them, made by the library on the bundled generator."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from latent_levers.core.batch.graphs.embedded_graph import graph_chunks
from latent_levers.core.batch.graphs.picture_recipe import PictureRecipe
from latent_levers.core.cli import main
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.edits.editing import PullOptions
from latent_levers.core.edits.guards import GuardRequest
from latent_levers.core.edits.holding.request import HoldRequest
from latent_levers.core.edits.variations import Variation, apply_variations
from latent_levers.core.files.latent_files import save_latents
from latent_levers.core.files.loading import load_generator
from latent_levers.core.files.writing import save_directions
from latent_levers.core.generators.rendering import render
from latent_levers.core.latents.sampling import sample_latents
from latent_levers.core.levers.factorization import sefa
from latent_levers.core.pictures.images import enlarged, to_bytes
from latent_levers.core.pictures.picture_files import save_png
from latent_levers.core.regions.presets import presets_for
from latent_levers.core.regions.shapes import region_from_shapes
from PIL import Image

VARY = "vary"
"""Name of a picture that the command `vary` drew."""

LEVERS, LATENTS = "again_levers.safetensors", "again_latents.safetensors"

TWO = ((0, 1.237), (5, -1.5))

CASES: dict[str, dict[str, Any]] = {
    "one": {"pulls": ((1, -1.25),), "seed": 3},
    "three": {"pulls": (*TWO, (2, 0.75)), "seed": 4, "noise": "none", "truncation": 0.55},
    "cutoff": {"pulls": ((1, 1.5),), "seed": 2**32 - 1, "truncation_cutoff": 3, "noise": "random"},
    "layers": {"pulls": TWO, "seed": 5, "layers": "0-3", "unit": "distance", "scale": 4},
    "stored": {"pulls": TWO, "latents": LATENTS, "row": 2},
    "held": {"pulls": ((1, -1.0),), "seed": 6, "hold": "mouth"},
    "held together": {"pulls": TWO, "seed": 7, "hold": "mouth, eyes"},
    "guarded": {"pulls": ((0, 40.0), (5, -30.0)), "seed": 8, "guard": "shorten"},
}
"""Recipes by name."""


@dataclass(frozen=True)
class Embedded:
    """A picture and what its chunks say."""

    file: Path
    """The PNG."""
    pixels: np.ndarray[Any, Any]
    """`[H, W, 3]`."""
    held: bool
    """Whether a hold magnifies rounding, as its note says."""


def make_pictures(models: Path, out: Path) -> dict[str, Embedded]:
    """Draw all cases, and put their files where ComfyUI looks for them.

    Args:
        models: ComfyUI's folder of models.
        out: Folder of the PNGs.

    Returns:
        The pictures by the names of the cases, and that of `VARY`.
    """
    gan = load_generator("portraits")
    levers = sefa(gan, count=6)
    save_directions(levers, models / "gan_directions" / LEVERS)
    stored = sample_latents(gan, 4, 20, 0.6)
    save_latents(stored, models / "gan_latents" / LATENTS)
    made: dict[str, Embedded] = {}
    for name, case in CASES.items():
        recipe = PictureRecipe("portraits", levers=f"elsewhere/{LEVERS}", caption=name, **case)
        psi, cutoff = recipe.truncation, recipe.truncation_cutoff
        codes = (
            stored
            if recipe.latents
            else sample_latents(gan, 1, recipe.seed or 0, psi, cutoff, recipe.label)
        )
        edited = apply_variations(
            codes, levers, [Variation(recipe.row, None, recipe.pulls, "")], _pull(gan, recipe)
        )
        drawn = to_bytes(enlarged(render(gan, edited, recipe.noise), recipe.scale))[0]
        file = save_png(out / f"{name.replace(' ', '_')}.png", drawn, graph_chunks(recipe))
        made[name] = Embedded(file, _pixels(file), recipe.hold is not None)
    levers_file = models / "gan_directions" / LEVERS
    line = ["vary", "portraits", "--levers", str(levers_file), "--seeds", "3-5", "--out", str(out)]
    assert main([*line, "--mode", "random", "--count", "3", "--strengths=-2,2"]) == 0
    made[VARY] = Embedded(out / "00002.png", _pixels(out / "00002.png"), False)
    return made


def _pixels(file: Path) -> np.ndarray[Any, Any]:
    """The colours of a picture."""
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def _pull(gan: Generator, recipe: PictureRecipe) -> PullOptions:
    """How the levers of a recipe are pulled."""
    request = None
    if recipe.hold is not None:
        size = gan.spec.img_size
        region = region_from_shapes(recipe.hold, size, presets_for(gan.details), None)
        request = HoldRequest(gan, region)
    guard = None if recipe.guard == "off" else GuardRequest(gan, recipe.guard)
    return PullOptions(recipe.unit, recipe.layers, request, guard)
