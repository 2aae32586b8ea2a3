"""Routes of explorers on the server of a front, through which pages use their sessions.

Every request is a POST with JSON. Status codes: 200; 204 if a newer request replaced this one; 4xx
with a reason if the request is wrong or its session does not exist; 503 if the device is in use
for too long.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web

from ..base.errors import PackError
from ..base.execution import is_out_of_memory
from ..base.json_fields import Fields
from . import actions
from .host import AbstractHost, BusyError
from .jobs import Job, JobThread, SupersededError
from .requests import (
    Sender,
    read_body,
    read_film_request,
    read_lever_request,
    read_node,
    read_picture_request,
    read_sender,
)
from .sessions import LiveSession, Sessions

_log = logging.getLogger(__name__)

PREFIX = "/latent_levers/explorer"
"""Path of the routes; ComfyUI also serves them under /api."""

SMALL, _MIDDLE, LARGE = 16 << 10, 4 << 20, 12 << 20
"""Most bytes of a request: without shapes, with shapes, with a whole state."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class RefusedError(Exception):
    """A request that is answered with an HTTP status and a reason.

    Args:
        status: The status, 4xx.
        reason: One sentence for the user.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def with_errors(handler: Handler, host: AbstractHost) -> Handler:
    """Wrap a handler so that exceptions become responses with a reason.

    Args:
        handler: Answers one route.
        host: The front, for its words.

    Returns:
        A handler that raises nothing.
    """

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except SupersededError:
            return web.Response(status=204)
        except BusyError:
            return _error(503, host.busy)
        except RefusedError as refusal:
            return _error(refusal.status, str(refusal))
        except PackError as error:
            return _error(400, error.worded(host.front))
        except Exception as error:
            if is_out_of_memory(error):
                return _error(503, "There is not enough memory at the moment. Try again later.")
            _log.exception("An explorer's request failed")
            return _error(500, f"{type(error).__name__}: {error}")

    return handle


def _error(status: int, reason: str) -> web.Response:
    """A response that gives the reason of an error."""
    return web.json_response({"error": reason}, status=status)


async def read_fields(request: web.Request, largest: int, plain_text: bool = False) -> Fields:
    """Read and parse the body of a request.

    Args:
        request: The request.
        largest: Most bytes of the body.
        plain_text: Whether the content type may also be text, as of a page that is closed.

    Returns:
        The fields of the body.

    Raises:
        RefusedError: The content type is another, or the body is longer.
        FieldError: The body is not a JSON object in UTF-8.
    """
    kinds = {"application/json", *(["text/plain"] if plain_text else [])}
    if request.content_type not in kinds:
        raise RefusedError(415, f"The content type is {request.content_type[:60]!r}, not JSON")
    if (request.content_length or 0) > largest:
        raise RefusedError(413, f"The request is longer than {largest} bytes")
    data = bytearray()
    async for part in request.content.iter_any():
        data += part
        if len(data) > largest:
            raise RefusedError(413, f"The request is longer than {largest} bytes")
    if len(data) <= SMALL:
        return read_body(bytes(data))
    # Parsing a large state would block the event loop, which all pages share.
    return await asyncio.get_running_loop().run_in_executor(None, read_body, bytes(data))


@dataclass(frozen=True)
class Service:
    """What the handlers of the routes use."""

    host: AbstractHost
    """The front."""
    sessions: Sessions
    """Its open explorers."""
    thread: JobThread
    """Runs the jobs of all pages."""


def handlers(service: Service) -> dict[str, Handler]:
    """The handler of each route below `PREFIX`; all are for POST.

    Args:
        service: What they use.

    Returns:
        Handlers by the last part of the path; they raise nothing.
    """
    return {
        name: with_errors(partial(handler, service), service.host)
        for name, handler in (
            ("picture", _picture),
            ("film", _film),
            ("levers", _levers),
            ("progress", _progress),
            ("close", _close),
            ("find", _find),
        )
    }


def session_of(service: Service, sender: Sender) -> LiveSession:
    """The session that a request names.

    Args:
        service: Has the sessions.
        sender: The page.

    Returns:
        The session.

    Raises:
        RefusedError: It is not open.
    """
    found = service.sessions.get(sender.session, sender.client)
    if found is None:
        raise RefusedError(404, service.host.gone)
    return found


async def computed(
    service: Service, sender: Sender, kind: str, work: Callable[[Job], Any], quick: bool = False
) -> Any:
    """Run something in the thread of jobs, and await its result.

    Args:
        service: Has the thread.
        sender: The page; of its requests of one kind only the newest is finished.
        kind: Kind of the request.
        work: The work.
        quick: Whether it may run inside a longer job.

    Returns:
        The result of the work.
    """
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

    key = (sender.session, sender.client, kind)
    service.thread.submit(Job(key, sender.ticket, work, done, quick))
    return await future


async def _picture(service: Service, request: web.Request) -> web.StreamResponse:
    """The picture of a state."""
    fields = await read_fields(request, LARGE)
    sender = read_sender(fields)
    contents = session_of(service, sender).contents
    state = await asyncio.get_running_loop().run_in_executor(None, read_picture_request, fields)
    kind, data = await computed(
        service,
        sender,
        "picture",
        lambda job: actions.picture(service.host, contents, state, job),
        quick=True,
    )
    return _answer(sender, kind, data)


async def _film(service: Service, request: web.Request) -> web.StreamResponse:
    """All images of a state, side by side in one picture."""
    fields = await read_fields(request, LARGE)
    sender = read_sender(fields)
    contents = session_of(service, sender).contents
    query = await asyncio.get_running_loop().run_in_executor(None, read_film_request, fields)
    kind, data = await computed(
        service, sender, "film", lambda job: actions.film(service.host, contents, *query, job)
    )
    return _answer(sender, kind, data)


def _answer(sender: Sender, kind: str, data: bytes) -> web.Response:
    """A picture, with the number of the request that it answers."""
    headers = {"X-Ticket": str(sender.ticket), "Cache-Control": "no-store"}
    return web.Response(body=data, content_type=kind, headers=headers)


async def _levers(service: Service, request: web.Request) -> web.StreamResponse:
    """Levers for a region."""
    fields = await read_fields(request, _MIDDLE)
    sender = read_sender(fields)
    contents = session_of(service, sender).contents
    loop = asyncio.get_running_loop()
    query = await loop.run_in_executor(None, read_lever_request, fields, contents)
    kind = "warm" if query.warm else "levers"
    found = await computed(
        service, sender, kind, lambda job: actions.levers(service.host, contents, query, job)
    )
    return web.json_response(found)


async def _progress(service: Service, request: web.Request) -> web.StreamResponse:
    """What the page's current job is doing, and its progress."""
    sender = read_sender(await read_fields(request, SMALL))
    session_of(service, sender)
    page = (sender.session, sender.client)
    holding = service.thread.current(lambda job: job.key[:2] == page and job.busy == actions.HOLD)
    job = holding or service.thread.current(lambda job: job.key[:2] == page)
    busy, (done, total) = (None, (0, 0)) if job is None else (job.busy, job.steps)
    return web.json_response({"busy": busy, "done": done, "total": total})


async def _close(service: Service, request: web.Request) -> web.StreamResponse:
    """Close the page's session."""
    sender = read_sender(await read_fields(request, SMALL, plain_text=True))
    if not service.sessions.close(sender.session, sender.client):
        raise RefusedError(404, service.host.gone)
    return web.json_response({"closed": True})


async def _find(service: Service, request: web.Request) -> web.StreamResponse:
    """The session of a node, for a page that was reloaded."""
    fields = await read_fields(request, SMALL)
    sender = read_sender(fields, with_session=False)
    found = service.sessions.find(sender.client, read_node(fields), sender.session)
    return web.json_response({"session": None} if found is None else dict(found.facts))
