"""The model card of the bundled generator: what it is, how it was made, and how good it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional as F

from core.measures.attribute_network import DEFAULT_FILE

from .dataset import to_bytes
from .evaluation import RENDERS, SAMPLES, Evaluation
from .portraits import contact_sheet
from .sampling import draw_seeds
from .settings import GROWN

if TYPE_CHECKING:
    from core.generators.architectures.stylegan2.network import StyleGAN2


GRID_COLUMNS = 8
GRID_ROWS = 5
PAIRED_ROWS = 3
"""Rows of samples where each has the smaller generator's above it."""
GOAL = 0.1
"""Frechet distance to reach, as a share of the untrained generator's."""

TEXT = """# Portraits

A StyleGAN2 of {resolution} x {resolution} pixels with {parameters:.2f} million parameters, trained by this project from
nothing but drawings that `training/portraits.py` makes. No photograph, no other dataset and no other network had a part
in it. It is here so that the pack works without a download, and as a subject whose truth is known: the levers that a
method finds can be checked against what was drawn.
{origin}
- File: `{file}`, {megabytes:.2f} MB, float16. Licence: {licence}, weights and pictures alike.
- Latents: z of {z_dim}, w of {w_dim}, {num_ws} layers. The header holds named regions ({regions}), and
  `w_covariance`, the covariance of 10,000 mapped latents.
- Training: {images:,} images seen, of {renders:,} renders (renderer {renderer}), on {cores}; batch {batch} and
  R1 {gamma:g} at the end, the stages before in the header. `training/README.md` has the commands.
- Noise inputs exist but have strength 0: all that varies is in the latent.

## Samples

{shown}:

![Samples of the generator]({samples_file})

Renders that training never saw:

![Held-out renders]({renders_file})

## Figures

Read by `{reader_file}`, a small network trained on renders to name their attributes (`training/attribute_net.py`).
{samples} samples are compared with {compared} held-out renders, both at 64 x 64 pixels.

| Frechet distance in its features to held-out renders | |
| --- | --- |
| this generator | {frechet:.2f} |
| the same network untrained | {frechet_untrained:.2f} |
| other renders | {frechet_renders:.2f} |
| this generator / untrained | {ratio:.4f} |

{verdict}

Sharpness: the energy of the Laplacian of its images at {resolution} x {resolution} pixels is {sharpness:.2f} of the
renders'.{drift}

{spread}

## Limits

The faces are cartoons, and vary as `training/drawing/attributes.py` says and no further; they tell nothing about how
people look. Details of a pixel or two (gaze, the frame of glasses) are the hardest, and some samples have them wrong.
"""


ORIGIN = """
It is `{file}` with one more block: the mapping from z to w and all blocks below {resolution} pixels are that
file's, bit for bit. The new block learned from an enlarger that was trained on renders (`training/enlarger.py`): its
pictures, their sharpness, and that averaged to half the size they stay the smaller generator's.
{duels}
So a seed, an attribute and a region mean the same in both; levers are found anew, since it has two layers more.
"""

DRIFT = """ Averaged to half the size, its images differ from those of `{file}` with the same seeds by
{drift:.1f} of 255 grey levels (root mean square): it draws the same people, sharper. What the smaller generator gets
wrong, such as half a pair of glasses, it gets wrong, too."""


def images_judged(training: dict[str, Any]) -> int:
    """Images of a grown generator's training that a discriminator judged.

    Args:
        training: As the header of the weights has it.

    Returns:
        All images but the enlarger's lessons.
    """
    starts = [stage["from_images"] for stage in training["stages"]] + [training["images"]]
    lessons = [stage.get("taught_images", GROWN.taught_images) for stage in training["stages"]]
    parts = zip(starts[:-1], starts[1:], lessons, strict=True)
    return sum(max(0, end - max(start, taught)) for start, end, taught in parts)


def sample_grid(network: StyleGAN2, small: StyleGAN2 | None) -> np.ndarray:
    """The card's samples.

    Args:
        network: The generator.
        small: The one that it was grown from, if it was.

    Returns:
        `[N, H, W, 3]` uint8 in rows of `GRID_COLUMNS`; with a smaller generator, its images above, enlarged.
    """
    if small is None:
        return to_bytes(draw_seeds(network, range(GRID_COLUMNS * GRID_ROWS)))
    seeds = range(GRID_COLUMNS * PAIRED_ROWS)
    large, before = draw_seeds(network, seeds), draw_seeds(small, seeds)
    before = F.interpolate(before, size=large.shape[2:], mode="bicubic").clamp(-1, 1)
    pairs = zip(before.split(GRID_COLUMNS), large.split(GRID_COLUMNS), strict=True)
    return to_bytes(torch.cat([images for pair in pairs for images in pair]))


def verdict(evaluation: Evaluation) -> str:
    """Whether the goals are met.

    Args:
        evaluation: Figures of a model.

    Returns:
        Two sentences.
    """
    narrow = ", ".join(evaluation.narrow)
    return " ".join(
        [
            f"The goal for the last line is less than {GOAL:g}: {'met' if evaluation.ratio < GOAL else 'not met yet'}.",
            f"Spread below half the renders', against the goal: {narrow}."
            if narrow
            else "Every spread below is at least half the renders', as is the goal.",
        ]
    )


