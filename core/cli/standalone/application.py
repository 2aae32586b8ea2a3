"""The server's paths: the page, the modules of `web/`, and the routes of the explorer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from ...base.errors import FieldError
from ...server.answering import (
    LARGE,
    SMALL,
    Service,
    computed,
    read_fields,
    session_of,
    with_errors,
)
from ...server.facts import explorer_facts
from ...server.jobs import JobThread
from ...server.requests import read_sender
from ...server.routes import PREFIX, handlers
from ...server.sessions import Contents, Sessions
from .access import guarded
from .saving import Saver

_ROOT = Path(__file__).resolve().parents[3]
_WEB, _PAGE, _LOCALES = _ROOT / "web", _ROOT / "page", _ROOT / "locales"

_WORDS = "words.json"
"""In the page's folder: texts of the widgets that name ComfyUI, and what is said instead."""

_NODE = "1"
"""Id of the page's only node."""

_KINDS = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}
"""Content types; those of the system may be wrong."""


@dataclass(frozen=True)
class Explorer:
    """One explorer, which all pages share."""

    contents: Contents
    """Generator and codes."""
    title: str
    """One line about the generator."""
    saver: Saver
    """Writes what a page saves."""


def application(explorer: Explorer, token: str) -> web.Application:
    """Build the server.

    Args:
        explorer: The explorer.
        token: First part of every path; all other requests get 403.

    Returns:
        An application of aiohttp.
    """
    service = Service(explorer.saver.host, Sessions(), JobThread(idle=lambda: None))
    pages = _Pages(explorer, service)
    app = web.Application(middlewares=[guarded(token)])
    top = f"/{token}"
    app.router.add_get(f"{top}/", _file(_PAGE / "index.html"))
    for name in ("app", "api"):  # what the modules of web/ import from ComfyUI's page
        app.router.add_get(f"{top}/scripts/{name}.js", _file(_PAGE / f"{name}.js"))
    for path in sorted(_PAGE.glob("*.*")):
        if path.suffix in _KINDS:
            app.router.add_get(f"{top}/page/{path.name}", _file(path))
    for path in sorted(_WEB.glob("*.js")):
        app.router.add_get(f"{top}/extensions/latent_levers/{path.name}", _file(path))
    app.router.add_get(f"{top}/i18n", pages.words)
    routes = {
        **handlers(service),
        "open": with_errors(pages.open, service.host),
        "save": with_errors(pages.save, service.host),
    }
    for name, handler in routes.items():
        app.router.add_post(f"{top}{PREFIX}/{name}", handler)
    return app


def _file(path: Path) -> Any:
    """A handler that sends one file."""

    async def send(request: web.Request) -> web.StreamResponse:
        text = path.read_text(encoding="utf-8")
        return web.Response(text=text, content_type=_KINDS[path.suffix], charset="utf-8")

    return send


class _Pages:
    """The routes that ComfyUI's server does not have."""

    def __init__(self, explorer: Explorer, service: Service) -> None:
        self.explorer = explorer
        self.service = service

    async def open(self, request: web.Request) -> web.StreamResponse:
        """Join the session; ComfyUI does this when a graph runs."""
        sender = read_sender(await read_fields(request, SMALL), with_session=False)
        contents = self.explorer.contents
        facts = explorer_facts(contents, self.explorer.title)
        session = self.service.sessions.open(sender.client, _NODE, contents, facts)
        return web.json_response(dict(session.facts))

    async def save(self, request: web.Request) -> web.StreamResponse:
        """Write the images of a state, its levers, and a workflow."""
        fields = await read_fields(request, LARGE)
        sender = read_sender(fields)
        contents = session_of(self.service, sender).contents
        state = fields.values.get("state")
        if not isinstance(state, dict):
            raise FieldError("The request has no 'state'", "an object")
        given: dict[str, Any] = {**state}
        saver = self.explorer.saver
        files: list[Path] = await computed(
            self.service, sender, "save", lambda job: saver.save(contents, given, job)
        )
        folder = files[0].parent
        answer = {
            "folder": str(folder),
            "path": str(folder.absolute()),
            "files": [path.name for path in files],
            "remark": saver.origin.remark,
        }
        return web.json_response(answer)

    async def words(self, request: web.Request) -> web.StreamResponse:
        """Translations of the widgets, with the words of a page without ComfyUI."""
        own: dict[str, dict[str, str]] = json.loads((_PAGE / _WORDS).read_text(encoding="utf-8"))
        texts: dict[str, Any] = {}
        for language, words in own.items():
            path = _LOCALES / language / "main.json"
            known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
            texts[language] = {"latentLevers": {**known.get("latentLevers", {}), **words}}
        return web.json_response(texts)
