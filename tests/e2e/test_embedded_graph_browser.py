"""A picture that is dropped on ComfyUI's page opens as a graph and draws itself again."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from comfy_server import ComfyServer
from embedded_pictures import VARY, Embedded, make_pictures
from PIL import Image
from seen_pages import RENDERERS, needs_browser, page_seen

pytestmark = needs_browser

DROPPED = (VARY, "three", "stored", "held together")
"""Cases with every kind of node."""


@pytest.fixture(scope="module")
def pictures(server: ComfyServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Embedded]:
    """All cases, for the server's folders."""
    return make_pictures(server.base / "models", tmp_path_factory.mktemp("embedded"))


@pytest.fixture(params=RENDERERS)
def seen(
    request: pytest.FixtureRequest,
    server: ComfyServer,
    pictures: dict[str, Embedded],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    """Results of drop.mjs by name of the case."""
    job = {"pictures": [{"name": name, "file": str(pictures[name].file)} for name in DROPPED]}
    return page_seen("drop", request.param, server, tmp_path_factory, job, "drop.mjs")


@pytest.mark.parametrize("name", DROPPED)
def test_a_dropped_picture_draws_itself(
    server: ComfyServer, pictures: dict[str, Embedded], seen: dict[str, Any], name: str
):
    step, made = seen[name], pictures[name]
    assert step["end"] == "execution_success", step["problem"]
    assert step["said"] == step["complaints"] == []
    assert step["troubles"] == []
    assert step["overlaps"] == [], "nodes cover each other"
    with Image.open(made.file) as image:
        embedded = json.loads(image.info["prompt"])
    sent = {
        key: {k: v for k, v in node.items() if k != "_meta"} for key, node in step["prompt"].items()
    }
    assert sent == embedded
    # The page showed what SaveImage wrote; the same graph gives its pixels without the page.
    entry = server.run(embedded)
    (saved,) = [key for key, node in embedded.items() if node["class_type"] == "SaveImage"]
    assert step["outputs"][saved] == 1
    (again,) = server.images(entry)[saved]
    difference = np.abs(np.asarray(again.convert("RGB")).astype(int) - made.pixels)
    assert difference.max() <= 1 if not made.held else difference.mean() < 1
