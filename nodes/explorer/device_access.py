"""Access to a generator on its device for pages, without disturbing graphs that run."""

from __future__ import annotations

import time

from ...core.concepts.generator import Generator
from ...core.server.host import BUSY_SECONDS, BusyError
from ...core.server.jobs import Job
from .. import host
from ..host_server import queue_held
from ..sockets import LoadedGAN

GRAPH = "graph"
"""Value of `Job.busy` while a request waits for a graph."""

_POLL_SECONDS = 0.05


def generator_on_device(gan: LoadedGAN, measuring: bool, job: Job) -> Generator:
    """Return the generator on its device, once no graph uses that device.

    Where the device is the CPU, the generator is there already, and pages are served while graphs
    run. Elsewhere a request waits until no graph runs, then loads the generator while it holds the
    queue, so that no graph starts: ComfyUI's memory management has no lock of its own.

    Args:
        gan: The generator.
        measuring: Whether a Jacobian will be computed, which needs more memory.
        job: The job that needs it; reports waiting, and may be cancelled.

    Returns:
        The generator, ready to render.

    Raises:
        BusyError: Graphs run for longer than `BUSY_SECONDS`.
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
        time.sleep(_POLL_SECONDS)
        job.pulse()
