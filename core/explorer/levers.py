"""The region that is drawn in an explorer, and the levers that ReSeFa or SeFa finds for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from torch import Tensor

from ..base.errors import DirectionsError, LatentError, RegionError
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

_LONGEST_TITLE = 100
"""Most characters of a title that lists presets."""


def explored_region(
    shapes: Sequence[Any],
    image_size: tuple[int, int],
    presets: Mapping[str, Fractions] = FACE_PRESETS,
    mask: Tensor | None = None,
) -> Region | None:
    """The region of an explorer: its shapes, added to the connected mask.

    Args:
        shapes: Parsed JSON, a list of shapes in the format of `regions.shapes`.
        image_size: Height and width of the generator's image.
        presets: Names that shapes may use, and the box of each.
        mask: `[H, W]` or `[N, H, W]` in [0, 1], with the proportions of the image; a mask of zeros
            is ignored.

    Returns:
        The region, with one mask or one per image. None where nothing is drawn or an image is fully
        covered; levers are then global.

    Raises:
        RegionError: The shapes cannot be read, cover no pixel, or the mask does not fit.
    """
    painted = mask is not None and bool(mask.any())
    if not painted and not shapes:
        return None
    try:
        region = region_from_shapes(shapes, image_size, presets, mask if painted else None)
    except RecursionError:
        raise RegionError("The shapes are nested too deeply", "a list of shapes") from None
    return None if bool((region.weights == 1).all(dim=(1, 2)).any()) else region


def region_of_image(region: Region | None, image: int) -> Region | None:
    """Select the region of one image.

    Args:
        region: A region with one mask or one per image, or none.
        image: Number of the image, from 0.

    Returns:
        The region with a single mask, or none.
    """
    if region is None or len(region.weights) == 1:
        return region
    row = min(image, len(region.weights) - 1)
    return Region(region.weights[row : row + 1], region.name)


def region_title(shapes: Sequence[Any]) -> str:
    """Title of a region, with which its levers are named: the names of its presets.

    Args:
        shapes: Parsed JSON, a list of shapes in the format of `regions.shapes`.

    Returns:
        Such as "mouth, left eye"; "region" where some shape is not a preset.
    """
    names: list[Any] = [shape.get("preset") for shape in shapes if isinstance(shape, dict)]  # pyright: ignore[reportUnknownMemberType]
    if names and len(names) == len(shapes) and all(isinstance(name, str) for name in names):
        return re.sub(r"_", " ", ", ".join(dict.fromkeys(names)))[:_LONGEST_TITLE]
    return "region"


def find_levers(
    gan: Generator,
    code: LatentCode,
    region: Region | None,
    connected: Directions | None = None,
    count: int = 8,
    options: JacobianOptions | None = None,
    progress: Progress | None = None,
) -> Directions:
    """Find levers for a region of one image; without a region, return the connected ones or SeFa's.

    Args:
        gan: The generator.
        code: One code, in the generator's native space and truncated.
        region: The region; none means the whole image.
        connected: Levers from another node, if any.
        count: Maximum number of levers.
        options: How the Jacobian is computed; with a cache, the next region needs no new one.
        progress: Called with (done, total) columns; may raise to cancel.

    Returns:
        The levers, exactly as `resefa` and `sefa` return them.

    Raises:
        LatentError: The code is in S, and there is neither a region nor a connected lever.
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
            effort=options,
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
    """Check that levers fit a generator, and set their number of layers where it is missing.

    Args:
        gan: The generator.
        levers: Directions, perhaps from another program.

    Returns:
        The same levers, with `num_ws` set.

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
