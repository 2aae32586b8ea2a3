"""The layers of a network without branches, each linearised at one point."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from ..convolution.shared_convolution import SharedConvolution
from ..convolution.single_channels import SingleChannels


@dataclass(frozen=True)
class LatentMap:
    """A linear map from a latent to the first feature map."""

    matrix: Tensor
    """`[h w C, D]`: rows by pixel, then by channel."""
    shape: tuple[int, int, int]
    """Channels, height and width of the features."""

    def __call__(self, own: Tensor) -> Tensor:
        """Latents `[B, D]` to features `[B, C, h, w]`."""
        channels, height, width = self.shape
        return (own @ self.matrix.T).reshape(-1, height, width, channels).permute(0, 3, 1, 2)

    def pull(self, g: Tensor) -> Tensor:
        """Cotangents `[B, C, h, w]` to `[B, D]`."""
        return g.permute(0, 2, 3, 1).flatten(1) @ self.matrix


def latent_map(weight: Tensor, dtype: torch.dtype) -> LatentMap:
    """A map by its weight.

    Args:
        weight: `[C, h, w, D]`.
        dtype: Precision of the tangents.

    Returns:
        The map.
    """
    channels, height, width, size = weight.shape
    matrix = weight.permute(1, 2, 0, 3).reshape(-1, size)  # [h w C, D]
    return LatentMap(matrix.to(dtype), (channels, height, width))


class AbstractFinish(ABC):
    """What follows the linear map of a layer, linearised: rectifier, norm, style."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of the features."""

    @property
    @abstractmethod
    def device(self) -> torch.device:
        """Where it is."""

    @property
    def own(self) -> int:
        """Size of the input that enters here, 0 where none does."""
        return 0

    @abstractmethod
    def push(self, c: Tensor | None, own: Tensor | None) -> Tensor:
        """Carry tangents through.

        Args:
            c: `[B, C, H, W]`, overwritten; none where what the map gives does not move.
            own: `[B, own]`, or none where the input does not move or there is none.

        Returns:
            `[B, C, H, W]`.
        """

    @abstractmethod
    def pull(self, g: Tensor) -> tuple[Tensor, Tensor | None]:
        """The transpose: `[B, C, H, W]` to the same shape and `[B, own]`, if there is an input."""

    def singles(self, start: int, stop: int) -> SingleChannels | None:
        """What unit changes of the input do where each moves one channel; none where not."""
        return None


class AbstractStage(ABC):
    """One layer; tangents of its features come out of those of the features below."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of its features."""

    @property
    @abstractmethod
    def device(self) -> torch.device:
        """Where it is."""

    @property
    @abstractmethod
    def own(self) -> int:
        """Size of the input that enters here, 0 where none does."""

    @abstractmethod
    def push(self, below: Tensor | None, own: Tensor | None) -> Tensor:
        """Carry tangents through; one of both arguments is there.

        Args:
            below: `[B, I, H, W]`, not overwritten; none where nothing below moves.
            own: `[B, own]`, or none where its input does not move.

        Returns:
            `[B, *shape]`.
        """

    @abstractmethod
    def pull(self, g: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """The transpose: `[B, I, H, W]` and `[B, own]`; none where there is no such thing."""

    def singles(self, start: int, stop: int) -> SingleChannels | None:
        """What unit changes of the input do where each moves one channel; none where not."""
        return None

    def push_singles(self, below: SingleChannels) -> Tensor:
        """`push` of maps of one channel each, where its own input does not move."""
        return self.push(below.spread(), None)


@dataclass(frozen=True)
class Stage(AbstractStage):
    """A layer whose input enters after its map, or through a map of its own."""

    linear: SharedConvolution | LatentMap | None
    """Its map; none where the layer begins with a constant."""
    finish: AbstractFinish
    """What follows."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """See `AbstractStage.shape`."""
        return self.finish.shape

    @property
    def device(self) -> torch.device:
        """See `AbstractStage.device`."""
        return self.finish.device

    @property
    def own(self) -> int:
        """See `AbstractStage.own`."""
        if isinstance(self.linear, LatentMap):
            return self.linear.matrix.shape[1]
        return self.finish.own

    def push(self, below: Tensor | None, own: Tensor | None) -> Tensor:
        """See `AbstractStage.push`."""
        c = None
        if isinstance(self.linear, LatentMap):
            c = None if own is None else self.linear(own)
        elif self.linear is not None and below is not None:
            c = self.linear(below)
        return self.finish.push(c, own if self.finish.own else None)

    def pull(self, g: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """See `AbstractStage.pull`."""
        g, own = self.finish.pull(g)
        if isinstance(self.linear, LatentMap):
            seen = self.linear.pull(g)
            return None, seen if own is None else seen + own
        return None if self.linear is None else self.linear.pull(g), own

    def singles(self, start: int, stop: int) -> SingleChannels | None:
        """See `AbstractStage.singles`."""
        return self.finish.singles(start, stop)

    def push_singles(self, below: SingleChannels) -> Tensor:
        """See `AbstractStage.push_singles`."""
        assert isinstance(self.linear, SharedConvolution)  # only a first layer has another map
        return self.finish.push(self.linear.of_singles(below), None)


@dataclass(frozen=True)
class LatentStage(AbstractStage):
    """First features that are a map of a latent, with nothing after it."""

    linear: LatentMap
    """The map."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """See `AbstractStage.shape`."""
        return self.linear.shape

    @property
    def device(self) -> torch.device:
        """See `AbstractStage.device`."""
        return self.linear.matrix.device

    @property
    def own(self) -> int:
        """See `AbstractStage.own`."""
        return self.linear.matrix.shape[1]

    def push(self, below: Tensor | None, own: Tensor | None) -> Tensor:
        """See `AbstractStage.push`."""
        assert own is not None  # nothing is below
        return self.linear(own)

    def pull(self, g: Tensor) -> tuple[None, Tensor]:
        """See `AbstractStage.pull`."""
        return None, self.linear.pull(g)
