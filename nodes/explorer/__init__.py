"""The live explorer: the node, sessions that outlast a run, a worker thread, and HTTP routes.

A graph needs only the node, which gives the same images without any page.
"""

from __future__ import annotations

from ..host_server import server


def register() -> None:
    """Add the routes to ComfyUI's server, where there is one."""
    found = server()
    if found is None:
        return
    from .routes import register_routes  # imports aiohttp, which only the server installs

    register_routes(found)
