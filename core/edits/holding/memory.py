"""What conjugate gradients learned of the curvature, as a preconditioner of the next ones.

Morales and Nocedal, *Automatic Preconditioning by Limited Memory Quasi-Newton Updating*, SIAM
Journal on Optimization 10(4), 2000; the recursion is that of Nocedal, 1980.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from torch import Tensor

LENGTH = 48
"""Most directions that are remembered: those of four strides of two steps of six iterations."""


@dataclass(frozen=True)
class SearchMemory:
    """Directions along which the curvature was measured, in one image and its neighbours."""

    pairs: deque[tuple[Tensor, Tensor, float]] = field(default_factory=lambda: deque(maxlen=LENGTH))
    """p and `M p`, `[d]` float64, and `p^T M p`, above 0; the oldest first."""

    def add(self, direction: Tensor, product: Tensor, bend: float) -> None:
        """Remember a direction.

        Args:
            direction: p, `[d]`.
            product: `M p`, `[d]`.
            bend: `p^T M p`, above 0.
        """
        self.pairs.append((direction, product, bend))

    def improved(self, solve: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
        """A preconditioner that agrees with the last direction, and nearly with those before.

        Args:
            solve: A symmetric positive definite one, `[d]` to `[d]`.

        Returns:
            One that is symmetric and positive definite, too, and stays as it is when more is added.
        """
        pairs = list(self.pairs)

        def solved(v: Tensor) -> Tensor:
            shares: list[Tensor] = []
            for direction, product, bend in reversed(pairs):
                share = (direction @ v) / bend
                shares.append(share)
                v = v - share * product
            found = solve(v)
            for (direction, product, bend), share in zip(pairs, reversed(shares), strict=True):
                found = found + (share - (product @ found) / bend) * direction
            return found

        return solved
