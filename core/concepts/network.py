"""The interface of all networks, and the sizes, layers and styles that describe one."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from torch import Tensor
from torch.nn import Module

from ..base.errors import LatentError
from .conditions import Conditions
from .latent_code import LatentSpace


@dataclass(frozen=True)
class LayerInfo:
    """One layer that takes a latent."""

    name: str
    """Canonical name of its parameters."""
    resolution: int
    """Larger side of its output in pixels."""
    channels: int
    """Output channels."""


@dataclass(frozen=True)
class StyleInfo:
    """One affine map from a layer's latent to a style: a range of the channels of S."""

    name: str
    """Canonical name of its module."""
    layer: int
    """The layer whose latent it reads; several maps may read one."""
    channels: int
    """Number of its outputs."""
    kind: str = field(default="", compare=False)
    """What it modulates: "conv", "tRGB" (an image layer), "AdaIN" (scales, then as many shifts) or
    "input" (rotation and translation); empty if unknown, as in files of directions."""


@dataclass(frozen=True)
class GeneratorSpec:
    """Sizes, layers and spaces of a generator; serialisable."""

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
    """Whether the input accepts a rotation and translation, as that of StyleGAN3."""
    styles: tuple[StyleInfo, ...] = ()
    """The affine maps from latents to styles, in the order in which the network applies them;
    none where the network has no space S."""
    widest: int = 0
    """Values of the largest feature map of one image, if a layer without a latent computes it."""
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
        """Size of the latent of a layer: w, or z where there is no mapping network."""
        return self.z_dim if self.w_dim is None else self.w_dim

    @property
    def spaces(self) -> tuple[LatentSpace, ...]:
        """The latent spaces of this generator."""
        if self.w_dim is not None:
            mapped = (LatentSpace.Z, LatentSpace.W, LatentSpace.W_PLUS)
            return (*mapped, LatentSpace.S) if self.styles else mapped
        return (LatentSpace.Z, LatentSpace.Z_PLUS) if self.num_ws > 1 else (LatentSpace.Z,)

    def direction_dim(self, space: LatentSpace, layers: tuple[int, ...] | None = None) -> int:
        """Length of a direction vector in a space, or of a displacement of some layers.

        Args:
            space: The space.
            layers: Layers that are displaced; none means all.

        Returns:
            z_dim, w_dim, the size of a layer's latent times the number of layers, or in S the
            number of channels that read these layers.

        Raises:
            LatentError: The generator has no such space.
        """
        if space not in self.spaces:
            raise LatentError(
                f"A {self.architecture} generator has no space {space.value}",
                f"one of {', '.join(s.value for s in self.spaces)}",
                f"Use «space {self.native_space.value}»",
            )
        if space is LatentSpace.S:
            return sum(part.stop - part.start for part in self.style_slices(layers))
        sizes = {LatentSpace.Z: self.z_dim, LatentSpace.W: self.latent_dim}
        count = self.num_ws if layers is None else len(layers)
        return sizes.get(space, count * self.latent_dim)

    def style_slices(self, layers: tuple[int, ...] | None = None) -> tuple[slice, ...]:
        """Slices of a code in S that hold the styles of some layers.

        Args:
            layers: The layers; none means all.

        Returns:
            One slice of the channels per affine map, in order of depth.
        """
        return style_slices(self.styles, layers)


def style_slices(
    styles: tuple[StyleInfo, ...], layers: tuple[int, ...] | None = None
) -> tuple[slice, ...]:
    """Slices of a code in S that hold the styles of some layers.

    Args:
        styles: All affine maps, in order of depth.
        layers: The layers; none means all.

    Returns:
        One slice of the channels per affine map that reads one of them, in order of depth.
    """
    stops = list(itertools.accumulate(style.channels for style in styles))
    return tuple(
        slice(stop - style.channels, stop)
        for style, stop in zip(styles, stops, strict=True)
        if layers is None or style.layer in layers
    )


class AbstractNetwork(Module, ABC):
    """Layers of a generator: pure PyTorch, differentiable in forward mode; noise is an input."""

    @abstractmethod
    def spec(self) -> GeneratorSpec:
        """The spec of the layers, without a fingerprint."""

    @abstractmethod
    def map(self, z: Tensor, c: Tensor | None) -> Tensor:
        """Map z to w, or return z where there is no mapping network.

        Args:
            z: `[N, z_dim]`.
            c: `[N, c_dim]`, or none for an unconditional generator.

        Returns:
            `[N, latent_dim]`, not truncated.
        """

    @abstractmethod
    def synthesize(self, ws: Tensor, conditions: Conditions) -> Tensor:
        """Compute images.

        Args:
            ws: `[N, num_ws, latent_dim]`.
            conditions: Classes, noise, truncation and transform.

        Returns:
            `[N, img_channels, H, W]`, nominal range [-1, 1], not clamped.
        """

    def smaller(self, side: int) -> AbstractNetwork | None:
        """The layers up to a smaller image that the network draws on its way to the whole one.

        Args:
            side: Most pixels of the larger side of that image.

        Returns:
            A network that shares the modules of this one, whose latents, and styles in order, are
            the first of this one's; none where no smaller image is drawn.
        """
        return None

    @abstractmethod
    def projection(self, layer: int) -> Tensor:
        """The matrix A of SeFa: the weight of the first affine map of the latent in a layer.

        Args:
            layer: From 0 to `num_ws - 1`.

        Returns:
            `[rows, latent_dim]`.
        """

    def styles(self, ws: Tensor) -> Tensor:
        """Apply the affine maps: a code of S (Wu et al., CVPR 2021), `[N, sum of channels]`.

        The maps are in the order of `GeneratorSpec.styles`; their outputs are not transformed.

        Args:
            ws: `[N, num_ws, latent_dim]`.

        Raises:
            LatentError: The network has no styles.
        """
        raise self._no_styles()

    def synthesize_styles(self, styles: Tensor, conditions: Conditions) -> Tensor:
        """Compute images from styles; `synthesize` equals this function of `styles(ws)`.

        Args:
            styles: `[N, sum of channels]`, in the order of `GeneratorSpec.styles`.
            conditions: Classes, noise, truncation and transform.

        Raises:
            LatentError: The network has no styles.
        """
        raise self._no_styles()

    def style_weights(self) -> Tensor:
        """The weights of the affine maps, concatenated by rows: `[sum of channels, latent_dim]`.

        Each row acts on the latent that its map reads; `styles` adds an offset to the product.

        Raises:
            LatentError: The network has no styles.
        """
        raise self._no_styles()

    def _no_styles(self) -> LatentError:
        """The error for a network without the space S."""
        return LatentError(
            f"A {self.spec().architecture} generator has no styles",
            "a StyleGAN, StyleGAN2 or StyleGAN3 whose latents act through styles alone",
            "Use another space",
        )
