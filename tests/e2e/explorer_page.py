"""A client without a browser: a websocket, and requests to the explorer's routes."""

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
    """The response to a request."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.body)


class Page:
    """A client of ComfyUI with an open websocket, like a browser's."""

    def __init__(self, server: ComfyServer, client: str) -> None:
        """Connect.

        Args:
            server: A running server.
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
        """Close the websocket, as closing a browser tab does."""
        self._socket.close()

    def send(
        self,
        route: str,
        body: bytes,
        content_type: str = "application/json",
        method: str = "POST",
        seconds: float = 300,
    ) -> Answer:
        """Send any body to a route.

        Args:
            route: Name of a route, or a path with its leading slash.
            body: Bytes of the body.
            content_type: Value of the Content-Type header.
            method: HTTP method.
            seconds: Timeout.

        Returns:
            The response.
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
        """Send a request as JSON, with the client's id and the next ticket.

        Args:
            route: Name of the route.
            session: Token of the session; none to leave it out.
            **fields: Further fields of the request.

        Returns:
            The response.
        """
        self._ticket += 1
        request = {"client": self.client, "ticket": self._ticket, **fields}
        if session is not None:
            request["session"] = session
        return self.send(route, json.dumps(request).encode())

    def run(self, graph: dict[str, Any]) -> dict[str, Any]:
        """Run a graph as this client.

        Args:
            graph: Graph in API format.

        Returns:
            Entry of the history.
        """
        prompt = {"prompt": graph, "client_id": self.client}
        answer = json.loads(self.server.post("/prompt", prompt))
        entry = self.server.wait(answer["prompt_id"])
        assert entry["status"]["status_str"] == "success", json.dumps(entry["status"], indent=1)
        return entry


def hello(entry: dict[str, Any], node: str = "explorer") -> dict[str, Any]:
    """Read what GANExplorer sent to the page.

    Args:
        entry: Entry of the history.
        node: Id of the node.

    Returns:
        Token of the session, and facts of its generator and latents.
    """
    return json.loads(entry["outputs"][node]["explorer"][0])
