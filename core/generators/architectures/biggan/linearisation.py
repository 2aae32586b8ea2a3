"""BigGAN and BigGAN-deep linearised: tangents of z through convolutions that all tangents share.

A norm with stored mean and factor, then the activation f, make `f(n (1 + A z) + B z)` of features
x, with `n = factor (x - mean)`. With the slope m of f a tangent obeys

    dy = m (scale dx + n A dz + B dz),   scale = factor (1 + A z),

and scale goes into the weights of the convolution before the norm, except for the first norm of a
block, since the skip connection reads the same features. A block is one stage, skip connection
included.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ....concepts.linearisation import primal_dtype
from ...layers.activations import activation as activation_of
from ...layers.activations import slope_of
from ...layers.attention import SelfAttention
from ...layers.chains.chain import ChainLinearisation
from ...layers.chains.stages import AbstractStage, LatentStage, latent_map
from ...layers.convolution.shared_convolution import doubling, same_size, stored
from ...layers.modulation.conditional_norm import ConditionalNorm
from .blocks import Convolution, DeepBlock, whole_z
from .stages import AttentionStage, BlockStage, Step

if TYPE_CHECKING:
    from .blocks import Block
    from .network import Synthesis


def linearised_biggan(
    synthesis: Synthesis, ws: Tensor, y: Tensor, truncation_psi: float, dtype: torch.dtype
) -> ChainLinearisation:
    """Run the network once and store what its derivative needs.

    Args:
        synthesis: The layers.
        ws: `[1, num_ws, z_dim]`.
        y: `[1, E]`, the embedded class.
        truncation_psi: Truncation whose statistics the norms use.
        dtype: Precision of the tangents; the network itself runs in `primal_dtype`.

    Returns:
        The linearisation.
    """
    exact, settings = primal_dtype(ws.device), synthesis.settings
    function = activation_of(settings.activation)
    ws, y = ws.to(exact), y.to(exact)
    z_dim = ws.shape[2]
    first, chunk = copy.deepcopy(synthesis.first).to(exact), settings.chunk(0)
    z = ws[:, 0, chunk]
    x = first(torch.cat([z, y], dim=1) if settings.deep else z)
    x = x.unflatten(1, (-1, settings.base, settings.base))
    matrix = whole_z(first.weight, chunk, z_dim).unflatten(0, tuple(x.shape[1:]))
    stages: list[AbstractStage] = [LatentStage(latent_map(matrix, dtype))]

    def attended(place: int, x: Tensor) -> Tensor:
        if place not in settings.attention:
            return x
        module = synthesis.get_submodule(f"attention{place}")
        assert isinstance(module, SelfAttention)
        stages.append(AttentionStage(copy.deepcopy(module).to(dtype), stored(x, dtype)))
        return copy.deepcopy(module).to(exact)(x)

    for index in range(len(settings.blocks)):
        x, condition, chunk = attended(index, x), y, slice(0, 0)
        if settings.hierarchical:
            chunk = settings.chunk(index + 1)
            condition = torch.cat([ws[:, index + 1, chunk], y], dim=1)
        block = copy.deepcopy(synthesis.block(index)).to(exact)
        block_z = z_dim * settings.hierarchical
        norms = [_conditional(n, condition, truncation_psi, chunk, block_z) for n in block.norms()]
        after = block(x, condition, truncation_psi, function)
        stages.append(_block(block, x, after, norms, function, block_z, dtype))
        x = after
    x = attended(len(settings.blocks), x)
    last = copy.deepcopy(synthesis.last).to(exact)
    mean, factor = last.norm.statistics(truncation_psi)
    norm = Norm(mean, factor, factor * last.norm.weight, last.norm.bias, None)
    image = last(x, truncation_psi)
    steps = _steps(x, [norm], [last.conv], -1, function, dtype)
    slope = stored(1 - image.square(), dtype)
    shape = (image.shape[1], image.shape[2], image.shape[3])
    scale = norm.scale[None, :, None, None].to(dtype)
    stages.append(BlockStage(0, scale, steps, 0, None, 1, shape, slope))
    return ChainLinearisation(stages, None, dtype)


@dataclass(frozen=True)
class Norm:
    """A norm at one condition: `factor (x - mean)` is n, `scale (x - mean) + shift` its output."""

    mean: Tensor
    """`[C]`."""
    factor: Tensor
    """`[C]`."""
    scale: Tensor
    """`[C]`."""
    shift: Tensor
    """`[C]`."""
    maps: tuple[Tensor, Tensor] | None
    """A and B, `[C, D]` each; none where the norm does not depend on z."""


def _conditional(
    norm: ConditionalNorm, condition: Tensor, truncation_psi: float, chunk: slice, z_dim: int
) -> Norm:
    """A conditional norm at a condition whose first part is a chunk of z, if `z_dim` is not 0."""
    mean, factor = norm.statistics(truncation_psi)
    maps = None
    if z_dim:
        maps = (whole_z(norm.scale.weight, chunk, z_dim), whole_z(norm.shift.weight, chunk, z_dim))
    scale = factor * (1 + norm.scale(condition)[0])
    return Norm(mean, factor, scale, norm.shift(condition)[0], maps)


def _block(
    block: Block | DeepBlock,
    x: Tensor,
    after: Tensor,
    norms: Sequence[Norm],
    function: Callable[[Tensor], Tensor],
    z_dim: int,
    dtype: torch.dtype,
) -> BlockStage:
    """A block linearised at its features x; `after` is its output."""
    convolutions, doubling_step = [block.conv0, block.conv1], 0
    skip = None
    if isinstance(block, DeepBlock):
        convolutions, doubling_step = [*convolutions, block.conv2, block.conv3], 1
    elif block.skip is not None:
        skip = same_size(block.skip.weight).stored(dtype)
    steps = _steps(x, norms, convolutions, doubling_step if block.up else -1, function, dtype)
    shape = (after.shape[1], after.shape[2], after.shape[3])
    scale = norms[0].scale[None, :, None, None].to(dtype)
    return BlockStage(z_dim, scale, steps, shape[0], skip, 1 + block.up, shape)


def _steps(
    x: Tensor,
    norms: Sequence[Norm],
    convolutions: Sequence[Convolution],
    doubling_step: int,
    function: Callable[[Tensor], Tensor],
    dtype: torch.dtype,
) -> tuple[Step, ...]:
    """Linearise norms and convolutions in turn; step `doubling_step` doubles the resolution."""
    steps: list[Step] = []
    for number, (norm, convolution) in enumerate(zip(norms, convolutions, strict=True)):
        centred = x - norm.mean[:, None, None]
        h = centred * norm.scale[:, None, None] + norm.shift[:, None, None]
        weight = convolution.weight
        linear = doubling(weight, turned=False) if number == doubling_step else same_size(weight)
        last = number + 1 == len(norms)
        scaled = linear if last else linear.scaled(norms[number + 1].scale)
        maps = None
        if norm.maps is not None:
            maps = (norm.maps[0].to(dtype), norm.maps[1].to(dtype))
        normal = stored(centred * norm.factor[:, None, None], dtype)
        slope = stored(slope_of(function, h), dtype)
        steps.append(Step(slope, normal, maps, scaled.stored(dtype)))
        x = linear(function(h)) + convolution.bias[:, None, None]
    return tuple(steps)
