"""Live explorers: sessions that outlast a run, a worker beside the event loop, and routes to it.

Nothing here is needed to run a graph: the node gives the same images without any page.
"""

from __future__ import annotations

from ..host_server import server


def register() -> None:
    """Add the routes to ComfyUI's server, where there is one."""
    found = server()
    if found is None:
        return
    from .routes import register_routes  # knows aiohttp, which comes with the server

    register_routes(found)
