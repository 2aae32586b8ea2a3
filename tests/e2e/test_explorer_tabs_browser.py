"""Copies of a workflow share all ids: each explorer still shows, pulls and saves its own faces."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from comfy_server import ComfyServer
from node_facts import template
from PIL import Image
from seen_pages import RENDERERS, needs_browser, page_seen

TRIES = 5
"""Number of timings of each kind of change."""

ANNOUNCED_MS = 500.0
"""Longest time until a change of what reaches the node is announced."""

MOMENTS = {
    "first": ["first_started", "first_pulled", "first_run", "first_again", "first_at_last"],
    "second": ["second_started", "second_pulled", "second_run"],
    "copy": ["copy", "copy_pulled"],
    "refreshed": ["second_refreshed"],
    "tiny": ["second_tiny", "second_back"],
    "hand": ["hand_started", "hand_run"],
    "random": ["random_started"],
}
"""The moments of explorer_tabs.mjs, by the faces that belong there."""

pytestmark = [needs_browser, pytest.mark.usefixtures("tiny_generators")]

_HEADLESS: dict[tuple[str, str], list[np.ndarray]] = {}
"""Images of graphs that were run without a page, by server and graph."""


@pytest.fixture(params=RENDERERS)
def seen(
    request: pytest.FixtureRequest, server: ComfyServer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """Results of explorer_tabs.mjs, which lists the steps."""
    job = {
        "file": str(template(1)),
        "height": 1000,
        "tries": TRIES,
    }
    found = page_seen(
        "explorer_tabs", request.param, server, tmp_path_factory, job, "explorer_tabs.mjs"
    )
    assert found["problem"] == ""
    return found


def pixels(image: Image.Image) -> np.ndarray:
    """RGB values."""
    return np.asarray(image.convert("RGB")).astype(int)


def headless(server: ComfyServer, prompt: dict[str, Any]) -> list[np.ndarray]:
    """The images of a graph's explorer, by a run without a page."""
    (explorer,) = (key for key, each in prompt.items() if each["class_type"] == "GANExplorer")
    graph = {key: each for key, each in prompt.items() if each["class_type"] != "SaveImage"}
    graph["images"] = {"class_type": "PreviewImage", "inputs": {"images": [explorer, 0]}}
    key = (server.url, json.dumps(graph, sort_keys=True))
    if key not in _HEADLESS:
        images = server.images(server.run(graph))["images"]
        _HEADLESS[key] = [pixels(image) for image in images]
    return _HEADLESS[key]


def face(server: ComfyServer, seen: dict[str, Any], moment: str) -> np.ndarray:
    """The face that a run of a moment's graph gives: the image that its explorer is at."""
    prompt = seen["moments"][moment]
    (explorer,) = (each for each in prompt.values() if each["class_type"] == "GANExplorer")
    image = json.loads(explorer["inputs"]["state"]).get("image", 0)
    return headless(server, prompt)[image]


def sent(seen: dict[str, Any], moment: str) -> np.ndarray:
    """The last picture that the page had received at a moment."""
    return pixels(Image.open(seen["folder"] / f"{moment}_live.png"))


