"""The straight line between two codes, along which pulls are shortened or made in parts."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace
from ..latents.alignment import to_common_space


class CodeLine:
    """The straight line from codes to pulled codes, with their edits in Z and S.

    Args:
        gan: The generator.
        start: N codes that fit it.
        end: N codes that fit it.
    """

    def __init__(self, gan: Generator, start: LatentCode, end: LatentCode) -> None:
        self.start, self.end = _comparable(gan, start, end)

    @property
    def styled(self) -> bool:
        """Whether either end is in S, or carries an edit in S."""
        pair = (self.start, self.end)
        return any(c.style_shift is not None or c.space is LatentSpace.S for c in pair)

    def at(self, share: Tensor) -> LatentCode:
        """The codes at some share of the way.

        Args:
            share: `[N]`, 0 at the start and 1 at the end.

        Returns:
            N codes.
        """
        amount = share.to(torch.float32)

        def between(name: str) -> Tensor | None:
            first, last = getattr(self.start, name), getattr(self.end, name)
            if first is None and last is None:
                return None
            first = torch.zeros_like(last) if first is None else first
            last = torch.zeros_like(first) if last is None else last
            weight = amount.to(first).reshape(-1, *[1] * (first.ndim - 1))
            return first + weight * (last - first)

        values = between("values")
        assert values is not None
        shifts = {name: between(name) for name in ("z_shift", "style_shift")}
        return replace(self.end, values=values, **shifts)


def _comparable(
    gan: Generator, start: LatentCode, end: LatentCode
) -> tuple[LatentCode, LatentCode]:
    """Both batches in one space; if a pull led from W to W+ or from Z to Z+, both keep their z."""
    same_z = start.z is end.z or (
        start.z is not None and end.z is not None and torch.equal(start.z, end.z)
    )
    truncations = [(c.truncation_psi, c.truncation_cutoff) for c in (start, end)]
    if same_z and truncations[0] == truncations[1] and start.space in (end.space, end.space.shared):
        values = start.values.expand(-1, end.values.shape[1], -1)
        return replace(start, values=values, space=end.space), end
    first, last = to_common_space(gan, [start, end])
    return first, last
