"""Which pixels count when only a region of a photograph will change."""

from __future__ import annotations

from torch import Tensor

OUTSIDE = 0.25
"""How much a pixel outside of the region counts. On sixteen renders that no bench judges, mouths
in composites came 0.7 dB nearer to the true edit than with 1, and eyes equally near."""


def focus_on(region: Tensor, ignored: Tensor | None = None) -> Tensor:
    """A mask with which `invert` puts what is inside of a region more exactly where it is.

    Args:
        region: `[H, W]` or `[N, H, W]` in [0, 1], 1 where the photograph will change.
        ignored: Of the same size, 1 where a pixel does not count at all; none where all do.

    Returns:
        Of the same shape, in [0, 1]: 0 inside of the region, 0.75 outside, 1 where ignored.
    """
    counted = OUTSIDE + (1 - OUTSIDE) * region
    return 1 - (counted if ignored is None else counted * (1 - ignored))
