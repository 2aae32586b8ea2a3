"""Sizes of an encoder of photographs, from the names and shapes of its tensors alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from ...base.errors import CheckpointError

_UNITS, _HEADS, _STEPS = 400, 64, 12
"""Most units of a body, heads, and convolutions of a head; the published ones have 50, 18 and 6."""

_SIDE = 1024
"""Largest side of the pictures that an encoder reads; the published ones read 256 pixels."""


@dataclass(frozen=True)
class UnitSettings:
    """One residual unit of the body (IR or IR-SE, after ArcFace)."""

    inputs: int
    """Channels that it reads."""
    outputs: int
    """Channels that it writes."""
    stride: int
    """2 where it halves the size, else 1."""
    squeezed: int
    """Channels between the two maps of squeeze-and-excitation; 0 without it."""
    projected: bool
    """Whether a convolution is on the way around; else pixels are left out."""


@dataclass(frozen=True)
class EncoderSettings:
    """Sizes of an encoder."""

    width: int
    """Channels of the first convolution."""
    units: tuple[UnitSettings, ...]
    """The body."""
    heads: tuple[tuple[int, ...], ...]
    """For each head (map2style) its channels from the features to the code; empty for an encoder
    into W, whose one map reads averages."""
    laterals: tuple[tuple[int, int], ...]
    """Channels in and out of the convolutions that add finer features: of the last stage but one,
    and of the one before."""
    w_dim: int
    """Numbers of a code."""

    @property
    def coarse(self) -> int:
        """Convolutions of the heads that read the smallest features."""
        return min((len(head) - 1 for head in self.heads), default=0)

    @property
    def side(self) -> int:
        """Height and width of the pictures in pixels: the smallest features reach 1 x 1."""
        halved = sum(unit.stride == 2 for unit in self.units)
        return 1 << (halved + (self.coarse if self.heads else 4))


def settings_of(tensors: Mapping[str, Tensor], name: str) -> EncoderSettings:
    """Read the sizes off the tensors.

    Args:
        tensors: Those of an encoder, without a root.
        name: The file, for messages.

    Returns:
        The sizes.

    Raises:
        CheckpointError: It reads something other than colour pictures, is a network that compares
            faces, or is larger than any encoder.
    """
    first = tensors["input_layer.0.weight"]
    if first.ndim != 4 or first.shape[1] != 3:
        raise CheckpointError(
            f"{name} holds an encoder that reads {first.shape[1] if first.ndim == 4 else 'no'} "
            "channels",
            "one that reads a photograph, 3 channels",
            "Encoders that also read a first guess (ReStyle) or drawings are not supported",
        )
    count = _numbered(tensors, "body.{}.res_layer.1.weight", _UNITS)
    heads = _numbered(tensors, "styles.{}.linear.weight", _HEADS)
    if not heads and "linear.weight" not in tensors:
        raise CheckpointError(
            f"{name} holds the body of an encoder without heads, as networks that compare faces "
            "have it",
            "heads into W+ (styles.0.linear.weight) or into W (linear.weight)",
            "Use the file of an encoder, such as e4e or pSp",
        )
    widths = tuple(_head(tensors, number) for number in range(heads))
    laterals = tuple(
        (int(tensor.shape[1]), int(tensor.shape[0]))
        for part in ("latlayer1.weight", "latlayer2.weight")
        if (tensor := tensors.get(part)) is not None and tensor.ndim == 4
    )
    w_dim = widths[0][-1] if widths else int(tensors["linear.weight"].shape[0])
    units = tuple(_unit(tensors, number) for number in range(count))
    found = EncoderSettings(int(first.shape[0]), units, widths, laterals if heads else (), w_dim)
    _check(found, name)
    return found


def _check(found: EncoderSettings, name: str) -> None:
    """Refuse what no encoder is built like."""
    halved = sum(unit.stride == 2 for unit in found.units)
    finest = max((len(head) - 1 for head in found.heads), default=0) - found.coarse
    if not found.units or halved + found.coarse > 20 or found.side > _SIDE:
        raise CheckpointError(
            f"{name} holds an encoder of {len(found.units)} units that halves the picture "
            f"{halved + found.coarse} times",
            f"one that reads pictures of at most {_SIDE} pixels",
            "The file is damaged, or of a variant that the pack does not know",
        )
    if finest > min(len(found.laterals), halved - 1) or any(
        h[-1] != found.w_dim for h in found.heads
    ):
        raise CheckpointError(
            f"{name} holds heads at {finest + 1} sizes of features, and "
            f"{len(found.laterals)} convolutions that add finer features",
            "heads for codes of one size, at up to three sizes of features",
            "The file is of a variant that the pack does not know",
        )


def _numbered(tensors: Mapping[str, Tensor], pattern: str, most: int) -> int:
    """How many tensors of a pattern follow each other from 0 on."""
    return next((n for n in range(most) if pattern.format(n) not in tensors), most)


def _unit(tensors: Mapping[str, Tensor], number: int) -> UnitSettings:
    """One unit; a stage begins with the first unit and with every one that changes the channels."""
    outputs, inputs = tensors[f"body.{number}.res_layer.1.weight"].shape[:2]
    squeeze = tensors.get(f"body.{number}.res_layer.5.fc1.weight")
    squeezed = 0 if squeeze is None else int(squeeze.shape[0])
    stride = 2 if number == 0 or inputs != outputs else 1
    projected = f"body.{number}.shortcut_layer.0.weight" in tensors
    return UnitSettings(int(inputs), int(outputs), stride, squeezed, projected)


def _head(tensors: Mapping[str, Tensor], number: int) -> tuple[int, ...]:
    """Channels of one head: of its input, after each convolution, and of the code."""
    start = f"styles.{number}"
    shapes = [
        tensor.shape
        for step in range(_STEPS)
        if (tensor := tensors.get(f"{start}.convs.{2 * step}.weight")) is not None
    ]
    inputs = [int(shape[1]) for shape in shapes[:1]]
    return (
        *inputs,
        *(int(s[0]) for s in shapes[:-1]),
        int(tensors[f"{start}.linear.weight"].shape[0]),
    )
