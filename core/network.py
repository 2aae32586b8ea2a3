"""What every generator's network offers, and the plain facts that follow from it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from torch import Tensor
from torch.nn import Module

from .conditions import Conditions
from .errors import LatentError
from .latents import LatentSpace


@dataclass(frozen=True)
class LayerInfo:
    """One layer that takes a latent."""

    name: str
    """Name of its parameters in the canonical spelling."""
    resolution: int
    """Larger side of its output in pixels."""
    channels: int
    """Output channels."""


@dataclass(frozen=True)
class GeneratorSpec:
    """The plain facts of a generator; serialisable."""

    architecture: str
    """Id in the architecture registry."""
    z_dim: int
    """Size of z."""
    w_dim: int | None
    """Size of w, or none where there is no mapping network."""
    c_dim: int
    """Number of classes; 0 for an unconditional generator."""
    img_size: tuple[int, int]
    """Height and width of the image in pixels."""
    img_channels: int
    """Channels of the image; 3 for RGB."""
    layers: tuple[LayerInfo, ...]
    """The layers that take a latent, in order; their number is `num_ws`."""
    distribution: str = "normal"
    """Distribution of each entry of z, one of `sampling.DISTRIBUTIONS`."""
    transformable: bool = False
    """Whether the image can be turned and shifted while it is drawn, as StyleGAN3's can."""
    widest: int = 0
    """Values of the largest feature map of one image, where a layer without a latent makes it."""
    fingerprint: str = ""
    """First 16 hex digits of the SHA-256 of names, shapes and values of all tensors."""

    @property
    def num_ws(self) -> int:
        """Number of layers that take a latent."""
        return len(self.layers)

    @property
    def img_resolution(self) -> int:
        """Larger side of the image in pixels."""
        return max(self.img_size)

    @property
    def native_space(self) -> LatentSpace:
        """W where there is a mapping network, else Z."""
        return LatentSpace.Z if self.w_dim is None else LatentSpace.W

    @property
    def latent_dim(self) -> int:
        """Size of what a layer takes: w, or z where there is no mapping network."""
        return self.z_dim if self.w_dim is None else self.w_dim

    @property
    def spaces(self) -> tuple[LatentSpace, ...]:
        """The spaces in which this generator can be driven."""
        if self.w_dim is not None:
            return (LatentSpace.Z, LatentSpace.W, LatentSpace.W_PLUS)
        return (LatentSpace.Z, LatentSpace.Z_PLUS) if self.num_ws > 1 else (LatentSpace.Z,)

    def direction_dim(self, space: LatentSpace) -> int:
        """Length of a direction vector in a space.

        Args:
            space: The space.

        Returns:
            z_dim, w_dim, or num_ws times that of the layers' latent.

        Raises:
            LatentError: The generator has no such space.
        """
        if space not in self.spaces:
            raise LatentError(
                f"Space {space.value} was asked of a {self.architecture} generator",
                f"one of {', '.join(s.value for s in self.spaces)}",
                f"Use {self.native_space.value}",
            )
        sizes = {LatentSpace.Z: self.z_dim, LatentSpace.W: self.latent_dim}
        return sizes.get(space, self.num_ws * self.latent_dim)


class AbstractNetwork(Module, ABC):
    """A generator's layers: pure PyTorch, differentiable in forward mode, no noise of its own."""

    @abstractmethod
    def spec(self) -> GeneratorSpec:
        """The facts that follow from the layers, without a fingerprint."""

    @abstractmethod
    def map(self, z: Tensor, c: Tensor | None) -> Tensor:
        """Map z to w, or hand z back where there is no mapping network.

        Args:
            z: `[N, z_dim]`.
            c: `[N, c_dim]`, or none for an unconditional generator.

        Returns:
            `[N, latent_dim]`, not truncated.
        """

    @abstractmethod
    def synthesize(self, ws: Tensor, conditions: Conditions) -> Tensor:
        """Draw images.

        Args:
            ws: `[N, num_ws, latent_dim]`.
            conditions: Classes, noise and the like.

        Returns:
            `[N, img_channels, H, W]`, nominal range [-1, 1], not clamped.
        """

    @abstractmethod
    def projection(self, layer: int) -> Tensor:
        """The matrix A of SeFa: the first affine map that meets the latent in a layer.

        Args:
            layer: From 0 to `num_ws - 1`.

        Returns:
            `[rows, latent_dim]`.
        """
