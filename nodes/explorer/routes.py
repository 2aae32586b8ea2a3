"""Routes on ComfyUI's own server, by which pages reach their sessions.

Every request is a POST with JSON. Answers: 200; 204 where a newer request came meanwhile; 4xx with
a reason where the request is wrong or its session is gone; 503 while a graph runs for long.
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
from . import actions as answers
from .borrowing import BUSY_SECONDS, BusyError
from .requests import Asker, asker, lever_wish, node_wish, picture_wish, read_body
from .service import SESSIONS, WORKER
from .sessions import LiveSession
from .worker import Job, SupersededError

_log = logging.getLogger(__name__)

PREFIX = "/latent_levers/explorer"
"""Where the routes lie; ComfyUI lists them under /api as well."""

_SMALL, _MIDDLE, _LARGE = 16 << 10, 4 << 20, 12 << 20
"""Bytes of a request: of a plain one, of shapes, of a whole state."""

_GONE = "There is no such session: it was closed, or ComfyUI started anew. Run the graph again."

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class _RefusedError(Exception):
    """A request that gets no more than a reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def register_routes(server: Any) -> None:
    """Add the routes, before the server begins to listen.

    Args:
        server: ComfyUI's `PromptServer`.
    """
    for name, handler in (
        ("picture", _picture),
        ("levers", _levers),
        ("progress", _progress),
        ("close", _close),
        ("find", _find),
    ):
        server.routes.post(f"{PREFIX}/{name}")(_reasoned(handler))


def _reasoned(handler: Handler) -> Handler:
    """A handler whose failures are answers with a reason."""

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
            return _error(400, str(error))
        except Exception as error:
            if is_out_of_memory(error):
                return _error(503, "There is not enough memory at the moment. Try again later.")
            _log.exception("An explorer's request failed")
            return _error(500, f"{type(error).__name__}: {error}")

    return handle


def _error(status: int, reason: str) -> web.Response:
    """A refusal in words."""
    return web.json_response({"error": reason}, status=status)


async def _fields(request: web.Request, largest: int, plain_text: bool = False) -> Fields:
    """The fields of a request, which is read no further than it may be long."""
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
    # Parsing a large state takes a while, and other pages wait for the event loop.
    return await asyncio.get_running_loop().run_in_executor(None, read_body, bytes(data))


def _session(who: Asker) -> LiveSession:
    """The session that is asked for."""
    found = SESSIONS.get(who.session, who.client)
    if found is None:
        raise _RefusedError(404, _GONE)
    return found


async def _computed(who: Asker, kind: str, work: Callable[[Job], Any], quick: bool = False) -> Any:
    """Have the worker do something, and wait for it without holding up the event loop."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def settle(result: Any) -> None:
        if future.done():
            return
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)

    def done(result: Any) -> None:
        loop.call_soon_threadsafe(settle, result)

    WORKER.submit(Job((who.session, who.client, kind), who.ticket, work, done, quick))
    return await future


async def _picture(request: web.Request) -> web.StreamResponse:
    """The picture of a state."""
    fields = await _fields(request, _LARGE)
    who = asker(fields)
    session = _session(who)
    state = await asyncio.get_running_loop().run_in_executor(None, picture_wish, fields)
    kind, data = await _computed(
        who, "picture", lambda job: answers.picture(session, state, job), quick=True
    )
    headers = {"X-Ticket": str(who.ticket), "Cache-Control": "no-store"}
    return web.Response(body=data, content_type=kind, headers=headers)


async def _levers(request: web.Request) -> web.StreamResponse:
    """Levers for a region."""
    fields = await _fields(request, _MIDDLE)
    who = asker(fields)
    session = _session(who)
    wish = lever_wish(fields)
    found = await _computed(
        who, "warm" if wish.warm else "levers", lambda job: answers.levers(session, wish, job)
    )
    return web.json_response(found)


async def _progress(request: web.Request) -> web.StreamResponse:
    """What a page's requests are waiting for."""
    who = asker(await _fields(request, _SMALL))
    _session(who)
    job = WORKER.at_work(lambda job: job.key[:2] == (who.session, who.client))
    busy, (done, total) = (None, (0, 0)) if job is None else (job.busy, job.steps)
    return web.json_response({"busy": busy, "done": done, "total": total})


async def _close(request: web.Request) -> web.StreamResponse:
    """A page is done."""
    who = asker(await _fields(request, _SMALL, plain_text=True))
    if not SESSIONS.close(who.session, who.client):
        raise _RefusedError(404, _GONE)
    return web.json_response({"closed": True})


async def _find(request: web.Request) -> web.StreamResponse:
    """The session of a node, after a page was loaded again."""
    fields = await _fields(request, _SMALL)
    who = asker(fields, with_session=False)
    found = SESSIONS.find(who.client, node_wish(fields))
    return web.json_response({"session": None} if found is None else dict(found.hello))
