"""The server of `latent-levers explore`, listening on this machine, with a tiny generator."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import latent_levers as ll
import pytest
from command_line import SETTINGS
from latent_levers.core.cli.standalone.access import LOOPBACK
from latent_levers.core.cli.standalone.host import OpenGenerator, StandaloneHost
from latent_levers.core.cli.standalone.saving import Saver
from latent_levers.core.cli.standalone.workflow import Origin
from latent_levers.core.files.loading import untrained
from latent_levers.core.server.sessions import Contents

TOKEN = "a-token-of-the-tests"
ORIGIN = Origin("tiny.safetensors", False, "", 5, 2, 0.7, None)


class Client:
    """Sends requests like a page, or like somebody who should not."""

    def __init__(self, port: int, out: Path) -> None:
        self.port, self.out = port, out
        self._ticket = 0

    def send(
        self,
        path: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: list[tuple[str, str]] | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        """Send any request; a Host header is only added where none is given."""
        given = headers or []
        hosted = any(name == "Host" for name, _ in given)
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=120)
        try:
            connection.putrequest(method, path, skip_host=hosted)
            for name, value in given:
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def ask(self, route: str, headers: list[tuple[str, str]] | None = None, **fields: Any) -> Any:
        """Send a request as the page does: its status, and its JSON or its bytes."""
        self._ticket += 1
        given = {"client": "page", "ticket": self._ticket, **fields}
        kind = [("Content-Type", "application/json"), *(headers or [])]
        path = f"/{TOKEN}/latent_levers/explorer/{route}"
        status, seen, body = self.send(path, "POST", json.dumps(given).encode(), kind)
        return status, json.loads(body) if "json" in seen.get("Content-Type", "") else body


@pytest.fixture(scope="module")
def contents() -> Contents:
    """A tiny generator of 32 x 32 images, and two codes."""
    gan = untrained("stylegan2", SETTINGS)
    return Contents(OpenGenerator(gan), ll.sample_latents(gan, 2, seed=5))


@pytest.fixture(scope="module")
def client(contents: Contents, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of a server that listens."""
    web = pytest.importorskip("aiohttp.web", reason="aiohttp is not installed")
    from latent_levers.core.cli.standalone.application import Explorer, application

    out = tmp_path_factory.mktemp("explore") / "saved"
    explorer = Explorer(contents, "tiny", Saver(StandaloneHost(), out, ORIGIN))
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(application(explorer, TOKEN), access_log=None, shutdown_timeout=1)
    loop.run_until_complete(runner.setup())
    loop.run_until_complete(web.TCPSite(runner, LOOPBACK, 0).start())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield Client(runner.addresses[0][1], out)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(30)
    loop.run_until_complete(runner.cleanup())
    loop.close()
