"""The generator's second task: mean and covariance of attributes like those of the renders."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


class Moments:
    """Mean and covariance of attributes, as the discriminator reads them, over recent batches.

    Args:
        count: Number of attributes A.
        keep: Share of the past that a batch leaves.
    """

    def __init__(self, count: int, keep: float = 0.99) -> None:
        self._keep = keep
        self.sums = torch.zeros(count + 1, count + 1)
        """Products of the attributes with each other and with 1, `[A + 1, A + 1]`; the first entry counts."""

    def add(self, values: Tensor) -> None:
        """Add a batch `[N, A]` to the averages."""
        rows = F.pad(values.detach().float(), (1, 0), value=1.0)  # [N, A + 1]
        self.sums = self.sums.to(rows.device).lerp(rows.T @ rows / len(rows), 1 - self._keep)

    def mean_and_covariance(self) -> tuple[Tensor, Tensor]:
        """`[A]` and `[A, A]`; defined once a batch was added."""
        products = self.sums / self.sums[0, 0]
        mean = products[0, 1:]
        return mean, products[1:, 1:] - mean[:, None] * mean


def moment_loss(values: Tensor, fakes: Moments, reals: Moments) -> Tensor:
    """Pull mean and covariance of generated attributes towards the renders' (feature matching).

    After Salimans et al. (NeurIPS 2016, section 3.1), but over recent batches, since one batch is
    too small to estimate a covariance. The gradient is that of half the squared differences with respect to the batch.

    Args:
        values: `[N, A]` attributes of a generated batch, with gradients.
        fakes: Those of generated batches, this one included.
        reals: Those of real batches.

    Returns:
        A scalar of which only the gradient is meaningful.
    """
    mean, covariance = fakes.mean_and_covariance()
    real_mean, real_covariance = reals.mean_and_covariance()
    rows = values.float()
    shift = rows @ (mean - real_mean)  # [N]
    spread = ((rows - mean) @ (covariance - real_covariance) * (rows - mean)).sum(dim=1)  # [N]
    return (shift + spread).mean()
