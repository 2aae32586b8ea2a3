"""Settings of BigGAN and BigGAN-deep, and how they are read from names and shapes of tensors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from torch import Tensor

from ....base.errors import CheckpointError
from ...declared_config import declared_number, numbers_in_names
from ...layers.activations import activation as activation_of

LARGEST = 2048
"""Sides of an image in pixels; a small hostile file could else request any amount of memory."""


@dataclass(frozen=True)
class BigGANBlock:
    """Channels of one residual block."""

    inputs: int
    """Input channels."""
    outputs: int
    """Output channels."""
    hidden: int
    """Channels between its convolutions."""
    skip: bool = False
    """Whether the skip connection has a 1x1 convolution; BigGAN-deep drops channels instead."""


@dataclass(frozen=True)
class BigGANSettings:
    """Sizes and options of one BigGAN or BigGAN-deep network."""

    deep: bool
    """Whether it is BigGAN-deep, with bottleneck blocks and the whole z in each of them."""
    z_dim: int
    """Size of z."""
    c_dim: int
    """Number of classes."""
    blocks: tuple[BigGANBlock, ...]
    """From the first layer to the image."""
    upsampling: tuple[int, ...]
    """Indices of the blocks that double the resolution."""
    embed_features: int = 0
    """Size of the shared class embedding; 0 where every norm has weights per class instead."""
    hierarchical: bool = True
    """Whether the blocks read z: the whole z in BigGAN-deep, one chunk per layer in BigGAN."""
    attention: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    """Number of blocks before each self-attention, to the channels of its keys and values."""
    base: int = 4
    """Sides of the first layer's output in pixels."""
    img_channels: int = 3
    """Channels of the image."""
    statistics: int = 1
    """Truncation values from 0 to 1 that batch norm has statistics for; 1 for one set for all."""
    eps: float = 1e-4
    """Added to the variance in the blocks' batch norms."""
    output_eps: float = 1e-4
    """The same in the last batch norm."""
    activation: str = "relu"
    """Between the layers; a name as in `layers.activations`."""

    def __post_init__(self) -> None:
        """Validate the settings.

        Raises:
            CheckpointError: They do not, or the image is too large.
        """
        activation_of(self.activation)
        for index, block in enumerate(self.blocks):
            below = self.blocks[index - 1].outputs if index else block.inputs
            if block.inputs != below:
                raise CheckpointError(
                    f"Block {index} takes {block.inputs} channels",
                    f"{below}, the outputs of the block before it",
                )
            if not block.skip and (
                block.outputs > block.inputs or (block.outputs < block.inputs and not self.deep)
            ):
                raise CheckpointError(
                    f"Block {index} has {block.inputs} input and {block.outputs} output channels "
                    "without a convolution in its skip connection",
                    "a convolution there, or fewer outputs, to which BigGAN-deep drops channels",
                )
        places = [place for place in self.attention if not 0 <= place <= len(self.blocks)]
        if places:
            raise CheckpointError(
                f"Self-attention after {places[0]} blocks was found", f"{len(self.blocks)} at most"
            )
        unknown = [i for i in self.upsampling if not 0 <= i < len(self.blocks)]
        if unknown:
            raise CheckpointError(
                f"upsampling names block {unknown[0]}",
                f"numbers from 0 to {len(self.blocks) - 1}",
            )
        if self.resolution(len(self.blocks)) > LARGEST:
            raise CheckpointError(
                f"The blocks make an image of {self.resolution(len(self.blocks))} pixels a side",
                f"{LARGEST} at most",
            )

    @property
    def num_ws(self) -> int:
        """Layers with a latent: the first, and every block if z is hierarchical."""
        return 1 + len(self.blocks) * self.hierarchical

    def resolution(self, blocks: int) -> int:
        """Side of the features in pixels after a number of blocks.

        Args:
            blocks: Number of blocks.

        Returns:
            `base` times 2 for each of them that doubles the resolution.
        """
        return self.base * 2 ** sum(index < blocks for index in self.upsampling)

    def chunk(self, layer: int) -> slice:
        """The part of z that a layer reads.

        Args:
            layer: From 0, the first layer, to `num_ws - 1`; block i is layer i + 1.

        Returns:
            A range of columns; empty for a block that reads none.
        """
        if self.deep:
            return slice(0, self.z_dim)
        if not self.hierarchical:
            return slice(0, 0 if layer else self.z_dim)
        size = self.z_dim // self.num_ws
        return slice(layer * size, (layer + 1) * size)


