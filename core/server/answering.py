"""What all routes share: errors as answers, bodies, sessions, and work in the thread of jobs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from ..base.errors import PackError
from ..base.execution import is_out_of_memory
from ..base.json_fields import Fields
from .host import AbstractHost, BusyError
from .jobs import LONG, Job, JobThread, SupersededError
from .requests import Sender, read_body
from .sessions import LiveSession, Sessions

_log = logging.getLogger(__name__)

SMALL, MIDDLE, LARGE = 16 << 10, 4 << 20, 12 << 20
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
    service: Service, sender: Sender, kind: str, work: Callable[[Job], Any], urgency: int = LONG
) -> Any:
    """Run something in the thread of jobs, and await its result.

    Args:
        service: Has the thread.
        sender: The page; of its requests of one kind only the newest is finished.
        kind: Kind of the request.
        work: The work.
        urgency: It may run inside the pauses of a job that is less urgent.

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
    service.thread.submit(Job(key, sender.ticket, work, done, urgency))
    return await future
