"""Outputs of a network's parts that are used again where their inputs did not change.

A lever that acts on the last layers changes the inputs of these alone. A part that gets the very
inputs of the last picture gives its last output, so that a picture begins at its first changed
layer. The others run as always on the same tensors: no bit of the picture differs.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock
from typing import Any

import torch
from torch import Tensor
from torch.nn import Module

from ...base.progress import pause

LARGEST = 768 << 20
"""Most bytes of features that are kept: a StyleGAN2 of 1024 pixels has 520 MiB."""


@dataclass(frozen=True)
class _Kept:
    """What a part got and gave in the last picture."""

    inputs: tuple[Any, ...]
    output: Tensor
    changes: tuple[tuple[int, int], ...]
    """See `_changes`: those of the part's weights, of the inputs and of the output."""

    @classmethod
    def of(cls, part: Module, inputs: tuple[Any, ...], output: Tensor) -> _Kept:
        """Keep them as they are now."""
        return cls(inputs, output, _changes(part, inputs, output))

    def serves(self, part: Module, inputs: tuple[Any, ...]) -> bool:
        """Whether a part with these inputs would give the same output."""
        unchanged = _changes(part, self.inputs, self.output) == self.changes
        return unchanged and _all_equal(inputs, self.inputs)

    @property
    def tensors(self) -> list[Tensor]:
        """All tensors that are kept."""
        return [each for each in (*self.inputs, self.output) if isinstance(each, Tensor)]


class PartOutputs:
    """Inputs and output of each part in the last picture of one network; thread-safe.

    Networks are not kept alive. Where the features do not fit, the deepest are computed anew; so
    is a part of which a weight was changed in place or moved, except by `weight.data`.

    Args:
        limit: Most bytes of features.
    """

    def __init__(self, limit: int = LARGEST) -> None:
        self.limit = limit
        self.reused, self.computed = 0, 0
        """Parts of all pictures so far."""
        self._network: weakref.ref[Module] | None = None
        self._last: weakref.WeakKeyDictionary[Module, _Kept] = weakref.WeakKeyDictionary()
        self._lock = Lock()

    def __len__(self) -> int:
        """Number of parts whose output is kept."""
        return len(self._last)

    @property
    def nbytes(self) -> int:
        """Bytes of all tensors that are kept; an output that is the next input counts once."""
        tensors = {
            tensor.data_ptr(): tensor.untyped_storage().nbytes()
            for kept in list(self._last.values())
            for tensor in kept.tensors
        }
        return sum(tensors.values())

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._network = None
            self._last.clear()

    def begin(self, network: Module) -> None:
        """Forget the features of other networks.

        Args:
            network: The network that is to draw.
        """
        with self._lock:
            if self._network is None or self._network() is not network:
                self._last.clear()
                self._network = weakref.ref(network)

    def output(self, part: Module, inputs: tuple[Any, ...], run: Callable[..., Tensor]) -> Tensor:
        """The output of a part.

        Args:
            part: The part.
            inputs: Its inputs: tensors, values that never change, and random number generators;
                with its weights all that its output depends on.
            run: Computes the output.

        Returns:
            The very tensor of the last picture where all inputs are equal.
        """
        with self._lock:
            last = self._last.get(part)
        if last is not None and last.serves(part, inputs):
            self.reused += 1
            return last.output
        self.computed += 1
        output = run(*inputs)
        with self._lock:
            self._last[part] = _Kept.of(part, inputs, output)
            if self.nbytes > self.limit:
                del self._last[part]
        return output


_ACTIVE: ContextVar[PartOutputs | None] = ContextVar("part_outputs", default=None)


@contextmanager
def reusing(outputs: PartOutputs, network: Module) -> Generator[None]:
    """In the block, parts of a network that get the inputs of its last picture are not run.

    On other devices than the CPU nothing is kept: pictures take a moment there, and their memory
    belongs to others too. Not for functions to differentiate: outputs that are used again have no
    derivative.

    Args:
        outputs: Has the features of the last picture, and gets those of the next.
        network: The network.

    Yields:
        Nothing.
    """
    if next(network.parameters()).device.type != "cpu":
        yield
        return
    outputs.begin(network)
    token = _ACTIVE.set(outputs)
    try:
        yield
    finally:
        _ACTIVE.reset(token)


_PAUSING: ContextVar[bool] = ContextVar("pauses_between_parts", default=False)


@contextmanager
def pauses_between_parts() -> Generator[None]:
    """In the block, pictures make a pause before each part; not for functions to differentiate.

    Yields:
        Nothing.
    """
    token = _PAUSING.set(True)
    try:
        yield
    finally:
        _PAUSING.reset(token)


class AbstractPart(Module):
    """A part of a network whose output depends on its inputs and weights alone.

    Neither its inputs nor its output are changed in place, by itself or by what follows.
    """

    def __call__(self, *inputs: Any) -> Tensor:
        """Run the part, or take its last output, see `reusing`."""
        if _PAUSING.get():
            pause()
        outputs = _ACTIVE.get()
        run: Callable[..., Tensor] = super().__call__
        return run(*inputs) if outputs is None else outputs.output(self, inputs, run)


def _changes(part: Module, inputs: tuple[Any, ...], output: Tensor) -> tuple[tuple[int, int], ...]:
    """Where the tensors of a part lie, and how often each was changed in place."""
    tensors = [*part.parameters(), *part.buffers(), *inputs, output]
    return tuple(
        # What was made in inference mode does not count.
        (each.data_ptr(), 0 if each.is_inference() else each._version)  # pyright: ignore[reportPrivateUsage]
        for each in tensors
        if isinstance(each, Tensor)
    )


def _all_equal(inputs: tuple[Any, ...], others: tuple[Any, ...]) -> bool:
    """Whether a part gets the same inputs."""
    return len(inputs) == len(others) and all(map(_equal, inputs, others))


def _equal(one: Any, other: Any) -> bool:
    """Whether two inputs are equal; random number generators never are, since they move on."""
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        alike = one.shape == other.shape and one.dtype == other.dtype
        return one is other or (alike and one.device == other.device and torch.equal(one, other))
    if isinstance(one, Tensor) or isinstance(other, Tensor) or isinstance(one, torch.Generator):
        return False
    return bool(one == other) and not (isinstance(one, list) and one)