def read_settings(
    tensors: Mapping[str, Tensor], config: Mapping[str, Any], deep: bool
) -> BigGANSettings:
    """Read the settings from the shapes of the tensors.

    Args:
        tensors: Canonical names to tensors.
        config: Values of `eps`, `output_eps`, `activation`, `upsampling`, `embed_features`
            and `c_dim`, where known.
        deep: Whether the blocks are those of BigGAN-deep.

    Returns:
        The settings.

    Raises:
        CheckpointError: The shapes contradict each other, or a value cannot be read.
    """
    blocks = tuple(_read_block(tensors, index, deep) for index in range(_count(tensors)))
    _, columns = _ends(tensors, "synthesis.block0.norm0.scale.weight")
    shared = "embed.weight" in tensors
    stated = None if config.get("c_dim") is None else int(declared_number(config, "c_dim", 0))
    features, c_dim = _ends(tensors, "embed.weight") if shared else (0, stated or columns)
    wanted = int(declared_number(config, "embed_features", features))
    if stated not in (None, c_dim) or wanted != features:
        raise CheckpointError(
            f"{c_dim} classes are embedded in {features} numbers, {stated or c_dim} in {wanted} "
            "are stated",
            "the same numbers",
            "The file may have lost its class embedding",
        )
    chunk = columns - (features if shared else c_dim)  # of z, beside the class
    rows, first = _ends(tensors, "synthesis.first.weight")
    base = math.isqrt(rows // blocks[0].inputs)
    fitting = columns if deep else chunk or first
    if base * base * blocks[0].inputs != rows or first != fitting or chunk < int(deep):
        raise CheckpointError(
            f"A first layer of shape {[rows, first]} precedes a block of {blocks[0].inputs} "
            f"channels whose norms have {columns} inputs, {features} of them of the class",
            "a square of outputs per channel, and as much of z in both",
        )
    eps = declared_number(config, "eps", 1e-4 if deep else 1e-5)
    return BigGANSettings(
        deep=deep,
        z_dim=chunk if deep else chunk * (len(blocks) + 1) or first,
        c_dim=c_dim,
        blocks=blocks,
        upsampling=_upsampling(config.get("upsampling"), blocks, deep),
        embed_features=features,
        hierarchical=chunk > 0,
        attention=_read_attention(tensors),
        base=base,
        img_channels=tensors["synthesis.last.conv.weight"].shape[0],
        statistics=tensors["synthesis.block0.norm0.statistics.mean"].shape[0],
        eps=eps,
        output_eps=declared_number(config, "output_eps", eps),
        activation=str(config.get("activation") or "relu"),
    )


def _count(tensors: Mapping[str, Tensor]) -> int:
    """Number of blocks."""
    return 1 + max(numbers_in_names(tensors, r"synthesis\.block(\d+)\..*"))


def _ends(tensors: Mapping[str, Tensor], name: str) -> tuple[int, int]:
    """Outputs and inputs of a required matrix or convolution."""
    tensor = tensors.get(name)
    if tensor is None or tensor.ndim < 2 or not tensor.numel():
        found = "is absent" if tensor is None else f"is of shape {list(tensor.shape)}"
        raise CheckpointError(f"{name} {found}", "weights of every layer, without a gap")
    return tensor.shape[0], tensor.shape[1]


def _read_block(tensors: Mapping[str, Tensor], index: int, deep: bool) -> BigGANBlock:
    """One block's channels, from its convolutions."""
    root = f"synthesis.block{index}"
    hidden, inputs = _ends(tensors, f"{root}.conv0.weight")
    outputs, _ = _ends(tensors, f"{root}.conv{3 if deep else 1}.weight")
    return BigGANBlock(inputs, outputs, hidden, skip=f"{root}.skip.weight" in tensors)


def _read_attention(tensors: Mapping[str, Tensor]) -> dict[int, tuple[int, int]]:
    """Every self-attention, from its convolutions."""
    places = numbers_in_names(tensors, r"synthesis\.attention(\d+)\.keys\.weight")
    roots = {place: f"synthesis.attention{place}" for place in places}
    return {
        place: (
            _ends(tensors, f"{root}.keys.weight")[0],
            _ends(tensors, f"{root}.out.weight")[1],
        )
        for place, root in roots.items()
    }


def _upsampling(value: Any, blocks: Sequence[BigGANBlock], deep: bool) -> tuple[int, ...]:
    """Which blocks double the resolution: as declared, or as in every published BigGAN.

    BigGAN-deep doubles in every second block. A block of BigGAN doubles where its skip connection
    has a convolution, since a block that keeps resolution and channels needs none.

    Returns:
        Ascending numbers.

    Raises:
        CheckpointError: The declared value is not a list of numbers.
    """
    if value is None or value == "":
        return tuple(i for i, block in enumerate(blocks) if (i % 2 == 1 if deep else block.skip))
    numbers = [value] if isinstance(value, int) else value
    numbers = numbers.split(",") if isinstance(numbers, str) else numbers
    try:
        return tuple(sorted({int(number) for number in cast("Sequence[Any]", numbers)}))
    except (TypeError, ValueError):
        raise CheckpointError(
            f"upsampling={value!r} cannot be read", 'numbers of blocks from 0, as in "1,3,5"'
        ) from None
