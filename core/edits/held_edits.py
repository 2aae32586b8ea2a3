"""`edit_and_hold`: levers pulled with everything outside a region held."""

from __future__ import annotations

from collections.abc import Sequence

from ..base.progress import Progress
from ..concepts.directions import Directions
from ..concepts.latent_code import LatentCode
from .editing import IN_SIGMA, PullOptions, edit
from .holding.request import HoldRequest
from .holding.strides import Pull, Pulled, hold_pulls


def edit_and_hold(
    codes: LatentCode,
    levers: Directions,
    pulls: Sequence[tuple[int, float]],
    request: HoldRequest,
    options: PullOptions = IN_SIGMA,
    strides: int | None = None,
    progress: Progress | None = None,
) -> LatentCode:
    """Pull levers, and keep what lies outside a region.

    Args:
        codes: N codes; they are not changed.
        levers: Directions that act on the codes.
        pulls: Pairs of a direction's number, from 0, and a signed strength; all are pulled
            together.
        request: Generator and region.
        options: Unit of the strengths and layers that are changed; `options.hold` is not read.
        strides: Parts of the pull, with a hold after each; none chooses them by the change of the
            image, so that a pull that is not extreme is made at once.
        progress: Called with (done, total) codes; may raise to cancel.

    Returns:
        N codes, in the space that `holding.hold.hold` describes.

    Raises:
        DirectionsError: The direction does not exist or does not fit the codes.
        RegionError: The region is the whole image, or of another size.
        LatentError: The codes do not fit the generator.
    """
    move = pull_of(levers, pulls, options)
    each = [Pulled(codes[row], move) for row in range(len(codes))]
    return hold_pulls(request, each, strides, progress)


def pull_of(
    levers: Directions, pulls: Sequence[tuple[int, float]], options: PullOptions = IN_SIGMA
) -> Pull:
    """Several levers as one pull that can be made in parts.

    Args:
        levers: The directions.
        pulls: Pairs of a direction's number and a strength.
        options: Unit of the strengths and layers that are changed.

    Returns:
        A function of a code and a share of the strengths.
    """

    def move(code: LatentCode, share: float) -> LatentCode:
        for index, strength in pulls:
            part = strength if share == 1 else strength * share
            code = edit(code, levers, index, part, options.unit, options.layers)
        return code

    return move
