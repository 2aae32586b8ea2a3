"""First levers of a large image, found in a smaller one while the whole takes minutes.

A lever of a smaller image is a direction of the same latent space. How like it is to one of the
whole image depends on the size: at half of it they hardly differ, at a quarter the first ones are
similar, and further below they are a beginning. What is found says in which image.
"""

from __future__ import annotations

from dataclasses import replace

from ..base.progress import Progress
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace
from ..concepts.region import Region
from ..generators.smaller_image import SmallerImage
from ..latents.code_statistics import covariance_of_w
from ..levers.factorization import resefa
from ..solvers.davidson import DavidsonSolver
from .image_sizes import quick_image, smaller_images

FIRST_COUNT = 4
"""Levers of a first answer: as many as a page shows at first."""

_SEARCH, _SEARCH_SECONDS = 60.0, 4.5
"""Pictures that a search amounts to, and the seconds that it may take."""

_ANGLE, _FINER_ANGLE = 0.2, 1e-2
"""Angles of a first and of a finer search, in radians: a smaller image tells no more."""


def image_after(gan: Generator, code: LatentCode, sought: int) -> SmallerImage | None:
    """The smaller image in which levers are sought next.

    Args:
        gan: The generator.
        code: One code, for a measurement.
        sought: Longer side of the image in which they were sought before; 0 for none.

    Returns:
        The first is the largest that is quick here, the next a quarter of the whole one; none where
        the whole image is next.
    """
    images = smaller_images(gan)
    if not images:
        return None
    if not sought:
        return quick_image(images, code, _SEARCH, _SEARCH_SECONDS)
    return images[0] if images[0].gan.spec.img_resolution > sought else None


def find_in_smaller(
    smaller: SmallerImage,
    code: LatentCode,
    region: Region,
    count: int,
    first: bool,
    progress: Progress | None = None,
) -> Directions:
    """Find levers for a region in a smaller image.

    Args:
        smaller: The smaller image.
        code: One code of the whole generator, in its native space and truncated.
        region: The region, in the size of the whole image.
        count: Most levers.
        first: Whether it is the first answer, which need not be as exact as a later one.
        progress: Called with (done, total) steps; may raise to cancel.

    Returns:
        Levers of the whole generator; `details["sought"]` has the size of the smaller image.
    """
    small, whole = smaller.gan, smaller.whole
    if small.spec.w_dim is not None:  # which the whole generator may have computed already
        small = replace(small, w_covariance=covariance_of_w(whole))
    found = resefa(
        small,
        smaller.codes(code),
        smaller.region(region),
        space=LatentSpace.S if code.space is LatentSpace.S else None,
        count=count,
        solver=DavidsonSolver(_ANGLE if first else _FINER_ANGLE),
        progress=progress,
        steady=False,
    )
    found = smaller.directions(found)
    return replace(found, details={**found.details, "sought": list(small.spec.img_size)})
