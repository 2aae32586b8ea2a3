"""Outputs of the stages of a generator: the features after its blocks, without the rest of it."""

from __future__ import annotations

from collections.abc import Generator as Yields
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor
from torch.nn import Module

from ..base.errors import LatentError
from ..base.execution import plain_tensors
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode


@dataclass(frozen=True)
class Stage:
    """One module of a network, whose output can be looked at."""

    number: int
    """From 0, in the order in which the network runs them."""
    name: str
    """Name of the module, such as "synthesis.block0"."""
    shape: tuple[int, ...]
    """Shape of its output for one image, such as `(C, H, W)`."""

    @property
    def size(self) -> int:
        """Values of its output for one image."""
        return prod(self.shape)


class _Reached(Exception):  # noqa: N818 (it reports success)
    """Ends a network at a stage."""

    def __init__(self, output: Tensor) -> None:
        self.output = output
        super().__init__()


def stages(gan: Generator, code: LatentCode) -> tuple[Stage, ...]:
    """List the stages of a generator: the parts of its synthesis network, in their order.

    Args:
        gan: The generator.
        code: Any code of it, which is drawn once.

    Returns:
        The stages whose output is not the image yet. At least one.

    Raises:
        LatentError: The network has no parts that could be listed.
    """
    found: list[tuple[str, tuple[int, ...]]] = []
    modules = _parts(gan.network)
    names = {id(module): name for name, module in modules.items()}

    def record(module: Module, inputs: object, output: object) -> None:
        if isinstance(output, Tensor):
            found.append((names[id(module)], tuple(output.shape[1:])))

    handles = [module.register_forward_hook(record) for module in modules.values()]
    try:
        with plain_tensors():
            gan.draw_codes(code[:1], "const")
    finally:
        for handle in handles:
            handle.remove()
    image = (gan.spec.img_channels, *gan.spec.img_size)
    shapes = {name: shape for name, shape in found if shape != image}
    if not shapes:
        raise LatentError(
            f"A {gan.spec.architecture} generator has no stages whose output could be analysed",
            "a network of several parts",
        )
    return tuple(Stage(number, *item) for number, item in enumerate(shapes.items()))


def stage_output(gan: Generator, codes: LatentCode, stage: Stage) -> Tensor:
    """Compute the output of a stage; later stages are not computed.

    Args:
        gan: The generator.
        codes: N codes.
        stage: One of `stages`.

    Returns:
        `[N, stage.size]` float32 on the CPU.

    Raises:
        LatentError: The network did not run the stage.
    """
    module = gan.network.get_submodule(stage.name)
    with plain_tensors(), _stopped_after(module):
        try:
            gan.draw_codes(codes, "const")
        except _Reached as reached:
            return reached.output.flatten(1).to("cpu", torch.float32)
    raise LatentError(f"The network did not run its stage {stage.name}", "a stage of this network")


@contextmanager
def _stopped_after(module: Module) -> Yields[None]:
    """In the block, the network ends with `_Reached` when a module has its output."""

    def stop(module: Module, inputs: object, output: Tensor) -> None:
        raise _Reached(output)

    handle = module.register_forward_hook(stop)
    try:
        yield
    finally:
        handle.remove()


def _parts(network: Module) -> dict[str, Module]:
    """The parts of the synthesis network by full name, or those of the network without one."""
    children = dict(network.named_children())
    if "synthesis" not in children:
        return children
    return {f"synthesis.{name}": part for name, part in children["synthesis"].named_children()}
