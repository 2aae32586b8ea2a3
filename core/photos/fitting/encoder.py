"""An encoder without training: kernel ridge regression of whitened codes on small pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional as F

SIDE = 16
"""Larger side of the small pictures of a linear regression, in pixels."""

RIDGE = 0.03
"""Penalty of the regressions on pictures, in mean diagonal entries of the kernel."""


def small_pictures(
    images: Tensor, side: int = SIDE, keep: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Average pictures over areas, over the pixels that count.

    Args:
        images: `[N, C, H, W]`.
        side: Larger side of the result, in pixels; smaller pictures keep their size.
        keep: `[1, 1, H, W]` in [0, 1], 0 where a pixel does not count; none where all do.

    Returns:
        `[N, C h w]` float64 on the CPU, and the share of pixels that count, `[C h w]`.
    """
    channels, height, width = images.shape[1:]
    scale = min(1.0, side / max(height, width))
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    weight = images.new_ones(1, 1, height, width) if keep is None else keep.to(images)
    counted = F.interpolate(weight, size=size, mode="area")
    small = F.interpolate(images * weight, size=size, mode="area") / counted.clamp_min(1e-6)
    share = counted.expand(1, channels, -1, -1).flatten()
    return small.flatten(1).to("cpu", torch.float64), share.to("cpu", torch.float64)


@dataclass(frozen=True)
class KernelRidge:
    """`f(x) = o + k(x)^T (K + r I)^-1 (U - o)`, from pictures X to values U of mean o."""

    pictures: Tensor
    """`[M, n]` float32, the rows of X."""
    values: Tensor
    """`[M, d]` float64, the rows of U."""
    ridge: float = RIDGE
    """r, in mean diagonal entries of K."""
    width: float | None = None
    """g of the Gaussian kernel `exp(-|x - y|^2 / (g s))`, s the mean squared length of the centred
    pictures; none means the linear kernel of centred pictures."""

    def __call__(self, picture: Tensor) -> Tensor:
        """Estimate the values of a picture.

        Args:
            picture: `[n]`.

        Returns:
            `[d]` float64.
        """
        row = picture.to(torch.float64) - self.centre  # [n]
        # X (y - m) - m (y - m), without a second copy of the pictures
        products = (self.pictures @ row.to(self.pictures)).to(torch.float64) - self.centre @ row
        kernel = self._kernel(products[None], row.square().sum()[None])
        return self._offset + (kernel @ self._weights)[0]

    @property
    def centre(self) -> Tensor:
        """`[n]` float64: the mean picture."""
        return self._moments[0]

    def weighted(self, share: Tensor) -> KernelRidge:
        """The regression on the entries of pictures that count, learned anew.

        Args:
            share: `[n]` in [0, 1], the weight of each entry in squared lengths, not 0 everywhere.

        Returns:
            A regression on centred pictures times the roots of the weights, entries of weight 0
            left out.
        """
        used, root = self._used(share)
        pictures = (self.pictures[:, used].to(torch.float64) - self.centre[used]) * root
        return KernelRidge(pictures.to(torch.float32), self.values, self.ridge, self.width)

    def reduced(self, picture: Tensor, share: Tensor) -> Tensor:
        """A picture as the regression of `weighted` takes it.

        Args:
            picture: `[n]`.
            share: As for `weighted`.

        Returns:
            `[n']` float64.
        """
        used, root = self._used(share)
        return (picture[used].to(torch.float64) - self.centre[used]) * root

    @staticmethod
    def _used(share: Tensor) -> tuple[Tensor, Tensor]:
        """Which entries count, and the roots of their weights."""
        used = share > 0
        return used, share[used].sqrt()

    def left_out(self) -> Tensor:
        """What would be said of each of the pictures if it had not been learned from.

        Returns:
            `[M, d]` float64: `U - A / diag((K + r I)^-1)` with the weights A.
        """
        diagonal = torch.cholesky_inverse(self._lower).diagonal()
        return self.values - self._weights / diagonal[:, None]

    @cached_property
    def _moments(self) -> tuple[Tensor, Tensor, Tensor]:
        """The mean picture, the squared lengths of the centred ones, and the mean of these."""
        mean = self.pictures.mean(dim=0, dtype=torch.float64)
        lengths = (self.pictures.to(torch.float64) - mean).square().sum(dim=1)  # [M]
        return mean, lengths, lengths.mean().clamp_min(torch.finfo(torch.float64).tiny)

    @property
    def _offset(self) -> Tensor:
        return self.values.mean(dim=0)

    def _kernel(self, products: Tensor, lengths: Tensor) -> Tensor:
        """`[N, M]`, of the inner products of centred pictures and the squared lengths of N."""
        if self.width is None:
            return products
        _, known, scale = self._moments
        apart = known + lengths[:, None] - 2 * products
        return torch.exp(-apart.clamp_min(0) / (self.width * scale))

    @cached_property
    def _lower(self) -> Tensor:
        """The Cholesky factor of `K + r I`, `[M, M]`."""
        rows = self.pictures.to(torch.float64) - self.centre
        kernel = self._kernel(rows @ rows.T, self._moments[1])
        kernel = (kernel + kernel.T) / 2
        tiny = torch.finfo(torch.float64).tiny
        kernel.diagonal().add_(self.ridge * kernel.diagonal().mean().clamp_min(tiny))
        return torch.linalg.cholesky(kernel)

    @cached_property
    def _weights(self) -> Tensor:
        return torch.cholesky_solve(self.values - self._offset, self._lower)  # [M, d]


@dataclass(frozen=True)
class PictureEncoder:
    """Random images and their codes, from which the code of any picture is estimated."""

    first: KernelRidge
    """From a small picture to a whitened code."""
    side: int = SIDE
    """Larger side of the small pictures, in pixels."""
    feedback: KernelRidge | None = None
    """From what a small picture has beside that of the first estimate to what the code lacks (by a
    network in Alaluf et al., ICCV 2021); none where the first estimate is all."""

    def encode(
        self, image: Tensor, draw: Callable[[Tensor], Tensor], keep: Tensor | None = None
    ) -> Tensor:
        """Estimate the whitened code of a picture, from the pixels that count alone.

        Args:
            image: `[1, C, H, W]` in [-1, 1].
            draw: From a code `[1, d]` float64 to its picture, `[1, C, H, W]`; not called
                without feedback.
            keep: `[1, 1, H, W]` in [0, 1], 0 where a pixel does not count; none where all do.

        Returns:
            `[d]` float64.
        """
        picture, share = small_pictures(image, self.side, keep)
        seen = picture[0]
        if keep is None:
            u = self.first(seen)
        else:
            u = self.first.weighted(share)(self.first.reduced(seen, share))
        if self.feedback is None:
            return u
        with torch.no_grad():
            drawn = small_pictures(draw(u[None]).clamp(-1, 1), self.side)[0][0]
        return u + self.feedback(share * (seen - drawn))
