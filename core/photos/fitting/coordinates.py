"""The coordinates in which a code is searched for, with a standard normal prior in every space."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ...concepts.generator import Generator
from ...concepts.latent_code import LatentCode, LatentSpace
from ...latents.code_statistics import style_deviations
from .curvature import Preconditioner
from .prior import CodePrior


class AbstractCoordinates(ABC):
    """Coordinates u of the codes of one space: a penalty of `|u|^2 / 2` is their prior."""

    @abstractmethod
    def draw(self, u: Tensor) -> Tensor:
        """The picture of a point, differentiable.

        Args:
            u: `[L, d]` float64 on the CPU.

        Returns:
            `[1, C, H, W]` on the generator's device, not clamped.
        """

    @abstractmethod
    def codes(self, u: Tensor) -> LatentCode:
        """The code of a point.

        Args:
            u: `[L, d]` float64.

        Returns:
            One code on the CPU, not truncated.
        """

    @abstractmethod
    def preconditioner(self, curvature: Tensor, trust: float) -> Preconditioner:
        """How the search is preconditioned.

        Args:
            curvature: `[d, d]`, that of displacements in W (Z), whitened.
            trust: t.

        Returns:
            The preconditioner.
        """


@dataclass(frozen=True)
class LatentCoordinates(AbstractCoordinates):
    """`ws = mean + K u C^T` with `C C^T` the covariance and `K K^T = 1 1^T + tau^2 I`."""

    gan: Generator
    """The generator."""
    prior: CodePrior
    """Mean and C."""
    like: LatentCode
    """One code, whose class and seeds are used."""
    cohesion: float | None = None
    """tau; none where all layers share one latent (L is 1)."""

    @property
    def layers(self) -> int:
        """Number L of latents."""
        return 1 if self.cohesion is None else self.gan.spec.num_ws

    def widened(self, u: Tensor) -> Tensor:
        """The point of W (Z), as a point of these coordinates.

        Args:
            u: `[1, d]`.

        Returns:
            `[L, d]`, with the same latent in every layer.
        """
        if self.cohesion is None:
            return u
        return u.expand(self.layers, -1) / (self.layers + self.cohesion**2) ** 0.5

    def latents(self, u: Tensor) -> Tensor:
        """The latent of each layer.

        Args:
            u: `[L, d]` float64.

        Returns:
            `[1, L, D]` float64.
        """
        if self.cohesion is not None:  # K is the symmetric root: it scales the mean and the rest
            mean = u.mean(dim=0, keepdim=True)
            u = (self.layers + self.cohesion**2) ** 0.5 * mean + self.cohesion * (u - mean)
        return (self.prior.mean + u @ self.prior.root.T)[None]

    def point(self, latents: Tensor) -> Tensor:
        """The point whose latents are nearest to given ones, as the covariance measures.

        Args:
            latents: `[1 or num_ws, D]`.

        Returns:
            `[L, d]` float64: `K^-1` of the whitened latents; without layers of their own, and where
            tau is 0, their mean.
        """
        u = self.prior.whiten(latents)
        mean = u.mean(dim=0, keepdim=True)
        if self.cohesion is None:
            return mean
        scale = (self.layers + self.cohesion**2) ** 0.5
        rest = (u - mean) / self.cohesion if self.cohesion else torch.zeros_like(u)
        return (mean / scale + rest).expand(self.layers, -1).clone()

    def draw(self, u: Tensor) -> Tensor:
        """See `AbstractCoordinates.draw`."""
        gan = self.gan
        ws = self.latents(u).to(gan.dtype).to(gan.device)
        return gan.draw(ws.expand(-1, gan.spec.num_ws, -1), self.like, "const")

    def codes(self, u: Tensor) -> LatentCode:
        """See `AbstractCoordinates.codes`."""
        native = self.gan.spec.native_space
        space = native if self.cohesion is None else native.plus
        values = self.latents(u.detach()).to(torch.float32)
        return replace(self.like, values=values, space=space)

    def preconditioner(self, curvature: Tensor, trust: float) -> Preconditioner:
        """See `AbstractCoordinates.preconditioner`."""
        return Preconditioner.of(curvature, trust, self.cohesion or 0.0, self.layers)


@dataclass(frozen=True)
class StyleCoordinates(AbstractCoordinates):
    """`s = A ws + b + tau sigma u`: styles around those of a code, which stays as it is."""

    gan: Generator
    """A generator with styles."""
    base: LatentCode
    """One code in W+."""
    cohesion: float
    """tau."""
    scales: Tensor
    """`[sum of channels]` float64, tau times the deviation of each style."""

    @classmethod
    def of(cls, gan: Generator, base: LatentCode, cohesion: float) -> StyleCoordinates:
        """The coordinates around a code.

        Args:
            gan: A generator with styles.
            base: One code in W+.
            cohesion: tau.

        Returns:
            The coordinates; 0 is the code itself.
        """
        return cls(gan, base, cohesion, cohesion * style_deviations(gan))

    def draw(self, u: Tensor) -> Tensor:
        """See `AbstractCoordinates.draw`."""
        gan = self.gan
        shift = (u * self.scales).to(gan.dtype).to(gan.device)
        moved = replace(self.base, style_shift=None)
        styles = gan.network.styles(gan.layer_codes(moved)) + shift
        return gan.draw_styles(styles, moved, "const")

    def codes(self, u: Tensor) -> LatentCode:
        """See `AbstractCoordinates.codes`: the base with an edit in S, so that levers still act."""
        return replace(self.base, style_shift=(u.detach() * self.scales).to(torch.float32))

    def preconditioner(self, curvature: Tensor, trust: float) -> Preconditioner:
        """See `AbstractCoordinates.preconditioner`: a number, the mean of what is known in W."""
        mean = float(curvature.trace()) / len(self.scales) * self.cohesion**2 / trust**2
        return Preconditioner.uniform(mean)


def space_of(gan: Generator, name: str | LatentSpace) -> LatentSpace:
    """The space in which a photograph is searched for.

    Args:
        gan: The generator.
        name: "W", "W+" or "S"; without a mapping network W means Z, and W+ means Z+.

    Returns:
        The space.

    Raises:
        LatentError: The generator has no such space, or photographs are not searched for in it.
    """
    space = LatentSpace.parse(name)
    native = gan.spec.native_space
    if native is LatentSpace.Z and space in (LatentSpace.W, LatentSpace.W_PLUS):
        space = native if space is LatentSpace.W else native.plus
    gan.spec.direction_dim(space)
    return space
