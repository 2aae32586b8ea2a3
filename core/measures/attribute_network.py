"""Reads attributes off the bundled generator's portraits: how open a mouth is, how long the hair.

The network learned from drawn portraits, whose attributes are known (`training/attribute_net.py`).
It applies to generators of these drawings alone: `reader_for` says whether one is.
"""

from __future__ import annotations

import math
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import BatchNorm1d, BatchNorm2d, Conv2d, Flatten, Linear, Module, ReLU, Sequential
from torch.nn import functional as F

from ..base.errors import CheckpointError, PackError
from ..base.execution import plain_tensors
from ..concepts.generator import Generator
from ..files.network_file import fill, read_network, read_rows

FORMAT = "portrait_attributes/2"
"""Value of the format key in the file's header."""

DEFAULT_FILE = Path(__file__).parents[2] / "assets" / "portraits_attributes.safetensors"
"""The bundled network."""

FEATURES = 96
"""Size of the features, which the Frechet distance compares."""

SIDE = 64
"""Side of the portraits that the network reads, in pixels."""

_MOST = 1000
"""Most attributes of one network."""

_WHAT = "attribute network"


class AttributeNetwork(Module):
    """Portraits of 64 pixels to features and standardised attributes."""

    def __init__(self, outputs: int) -> None:
        """Build the network with random weights.

        Args:
            outputs: Number of attributes A.
        """
        super().__init__()
        shapes = ((3, 32, 4, 2), (32, 48, 3, 1), (48, 64, 3, 2), (64, 64, 3, 1), (64, 80, 3, 2))
        layers: list[Module] = []
        for inputs, channels, size, stride in (*shapes, (80, 64, 3, 2)):
            padding = (size - stride + 1) // 2
            convolution = Conv2d(inputs, channels, size, stride, padding, bias=False)
            layers += [convolution, BatchNorm2d(channels), ReLU()]
        # Without the last normalisation, two thirds of the features die early in training.
        last = (Linear(64 * 16, FEATURES, bias=False), BatchNorm1d(FEATURES))
        self.body = Sequential(*layers, Flatten(), *last)
        self.head = Linear(FEATURES, outputs)

    def features(self, images: Tensor) -> Tensor:
        """Describe images.

        Args:
            images: `[N, 3, 64, 64]` in [-1, 1].

        Returns:
            `[N, 96]`, not negative.
        """
        return F.relu(self.body(images))

    def forward(self, images: Tensor) -> Tensor:
        """Read attributes in units of their deviation over the renders, 0 at the mean.

        Args:
            images: `[N, 3, 64, 64]` in [-1, 1].

        Returns:
            `[N, A]`.
        """
        return self.head(self.features(images))


