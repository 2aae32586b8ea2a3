"""The image as a function of a displacement of one latent code, and its derivative."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..concepts.conditions import Conditions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace, parse_layers
from ..concepts.linearisation import AbstractLinearisation


@dataclass(frozen=True)
class Block:
    """How one input of a linearisation moves with some coordinates of a displacement."""

    index: int
    """Number of the input."""
    start: int
    """First of the coordinates."""
    matrix: Tensor | None
    """`[channels, width]`; none where each number of the input is a coordinate of its own."""


@dataclass(frozen=True)
class ImageMap:
    """What Jacobian strategies differentiate: a map from `[d]` to `[C, H, W]` at a point."""

    function: Callable[[Tensor], Tensor]
    """From a displacement `[d]` to an image `[C, H, W]`."""
    point: Tensor
    """`[d]`, where to differentiate; its device and type are those of the network."""
    image_shape: tuple[int, int, int]
    """Channels, height and width of what `function` gives."""
    linearise: Callable[[torch.dtype], AbstractLinearisation | None] = lambda dtype: None
    """The derivative of the whole image by its inputs, made by hand, where there is one."""
    blocks: tuple[Block, ...] = ()
    """How the inputs of that derivative follow from the displacement; the others stand still."""
    reduce: Callable[[Tensor], Tensor] | None = None
    """Linear map `[B, C, H, W]` to `[B, *image_shape]` behind the whole image, if any."""

    @property
    def size(self) -> int:
        """Number d of coordinates."""
        return len(self.point)


@dataclass(frozen=True)
class LinearMap:
    """`J = dG/ddelta` through a linearisation: both products, in latent coordinates."""

    linearisation: AbstractLinearisation
    """Derivative by the inputs."""
    blocks: tuple[Block, ...]
    """How inputs follow from coordinates."""
    size: int
    """Number d of coordinates."""

    def push(self, tangents: Tensor) -> Tensor:
        """`J t`.

        Args:
            tangents: `[B, d]`.

        Returns:
            `[B, C, H, W]`.
        """
        sizes = self.linearisation.inputs
        offsets = [sum(sizes[:i]) for i in range(len(sizes))]
        inputs = tangents.new_zeros(len(tangents), sum(sizes))
        for block in self.blocks:
            width = sizes[block.index] if block.matrix is None else block.matrix.shape[1]
            part = tangents[:, block.start : block.start + width]
            moved = part if block.matrix is None else part @ block.matrix.to(part).T
            inputs[:, offsets[block.index] :][:, : sizes[block.index]] += moved
        return self.linearisation.push(inputs, min(block.index for block in self.blocks))

    def pull(self, images: Tensor) -> Tensor:
        """`J^T v`.

        Args:
            images: `[B, C, H, W]`.

        Returns:
            `[B, d]`.
        """
        sizes = self.linearisation.inputs
        parts = self.linearisation.pull(images).split(sizes, dim=1)
        found = images.new_zeros(len(images), self.size, dtype=parts[0].dtype)
        for block in self.blocks:
            part = parts[block.index]
            moved = part if block.matrix is None else part @ block.matrix.to(part)
            found[:, block.start : block.start + moved.shape[1]] += moved
        return found


def image_map(
    gan: Generator,
    code: LatentCode,
    space: LatentSpace,
    layers: tuple[int, ...] | None = None,
    noise_mode: str = "const",
) -> ImageMap:
    """The image as a function of a displacement of one code, with what is known of its derivative.

    Args:
        gan: The generator.
        code: One code.
        space: Where the displacement lives.
        layers: Layers that are displaced; none means all.
        noise_mode: "const" or "none".

    Returns:
        The map at displacement zero.

    Raises:
        LatentError: The code has no z that the space needs, some layers were chosen in Z of a
            mapping network's generator, or the noise is not constant.
        DirectionsError: More than one code was given.
    """
    spec = gan.spec
    function = gan.as_function(code, space, layers, noise_mode)
    point = torch.zeros(spec.direction_dim(space, layers), device=gan.device, dtype=gan.dtype)

    def linearise(dtype: torch.dtype) -> AbstractLinearisation | None:
        labels = None if code.labels is None else code.labels.to(point)
        conditions = Conditions(labels, noise_mode, truncation_psi=code.truncation_psi)
        inputs = gan.style_codes(code) if spec.styles else gan.layer_codes(code)
        return gan.linearise(inputs.detach(), conditions, dtype)

    shape = (spec.img_channels, *spec.img_size)
    return ImageMap(function, point, shape, linearise, _blocks(gan, code, space, layers))


def _blocks(
    gan: Generator, code: LatentCode, space: LatentSpace, layers: tuple[int, ...] | None
) -> tuple[Block, ...]:
    """How styles, or latents of layers where there are no styles, follow from a displacement."""
    spec = gan.spec
    chosen = parse_layers("all" if layers is None else layers, spec.num_ws)
    if spec.styles:
        rows = gan.network.style_weights().detach().split([s.channels for s in spec.styles])
        inputs = [(i, s.layer, rows[i]) for i, s in enumerate(spec.styles) if s.layer in chosen]
    else:
        inputs = [(layer, layer, None) for layer in chosen]
    if space is LatentSpace.S:
        starts = [
            sum(spec.styles[i].channels for i, _, _ in inputs[:k]) for k in range(len(inputs))
        ]
        return tuple(Block(i, start, None) for (i, _, _), start in zip(inputs, starts, strict=True))
    if space.is_plus:
        return tuple(
            Block(i, chosen.index(layer) * spec.latent_dim, matrix) for i, layer, matrix in inputs
        )
    if space is spec.native_space:
        return tuple(Block(i, 0, matrix) for i, _, matrix in inputs)
    slopes = _mapping_slopes(gan, code)  # [L, D, z]
    return tuple(
        Block(i, 0, slopes[layer] if matrix is None else matrix @ slopes[layer])
        for i, layer, matrix in inputs
    )


def _mapping_slopes(gan: Generator, code: LatentCode) -> Tensor:
    """`dws/dz [L, D, z_dim]` of the mapping network at the z of a code, truncation included."""
    z = code.source_z
    assert z is not None  # `as_function` has checked it
    point = z.to(gan.device, gan.dtype)[0]
    basis = torch.eye(len(point), dtype=point.dtype, device=point.device)

    def push(tangent: Tensor) -> Tensor:
        return torch.func.jvp(lambda t: gan.map(t[None], code)[0], (point,), (tangent,))[1]

    return torch.func.vmap(push)(basis).permute(1, 2, 0)
