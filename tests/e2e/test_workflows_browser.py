"""Every template is chosen among the page's templates and runs there, in both renderers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from browser import drive, why_no_browser
from comfy_server import PACK_NAME, ComfyServer
from node_facts import API_WORKFLOWS, WORKFLOWS, read_json

NAMES = [path.stem for path in WORKFLOWS]

RENDERERS = ("classic", "vue")
"""The canvas of old, and "Nodes 2.0"."""

_SEEN: dict[tuple[str, str], dict[str, Any]] = {}
"""What was seen, by server and renderer: one page does all steps, for starting it takes long."""

pytestmark = pytest.mark.skipif(why_no_browser() is not None, reason=str(why_no_browser()))


@pytest.fixture(params=RENDERERS)
def seen(
    request: pytest.FixtureRequest, server: ComfyServer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What happened in the page, by name of the step."""
    renderer: str = request.param
    if renderer == "vue" and server.installation.name.startswith("0.3."):
        pytest.skip("this page has no finished Vue renderer")
    key = (server.url, renderer)
    if key not in _SEEN:
        folder = tmp_path_factory.mktemp(f"page-{server.installation.name}-{renderer}")
        _SEEN[key] = _drive(server, renderer, folder)
    return _SEEN[key]


def _drive(server: ComfyServer, renderer: str, folder: Path) -> dict[str, Any]:
    """All steps in one page."""
    steps: list[dict[str, Any]] = [{"name": name, "template": name, "run": True} for name in NAMES]
    broken = folder / "broken_workflow.json"
    broken.write_text(json.dumps(_broken(read_json(WORKFLOWS[0]))), encoding="utf-8")
    steps.append({"name": "broken", "file": str(broken), "run": True})
    return drive(
        {"url": server.url, "pack": PACK_NAME, "renderer": renderer, "steps": steps}, folder
    )


def _broken(workflow: dict[str, Any]) -> dict[str, Any]:
    """A workflow that asks for a generator that nobody has."""
    for node in workflow["nodes"]:
        if node["type"] == "LoadGAN":
            node["widgets_values"][0] = "nothing.safetensors"
    return workflow


@pytest.mark.parametrize("name", NAMES)
def test_template_runs_in_the_page(seen: dict[str, Any], name: str):
    step = seen[name]
    assert step["end"] == "execution_success", step["problem"]
    assert step["complaints"] == []
    assert step["troubles"] == []
    assert any(step["outputs"].values()), "no node shows an image"
    assert step["overlaps"] == [], "nodes cover each other"


@pytest.mark.parametrize("name", NAMES)
def test_page_sends_the_committed_graph(seen: dict[str, Any], name: str):
    committed = {path.stem: path for path in API_WORKFLOWS}
    assert name in committed, f"tests/workflows_api lacks {name}.json"
    assert seen[name]["prompt"] == read_json(committed[name])


@pytest.mark.parametrize("name", NAMES)
def test_templates_browser_shows_its_picture(seen: dict[str, Any], name: str):
    assert seen[name]["thumbnail"]


def test_page_complains_of_a_broken_workflow(seen: dict[str, Any]):
    step = seen["broken"]
    assert step["end"] == "refused", step
    assert step["complaints"], "the other tests would not notice a complaint either"
