"""What tests of the drawn RegionMask share: which page is opened how, and what was seen in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from browser import drive
from comfy_server import PACK_NAME, ComfyServer
from node_facts import ROOT

RENDERERS = ("classic", "vue")
"""The canvas of old, and "Nodes 2.0"."""

_PALETTES = {"classic": "light", "vue": "dark"}
"""Both kinds of theme are seen."""

_SEEN: dict[tuple[str, str, str], dict[str, Any]] = {}
"""What was seen, by script, server and renderer: one page does all steps, for starting it takes
long."""


def region_seen(
    script: str, renderer: str, server: ComfyServer, folders: pytest.TempPathFactory
) -> dict[str, Any]:
    """What happens in a page with one region.

    Args:
        script: The steps.
        renderer: One of `RENDERERS`.
        server: The server.
        folders: Where screenshots go.

    Returns:
        What the script saw.
    """
    if renderer == "vue" and server.installation.name.startswith("0.3."):
        pytest.skip("this page has no finished Vue renderer")
    key = (script, server.url, renderer)
    if key not in _SEEN:
        folder = folders.mktemp(f"region-{server.installation.name}-{renderer}")
        job = {
            "url": server.url,
            "pack": PACK_NAME,
            "renderer": renderer,
            "palette": _PALETTES[renderer],
            "file": str(ROOT / "workflows" / "regional_lever.json"),
        }
        _SEEN[key] = drive(job, folder, script=script)
    return _SEEN[key]


def shapes(seen: dict[str, Any], step: str) -> list[dict[str, Any]]:
    """The shapes that are there after a step.

    Args:
        seen: What was seen.
        step: Its name.

    Returns:
        The shapes.
    """
    assert step in seen["texts"], seen.get("problem")
    return json.loads(seen["texts"][step])


def near(values: list[float]) -> Any:
    """As near as a pixel of the page.

    Args:
        values: Fractions of the image.

    Returns:
        What compares as equal to such values.
    """
    return pytest.approx(values, abs=0.006)
