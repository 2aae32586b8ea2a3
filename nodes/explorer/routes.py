"""Routes on ComfyUI's own server, through which pages use their sessions.

Every request is a POST with JSON. Status codes: 200; 204 if a newer request replaced this one; 4xx
with a reason if the request is wrong or its session does not exist; 503 if a graph runs too long.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from ...core.base.errors import PackError
from ...core.base.execution import is_out_of_memory
from ...core.base.json_fields import Fields
from ..wording import NODES
from . import actions
from .device_access import BUSY_SECONDS, BusyError
from .requests import (
    Sender,
    read_body,
    read_film_request,
    read_lever_request,
    read_node,
    read_picture_request,
    read_sender,
)
from .service import SESSIONS, WORKER
from .sessions import LiveSession
from .worker import Job, SupersededError

_log = logging.getLogger(__name__)

PREFIX = "/latent_levers/explorer"
"""Path of the routes; ComfyUI also serves them under /api."""

_SMALL, _MIDDLE, _LARGE = 16 << 10, 4 << 20, 12 << 20
"""Most bytes of a request: without shapes, with shapes, with a whole state."""

_GONE = "There is no such session: it was closed, or ComfyUI started anew. Run the graph again."

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class _RefusedError(Exception):
    """A request that is answered with an HTTP status and a reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def register_routes(server: Any) -> None:
    """Add the routes; must be called before the server starts to listen.

    Args:
        server: ComfyUI's `PromptServer`.
    """
    for name, handler in (
        ("picture", _picture),
        ("film", _film),
        ("levers", _levers),
        ("progress", _progress),
        ("close", _close),
        ("find", _find),
    ):
        server.routes.post(f"{PREFIX}/{name}")(_with_errors(handler))


def _with_errors(handler: Handler) -> Handler:
    """Wrap a handler so that exceptions become responses with a reason."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except SupersededError:
            return web.Response(status=204)
        except BusyError:
            reason = f"A graph has been running for {BUSY_SECONDS:g} seconds. Try again later."
            return _error(503, reason)
        except _RefusedError as refusal:
            return _error(refusal.status, str(refusal))
        except PackError as error:
            return _error(400, error.worded(NODES))
        except Exception as error:
            if is_out_of_memory(error):
                return _error(503, "There is not enough memory at the moment. Try again later.")
            _log.exception("An explorer's request failed")
            return _error(500, f"{type(error).__name__}: {error}")

    return handle


def _error(status: int, reason: str) -> web.Response:
    """A response that gives the reason of an error."""
    return web.json_response({"error": reason}, status=status)


async def _fields(request: web.Request, largest: int, plain_text: bool = False) -> Fields:
    """Read and parse the body of a request, up to a number of bytes."""
    kinds = {"application/json", *(["text/plain"] if plain_text else [])}
    if request.content_type not in kinds:
        raise _RefusedError(415, f"The content type is {request.content_type[:60]!r}, not JSON")
    if (request.content_length or 0) > largest:
        raise _RefusedError(413, f"The request is longer than {largest} bytes")
    data = bytearray()
    async for part in request.content.iter_any():
        data += part
        if len(data) > largest:
            raise _RefusedError(413, f"The request is longer than {largest} bytes")
    if len(data) <= _SMALL:
        return read_body(bytes(data))
    # Parsing a large state would block the event loop, which all pages share.
    return await asyncio.get_running_loop().run_in_executor(None, read_body, bytes(data))


def _session(sender: Sender) -> LiveSession:
    """The session that a request names."""
    found = SESSIONS.get(sender.session, sender.client)
    if found is None:
        raise _RefusedError(404, _GONE)
    return found


async def _computed(
    sender: Sender, kind: str, work: Callable[[Job], Any], quick: bool = False
) -> Any:
    """Run something in the worker thread, and await its result."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def resolve(result: Any) -> None:
        if future.done():
            return
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)

    def done(result: Any) -> None:
        loop.call_soon_threadsafe(resolve, result)

    WORKER.submit(Job((sender.session, sender.client, kind), sender.ticket, work, done, quick))
    return await future


async def _picture(request: web.Request) -> web.StreamResponse:
    """The picture of a state."""
    fields = await _fields(request, _LARGE)
    sender = read_sender(fields)
    contents = _session(sender).contents
    state = await asyncio.get_running_loop().run_in_executor(None, read_picture_request, fields)
    kind, data = await _computed(
        sender, "picture", lambda job: actions.picture(contents, state, job), quick=True
    )
    headers = {"X-Ticket": str(sender.ticket), "Cache-Control": "no-store"}
    return web.Response(body=data, content_type=kind, headers=headers)


async def _film(request: web.Request) -> web.StreamResponse:
    """All images of a state, side by side in one picture."""
    fields = await _fields(request, _LARGE)
    sender = read_sender(fields)
    contents = _session(sender).contents
    query = await asyncio.get_running_loop().run_in_executor(None, read_film_request, fields)
    kind, data = await _computed(sender, "film", lambda job: actions.film(contents, *query, job))
    headers = {"X-Ticket": str(sender.ticket), "Cache-Control": "no-store"}
    return web.Response(body=data, content_type=kind, headers=headers)


async def _levers(request: web.Request) -> web.StreamResponse:
    """Levers for a region."""
    fields = await _fields(request, _MIDDLE)
    sender = read_sender(fields)
    contents = _session(sender).contents
    loop = asyncio.get_running_loop()
    query = await loop.run_in_executor(None, read_lever_request, fields, contents)
    kind = "warm" if query.warm else "levers"
    found = await _computed(sender, kind, lambda job: actions.levers(contents, query, job))
    return web.json_response(found)


async def _progress(request: web.Request) -> web.StreamResponse:
    """What the page's current job is doing, and its progress."""
    sender = read_sender(await _fields(request, _SMALL))
    _session(sender)
    page = (sender.session, sender.client)
    holding = WORKER.current(lambda job: job.key[:2] == page and job.busy == actions.HOLD)
    job = holding or WORKER.current(lambda job: job.key[:2] == page)
    busy, (done, total) = (None, (0, 0)) if job is None else (job.busy, job.steps)
    return web.json_response({"busy": busy, "done": done, "total": total})


async def _close(request: web.Request) -> web.StreamResponse:
    """Close the page's session."""
    sender = read_sender(await _fields(request, _SMALL, plain_text=True))
    if not SESSIONS.close(sender.session, sender.client):
        raise _RefusedError(404, _GONE)
    return web.json_response({"closed": True})


async def _find(request: web.Request) -> web.StreamResponse:
    """The session of a node, for a page that was reloaded."""
    fields = await _fields(request, _SMALL)
    sender = read_sender(fields, with_session=False)
    found = SESSIONS.find(sender.client, read_node(fields), sender.session)
    return web.json_response({"session": None} if found is None else dict(found.facts))
