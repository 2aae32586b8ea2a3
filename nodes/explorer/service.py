"""The sessions of this process, the thread that computes, and ComfyUI as their host."""

from __future__ import annotations

from ...core.concepts.generator import Generator
from ...core.jacobians.options import JacobianOptions
from ...core.server.host import BUSY_SECONDS, AbstractHost
from ...core.server.jobs import Job, JobThread
from ...core.server.sessions import Sessions
from .. import host, jacobian_cache
from ..host_server import connected_clients
from ..sockets import LoadedGAN
from ..wording import NODES
from .device_access import generator_on_device


class ComfyHost(AbstractHost):
    """ComfyUI, whose memory management moves generators."""

    front = NODES
    gone = "There is no such session: it was closed, or ComfyUI started anew. Run the graph again."
    busy = f"A graph has been running for {BUSY_SECONDS:g} seconds. Try again later."
    holds = jacobian_cache.HOLDS
    parts = jacobian_cache.PARTS

    def generator(self, loaded: LoadedGAN, measuring: bool, job: Job) -> Generator:
        """See `AbstractHost.generator`."""
        return generator_on_device(loaded, measuring, job)

    def jacobian_options(self, gan: Generator) -> JacobianOptions:
        """See `AbstractHost.jacobian_options`."""
        return host.Session(gan).jacobian_options("exact", beside=True)


SESSIONS = Sessions()
"""All open explorers."""

JOBS = JobThread(idle=lambda: SESSIONS.remove_unused(connected_clients()))
"""Runs the jobs of all pages; removes unused sessions while it waits."""