def drawn(seen: dict[str, Any], moment: str) -> np.ndarray:
    """What the node's canvas showed at a moment: the square in its middle, reduced to 32 pixels."""
    image = Image.open(seen["folder"] / f"{moment}_shown.png")
    side = min(image.size)
    left, top = ((length - side) // 2 for length in image.size)
    square = image.convert("RGB").crop((left, top, left + side, top + side))
    return np.asarray(square.resize((32, 32), Image.Resampling.BOX)).astype(float)


def distance(one: np.ndarray, two: np.ndarray) -> float:
    """Mean difference of two small pictures, which need not be equally bright."""
    return float(np.abs((one - one.mean()) - (two - two.mean())).mean())


def test_nothing_goes_wrong(seen: dict[str, Any], server: ComfyServer):
    assert seen["troubles"] == []
    assert seen["complaints"] == []
    assert {each["end"] for each in seen["runs"].values()} == {"execution_success"}


@pytest.mark.parametrize("moment", [name for names in MOMENTS.values() for name in names])
def test_every_picture_is_of_its_own_graph(seen: dict[str, Any], server: ComfyServer, moment: str):
    own = face(server, seen, moment)
    received = sent(seen, moment)
    assert received.shape == own.shape
    assert (received == own).all(), "the same pixels as a run"
    shown = drawn(seen, moment)
    small = Image.fromarray(own.astype(np.uint8)).resize((32, 32), Image.Resampling.BOX)
    near = distance(shown, np.asarray(small).astype(float))
    for kind, names in MOMENTS.items():
        if moment in names:
            continue
        other = face(server, seen, names[0])
        if kind == "first" and moment in MOMENTS["hand"]:
            continue  # the default seed is that of the first tab
        if kind == "hand" and moment in MOMENTS["first"]:
            continue
        foreign = Image.fromarray(other.astype(np.uint8)).resize((32, 32), Image.Resampling.BOX)
        far = distance(shown, np.asarray(foreign).astype(float))
        assert near < far, f"the node shows the faces of {kind}"


@pytest.mark.parametrize("name", ["first", "second"])
def test_saved_faces_are_the_shown_ones(seen: dict[str, Any], server: ComfyServer, name: str):
    prefix = f"{seen['renderer']}_{name}"
    saved = [pixels(Image.open(path)) for path in sorted(output(server).glob(f"{prefix}_*.png"))]
    assert len(saved) == 4
    assert (saved[0] == sent(seen, f"{name}_pulled")).all()
    for one, two in zip(saved, headless(server, seen["moments"][f"{name}_run"]), strict=True):
        assert (one == two).all()


def output(server: ComfyServer) -> Any:
    """The folder of saved images."""
    return server.base / "output"


def test_a_graph_built_by_hand_saves_the_faces_that_it_shows(
    seen: dict[str, Any], server: ComfyServer
):
    assert seen["seeds"]["added"] == [0, "fixed"]
    assert seen["seeds"]["started"] == seen["seeds"]["run"] == [0, "fixed"]
    count = seen["runs"]["hand"]["outputs"]["4"]
    newest = sorted(output(server).glob("ComfyUI_*.png"))[-count:]
    assert (pixels(Image.open(newest[0])) == sent(seen, "hand_started")).all()
    assert (sent(seen, "hand_started") == sent(seen, "hand_run")).all()


def test_start_leaves_a_seed_that_changes_with_every_run(seen: dict[str, Any]):
    assert seen["seeds"]["randomStarted"] == [5, "randomize"]


def test_the_same_workflow_in_one_more_tab_of_the_page_starts_empty(seen: dict[str, Any]):
    assert seen["said"]["copy"] == "new"


def test_changes_before_the_node_are_announced(
    seen: dict[str, Any], capsys: pytest.CaptureFixture[str]
):
    worst = {name: round(max(times)) for name, times in seen["times"].items()}
    with capsys.disabled():
        print(f"\n{seen['folder'].name}: milliseconds until a change is announced: {worst}")
    assert set(worst) == {
        *("widget", "widget back", "mode", "mode back", "link", "link back", "file")
    }
    assert max(worst.values()) < ANNOUNCED_MS


def test_facts_of_another_file_are_marked(seen: dict[str, Any]):
    said = seen["said"]
    assert said["facts"].startswith("tiny: StyleGAN2, 32 x 32")
    assert said["otherFile"] == f"Inputs changed. Of the last run:\n{said['facts']}"
    assert said["sameFile"] == said["facts"]
    assert "example.safetensors is empty" in said["failed"], "why the graph did not run"


def test_bypassed_all_but_the_image_passes_through(seen: dict[str, Any], server: ComfyServer):
    ids, prompt = seen["prompts"]["bypassed"]["ids"], seen["prompts"]["bypassed"]["prompt"]
    names = {name: str(number) for name, number in ids.items()}
    edit = prompt[names["edit"]]["inputs"]
    assert edit["latents"] == [names["latents"], 0]
    assert edit["directions"] == [names["sefa"], 0]
    assert prompt[names["mask"]]["inputs"]["mask"] == [names["region"], 0]
    save = next(key for key, each in prompt.items() if each["class_type"] == "SaveImage")
    assert "images" not in prompt[save]["inputs"]
    del prompt[save]
    inputs = {"gan": edit["gan"], "latents": [names["edit"], 0], "noise": "const", "scale": 1}
    prompt["render"] = {"class_type": "GANRender", "inputs": inputs}
    server.clear_cache()  # nodes with cached results show nothing
    images = server.images(server.run(prompt))
    assert (len(images["render"]), len(images[names["mask"]])) == (4, 1)
