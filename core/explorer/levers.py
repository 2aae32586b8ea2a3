"""Levers for what is drawn in an explorer: its region, and what ReSeFa or SeFa finds there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from torch import Tensor

from ..base.errors import DirectionsError, LatentError
from ..base.progress import Progress
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace
from ..concepts.region import Region
from ..edits.combining import choose
from ..jacobians.options import JacobianOptions
from ..levers.factorization import resefa, sefa
from ..regions.presets import FACE_PRESETS, Fractions
from ..regions.shapes import region_from_shapes


def explored_region(
    shapes: str,
    image_size: tuple[int, int],
    presets: Mapping[str, Fractions] = FACE_PRESETS,
    mask: Tensor | None = None,
) -> Region | None:
    """The region of a state, joined by a mask.

    Args:
        shapes: See `region_shapes.read_shapes`.
        image_size: Height and width of the generator's image.
        presets: Names that may be used.
        mask: See `region_shapes.region_from_shapes`.

    Returns:
        The region, one or as many as there are masks; none where nothing is drawn, or where all of
        an image is inside: levers are global then.

    Raises:
        RegionError: The shapes cannot be read, cover no pixel, or the mask does not fit.
    """
    painted = mask is not None and bool(mask.any())
    if not painted and not json.loads(shapes):
        return None
    region = region_from_shapes(shapes, image_size, presets, mask if painted else None)
    return None if bool((region.weights == 1).all(dim=(1, 2)).any()) else region


def region_of_image(region: Region | None, image: int) -> Region | None:
    """The region of one image, where each has its own.

    Args:
        region: One region or several.
        image: Number of the image.

    Returns:
        A single region, or none.
    """
    if region is None or len(region.weights) == 1:
        return region
    row = min(image, len(region.weights) - 1)
    return Region(region.weights[row : row + 1], region.name)


def find_levers(
    gan: Generator,
    code: LatentCode,
    region: Region | None,
    connected: Directions | None = None,
    count: int = 8,
    effort: JacobianOptions | None = None,
    progress: Progress | None = None,
) -> Directions:
    """Levers for a region at one image; without a region those that are at hand, else SeFa's.

    Args:
        gan: The generator.
        code: One code, settled and truncated.
        region: Where, or none for the whole image.
        connected: Levers that were given, if any.
        count: Most levers.
        effort: How the Jacobian is had; its cache makes the next region quick.
        progress: Told of columns made; may raise to cancel.

    Returns:
        The levers, just as `resefa` and `sefa` give them.

    Raises:
        LatentError: The codes are styles, and no region says where.
        DirectionsError: The connected levers do not fit.
    """
    if region is not None:
        space = LatentSpace.S if code.space is LatentSpace.S else None
        return resefa(
            gan,
            code,
            region,
            space=space,
            count=count,
            effort=effort,
            progress=progress,
            steady=False,
        )
    if connected is not None:
        fitting = fitted(gan, connected)
        return choose(fitting, range(min(count, len(fitting))))
    if code.space is LatentSpace.S:
        raise LatentError(
            "Codes in S were given, on which global levers do not act",
            "codes in W, or a region",
            "Draw a region",
        )
    return sefa(gan, count=count)


def fitted(gan: Generator, levers: Directions) -> Directions:
    """Levers of others that say for how many layers they are.

    Args:
        gan: The generator.
        levers: Directions.

    Returns:
        They.

    Raises:
        DirectionsError: They are for another kind of generator.
        LatentError: The generator has no such space.
    """
    spec = gan.spec
    ready = levers if levers.num_ws else replace(levers, num_ws=spec.num_ws)
    size = spec.direction_dim(ready.space)
    if ready.num_ws != spec.num_ws or ready.vectors.shape[1] != size:
        raise DirectionsError(
            f"Directions of {ready.vectors.shape[1]} numbers for {ready.num_ws} layers were given",
            f"{size} numbers and {spec.num_ws} layers, as this {spec.architecture} generator takes",
            "Use directions of the same kind of generator",
        )
    return ready
