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
from threading import Lock
from typing import Any

import torch
from torch import Tensor
from torch.nn import Module

from ...base.progress import pause

LARGEST = 768 << 20
"""Most bytes of features that are kept: a StyleGAN2 of 1024 pixels has 520 MiB."""


class PartOutputs:
    """Inputs and output of each part in the last picture of one network; thread-safe.

    Networks are not kept alive. Where the features do not fit, the deepest are computed anew.

    Args:
        limit: Most bytes of features.
    """

    def __init__(self, limit: int = LARGEST) -> None:
        self.limit = limit
        self.reused, self.computed = 0, 0
        """Parts of all pictures so far."""
        self._network: weakref.ref[Module] | None = None
        self._last: weakref.WeakKeyDictionary[Module, tuple[tuple[Any, ...], Tensor]] = (
            weakref.WeakKeyDictionary()
        )
        self._lock = Lock()

    def __len__(self) -> int:
        """Number of parts whose output is kept."""
        return len(self._last)

    @property
    def nbytes(self) -> int:
        """Bytes of all tensors that are kept; an output that is the next input counts once."""
        tensors = {
            tensor.data_ptr(): tensor.untyped_storage().nbytes()
            for inputs, output in list(self._last.values())
            for tensor in (*inputs, output)
            if isinstance(tensor, Tensor)
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
            inputs: Its inputs, with nothing else that its output depends on but its weights.
            run: Computes the output.

        Returns:
            The very tensor of the last picture where all inputs are equal.
        """
        with self._lock:
            last = self._last.get(part)
        if last is not None and _all_equal(inputs, last[0]):
            self.reused += 1
            return last[1]
        self.computed += 1
        output = run(*inputs)
        with self._lock:
            self._last[part] = inputs, output
            if self.nbytes > self.limit:
                del self._last[part]
        return output


_ACTIVE: ContextVar[PartOutputs | None] = ContextVar("part_outputs", default=None)


@contextmanager
def reusing(outputs: PartOutputs, network: Module) -> Generator[None]:
    """In the block, parts of a network that get the inputs of its last picture are not run.

    On other devices than the CPU nothing is kept: pictures take a moment there, and their memory
    belongs to others too.

    Args:
        outputs: Has the features of the last picture, and gets those of the next.
        network: The network, whose weights are the same as in the last picture.

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


def _all_equal(inputs: tuple[Any, ...], others: tuple[Any, ...]) -> bool:
    """Whether a part gets the same inputs."""
    return len(inputs) == len(others) and all(map(_equal, inputs, others))


def _equal(one: Any, other: Any) -> bool:
    """Whether two inputs are equal; random number generators only if they are the same ones."""
    if one is other:
        return not isinstance(one, list) or not one
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        alike = one.shape == other.shape and one.dtype == other.dtype
        return alike and one.device == other.device and torch.equal(one, other)
    if isinstance(one, Tensor) or isinstance(other, Tensor):
        return False
    return bool(one == other) and not (isinstance(one, list) and one)
