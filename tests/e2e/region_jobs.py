"""What tests of the drawn RegionMask share: which page is opened how, and what was seen in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from comfy_server import ComfyServer
from node_facts import ROOT
from seen_pages import page_seen

_PALETTES = {"classic": "light", "vue": "dark"}
"""Both kinds of theme are seen."""


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
    job = {
        "palette": _PALETTES[renderer],
        "file": str(ROOT / "workflows" / "regional_lever.json"),
    }
    name = script.removesuffix(".mjs")
    return page_seen(name, renderer, server, folders, job, script)


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
