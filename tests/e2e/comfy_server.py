"""A ComfyUI server whose only custom node pack is this one, and requests to it."""

from __future__ import annotations

import io
import json
import os
import re
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from installations import Installation
from PIL import Image
from server_folders import lay_out

START_SECONDS = 300.0
"""Longest time until a started server answers."""

RUN_SECONDS = 600.0
"""Longest time that a graph may take; CI machines are slow."""


class WorkflowError(AssertionError):
    """ComfyUI rejected a graph, or a node failed; the message is ComfyUI's."""


class ComfyServer:
    """One server process, which `start` starts and `stop` ends."""

    def __init__(self, installation: Installation, base: Path) -> None:
        """Create the folders of a server; the installation itself is not changed.

        Args:
            installation: Which ComfyUI.
            base: An empty folder for models, inputs, outputs, settings and custom nodes.
        """
        self.installation = installation
        self.base = base
        self.log_path = base / "server.log"
        self.url = f"http://127.0.0.1:{_free_port()}"
        self._process: subprocess.Popen[bytes] | None = None
        lay_out(base)

    def start(self) -> None:
        """Start the process and wait until it answers.

        Raises:
            AssertionError: The server does not answer, or the pack cannot be imported; the message
                contains the log.
        """
        port = urllib.parse.urlsplit(self.url).port
        command = [
            self.installation.python,
            str(Path(__file__).with_name("serve.py")),
            *("--cpu", "--listen", "127.0.0.1", "--port", str(port)),
            *("--disable-auto-launch", "--disable-api-nodes"),
            *("--base-directory", str(self.base)),
            # --base-directory does not apply to the database.
            *("--database-url", f"sqlite:///{(self.base / 'user' / 'comfyui.db').as_posix()}"),
        ]
        if self.installation.front_end is not None:
            command += ["--front-end-root", str(self.installation.front_end)]
        # No bytecode is written into the installation.
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
        # Idle threads of torch sleep instead of spinning, which leaves the CPU to the browser.
        environment.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        with self.log_path.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self.installation.folder,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait_until_up()
        self.object_info: dict[str, Any] = self.get_json("/object_info")
        if "LoadGAN" not in self.object_info:  # the log of some versions does not say so
            raise AssertionError(f"ComfyUI could not import the pack\n{self.log}")

    def _wait_until_up(self) -> None:
        """Poll the server until it answers."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            if self._process is None or self._process.poll() is not None:
                raise AssertionError(f"ComfyUI ended while it started\n{self.log}")
            try:
                self.get("/system_stats")
            except OSError:
                if time.monotonic() > deadline:
                    raise AssertionError(f"ComfyUI did not start\n{self.log}") from None
                time.sleep(0.5)
            else:
                return

    def stop(self) -> None:
        """Terminate the process, and kill it if that takes more than 10 seconds."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

    @property
    def log(self) -> str:
        """Everything that the server has printed."""
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    @property
    def versions(self) -> str:
        """Versions of ComfyUI, its page, torch and Python in one line."""
        system = self.get_json("/system_stats")["system"]
        page = re.search(r"frontend version: (\S+)", self.log)
        other = self.installation.front_end
        return (
            f"ComfyUI {system['comfyui_version']}, "
            f"page {other or (page[1] if page else 'unknown')}, "
            f"torch {system['pytorch_version']}, Python {system['python_version'].split()[0]}"
        )

    def get(self, path: str) -> bytes:
        """GET a path.

        Args:
            path: Path and query, with the leading slash.

        Returns:
            Body of the response.
        """
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            return answer.read()

    def get_json(self, path: str) -> Any:
        """GET a path and decode its JSON.

        Args:
            path: Path and query, with the leading slash.

        Returns:
            The decoded value.
        """
        return json.loads(self.get(path))

    def post(self, path: str, body: Any) -> bytes:
        """POST a value as JSON.

        Args:
            path: Path and query, with the leading slash.
            body: The value.

        Returns:
            Body of the response.
        """
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def queue(self, graph: dict[str, Any]) -> str:
        """Queue a graph.

        Args:
            graph: Graph in API format.

        Returns:
            The id of the prompt.

        Raises:
            WorkflowError: ComfyUI rejects the graph.
        """
        try:
            return json.loads(self.post("/prompt", {"prompt": graph}))["prompt_id"]
        except urllib.error.HTTPError as error:
            answer = json.loads(error.read())
            raise WorkflowError(json.dumps(answer, indent=2)) from None

    def wait(self, prompt: str, seconds: float = RUN_SECONDS) -> dict[str, Any]:
        """Wait until a graph has succeeded, failed or been cancelled.

        Args:
            prompt: Id of the prompt.
            seconds: Timeout.

        Returns:
            Entry of the history.

        Raises:
            AssertionError: The graph does not end in time, or the server has exited.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise AssertionError(f"ComfyUI crashed\n{self.log[-4000:]}")
            entry = self.get_json(f"/history/{prompt}").get(prompt)
            if entry is not None:
                messages = entry["status"]["messages"]
                entry["status"]["messages"] = [_as_pair(message) for message in messages]
                return entry
            time.sleep(0.1)
        raise AssertionError(f"Not finished within {seconds:g} s\n{self.log[-4000:]}")

    def run(self, graph: dict[str, Any]) -> dict[str, Any]:
        """Queue a graph and wait until it has succeeded.

        Args:
            graph: Graph in API format.

        Returns:
            Entry of the history.

        Raises:
            WorkflowError: ComfyUI rejects the graph, or a node fails.
        """
        entry = self.wait(self.queue(graph))
        if entry["status"]["status_str"] != "success":
            details = [about for what, about in entry["status"]["messages"] if "error" in what]
            if not details:
                raise WorkflowError(json.dumps(entry["status"], indent=2))
            failed = details[0]
            place = f"{failed.get('node_type')} (node {failed.get('node_id')})"
            trace = "".join(failed.get("traceback", []))
            raise WorkflowError(f"{place}: {failed['exception_message']}\n{trace}")
        return entry

    def images(self, entry: dict[str, Any]) -> dict[str, list[Image.Image]]:
        """Download all images that a graph shows or saves.

        Args:
            entry: Entry of the history.

        Returns:
            The images of each node that has any, by node id.
        """
        return {
            node: [self._image(place) for place in outputs["images"]]
            for node, outputs in entry["outputs"].items()
            if outputs.get("images")
        }

    def _image(self, place: dict[str, str]) -> Image.Image:
        """Download and decode one image."""
        image = Image.open(io.BytesIO(self.get(f"/view?{urllib.parse.urlencode(place)}")))
        image.load()
        return image

    def clear_cache(self) -> None:
        """Clear ComfyUI's cached results, so that the next graph executes every node."""
        self.post("/free", {"free_memory": True, "unload_models": True})
        time.sleep(
            1
        )  # the worker thread reads the request when it wakes up, and does not report it


def _as_pair(message: Any) -> tuple[str, dict[str, Any]]:
    """Name and details of a message of a run; one fork has text such as "name: what was said"."""
    if not isinstance(message, str):
        return message[0], message[1]
    name, _, said = message.partition(": ")
    return name, {"exception_message": said.strip(), "nodes": []}


def _free_port() -> int:
    """A free TCP port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
