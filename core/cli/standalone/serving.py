"""Listen on this machine until the user stops the program."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable

from aiohttp import web

from ...base.errors import PackError
from .access import LOOPBACK
from .application import Explorer, application

_CLOSING_SECONDS = 1.0
"""Longest that open requests are waited for at the end."""


def serve(explorer: Explorer, port: int, started: Callable[[str], object]) -> None:
    """Serve an explorer until Ctrl-C.

    Args:
        explorer: The explorer.
        port: TCP port; 0 chooses a free one.
        started: Called with the address, which holds the token, once the server listens.

    Raises:
        PackError: The port is in use, or not allowed.
    """
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(explorer, port, started))


async def _serve(explorer: Explorer, port: int, started: Callable[[str], object]) -> None:
    """Start, then wait for ever."""
    token = secrets.token_urlsafe(24)
    runner = web.AppRunner(
        application(explorer, token), access_log=None, shutdown_timeout=_CLOSING_SECONDS
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, LOOPBACK, port)
        try:
            await site.start()
        except OSError as error:
            raise PackError(
                f"Port {port} cannot be used ({error.strerror or error})",
                "a free port",
                "Choose another one with --port, or leave --port out",
            ) from error
        started(f"http://{LOOPBACK}:{runner.addresses[0][1]}/{token}/")
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
