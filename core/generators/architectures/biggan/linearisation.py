"""BigGAN and BigGAN-deep linearised: tangents of z through convolutions that all tangents share.

A norm with stored mean and factor, then the activation f, make `f(n (1 + A z) + B z)` of features
x, with `n = factor (x - mean)`. With the slope m of f a tangent obeys

    dy = m (scale dx + n A dz + B dz),   scale = factor (1 + A z),

and scale goes into the weights of the convolution that makes x, except at the head of a block,
whose features also lead around it. A block is one stage, whatever runs beside it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from ....concepts.linearisation import primal_dtype
from ...layers.activations import activation as activation_of
from ...layers.activations import slope_of
from ...layers.attention import SelfAttention
from ...layers.chains.chain import ChainLinearisation
from ...layers.chains.stages import AbstractStage, LatentStage, latent_map
from ...layers.convolution.nearest import nearest_upsample, nearest_upsample_transposed
from ...layers.convolution.shared_convolution import SharedConvolution, doubling, kept, same_size
from ...layers.modulation.conditional_norm import ConditionalNorm
from .blocks import Convolution, DeepBlock

if TYPE_CHECKING:
    from .blocks import Block
    from .network import Synthesis


@dataclass(frozen=True)
class Step:
    """A norm, the activation, and the convolution that reads it."""

    slope: Tensor
    """`[1, C, H, W]`, m."""
    normal: Tensor
    """`[1, C, H, W]`, n."""
    maps: tuple[Tensor, Tensor] | None
    """A and B, `[C, D]` each; none where no latent enters."""
    convolution: SharedConvolution
    """Times the scale of the norm that follows, if one does."""

    def push(self, c: Tensor | None, own: Tensor | None) -> Tensor:
        """Scaled tangents `[B, C, H, W]`, overwritten, and latents `[B, D]` to `[B, O, H', W']`."""
        if own is not None and self.maps is not None:
            scale, shift = ((own @ part.T)[:, :, None, None] for part in self.maps)
            if c is None:
                c = torch.addcmul(shift, self.normal, scale)
            else:
                c = c.addcmul_(self.normal, scale).add_(shift)
        assert c is not None  # something moves
        return self.convolution(c.mul_(self.slope))

    def pull(self, g: Tensor) -> tuple[Tensor, Tensor | None]:
        """The transpose."""
        g = self.convolution.pull(g).mul_(self.slope)
        if self.maps is None:
            return g, None
        scale, shift = self.maps
        return g, (g * self.normal).sum(dim=(2, 3)) @ scale + g.sum(dim=(2, 3)) @ shift


@dataclass(frozen=True)
class BlockStage(AbstractStage):
    """Some steps, and what leads around them."""

    size: int
    """Size of the latent that enters, 0 where none does."""
    scale: Tensor
    """`[1, C, 1, 1]`, of the first norm."""
    steps: tuple[Step, ...]
    """In order."""
    around: int
    """Channels that lead around; 0 for none."""
    skip: SharedConvolution | None
    """What they pass through, if anything."""
    factor: int
    """How often each pixel of what leads around is repeated in both directions."""
    made: tuple[int, int, int]
    """Channels, height and width of the result."""
    slope: Tensor | None = None
    """`[1, C, H, W]`, of what bounds the result, if anything does."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """See `AbstractStage.shape`."""
        return self.made

    @property
    def device(self) -> torch.device:
        """See `AbstractStage.device`."""
        return self.scale.device

    @property
    def own(self) -> int:
        """See `AbstractStage.own`."""
        return self.size

    def push(self, below: Tensor | None, own: Tensor | None) -> Tensor:
        """See `AbstractStage.push`."""
        c = None if below is None else below * self.scale
        for step in self.steps:
            c = step.push(c, own)
        assert c is not None  # there are steps
        if below is not None and self.around:
            beside = below[:, : self.around] if self.skip is None else self.skip(below)
            c.add_(nearest_upsample(beside, self.factor))
        return c if self.slope is None else c.mul_(self.slope)

    def pull(self, g: Tensor) -> tuple[Tensor, Tensor | None]:
        """See `AbstractStage.pull`."""
        g = g if self.slope is None else g * self.slope
        beside, total = g, None
        for step in reversed(self.steps):
            g, own = step.pull(g)
            if own is not None:
                total = own if total is None else total + own
        g = g * self.scale
        if self.around:
            beside = nearest_upsample_transposed(beside, self.factor)
            if self.skip is None:
                beside = F.pad(beside, (0, 0, 0, 0, 0, g.shape[1] - self.around))
            else:
                beside = self.skip.pull(beside)
            g = g + beside
        return g, total


@dataclass(frozen=True)
class AttentionStage(AbstractStage):
    """Self-attention, whose few products are left to forward mode."""

    module: SelfAttention
    """The layer, in the precision of the tangents."""
    features: Tensor
    """`[1, C, H, W]`, what it reads."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """See `AbstractStage.shape`."""
        return self.features.shape[1], self.features.shape[2], self.features.shape[3]

    @property
    def device(self) -> torch.device:
        """See `AbstractStage.device`."""
        return self.features.device

    @property
    def own(self) -> int:
        """See `AbstractStage.own`."""
        return 0

    def push(self, below: Tensor | None, own: Tensor | None) -> Tensor:
        """See `AbstractStage.push`."""
        assert below is not None  # no input enters here

        def one(tangent: Tensor) -> Tensor:
            return torch.func.jvp(self.module, (self.features,), (tangent[None],))[1][0]

        return kept(torch.func.vmap(one)(below), below.dtype)

    def pull(self, g: Tensor) -> tuple[Tensor, None]:
        """See `AbstractStage.pull`."""
        backward = torch.func.vjp(self.module, self.features)[1]
        return torch.func.vmap(lambda one: backward(one[None])[0][0])(g), None


def linearised_biggan(
    synthesis: Synthesis, ws: Tensor, y: Tensor, truncation_psi: float, dtype: torch.dtype
) -> ChainLinearisation:
    """Run the network once and keep what its derivative needs.

    Args:
        synthesis: The layers.
        ws: `[1, num_ws, z_dim]`.
        y: `[1, E]`, the embedded class.
        truncation_psi: Chooses the statistics of the norms.
        dtype: Precision of the tangents; the run itself is in float64 where the device has it.

    Returns:
        The linearisation.
    """
    wide, settings = primal_dtype(ws.device), synthesis.settings
    function = activation_of(settings.activation)
    ws, y = ws.to(wide), y.to(wide)
    z_dim = ws.shape[2]
    first, chunk = copy.deepcopy(synthesis.first).to(wide), settings.chunk(0)
    z = ws[:, 0, chunk]
    x = first(torch.cat([z, y], dim=1) if settings.deep else z)
    x = x.unflatten(1, (-1, settings.base, settings.base))
    matrix = _whole(first.weight, chunk, z_dim).unflatten(0, tuple(x.shape[1:]))
    stages: list[AbstractStage] = [LatentStage(latent_map(matrix, dtype))]

    def attended(place: int, x: Tensor) -> Tensor:
        if place not in settings.attention:
            return x
        module = synthesis.get_submodule(f"attention{place}")
        assert isinstance(module, SelfAttention)
        stages.append(AttentionStage(copy.deepcopy(module).to(dtype), kept(x, dtype)))
        return copy.deepcopy(module).to(wide)(x)

    for index in range(len(settings.blocks)):
        x, condition, chunk = attended(index, x), y, slice(0, 0)
        if settings.hierarchical:
            chunk = settings.chunk(index + 1)
            condition = torch.cat([ws[:, index + 1, chunk], y], dim=1)
        block = copy.deepcopy(synthesis.block(index)).to(wide)
        size = z_dim * settings.hierarchical
        norms = [_conditional(n, condition, truncation_psi, chunk, size) for n in block.norms()]
        after = block(x, condition, truncation_psi, function)
        stages.append(_block(block, x, after, norms, function, size, dtype))
        x = after
    x = attended(len(settings.blocks), x)
    last = copy.deepcopy(synthesis.last).to(wide)
    mean, factor = last.norm.statistics(truncation_psi)
    norm = Norm(mean, factor, factor * last.norm.weight, last.norm.bias, None)
    image = last(x, truncation_psi)
    steps = _steps(x, [norm], [last.conv], -1, function, dtype)
    slope = kept(1 - image.square(), dtype)
    made = (image.shape[1], image.shape[2], image.shape[3])
    scale = norm.scale[None, :, None, None].to(dtype)
    stages.append(BlockStage(0, scale, steps, 0, None, 1, made, slope))
    return ChainLinearisation(stages, None, dtype)


@dataclass(frozen=True)
class Norm:
    """A norm at one condition; `[C]` each."""

    mean: Tensor
    """What is subtracted."""
    factor: Tensor
    """What n is scaled by."""
    scale: Tensor
    """What x - mean is scaled by in all."""
    shift: Tensor
    """What is then added."""
    maps: tuple[Tensor, Tensor] | None
    """See `Step.maps`."""


def _conditional(
    norm: ConditionalNorm, condition: Tensor, truncation_psi: float, chunk: slice, size: int
) -> Norm:
    """A conditional norm, of which a latent of some size gives the first part of the condition."""
    mean, factor = norm.statistics(truncation_psi)
    maps = None
    if size:
        maps = (_whole(norm.scale.weight, chunk, size), _whole(norm.shift.weight, chunk, size))
    scale = factor * (1 + norm.scale(condition)[0])
    return Norm(mean, factor, scale, norm.shift(condition)[0], maps)


def _whole(weight: Tensor, chunk: slice, size: int) -> Tensor:
    """The columns of a chunk of z, which come first in `[O, chunk + E]`, in `[O, size]`."""
    full = weight.new_zeros(len(weight), size)
    full[:, chunk] = weight[:, : chunk.stop - chunk.start]
    return full


def _block(
    block: Block | DeepBlock,
    x: Tensor,
    after: Tensor,
    norms: Sequence[Norm],
    function: Callable[[Tensor], Tensor],
    size: int,
    dtype: torch.dtype,
) -> BlockStage:
    """A block in the precision of the run, linearised."""
    convolutions, doubled = [block.conv0, block.conv1], 0
    skip = None
    if isinstance(block, DeepBlock):
        convolutions, doubled = [*convolutions, block.conv2, block.conv3], 1
    elif block.skip is not None:
        skip = same_size(block.skip.weight).kept(dtype)
    steps = _steps(x, norms, convolutions, doubled if block.up else -1, function, dtype)
    made = (after.shape[1], after.shape[2], after.shape[3])
    scale = norms[0].scale[None, :, None, None].to(dtype)
    return BlockStage(size, scale, steps, made[0], skip, 1 + block.up, made)


def _steps(
    x: Tensor,
    norms: Sequence[Norm],
    convolutions: Sequence[Convolution],
    doubled: int,
    function: Callable[[Tensor], Tensor],
    dtype: torch.dtype,
) -> tuple[Step, ...]:
    """Run norms and convolutions by turns, the one numbered `doubled` doubling the image."""
    steps: list[Step] = []
    for number, (norm, convolution) in enumerate(zip(norms, convolutions, strict=True)):
        centred = x - norm.mean[:, None, None]
        h = centred * norm.scale[:, None, None] + norm.shift[:, None, None]
        weight = convolution.weight
        linear = doubling(weight, turned=False) if number == doubled else same_size(weight)
        following = norms[number + 1 : number + 2]
        scaled = linear.scaled(following[0].scale) if following else linear
        maps = None
        if norm.maps is not None:
            maps = (norm.maps[0].to(dtype), norm.maps[1].to(dtype))
        normal = kept(centred * norm.factor[:, None, None], dtype)
        slope = kept(slope_of(function, h), dtype)
        steps.append(Step(slope, normal, maps, scaled.kept(dtype)))
        x = linear(function(h)) + convolution.bias[:, None, None]
    return tuple(steps)
