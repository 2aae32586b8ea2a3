"""Data-parallel training by processes of one thread each.

On a CPU this beats threads: convolutions of this size leave half of a second thread idle, and threads that wait for
each other stall wherever another program takes a core.
"""

from __future__ import annotations

import datetime
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, distributed
from torch.nn import Module


def rank() -> int:
    """Number of this process: 0 is the one that writes files."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def world_size() -> int:
    """Number of processes that train together."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


@torch.no_grad()
def share_gradients(module: Module) -> None:
    """Replace each gradient by its mean over the processes.

    Args:
        module: Has the same parameters with gradients in every process.
    """
    if world_size() == 1:
        return
    gradients = [p.grad for p in module.parameters() if p.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    distributed.all_reduce(flat)
    flat /= world_size()
    parts: list[Tensor] = list(flat.split([gradient.numel() for gradient in gradients]))
    torch._foreach_copy_(gradients, [part.view_as(g) for part, g in zip(parts, gradients, strict=True)])


def any_process(flag: bool) -> bool:
    """Whether a flag is set in any process; every process must ask.

    Args:
        flag: This process's.

    Returns:
        The same answer everywhere.
    """
    return shared_mean(float(flag)) > 0


def shared_mean(value: float) -> float:
    """The mean of a number over the processes; every process must ask.

    Args:
        value: This process's.

    Returns:
        The same number everywhere.
    """
    if world_size() == 1:
        return value
    total = torch.tensor([value], dtype=torch.float64)
    distributed.all_reduce(total)
    return total.item() / world_size()


@contextmanager
def _joined(meeting: str, number: int, count: int) -> Iterator[None]:
    """Be process `number` of `count` that meet through a file."""
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    patience = datetime.timedelta(days=30)  # a paused process keeps the others waiting, not failing
    distributed.init_process_group("gloo", f"file://{meeting}", patience, count, number)
    try:
        yield
    finally:
        distributed.destroy_process_group()


def _follow(meeting: str, number: int, count: int, work: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    """Run in a spawned process."""
    torch.set_num_threads(1)
    with _joined(meeting, number, count):
        work(*arguments)


def run(work: Callable[..., None], arguments: tuple[Any, ...], processes: int) -> None:
    """Run a function in this process and in others at once.

    Args:
        work: Importable function; learns its `rank` and the `world_size` here.
        arguments: Its arguments, picklable.
        processes: How many in all; 1 runs it plainly.
    """
    if processes == 1:
        work(*arguments)
        return
    torch.set_num_threads(1)
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        meeting = str(Path(folder) / "meeting")
        others = [
            context.Process(target=_follow, args=(meeting, number, processes, work, arguments), daemon=True)
            for number in range(1, processes)
        ]
        for process in others:
            process.start()
        with _joined(meeting, 0, processes):
            work(*arguments)
        for process in others:
            process.join()
