"""The bare convolutions of a batch of tangents: the physical limit of pushing it.

A linearisation's own calls are written down while it pushes a batch, those of kernels larger than a
point that mix channels; then they alone are done again, same batches, same layout, on features of
random numbers. Low-pass filters, 1x1 convolutions and everything else count as overhead.
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
    """One kernel, and how it was called."""

    function: Callable[..., Tensor]
    """Plain or transposed."""
    weight: Tensor
    """The kernel."""
    arguments: dict[str, Any]
    """Stride, padding and the like."""
    dtype: torch.dtype
    """Type of the features."""
    layout: torch.memory_format
    """Channels last, or not."""
    calls: Counter[tuple[int, ...]] = field(default_factory=Counter[tuple[int, ...]])
    """Shape of the features to how often."""

    def replay(self) -> list[tuple[Callable[[], object], int]]:
        """Each call and how often."""
        return [(self._call(shape), times) for shape, times in self.calls.items()]

    def in_whole(self, count: int, ratio: float) -> Convolution:
        """The same work with the features of a tangent in one piece, where it was cut into bands.

        Args:
            count: Tangents in the batch.
            ratio: Height of the image over its width.

        Returns:
            Itself where nothing was cut.
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
        """One call, on features of random numbers."""
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
    """The convolutions of one batch, ready to be done again."""

    whole: Callable[[], None]
    """Features of each tangent in one piece."""
    cut: Callable[[], None] | None
    """In bands of rows, as the linearisation cut them; none where it did not."""


def bare(push: Callable[[], object], count: int, ratio: float = 1.0) -> Bare:
    """Write down the convolutions of a batch.

    Args:
        push: Pushes the batch through a linearisation.
        count: Tangents in it.
        ratio: Height of the image over its width.

    Returns:
        What does its convolutions alone.
    """
    with Recorder() as recorder:
        push()
    found = list(recorder.found.values())
    whole = [convolution.in_whole(count, ratio) for convolution in found]
    same = all(one is other for one, other in zip(found, whole, strict=True))
    return Bare(_all(whole), None if same else _all(found))


def _all(convolutions: list[Convolution]) -> Callable[[], None]:
    """All calls, one after the other."""
    calls = [call for convolution in convolutions for call in convolution.replay()]

    def work() -> None:
        for call, times in calls:
            for _ in range(times):
                call()

    return work
