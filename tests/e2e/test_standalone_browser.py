"""`latent-levers explore` is used in a browser; what it saves makes the same pixels in ComfyUI."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import latent_levers as ll
import numpy as np
import pytest
from browser import drive
from comfy_server import ComfyServer
from PIL import Image
from seen_pages import needs_browser, page_seen
from standalone_server import explore

pytestmark = needs_browser

SEED, COUNT = 7, 3

_SEEN: dict[str, dict[str, Any]] = {}
"""Results of standalone.mjs, by the URL of ComfyUI's server."""


@pytest.fixture
def seen(server: ComfyServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Results of standalone.mjs, which lists the steps; the same torch as ComfyUI's draws."""
    if server.url not in _SEEN:
        folder = tmp_path_factory.mktemp("standalone")
        out, pictures = folder / "saved", folder / "pictures"
        words = ("--seed", str(SEED), "--count", str(COUNT), "--out", str(out))
        with explore(server.installation.python, folder, *words) as address:
            found = drive({"url": address}, pictures, script="standalone.mjs")
        _SEEN[server.url] = {**found, "address": address, "out": out, "pictures": pictures}
    return _SEEN[server.url]


def pixels(path: Path) -> np.ndarray:
    """RGB values of a picture."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def test_nothing_goes_wrong(seen: dict[str, Any]):
    assert seen["problem"] == ""
    assert seen["troubles"] == []


def test_the_page_starts_by_itself_and_fills_the_window(seen: dict[str, Any]):
    assert seen["title"] == "portraits_128: StyleGAN2, 128 x 128 pixels, 12 layers"
    assert "Levers of the whole image" in seen["started"]
    box = seen["box"]
    assert (box["scrollWidth"], box["scrollHeight"]) == (box["innerWidth"], box["innerHeight"])


def test_a_region_has_its_own_levers_which_are_pulled(seen: dict[str, Any]):
    assert "Levers of the region" in seen["drawn"]
    assert seen["changed"]
    first, second = seen["states"]["pulled"]["levers"]
    assert first["pull"] > 0 > second["pull"]
    assert first["method"] == "resefa"


def test_a_reload_of_the_page_keeps_the_levers(seen: dict[str, Any]):
    assert seen["states"]["reloaded"] == seen["states"]["pulled"]
    assert seen["rows"] == 2


def test_a_program_that_has_ended_is_named(seen: dict[str, Any]):
    assert seen["stopped"] == "The program does not answer. Is it still running?"
    assert seen["expected"] == []


def test_a_page_of_another_origin_is_refused(seen: dict[str, Any]):
    answers = seen["elsewhere"]
    assert len(answers) >= 5
    assert {kind for kind, _ in answers} >= {"Script", "Image", "Fetch"}
    assert {status for _, status in answers} == {403}


def test_all_requests_go_to_the_server_and_hold_the_token(seen: dict[str, Any]):
    own = (seen["address"], "data:", "blob:")  # those of the page itself
    assert len(seen["requests"]) > 20
    assert [url for url in seen["requests"] if not url.startswith(own)] == []


def test_save_writes_pictures_levers_and_a_workflow(seen: dict[str, Any]):
    folder = Path(seen["folder"])
    assert folder == seen["out"] / "001"
    names = sorted(path.name for path in folder.iterdir())
    seeds = [f"seed{SEED + row:04d}.png" for row in range(COUNT)]
    assert names == ["levers.safetensors", *seeds, "workflow.json"]
    assert (pixels(folder / seeds[0]) == pixels(seen["pictures"] / "live.png")).all()
    levers = ll.load_directions(folder / "levers.safetensors")
    assert levers.names == tuple(one["name"] for one in seen["states"]["pulled"]["levers"])
    with Image.open(folder / seeds[1]) as picture:
        stored = json.loads(picture.text["workflow"])  # ComfyUI opens it from the picture
    assert stored == json.loads((folder / "workflow.json").read_text(encoding="utf-8"))


def test_the_workflow_opens_in_comfyui_and_makes_the_same_pixels(
    seen: dict[str, Any], server: ComfyServer, tmp_path_factory: pytest.TempPathFactory
):
    folder = Path(seen["folder"])
    steps = [{"name": "saved", "file": str(folder / "workflow.json"), "run": True}]
    job = {"steps": steps}
    step = page_seen("standalone-page", "classic", server, tmp_path_factory, job)["saved"]
    assert step["end"] == "execution_success", step["problem"]
    assert (step["complaints"], step["troubles"], step["overlaps"]) == ([], [], [])
    sent = step["prompt"]
    assert json.loads(sent["3"]["inputs"]["state"]) == seen["states"]["pulled"]
    server.clear_cache()
    again = server.images(server.run(sent))["4"]
    assert len(again) == COUNT
    plain = {**sent, "3": {**sent["3"], "inputs": {**sent["3"]["inputs"], "state": "{}"}}}
    unpulled = server.images(server.run(plain))["4"]
    for row, image in enumerate(again):
        saved = pixels(folder / f"seed{SEED + row:04d}.png")
        assert (saved == np.asarray(image.convert("RGB"))).all(), f"image {row}"
        assert (saved != np.asarray(unpulled[row].convert("RGB"))).any(), "the levers act"
