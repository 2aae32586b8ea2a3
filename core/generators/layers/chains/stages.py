"""The layers of a chain, each linearised at one point.

A stage maps tangents of the features below it, and of its own input (a style or a latent), to
tangents of its features. Most stages are a linear map followed by an epilogue.
"""

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

    def __call__(self, latents: Tensor) -> Tensor:
        """Latents `[B, D]` to features `[B, C, h, w]`."""
        channels, height, width = self.shape
        return (latents @ self.matrix.T).reshape(-1, height, width, channels).permute(0, 3, 1, 2)

    def pull(self, g: Tensor) -> Tensor:
        """Cotangents `[B, C, h, w]` to `[B, D]`."""
        return g.permute(0, 2, 3, 1).flatten(1) @ self.matrix


def latent_map(weight: Tensor, dtype: torch.dtype) -> LatentMap:
    """The linear map with this weight.

    Args:
        weight: `[C, h, w, D]`.
        dtype: Precision of the tangents.

    Returns:
        The map.
    """
    channels, height, width, size = weight.shape
    matrix = weight.permute(1, 2, 0, 3).reshape(-1, size)  # [h w C, D]
    return LatentMap(matrix.to(dtype), (channels, height, width))


class AbstractEpilogue(ABC):
    """What follows the linear map of a layer, linearised: activation, norm, style."""

    @property
    @abstractmethod
    def reference(self) -> Tensor:
        """`[1, C, H, W]`, any tensor of the features' shape on their device."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of the features."""
        return self.reference.shape[1], self.reference.shape[2], self.reference.shape[3]

    @property
    def device(self) -> torch.device:
        """Device of the features."""
        return self.reference.device

    @property
    def input_size(self) -> int:
        """Size of the input that acts here; 0 for none."""
        return 0

    @abstractmethod
    def push(self, c: Tensor | None, inputs: Tensor | None) -> Tensor:
        """Map tangents forward.

        Args:
            c: `[B, C, H, W]`, tangents of the linear map's output, overwritten; none for zero.
            inputs: `[B, input_size]`, tangents of the input; none for zero or no input.

        Returns:
            `[B, C, H, W]`.
        """

    @abstractmethod
    def pull(self, g: Tensor) -> tuple[Tensor, Tensor | None]:
        """The transpose of `push`.

        Args:
            g: `[B, C, H, W]`.

        Returns:
            Cotangents of c, and of the input; none where there is no input.
        """

    def single_channels(self, start: int, stop: int) -> SingleChannels | None:
        """Tangents of unit changes of some entries of the input.

        Args:
            start: First entry.
            stop: One beyond the last.

        Returns:
            The tangents where each has one non-zero channel, else none.
        """
        return None


class AbstractStage(ABC):
    """One layer of a chain."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of the features."""

    @property
    @abstractmethod
    def device(self) -> torch.device:
        """Device of the features."""

    @property
    @abstractmethod
    def input_size(self) -> int:
        """Size of the input that acts here; 0 for none."""

    @abstractmethod
    def push(self, features: Tensor | None, inputs: Tensor | None) -> Tensor:
        """Map tangents forward; at least one of the arguments is not none.

        Args:
            features: `[B, I, H, W]`, tangents of the features below, not overwritten; none for
                zero.
            inputs: `[B, input_size]`, tangents of the input; none for zero or no input.

        Returns:
            `[B, *shape]`.
        """

    @abstractmethod
    def pull(self, g: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """The transpose of `push`.

        Args:
            g: `[B, *shape]`.

        Returns:
            Cotangents `[B, I, H, W]` of the features below and `[B, input_size]` of the input; none
            where there are no such features or no input.
        """

    def single_channels(self, start: int, stop: int) -> SingleChannels | None:
        """See `AbstractEpilogue.single_channels`."""
        return None

    def push_single_channels(self, features: SingleChannels) -> Tensor:
        """`push` for features of one non-zero channel each, and zero input."""
        return self.push(features.dense(), None)


@dataclass(frozen=True)
class Stage(AbstractStage):
    """A linear map and an epilogue; the input acts in one of them."""

    linear: SharedConvolution | LatentMap | None
    """The linear map; none where the layer starts from a constant."""
    epilogue: AbstractEpilogue
    """What follows the linear map."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """See `AbstractStage.shape`."""
        return self.epilogue.shape

    @property
    def device(self) -> torch.device:
        """See `AbstractStage.device`."""
        return self.epilogue.device

    @property
    def input_size(self) -> int:
        """See `AbstractStage.input_size`."""
        if isinstance(self.linear, LatentMap):
            return self.linear.matrix.shape[1]
        return self.epilogue.input_size

    def push(self, features: Tensor | None, inputs: Tensor | None) -> Tensor:
        """See `AbstractStage.push`."""
        c = None
        if isinstance(self.linear, LatentMap):
            c = None if inputs is None else self.linear(inputs)
        elif self.linear is not None and features is not None:
            c = self.linear(features)
        return self.epilogue.push(c, inputs if self.epilogue.input_size else None)

    def pull(self, g: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """See `AbstractStage.pull`."""
        g, inputs = self.epilogue.pull(g)
        if isinstance(self.linear, LatentMap):
            latents = self.linear.pull(g)
            return None, latents if inputs is None else latents + inputs
        return None if self.linear is None else self.linear.pull(g), inputs

    def single_channels(self, start: int, stop: int) -> SingleChannels | None:
        """See `AbstractStage.single_channels`."""
        return self.epilogue.single_channels(start, stop)

    def push_single_channels(self, features: SingleChannels) -> Tensor:
        """See `AbstractStage.push_single_channels`."""
        assert isinstance(self.linear, SharedConvolution)  # only a first layer has another map
        return self.epilogue.push(self.linear.of_single_channels(features), None)


@dataclass(frozen=True)
class LatentStage(AbstractStage):
    """First features that are a linear map of a latent, without an epilogue."""

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
    def input_size(self) -> int:
        """See `AbstractStage.input_size`."""
        return self.linear.matrix.shape[1]

    def push(self, features: Tensor | None, inputs: Tensor | None) -> Tensor:
        """See `AbstractStage.push`."""
        assert inputs is not None  # there are no features below
        return self.linear(inputs)

    def pull(self, g: Tensor) -> tuple[None, Tensor]:
        """See `AbstractStage.pull`."""
        return None, self.linear.pull(g)
