"""ComfyUI's server: who is connected, what runs, and where routes are added.

The only other file beside `host` that reaches into ComfyUI. Nothing is imported: where there is no
server, as in a check of the pack or in another program, there are simply no live pages.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def server() -> Any | None:
    """ComfyUI's server.

    Returns:
        The `PromptServer`, or none.
    """
    kind = getattr(sys.modules.get("server"), "PromptServer", None)
    return getattr(kind, "instance", None)


def connected_clients() -> set[str]:
    """The pages that have a websocket now.

    Returns:
        Their ids.
    """
    found = server()
    return set() if found is None else {*found.sockets.copy()}  # the event loop changes it


def running_client() -> str | None:
    """The page that queued the graph that runs now.

    Returns:
        Its id; none where nothing runs, or where nobody looks, as with a script.
    """
    found = server()
    client = None if found is None else found.client_id
    return client if isinstance(client, str) and client in connected_clients() else None


@contextmanager
def queue_held() -> Iterator[bool]:
    """Hold the queue, so that no graph begins meanwhile; for short work only.

    Yields:
        Whether nothing runs, so that the memory management is free to use.
    """
    found = server()
    if found is None:
        yield True
        return
    with found.prompt_queue.mutex:
        yield not found.prompt_queue.currently_running
