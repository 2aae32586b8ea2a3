"""Routes of explorers on the server of a front, through which pages use their sessions.

Every request is a POST with JSON. Status codes: 200; 204 if a newer request replaced this one; 4xx
with a reason if the request is wrong or its session does not exist; 503 if the device is in use
for too long.
"""

from __future__ import annotations

import asyncio
from functools import partial

from aiohttp import web

from ..explorer.photo_state import read_photo
from . import actions
from .answering import (
    LARGE,
    MIDDLE,
    SMALL,
    Handler,
    RefusedError,
    Service,
    computed,
    read_fields,
    session_of,
    with_errors,
)
from .jobs import AT_ONCE, LONG, SOON
from .requests import (
    Sender,
    read_film_request,
    read_lever_request,
    read_node,
    read_picture_request,
    read_sender,
)

PREFIX = "/latent_levers/explorer"
"""Path of the routes; ComfyUI also serves them under /api."""

_PHOTO = "photo"
"""Kind of the requests for the code of a photograph."""


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
            ("photo", _photo),
            ("cancel", _cancel),
            ("progress", _progress),
            ("close", _close),
            ("find", _find),
        )
    }


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
        urgency=AT_ONCE,
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
    """Levers for a region; those of a smaller image are found in the pauses of long work."""
    fields = await read_fields(request, MIDDLE)
    sender = read_sender(fields)
    contents = session_of(service, sender).contents
    loop = asyncio.get_running_loop()
    query = await loop.run_in_executor(None, read_lever_request, fields, contents)
    kind, urgency = "warm" if query.warm else "levers", LONG
    if query.beyond is not None:
        kind, urgency = "first", SOON
    found = await computed(
        service,
        sender,
        kind,
        lambda job: actions.levers(service.host, contents, query, job),
        urgency,
    )
    return web.json_response(found)


async def _photo(service: Service, request: web.Request) -> web.StreamResponse:
    """The code of the photograph, which takes seconds to minutes."""
    fields = await read_fields(request, MIDDLE)
    sender = read_sender(fields)
    contents = session_of(service, sender).contents
    settings = read_photo(fields)
    found = await computed(
        service,
        sender,
        _PHOTO,
        lambda job: actions.find_photo(service.host, contents, settings, job),
    )
    return web.json_response(found)


async def _cancel(service: Service, request: web.Request) -> web.StreamResponse:
    """Cancel the page's search for the code of the photograph."""
    sender = read_sender(await read_fields(request, SMALL))
    session_of(service, sender)
    service.thread.cancel((sender.session, sender.client, _PHOTO))
    return web.json_response({"cancelled": True})


async def _progress(service: Service, request: web.Request) -> web.StreamResponse:
    """What the page's current job is doing, and its progress."""
    sender = read_sender(await read_fields(request, SMALL))
    session_of(service, sender)
    page = (sender.session, sender.client)
    holding = service.thread.current(lambda job: job.key[:2] == page and job.busy == actions.HOLD)
    searching = service.thread.current(lambda job: job.key == (*page, _PHOTO))
    job = holding or searching or service.thread.current(lambda job: job.key[:2] == page)
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
