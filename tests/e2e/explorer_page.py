"""A page without a browser: a websocket, and requests to an explorer's routes."""

from __future__ import annotations

import base64
import http.client
import json
import os
import socket
import time
import urllib.parse
from typing import Any

from comfy_server import ComfyServer

PREFIX = "/latent_levers/explorer"


class Answer:
    """What came back."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self) -> Any:
        """What it says."""
        return json.loads(self.body)


class Page:
    """A client of ComfyUI that listens, as a browser does."""

    def __init__(self, server: ComfyServer, client: str) -> None:
        """Connect.

        Args:
            server: A running one.
            client: Id of the client.
        """
        self.server, self.client = server, client
        self._ticket = int(time.time() * 1000)
        address = urllib.parse.urlsplit(server.url)
        assert address.hostname is not None
        self._host, self._port = address.hostname, address.port
        self._socket = socket.create_connection((self._host, self._port), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            f"GET /ws?clientId={client} HTTP/1.1\r\nHost: {address.netloc}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        assert b" 101 " in self._socket.recv(4096)

    def leave(self) -> None:
        """Close the websocket, as a tab that is closed."""
        self._socket.close()

    def send(
        self,
        route: str,
        body: bytes,
        content_type: str = "application/json",
        method: str = "POST",
        seconds: float = 300,
    ) -> Answer:
        """Send anything at all.

        Args:
            route: Name of a route, or a path from the slash on.
            body: The bytes.
            content_type: What they are said to be.
            method: Of HTTP.
            seconds: Longest to wait.

        Returns:
            The answer.
        """
        connection = http.client.HTTPConnection(self._host, self._port, timeout=seconds)
        try:
            path = route if route.startswith("/") else f"{PREFIX}/{route}"
            connection.request(method, path, body, {"Content-Type": content_type})
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def ask(self, route: str, session: str | None = None, **fields: Any) -> Answer:
        """Ask for something.

        Args:
            route: Name of the route.
            session: Token, if any.
            **fields: Of the request.

        Returns:
            The answer.
        """
        self._ticket += 1
        request = {"client": self.client, "ticket": self._ticket, **fields}
        if session is not None:
            request["session"] = session
        return self.send(route, json.dumps(request).encode())

    def run(self, graph: dict[str, Any]) -> dict[str, Any]:
        """Run a graph as this page.

        Args:
            graph: In API format.

        Returns:
            Its entry in the history.
        """
        prompt = {"prompt": graph, "client_id": self.client}
        answer = json.loads(self.server.post("/prompt", prompt))
        entry = self.server.wait(answer["prompt_id"])
        assert entry["status"]["status_str"] == "success", json.dumps(entry["status"], indent=1)
        return entry


def hello(entry: dict[str, Any], node: str = "explorer") -> dict[str, Any]:
    """What GANExplorer told.

    Args:
        entry: Of the history.
        node: Its id.

    Returns:
        The session and what it works on.
    """
    return json.loads(entry["outputs"][node]["explorer"][0])
