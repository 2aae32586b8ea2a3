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
    """How one input of a linearisation depends on some coordinates of a displacement."""

    index: int
    """Index of the input."""
    start: int
    """Index of the first of these coordinates."""
    matrix: Tensor | None
    """`[channels, width]`, from coordinates to the input; none means the identity."""


@dataclass(frozen=True)
class ImageMap:
    """What Jacobian strategies differentiate: a map from `[d]` to `[C, H, W]` at a point."""

    function: Callable[[Tensor], Tensor]
    """From a displacement `[d]` to an image `[C, H, W]`."""
    point: Tensor
    """`[d]`, where to differentiate; its device and type are those of the network."""
    image_shape: tuple[int, int, int]
    """Channels, height and width of what `function` returns."""
    linearise: Callable[[torch.dtype], AbstractLinearisation | None] = lambda dtype: None
    """From the type of tangents to the architecture's own linearisation of the full image, if it
    has one."""
    blocks: tuple[Block, ...] = ()
    """How the inputs of that linearisation depend on the displacement; others are constant."""
    reduce: Callable[[Tensor], Tensor] | None = None
    """Linear map from full images `[B, C, H, W]` to `[B, *image_shape]`, if any."""

    @property
    def size(self) -> int:
        """Number d of coordinates."""
        return len(self.point)


@dataclass(frozen=True)
class LinearMap:
    """`J = dG/ddelta` through a linearisation: both products, in latent coordinates."""

    linearisation: AbstractLinearisation
    """The derivative by its inputs."""
    blocks: tuple[Block, ...]
    """How inputs depend on coordinates."""
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
    """The image as a function of a displacement of one code, with its linearisation if any.

    Args:
        gan: The generator.
        code: One code.
        space: Space of the displacement.
        layers: Layers that are displaced; none means all.
        noise_mode: "const" or "none".

    Returns:
        The map at displacement zero.

    Raises:
        LatentError: The space needs a z that the code does not have, some layers were chosen in Z
            although the generator has a mapping network, or the noise is not constant.
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
    """How styles, or latents of layers where there are no styles, depend on a displacement."""
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
    jacobian = _mapping_jacobian(gan, code)  # [L, D, z]
    return tuple(
        Block(i, 0, jacobian[layer] if matrix is None else matrix @ jacobian[layer])
        for i, layer, matrix in inputs
    )


def _mapping_jacobian(gan: Generator, code: LatentCode) -> Tensor:
    """`dws/dz [L, D, z_dim]` of mapping network and truncation at the z of a code."""
    z = code.source_z
    assert z is not None  # checked by `as_function`
    point = z.to(gan.device, gan.dtype)[0]
    basis = torch.eye(len(point), dtype=point.dtype, device=point.device)

    def push(tangent: Tensor) -> Tensor:
        return torch.func.jvp(lambda t: gan.map(t[None], code)[0], (point,), (tangent,))[1]

    return torch.func.vmap(push)(basis).permute(1, 2, 0)
