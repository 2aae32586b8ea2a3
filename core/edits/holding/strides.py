"""Pulls of levers with a hold: at once, or in strides with a hold after each."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from ...base.errors import PackError
from ...base.execution import plain_tensors
from ...base.progress import Progress, no_progress
from ...concepts.generator import Generator
from ...concepts.latent_code import LatentCode, concatenate
from ..code_line import CodeLine
from .coordinates import held_space
from .image_holder import BeforePull, ImageHolder
from .objective import changes
from .request import MOST_STRIDES, HoldChange, HoldRequest

STRIDE = 12.0
"""Change inside the region, in grey levels (root mean square), that one stride makes at most. The
image is far from linear over a whole pull: with the same number of products four strides leave a
third of the change outside that one leaves."""

Pull = Callable[[LatentCode, float], LatentCode]
"""Moves a code by a share of a whole pull, 1 being all of it."""


@dataclass(frozen=True)
class Pulled:
    """One pull to be made and held."""

    code: LatentCode
    """The code before it, one."""
    pull: Pull
    """The pull."""


def hold_pulls(
    request: HoldRequest,
    pulls: Sequence[Pulled],
    strides: int | None = None,
    progress: Progress | None = None,
) -> LatentCode:
    """Pull codes and hold each.

    Args:
        request: What is held. Its regions are one, or one per pull.
        pulls: At least one; pulls of one code that follow each other share what they can.
        strides: Parts of each pull; none chooses them by the change of the image.
        progress: Called with (done, total) pulls; may raise to cancel, also within a pull.

    Returns:
        One held code per pull, in the space that `hold.hold` describes.

    Raises:
        RegionError: A region has another size, is the whole image, or does not fit the number of
            pulls.
        LatentError: The codes do not fit, or the noise is random.
        PackError: The number of strides is below 1.
    """
    if strides is not None and strides < 1:
        raise PackError(f"A pull in {strides} strides was asked for", "at least 1")
    report = progress or no_progress
    gan = request.gan
    befores = concatenate([one.code for one in pulls])
    gan.check(befores)
    with plain_tensors():
        afters = concatenate([one.pull(one.code, 1.0) for one in pulls])
    weights = request.weights(len(pulls))
    space = held_space(gan, befores, afters)
    done = 0
    holder = ImageHolder(request, space, lambda: report(done, len(pulls)))
    rows: list[LatentCode] = []
    for done, one in enumerate(pulls):
        report(done, len(pulls))
        before = holder.before(one.code, weights[done])
        code, change = pull_in_strides(holder, before, one.pull, strides)
        request.report(change)
        rows.append(code)
    report(len(pulls), len(pulls))
    return concatenate(rows)


def pull_along(gan: Generator, code: LatentCode, pulled: LatentCode) -> Pull:
    """A pull that goes straight from one code to another.

    Args:
        gan: The generator.
        code: The code before it, one.
        pulled: The code after it.

    Returns:
        The pull; all of it gives `pulled` itself.
    """
    line = CodeLine(gan, code, pulled)
    return lambda _, share: pulled if share == 1 else line.at(torch.tensor([share]))


def pull_in_strides(
    holder: ImageHolder,
    before: BeforePull,
    pull: Pull,
    strides: int | None = None,
    quick: bool = False,
) -> tuple[LatentCode, HoldChange]:
    """Pull one code in strides, with a hold after each that begins where the last one ended.

    The inside of the region follows the pull alone, so that nothing of it is lost on the way.

    Args:
        holder: Holds images.
        before: The image before the pull.
        pull: Moves a code by a share of the pull.
        strides: Their number; none means as many as keep each below `STRIDE`, at most
            `MOST_STRIDES`.
        quick: Whether steps with a stored Jacobian suffice, even where they stall.

    Returns:
        The held code and its change, with what the whole pull alone changes.
    """
    with plain_tensors():
        whole = pull(before.code, 1.0)
        request = holder.request
        image = request.gan.draw_codes(whole, request.noise_mode)[0]
    inside = changes(before.image, image, before.weights)[0]
    count = strides or max(1, min(MOST_STRIDES, math.ceil(inside / STRIDE)))
    with plain_tensors():
        stops = [pull(before.code, part / count) for part in range(1, count)]
    return holder.hold(before, whole, quick, stops)
