"""The live explorer in ComfyUI: the node, and the host of the sessions that outlast a run.

A graph needs only the node, which gives the same images without any page.
"""

from __future__ import annotations

from ..host_server import server


def register() -> None:
    """Add the routes to ComfyUI's server, where there is one, before it starts to listen."""
    found = server()
    if found is None:
        return
    from ...core.server.answering import Service  # aiohttp: the server has it
    from ...core.server.routes import PREFIX, handlers
    from .service import JOBS, SESSIONS, ComfyHost

    service = Service(ComfyHost(), SESSIONS, JOBS)
    for name, handler in handlers(service).items():
        found.routes.post(f"{PREFIX}/{name}")(handler)
