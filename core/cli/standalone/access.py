"""Who may use the server: pages of its own address that know its token."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

LOOPBACK = "127.0.0.1"
"""The only address that the server listens at; other machines cannot reach it."""

_NAMES = (LOOPBACK, "localhost")
"""Names by which a browser on this machine may call it."""

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # the address holds the token
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""Headers of every answer: the page loads nothing from elsewhere, and no other page shows it."""


def refusal(request: web.Request, token: str) -> str | None:
    """Why a request is not answered.

    Other programs on this machine cannot guess the token. A web page that was opened elsewhere
    cannot read it: its requests name another origin, or another host where its name was made to
    point at this machine.

    Args:
        request: A request.
        token: The first part of every path.

    Returns:
        One sentence; none where it may be answered.
    """
    port = _port(request)
    hosts = {f"{name}:{port}" for name in _NAMES}
    named = request.headers.getall("Host", [])
    if len(named) != 1 or named[0].lower() not in hosts:
        return "This host is not served here. Open the address that latent-levers explore printed."
    origins = request.headers.getall("Origin", [])
    if origins and origins != [f"http://{named[0].lower()}"]:
        return "Requests from pages of another origin are not answered."
    if not _is_own(request):
        return "Requests from pages of another site are not answered."
    given = request.path.split("/")[1]
    if not hmac.compare_digest(given.encode(), token.encode()):
        return "The token is missing. Open the address that latent-levers explore printed."
    return None


def _is_own(request: web.Request) -> bool:
    """Whether the browser says that it comes from our own page, or that a person opens the page."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    if site in ("none", "same-origin"):
        return True
    opened = request.headers.get("Sec-Fetch-Mode") == "navigate"
    return (
        opened and request.headers.get("Sec-Fetch-Dest") == "document" and request.method == "GET"
    )


def _port(request: web.Request) -> int:
    """The port at which a request arrived."""
    transport = request.transport
    return 0 if transport is None else int(transport.get_extra_info("sockname")[1])


def guarded(token: str) -> Middleware:
    """A middleware that answers 403 to all others, also for paths that do not exist.

    Args:
        token: The first part of every path.

    Returns:
        The middleware.
    """

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        reason = refusal(request, token)
        if reason is not None:
            answer: web.StreamResponse = web.json_response({"error": reason}, status=403)
        else:
            try:
                answer = await handler(request)
            except web.HTTPException as error:  # no such path or method
                answer = web.json_response({"error": error.reason}, status=error.status)
        answer.headers.update(_HEADERS)
        return answer

    return check
