"""`latent-levers explore --photo`: what it saves makes the same pixels in ComfyUI."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from api_graphs import node
from browser import drive
from comfy_server import ComfyServer
from photographs import FACE, MOUTH, NAME, SIDE, SIZE, photograph, write_photograph
from PIL import Image
from seen_pages import needs_browser
from standalone_server import explore
from test_explorer_photo_browser import CORNER, ROUGH

pytestmark = needs_browser

_SEEN: dict[str, dict[str, Any]] = {}
"""Results of standalone_photo.mjs, by the URL of ComfyUI's server."""


@pytest.fixture
def seen(server: ComfyServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Results of standalone_photo.mjs, which lists the steps; the same torch as ComfyUI's draws."""
    if server.url not in _SEEN:
        folder = tmp_path_factory.mktemp("standalone-photo")
        file = write_photograph(folder / "photos")
        words = ("portraits-128", "--photo", str(file), "--out", str(folder / "saved"))
        with explore(server.installation.python, folder, *words) as address:
            job = {
                "url": address,
                "box": ROUGH,
                "corner": CORNER,
                "photo": SIZE,
                "side": SIDE,
                "region": MOUTH,
            }
            found = drive(job, folder / "pictures", 3000, script="standalone_photo.mjs")
        _SEEN[server.url] = {**found, "saved": folder / "saved"}
    return _SEEN[server.url]


def test_nothing_goes_wrong(seen: dict[str, Any]):
    assert seen["problem"] == ""
    refused = [said for said in seen["troubles"] if "/save" not in said]
    assert refused == [], "only the save without a latent is refused"


def test_the_photograph_comes_first(seen: dict[str, Any]):
    assert seen["modes"]["started"] == "crop"
    assert "Find the latent" in seen["words"]
    assert "no code of this photograph" in seen["refused"]
    box = seen["states"]["drawn"]["photo"]["box"]
    assert box == pytest.approx(ROUGH, abs=0.02)


def test_a_reload_keeps_the_latent_and_the_levers(seen: dict[str, Any]):
    assert seen["modes"]["found"] == seen["modes"]["reloaded"] == "found"
    assert seen["states"]["reloaded"] == seen["states"]["inside"]


def test_save_writes_the_photograph_and_comfyui_makes_the_same_pixels(
    seen: dict[str, Any], server: ComfyServer
):
    folder = Path(seen["folder"])
    assert folder == seen["saved"] / "001", "the refused save has written nothing"
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["levers.safetensors", NAME, "workflow.json"]
    assert f"{NAME} in input" in seen["said"]
    with Image.open(folder / NAME) as picture:
        saved = np.asarray(picture.convert("RGB"))
        workflow = json.loads(picture.text["workflow"])
    rows, columns = (saved != photograph()).any(axis=2).nonzero()
    top, left, side = FACE
    assert top + 0.5 * side < rows.min() <= rows.max() < top + side, "the mouth alone"
    assert left < columns.min() <= columns.max() < left + side
    write_photograph(Path(server.base) / "input")
    explorer = next(each for each in workflow["nodes"] if each["type"] == "GANExplorer")
    (text,) = explorer["widgets_values"]
    assert json.loads(text) == seen["states"]["inside"]
    graph = {
        "gan": node("LoadGAN", model="portraits-128 (bundled)"),
        "photo": node("LoadImage", image=NAME),
        "explorer": node("GANExplorer", gan=["gan", 0], photo=["photo", 0], state=text),
        "images": node("PreviewImage", images=["explorer", 0]),
    }
    (drawn,) = server.images(server.run(graph))["images"]
    assert (np.asarray(drawn.convert("RGB")) == saved).all()
