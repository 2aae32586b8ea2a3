"""ComfyUI's server: connected pages, the running graph, and the object that routes are added to.

Apart from `host` and `folders`, the only file that uses ComfyUI's internals. It imports none of
them: without a server, as in a check of the pack, there are no pages to serve.
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
    """Ids of the pages that have a websocket now.

    Returns:
        The ids; empty without a server.
    """
    found = server()
    return (
        set() if found is None else {*found.sockets.copy()}
    )  # the event loop changes the dictionary meanwhile


def running_client() -> str | None:
    """Id of the page that queued the running graph.

    Returns:
        The id; none where no graph runs, or where a script without a websocket queued it.
    """
    found = server()
    client = None if found is None else found.client_id
    return client if isinstance(client, str) and client in connected_clients() else None


def show_on_running_node(text: str) -> None:
    """Show a sentence on the node that runs, while it works; nothing without a page or a graph.

    Args:
        text: The sentence.
    """
    found = server()
    context = getattr(sys.modules.get("comfy_execution.utils"), "get_executing_context", None)
    running = None if context is None else context()
    if found is not None and running is not None:
        found.send_progress_text(text, running.node_id, found.client_id)


@contextmanager
def queue_held() -> Iterator[bool]:
    """Hold the queue's lock, so that no graph starts meanwhile; for short work only.

    Yields:
        Whether no graph runs, so that the memory management may be used.
    """
    found = server()
    if found is None:
        yield True
        return
    with found.prompt_queue.mutex:
        yield not found.prompt_queue.currently_running
