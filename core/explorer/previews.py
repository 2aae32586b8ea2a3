"""Previews of levers: the useful range of each, and thumbnails of both its ends."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from ..base.progress import Progress, no_progress
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, concatenate
from ..edits.editing import PullOptions
from ..edits.sweep import SweepOptions, plan_sweep
from ..edits.units import unit_distance
from ..edits.variations import apply_variations, signed
from ..generators.rendering import render
from ..levers.stored_region import stored_region
from ..pictures.images import sized_for_sheet, to_bytes

THUMBNAIL = 96
"""Approximate side of thumbnails in pixels: readable in a list, 55 kB per lever."""


def add_previews(
    gan: Generator,
    codes: LatentCode,
    levers: Directions,
    progress: Progress | None = None,
) -> Directions:
    """Add to levers the range in which they are useful, and thumbnails of both its ends.

    The range is that of an automatic sweep (`sweep.plan_sweep`): up to a clearly visible change,
    measured inside the region of the levers if they store one. Facts about the generator are stored
    in `details["generator"]`, for messages when the levers are used with another generator.

    Args:
        gan: The generator.
        codes: N codes; the first is rendered.
        levers: K directions that fit them.
        progress: Called with (done, total) levers, then images; may raise to cancel.

    Returns:
        The levers with `ranges`, `thumbnails` and `details["generator"]`.
    """
    report = progress or no_progress
    one = codes[0]
    region = stored_region(gan, levers)
    options, pull = SweepOptions(steps=3, region=region), PullOptions("distance")
    ranges: list[tuple[float, float]] = []
    pulled: list[LatentCode] = []
    for index in range(len(levers)):
        report(index, len(levers))
        (row,) = plan_sweep(gan, one, levers, [index], options, pull)
        ranges.append((row.strengths[0], row.strengths[-1]))
        ends = [row.variations()[0], row.variations()[-1]]
        pulled.append(apply_variations(one, levers, ends, pull))
    images = render(gan, concatenate(pulled), progress=report)
    small = to_bytes(sized_for_sheet(images, side=THUMBNAIL))  # [2 K, h, w, 3]
    return replace(
        levers,
        ranges=torch.tensor(ranges, dtype=torch.float64),
        thumbnails=small.reshape(len(levers), 2, *small.shape[1:]),
        details={**levers.details, "generator": generator_facts(gan)},
    )


def generator_facts(gan: Generator) -> dict[str, object]:
    """Facts about a generator that files of levers store to identify it.

    Args:
        gan: The generator.

    Returns:
        Architecture, sizes, number of layers, fingerprint and the file's name, as plain data.
    """
    spec = gan.spec
    return {
        "architecture": spec.architecture,
        "image": list(spec.img_size),
        "z_dim": spec.z_dim,
        "w_dim": spec.w_dim,
        "num_ws": spec.num_ws,
        "fingerprint": spec.fingerprint,
        "file": str(gan.details.get("file", "")),
    }


def range_sentence(levers: Directions, index: int) -> str:
    """The useful range of a lever as a text.

    Args:
        levers: The directions.
        index: Number of the lever.

    Returns:
        Such as "smile: -2.1 to +2.1 sigma"; only the label if the levers store no range.
    """
    label = levers.label(index)
    if levers.ranges is None:
        return label
    unit = "distance" if levers.sigma is None or not levers.sigma[index] else "sigma"
    one = unit_distance(levers, index, unit)
    low, high = (signed(float(f"{end / one:.2g}")) for end in levers.ranges[index].tolist())
    return f"{label}: {low} to {high} {unit}"


def thumbnail_strip(levers: Directions) -> Tensor | None:
    """The thumbnails as images, both ends of a lever side by side.

    Args:
        levers: The directions.

    Returns:
        `[K, 3, h, 2 w]` float32 in [-1, 1], or none where there are none.
    """
    if levers.thumbnails is None:
        return None
    pairs = torch.cat([levers.thumbnails[:, 0], levers.thumbnails[:, 1]], dim=2)
    return pairs.permute(0, 3, 1, 2).to(torch.float32) / 127.5 - 1
