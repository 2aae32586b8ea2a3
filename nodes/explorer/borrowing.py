"""A generator for a page, without getting in the way of graphs that run."""

from __future__ import annotations

import time

from ...core.concepts.generator import Generator
from .. import host
from ..host_server import queue_held
from ..sockets import LoadedGAN
from .worker import Job

BUSY_SECONDS = 20.0
"""Longest that a page waits for a graph to end; it may ask again."""

GRAPH = "graph"
"""What a job is busy with while it waits."""

_LOOK_SECONDS = 0.05


class BusyError(Exception):
    """A graph runs, and has for too long."""


def borrow(gan: LoadedGAN, measuring: bool, job: Job) -> Generator:
    """The generator on its device.

    On the CPU, where it always is, a page works while graphs run. Elsewhere it waits until none
    does, and loads while the queue is held, so that none begins: ComfyUI's memory management has no
    lock of its own.

    Args:
        gan: The generator.
        measuring: Whether a Jacobian is measured.
        job: Whose wish it is.

    Returns:
        It, ready to draw.

    Raises:
        BusyError: Graphs run for too long.
    """
    device = gan.patcher.load_device
    in_place = gan.generator.device == device
    if in_place and device.type == "cpu":
        return gan.generator.to(device=device)
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        with queue_held() as nothing_runs:
            if nothing_runs:
                if in_place and not measuring:
                    return gan.generator.to(device=device)
                return host.ready(gan, measuring)
        if time.monotonic() > deadline:
            raise BusyError
        job.busy = GRAPH
        time.sleep(_LOOK_SECONDS)
        job.pulse()
