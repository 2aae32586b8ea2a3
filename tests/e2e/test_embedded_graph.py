"""The graph inside of a picture draws it again in ComfyUI, within one grey level."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from comfy_server import ComfyServer
from embedded_pictures import CASES, VARY, Embedded, make_pictures
from PIL import Image


@pytest.fixture(scope="module")
def pictures(server: ComfyServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Embedded]:
    """All cases, for the server's folders."""
    return make_pictures(server.base / "models", tmp_path_factory.mktemp("embedded"))


@pytest.mark.parametrize("name", [*CASES, VARY])
def test_the_prompt_draws_the_picture_again(
    server: ComfyServer, pictures: dict[str, Embedded], name: str
):
    made = pictures[name]
    with Image.open(made.file) as image:
        prompt: dict[str, Any] = json.loads(image.info["prompt"])
    entry = server.run(prompt)
    (saved,) = [key for key, node in prompt.items() if node["class_type"] == "SaveImage"]
    (again,) = server.images(entry)[saved]
    difference = np.abs(np.asarray(again.convert("RGB")).astype(int) - made.pixels)
    if not made.held:
        assert difference.max() <= 1
    else:  # it magnifies rounding, as the note says
        assert difference.mean() < 1
    other = next(one for key, one in pictures.items() if key != name)
    if other.pixels.shape == made.pixels.shape:
        assert np.abs(other.pixels - made.pixels).max() > 20, "no test of anything"
