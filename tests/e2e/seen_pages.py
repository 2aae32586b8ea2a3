"""Pages that several tests look at: one page does all steps, for starting it takes long."""

from __future__ import annotations

from typing import Any

import pytest
from browser import drive, why_no_browser
from comfy_server import ComfyServer
from server_folders import PACK_NAME

RENDERERS = ("classic", "vue")
"""The canvas of old, and "Nodes 2.0"."""

needs_browser = pytest.mark.skipif(why_no_browser() is not None, reason=str(why_no_browser()))

_SEEN: dict[tuple[str, str, str], dict[str, Any]] = {}
"""What was seen, by name, server and renderer."""


def page_seen(
    name: str,
    renderer: str,
    server: ComfyServer,
    folders: pytest.TempPathFactory,
    job: dict[str, Any],
    script: str = "browser.mjs",
) -> dict[str, Any]:
    """What happens in a page; the same again for those who ask again.

    Args:
        name: Of what is done.
        renderer: One of `RENDERERS`.
        server: Serves the page.
        folders: Where screenshots go.
        job: See the script; address, pack and renderer are added.
        script: The steps.

    Returns:
        What the script saw, and under "folder" where its screenshots lie.
    """
    if renderer == "vue" and server.installation.name.startswith("0.3."):
        pytest.skip("this page has no finished Vue renderer")
    key = (name, server.url, renderer)
    if key not in _SEEN:
        folder = folders.mktemp(f"{name}-{server.installation.name}-{renderer}")
        whole = {"url": server.url, "pack": PACK_NAME, "renderer": renderer, **job}
        _SEEN[key] = {**drive(whole, folder, 3000, script), "folder": folder}
    return _SEEN[key]