def at_side(images: Tensor, side: int = SIDE) -> Tensor:
    """Images as a network of portraits sees them: square, of one size, within [-1, 1].

    Args:
        images: `[N, 3, H, W]`, nominal range [-1, 1].
        side: Height and width of the result.

    Returns:
        `[N, 3, side, side]` float32 in [-1, 1]; images of a multiple of that size are averaged
        over squares, others resized (bilinear with antialiasing). Differentiable.

    Raises:
        PackError: The images have another number of channels or axes.
    """
    if images.ndim != 4 or images.shape[1] != 3:
        raise PackError(f"Images have shape {list(images.shape)}", "[N, 3, H, W], in colour")
    images = images.float()
    height, width = images.shape[2:]
    if height == width and height % side == 0:
        images = F.avg_pool2d(images, height // side) if height > side else images
    else:
        images = F.interpolate(images, (side, side), mode="bilinear", antialias=True)
    return images.clamp(-1, 1)


@dataclass(frozen=True)
class AttributeReader:
    """A trained network with the values of its header."""

    network: AttributeNetwork
    """In evaluation mode, without gradients of its weights."""
    names: tuple[str, ...]
    """The attributes, in the order of the network's outputs."""
    mean: Tensor
    """[A], over the renders."""
    deviation: Tensor
    """[A], over the renders, positive."""
    r2: dict[str, float]
    """Share of variance explained on held-out renders, by attribute; at most 1."""
    renderer: str = ""
    """Version of the renderer that drew what it learned from."""

    def index(self, name: str) -> int:
        """The column of an attribute.

        Args:
            name: One of `names`.

        Returns:
            Its column, from 0.

        Raises:
            PackError: There is no such attribute.
        """
        if name not in self.names:
            raise PackError(
                f"There is no attribute {name[:60]!r}", f"one of {', '.join(self.names)}"
            )
        return self.names.index(name)

    def to(self, device: str | torch.device) -> AttributeReader:
        """The same reader on another device.

        Args:
            device: The device of the images that are read next.

        Returns:
            A reader with a copy of the network there; this one if it is there already.
        """
        if self.mean.device == torch.device(device):
            return self
        return replace(
            self,
            network=deepcopy(self.network).to(device),
            mean=self.mean.to(device),
            deviation=self.deviation.to(device),
        )

    def features(self, images: Tensor) -> Tensor:
        """Describe images; differentiable with respect to them.

        Args:
            images: `[N, 3, H, W]`, nominal range [-1, 1], on the network's device.

        Returns:
            `[N, 96]`, not negative.

        Raises:
            PackError: The images have another number of channels or axes.
        """
        return self.network.features(at_side(images))

    def scores(self, images: Tensor) -> Tensor:
        """Read attributes in units of their deviation over the renders, 0 at the mean.

        Differentiable with respect to the images, forwards and backwards.

        Args:
            images: `[N, 3, H, W]`, nominal range [-1, 1], on the network's device.

        Returns:
            `[N, A]`, columns as in `names`.

        Raises:
            PackError: The images have another number of channels or axes.
        """
        return self.network.head(self.features(images))

    def read(self, images: Tensor, chunk: int = 250) -> tuple[Tensor, Tensor]:
        """Describe images and read their attributes, without gradients.

        Args:
            images: `[N, 3, H, W]`, nominal range [-1, 1], on the network's device.
            chunk: Images at a time.

        Returns:
            Features `[N, 96]` and attributes `[N, A]` in the renderer's units.

        Raises:
            PackError: The images have another number of channels or axes.
        """
        with plain_tensors():
            features = torch.cat([self.features(part) for part in images.split(chunk)])
            return features, self.network.head(features) * self.deviation + self.mean


def load_attribute_reader(path: Path = DEFAULT_FILE) -> AttributeReader:
    """Load a trained network.

    Args:
        path: A safetensors file of at most 16 MB that `training/attribute_net.py` wrote.

    Returns:
        The network and its header.

    Raises:
        CheckpointError: The file is missing, damaged, or something else.
        FieldError: Its header is no JSON.
    """
    tensors, metadata = read_network(path, FORMAT, _WHAT)
    rows = [_checked(row, path) for row in read_rows(metadata, "attributes", path, _MOST)]
    network = AttributeNetwork(len(rows))
    fill(network, tensors, path, _WHAT)
    return AttributeReader(
        network.eval().requires_grad_(False),
        tuple(row["name"] for row in rows),
        torch.tensor([row["mean"] for row in rows]),
        torch.tensor([row["std"] for row in rows]),
        {row["name"]: float(row["r2"]) for row in rows},
        metadata.get("renderer", ""),
    )


def _checked(row: dict[str, Any], path: Path) -> dict[str, Any]:
    """A row of the header's table: a name, a mean, a deviation above 0, and R^2."""
    numbers = [row.get(key) for key in ("mean", "std", "r2")]
    sound = all(isinstance(n, (int, float)) and math.isfinite(n) for n in numbers)
    if not isinstance(row.get("name"), str) or not sound or row["std"] <= 0:
        raise CheckpointError(
            f"The header of {path.name} describes an attribute as {str(row)[:80]}",
            "name, mean, std above 0 and r2",
            "Get the file from the pack again",
        )
    return row


@lru_cache(maxsize=1)
def bundled_reader() -> AttributeReader:
    """The bundled network, loaded once, on the CPU.

    Returns:
        The reader.
    """
    with plain_tensors():
        return load_attribute_reader()


def reader_for(gan: Generator) -> AttributeReader | None:
    """The attribute network for a generator's pictures, where it can read them.

    Args:
        gan: Any generator.

    Returns:
        The bundled reader on the CPU, where the generator's file records that it was trained on
        drawings of the same renderer as the reader, at 64 pixels or a multiple; else none.
    """
    training = gan.details.get("training")
    height, width = gan.spec.img_size
    if not isinstance(training, dict) or height != width or height % SIDE:
        return None
    reader = bundled_reader()
    known = training.get("renderer")  # pyright: ignore[reportUnknownMemberType]
    return reader if gan.spec.img_channels == 3 and known == reader.renderer else None
