"""What a hold minimises for one image: the change outside a region, and the loss of the pull."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ...base.execution import float64_device
from ...concepts.generator import Generator
from ...concepts.latent_code import LatentCode
from ...jacobians.image_map import image_map
from ...jacobians.products import jacobian_products
from .coordinates import HoldCoordinates, moved

GREY_LEVELS = 127.5
"""Grey levels of 255 per unit of an image in [-1, 1]."""

GAMMA = 0.1
"""Weight of the region, which shall stay as the pull left it; 1 is that of the background. Both are
means over their pixels, so that a small region is not given up for a little outside."""


@dataclass(frozen=True)
class HoldWeights:
    """Weights of pixels in the objective of one image."""

    outside: Tensor
    """`[H, W]`, the background: these pixels shall be as they were before the pull."""
    inside: Tensor
    """`[H, W]`, the region: these pixels shall be as the pull left them. Their sum is that of
    `outside` times `GAMMA`, or more where the region is to lose less."""

    @property
    def total(self) -> Tensor:
        """`[H, W]`, the weight of a pixel in the curvature of the objective."""
        return self.outside + self.inside


@dataclass(frozen=True)
class HoldPoint:
    """One displacement, its image and its objective."""

    v: Tensor
    """`[d]` float64, in standard deviations of random codes."""
    image: Tensor
    """`[C, H, W]` on the generator's device."""
    value: float
    """The objective."""


@dataclass(frozen=True)
class HoldObjective:
    """`|G(y + delta) - G(x)|^2` outside `+ gamma |G(y + delta) - G(y)|^2` inside `+ mu m |v|^2`.

    x is the code before the pull, y the code after it, and `delta = C^(1/2) v`. Both squares are
    means over rows, pixels times channels, here times the rows of the background.
    """

    gan: Generator
    """The generator."""
    pulled: LatentCode
    """y, one code, from `coordinates.ready_to_move`."""
    coordinates: HoldCoordinates
    """How v moves it."""
    before: Tensor
    """`G(x)`, `[C, H, W]`."""
    after: Tensor
    """`G(y)`, `[C, H, W]`."""
    weights: HoldWeights
    """Weights of the pixels."""
    penalty: float
    """mu m, at least 0."""
    noise_mode: str = "const"
    """"const" or "none"."""

    def start(self) -> HoldPoint:
        """The pull itself.

        Returns:
            The point of `v = 0`.
        """
        v = torch.zeros(self.coordinates.size, dtype=torch.float64)
        v = v.to(float64_device(self.gan.device))
        return HoldPoint(v, self.after, self.value(v, self.after))

    def at(self, v: Tensor) -> HoldPoint:
        """Render a displacement.

        Args:
            v: `[d]`.

        Returns:
            Its point.
        """
        image = self.gan.draw_codes(self.code(v), self.noise_mode)[0]
        return HoldPoint(v, image, self.value(v, image))

    def code(self, v: Tensor) -> LatentCode:
        """The code at a displacement.

        Args:
            v: `[d]`.

        Returns:
            One code.
        """
        delta = self.coordinates.scaled(v[None])
        return moved(self.pulled, self.coordinates.space, delta)

    def value(self, v: Tensor, image: Tensor) -> float:
        """The objective.

        Args:
            v: `[d]`.
            image: `[C, H, W]`, the image there.

        Returns:
            A number of at least 0.
        """
        change, loss = (self._squares(image - other) for other in (self.before, self.after))
        outside, inside = (w.to(change) for w in (self.weights.outside, self.weights.inside))
        return float((outside * change + inside * loss).sum()) + self.penalty * float(v @ v)

    @staticmethod
    def _squares(difference: Tensor) -> Tensor:
        """`[H, W]` float64: the squared length of the difference at each pixel."""
        rows = difference.to(float64_device(difference.device)).to(torch.float64)
        return rows.square().sum(dim=0)

    def kept(self, image: Tensor) -> float:
        """How much of the change that the pull makes inside is left, along that change.

        Args:
            image: `[C, H, W]`.

        Returns:
            1 at the pull, 0 at the image before it.
        """
        weight = self.weights.inside.to(self.after)
        pull = self.after - self.before
        whole = float((weight * pull * pull).sum())
        return float((weight * pull * (image - self.before)).sum()) / whole if whole else 1.0

    def residual(self, image: Tensor) -> Tensor:
        """Half the derivative of the objective by the image, at `v` constant.

        Args:
            image: `[C, H, W]`.

        Returns:
            `[C, H, W]`.
        """
        outside, inside = (w.to(image) for w in (self.weights.outside, self.weights.inside))
        return outside * (image - self.before) + inside * (image - self.after)

    def frozen_gradient(self, point: HoldPoint, pull: Callable[[Tensor], Tensor]) -> Tensor:
        """Half the gradient, with the Jacobian of another image.

        Args:
            point: Where.
            pull: `J^T v` of an image, `[d]`.

        Returns:
            `[d]` float64.
        """
        pulled = pull(self.residual(point.image))
        return self.coordinates.scaled(pulled[None])[0] + self.penalty * point.v

    def gauss_newton(
        self, point: HoldPoint, dtype: torch.dtype | None = None
    ) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        """The quadratic model of the objective at a point, with the network linearised there.

        Args:
            point: Where.
            dtype: Type of the tangents; none means that of the network.

        Returns:
            Half the gradient `[d]`, and the function that multiplies a vector `[d]` by the matrix
            `C^(1/2) (B + gamma A) C^(1/2) + mu m I`: one product with the Jacobian and one with its
            transpose.
        """
        space = self.coordinates.space
        image = image_map(self.gan, self.code(point.v), space, noise_mode=self.noise_mode)
        push, pull = jacobian_products(image, dtype)
        weight = self.weights.total

        def back(picture: Tensor) -> Tensor:
            return self.coordinates.scaled(pull(picture[None]))[0]

        def multiply(v: Tensor) -> Tensor:
            seen = push(self.coordinates.scaled(v[None]).to(image.point))[0]
            return back(weight.to(seen) * seen) + self.penalty * v

        return back(self.residual(point.image)) + self.penalty * point.v, multiply


def changes(before: Tensor, after: Tensor, weights: HoldWeights) -> tuple[float, float]:
    """Root mean square changes of an image, in grey levels of 255.

    Args:
        before: `[C, H, W]`, nominal range [-1, 1].
        after: `[C, H, W]`.
        weights: The region and the background.

    Returns:
        Inside and outside.
    """
    squares = (after - before).square().mean(dim=0).to("cpu", torch.float64)  # [H, W]

    def root(weight: Tensor) -> float:
        return GREY_LEVELS * float(((weight * squares).sum() / weight.sum()).sqrt())

    return root(weights.inside.to(squares)), root(weights.outside.to(squares))
