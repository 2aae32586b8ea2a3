"""The convolutions of a batch of tangents alone, a lower bound of the time to push the batch.

The convolutions of a linearisation are recorded while it pushes a batch, except 1x1 and grouped
ones. They are then repeated with the same batch sizes and memory layout on random features.
Low-pass filters, 1x1 convolutions and everything else count as overhead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

_CONVOLUTIONS = (torch.conv2d, torch.conv_transpose2d)


@dataclass
class Convolution:
    """One kernel, and its calls."""

    function: Callable[..., Tensor]
    """`torch.conv2d` or `torch.conv_transpose2d`."""
    weight: Tensor
    """The kernel."""
    arguments: dict[str, Any]
    """Other arguments, such as stride and padding."""
    dtype: torch.dtype
    """Type of the features."""
    layout: torch.memory_format
    """Memory format of the features."""
    calls: Counter[tuple[int, ...]] = field(default_factory=Counter[tuple[int, ...]])
    """Number of calls by shape of the features."""

    def replay(self) -> list[tuple[Callable[[], object], int]]:
        """Functions that repeat a call, each with its number of calls."""
        return [(self._call(shape), times) for shape, times in self.calls.items()]

    def in_whole(self, count: int, ratio: float) -> Convolution:
        """The same convolution without the division of features into bands of rows.

        Args:
            count: Tangents in the batch.
            ratio: Height of the image over its width.

        Returns:
            Itself if the features were not divided.
        """
        if sum(shape[0] * times for shape, times in self.calls.items()) <= count:
            return self
        batch, channels, _, width = max(self.calls)
        shape = (batch, channels, round(width * ratio), width)
        whole = Counter({shape: -(-count // batch)})
        return Convolution(
            self.function, self.weight, self.arguments, self.dtype, self.layout, whole
        )

    def _call(self, shape: tuple[int, ...]) -> Callable[[], object]:
        """A function that repeats one call on random features."""
        x = torch.randn(shape, device=self.weight.device).to(self.dtype)
        x = x.contiguous(memory_format=self.layout)
        return lambda: self.function(x, self.weight, **self.arguments)


class Recorder(TorchFunctionMode):
    """A context in which convolutions are recorded and executed."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[tuple[int, tuple[int, ...]], Convolution] = {}

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Called by torch instead of each of its functions."""
        given: dict[str, Any] = kwargs or {}
        if func in _CONVOLUTIONS:
            self._note(func, args, given)
        return func(*args, **given)

    def _note(self, func: Any, args: tuple[Any, ...], given: dict[str, Any]) -> None:
        """Record one call, unless it is a 1x1 or grouped convolution."""
        names = ["input", "weight", "bias", "stride", "padding"]
        names += ["dilation", "groups"] if func is torch.conv2d else ["output_padding", "groups"]
        arguments = {**dict(zip(names, args, strict=False)), **given}
        x, weight = arguments.pop("input"), arguments.pop("weight")
        arguments.pop("bias", None)
        if arguments.get("groups", 1) != 1 or weight.shape[2:].numel() == 1:
            return
        key = (weight.data_ptr(), tuple(weight.shape))
        if key not in self.found:
            last = x.stride(1) == 1 and x.shape[1] > 1
            layout = torch.channels_last if last else torch.contiguous_format
            self.found[key] = Convolution(func, weight, arguments, x.dtype, layout)
        self.found[key].calls[tuple(x.shape)] += 1


@dataclass(frozen=True)
class Bare:
    """Functions that repeat the convolutions of one batch."""

    whole: Callable[[], None]
    """With the features of each tangent in one piece."""
    cut: Callable[[], None] | None
    """With features in bands of rows, as in the linearisation; none if it did not divide them."""


def bare(push: Callable[[], object], count: int, ratio: float = 1.0) -> Bare:
    """Record the convolutions of a batch.

    Args:
        push: Pushes the batch through a linearisation.
        count: Tangents in it.
        ratio: Height of the image over its width.

    Returns:
        Functions that repeat its convolutions.
    """
    with Recorder() as recorder:
        push()
    found = list(recorder.found.values())
    whole = [convolution.in_whole(count, ratio) for convolution in found]
    same = all(one is other for one, other in zip(found, whole, strict=True))
    return Bare(_all(whole), None if same else _all(found))


def _all(convolutions: list[Convolution]) -> Callable[[], None]:
    """A function that repeats all calls in order."""
    calls = [call for convolution in convolutions for call in convolution.replay()]

    def work() -> None:
        for call, times in calls:
            for _ in range(times):
                call()

    return work
