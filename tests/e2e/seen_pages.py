"""Results of scripts in the page, shared by several tests because a page starts slowly."""

from __future__ import annotations

from typing import Any

import pytest
from browser import drive, why_no_browser
from comfy_server import ComfyServer
from server_folders import PACK_NAME

RENDERERS = ("classic", "vue")
"""The canvas renderer, and the Vue renderer "Nodes 2.0"."""

needs_browser = pytest.mark.skipif(why_no_browser() is not None, reason=str(why_no_browser()))

_SEEN: dict[tuple[str, str, str], dict[str, Any]] = {}
"""Results by name, URL of the server and renderer."""


def page_seen(
    name: str,
    renderer: str,
    server: ComfyServer,
    folders: pytest.TempPathFactory,
    job: dict[str, Any],
    script: str = "browser.mjs",
) -> dict[str, Any]:
    """Run a script in a page, or return its earlier result.

    Args:
        name: Key of the result, and prefix of its folder.
        renderer: One of `RENDERERS`.
        server: Serves the page.
        folders: Makes the folder of screenshots.
        job: Input of the script; URL, pack and renderer are added.
        script: File name of the script.

    Returns:
        Contents of seen.json, the folder of screenshots as "folder", and what the server wrote
        meanwhile as "log".
    """
    if renderer == "vue" and server.installation.name.startswith("0.3."):
        pytest.skip("this page has no finished Vue renderer")
    if server.installation.version.endswith("-fork"):
        pytest.skip("this fork is tested without its page, which is that of other versions")
    key = (name, server.url, renderer)
    if key not in _SEEN:
        folder = folders.mktemp(f"{name}-{server.installation.name}-{renderer}")
        whole = {"url": server.url, "pack": PACK_NAME, "renderer": renderer, **job}
        before = len(server.log)
        seen = drive(whole, folder, 3000, script)
        _SEEN[key] = {**seen, "folder": folder, "log": server.log[before:]}
    return _SEEN[key]
