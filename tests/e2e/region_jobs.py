"""Shared by the browser tests of RegionMask: how the page is opened, and what they compare."""

from __future__ import annotations

import json
from typing import Any

import pytest
from comfy_server import ComfyServer
from node_facts import template
from seen_pages import page_seen

_PALETTES = {"classic": "light", "vue": "dark"}
"""A light and a dark theme are tested."""


def region_seen(
    script: str, renderer: str, server: ComfyServer, folders: pytest.TempPathFactory
) -> dict[str, Any]:
    """Run a script in a page with one RegionMask.

    Args:
        script: File name of the script.
        renderer: One of `RENDERERS`.
        server: Serves the page.
        folders: Makes the folder of screenshots.

    Returns:
        Contents of seen.json.
    """
    job = {
        "palette": _PALETTES[renderer],
        "file": str(template(3)),
    }
    name = script.removesuffix(".mjs")
    return page_seen(name, renderer, server, folders, job, script)


def shapes(seen: dict[str, Any], step: str) -> list[dict[str, Any]]:
    """The shapes of the region after a step.

    Args:
        seen: Contents of seen.json.
        step: Name of the step.

    Returns:
        The decoded shapes.
    """
    assert step in seen["texts"], seen.get("problem")
    return json.loads(seen["texts"][step])


def near(values: list[float]) -> Any:
    """Approximate equality within about a pixel of the page.

    Args:
        values: Fractions of the image.

    Returns:
        An object that compares as equal to such values.
    """
    return pytest.approx(values, abs=0.006)