def sorted_spread(evaluation: Evaluation) -> dict[str, tuple[float, float]]:
    """Spreads as shares of the renders', and R^2, by attribute, the narrowest first.

    Args:
        evaluation: Figures of a model.

    Returns:
        By attribute: share and R^2.
    """
    shares = {name: (ours / theirs, r2) for name, (ours, theirs, r2) in evaluation.spread.items()}
    return dict(sorted(shares.items(), key=lambda item: item[1][0]))


SPREAD = """\
Spread is the standard deviation over the samples, of the attribute as the network reads it, divided by that over
renders, read likewise. R^2 says how well the network reads the attribute on renders: where it is low (the colour of
eyes that are shut, the frame of absent glasses) the spread says little.

| Attribute | Spread | R^2 |
| --- | --- | --- |"""


def spread_section(evaluation: Evaluation) -> str:
    """The spread of each attribute, and what that is.

    Args:
        evaluation: Figures of a model.

    Returns:
        Markdown: words, and a table.
    """
    rows = [f"| {name} | {share:.2f} | {r2:.2f} |" for name, (share, r2) in sorted_spread(evaluation).items()]
    return "\n".join([SPREAD, *rows])


def write_figures(path: Path, evaluation: Evaluation) -> None:
    """Write the figures beside a card, as JSON.

    Args:
        path: The card.
        evaluation: Figures of a model.
    """
    figures = {"frechet": evaluation.frechet, "frechet_untrained": evaluation.frechet_untrained}
    figures |= {"frechet_renders": evaluation.frechet_renders, "ratio": evaluation.ratio}
    figures |= {"sharpness": evaluation.sharpness, "drift": evaluation.drift}
    spreads = {name: round(share, 2) for name, (share, _) in sorted_spread(evaluation).items()}
    path.with_name(f"{path.stem}_figures.json").write_text(json.dumps({**figures, "spread": spreads}, indent=1) + "\n")


def write_card(
    path: Path,
    network: StyleGAN2,
    metadata: dict[str, Any],
    evaluation: Evaluation,
    renders: np.ndarray,
    small: StyleGAN2 | None = None,
) -> None:
    """Write the card, and its two grids beside it.

    Args:
        path: The Markdown file; the weights lie beside it under the same stem.
        network: The generator.
        metadata: Its header, JSON parsed.
        evaluation: Its figures.
        renders: [N, H, W, 3] uint8 of the generator's size, held out, at least a grid full.
        small: The generator that it was grown from, if it was.
    """
    rows_shown = GRID_ROWS if small is None else PAIRED_ROWS
    count = GRID_COLUMNS * rows_shown
    suffix = "png" if small is None else "jpg"  # larger images would make PNGs of a megabyte
    grids = {
        path.with_name(f"{path.stem}_samples.{suffix}"): sample_grid(network, small),
        path.with_name(f"{path.stem}_renders.{suffix}"): renders[:count],
    }
    for grid_path, images in grids.items():
        contact_sheet(images, GRID_COLUMNS).save(grid_path, optimize=True, quality=92)
    samples_path, renders_path = grids
    weights = path.with_suffix(".safetensors")
    training, settings = metadata["training"], network.settings
    resolution = network.spec().img_resolution
    origin = drift = ""
    shown = f"Seeds 0 to {count - 1}, without truncation"
    if small is not None:
        smaller = training["grown_from"]["file"]
        judged = images_judged(training)
        duels = f"A discriminator of {resolution} pixels judged {judged:,} of its {training['images']:,} images."
        origin = ORIGIN.format(file=smaller, resolution=resolution, duels=duels)
        drift = DRIFT.format(file=smaller, drift=evaluation.drift)
        shown += f"; above each row, the same seeds of `{smaller}`, enlarged"
    text = TEXT.format(
        origin=origin,
        cores="two CPU cores" if small is None else "one CPU core",
        shown=shown,
        sharpness=evaluation.sharpness,
        drift=drift,
        resolution=resolution,
        parameters=sum(parameter.numel() for parameter in network.parameters()) / 1e6,
        file=weights.name,
        megabytes=weights.stat().st_size / 1e6,
        licence=metadata["licence"],
        z_dim=settings.z_dim,
        w_dim=settings.w_dim,
        num_ws=network.spec().num_ws,
        regions=", ".join(metadata["regions"]),
        images=training["images"],
        renders=training["renders"],
        renderer=training["renderer"],
        batch=training["settings"]["batch"],
        gamma=training["settings"]["r1_gamma"],
        samples_file=samples_path.name,
        renders_file=renders_path.name,
        reader_file=DEFAULT_FILE.name,
        samples=SAMPLES,
        compared=RENDERS,
        frechet=evaluation.frechet,
        frechet_untrained=evaluation.frechet_untrained,
        frechet_renders=evaluation.frechet_renders,
        ratio=evaluation.ratio,
        verdict=verdict(evaluation),
        spread=spread_section(evaluation),
    )
    path.write_text(text)
    write_figures(path, evaluation)
