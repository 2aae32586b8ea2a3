"""Images of codes and of planned edits, rendered one after the other in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from torch import Tensor

from ..base.errors import LatentError
from ..batch.rendering.held_region import Hold
from ..concepts.directions import Directions
from ..concepts.latent_code import LatentCode, concatenate
from ..edits.variations import Variation, apply_variations
from ..generators.rendering import chunk_that_fits, render
from ..latents.sampling import MOST_CODES
from .codes import CodeSource
from .motion import motion
from .options import pull_options

_BLOCK = 256
"""Codes that are sampled at a time."""


class CodeRows:
    """Codes of a source by row, sampled in blocks.

    Args:
        source: The codes.
    """

    def __init__(self, source: CodeSource) -> None:
        self._source = source
        self._count = len(source.seeds)
        self._start = -_BLOCK
        self._block: LatentCode | None = None

    def take(self, rows: Sequence[int]) -> LatentCode:
        """Some of the codes.

        Args:
            rows: Their numbers, mostly rising.

        Returns:
            One code per row.
        """
        return concatenate([self._row(row) for row in rows])

    def _row(self, row: int) -> LatentCode:
        """One code."""
        start = row - row % _BLOCK
        if self._block is None or start != self._start:
            self._block = self._source.draw(range(start, min(start + _BLOCK, self._count)))
            self._start = start
        return self._block[row - start]


Progress = Callable[[int, int], object]


def check_count(source: CodeSource) -> None:
    """Refuse more codes than one command draws, before any work.

    Args:
        source: The codes.

    Raises:
        LatentError: There are more than `sampling.MOST_CODES`.
    """
    count = len(source.seeds)
    if count > MOST_CODES:
        raise LatentError(
            f"Images of {count:,} seeds were asked for",
            f"at most {MOST_CODES:,}",
            "Split them into several batches",
        )


def draw_each(source: CodeSource, progress: Progress | None = None) -> Iterator[Tensor]:
    """Render the codes of a source.

    Args:
        source: The codes, with the options of the command.
        progress: Called with (images done, images).

    Returns:
        `[C, H, W]` in [-1, 1], one per code.
    """
    return _drawn(source, len(source.seeds), CodeRows(source).take, progress)


def draw_edited(
    source: CodeSource,
    levers: Directions,
    plan: Sequence[Variation],
    progress: Progress | None = None,
    hold: Hold | None = None,
) -> Iterator[Tensor]:
    """Render planned edits.

    Args:
        source: The codes, with the options of the command.
        levers: The directions.
        plan: The edits, mostly with rising rows.
        progress: Called with (images done, images).
        hold: What is held, if anything.

    Returns:
        `[C, H, W]` in [-1, 1], one per edit.
    """
    rows = CodeRows(source)
    pull = pull_options(source.gan, source.options, None if hold is None else hold.request)

    def edited(part: range) -> LatentCode:
        chosen = plan[part.start : part.stop]
        used = sorted({variation.row for variation in chosen})
        local = [replace(variation, row=used.index(variation.row)) for variation in chosen]
        return apply_variations(rows.take(used), levers, local, pull)

    images = _drawn(source, len(plan), edited, progress)
    if hold is None or not hold.composite:
        return images
    before = _drawn(
        source, len(plan), lambda part: rows.take([plan[number].row for number in part]), None
    )
    return (
        hold.finish(one[None], other[None])[0] for one, other in zip(before, images, strict=True)
    )


def _drawn(
    source: CodeSource,
    total: int,
    codes: Callable[[range], LatentCode],
    progress: Progress | None,
) -> Iterator[Tensor]:
    """Render images, a few at a time."""
    gan, options = source.gan, source.options
    chunk = chunk_that_fits(gan.spec, gan.device, limit=16)
    for start in range(0, total, chunk):
        part = range(start, min(start + chunk, total))
        images = render(gan, codes(part), options.noise, **motion(options))
        if progress is not None:
            progress(part.stop, total)
        yield from images
