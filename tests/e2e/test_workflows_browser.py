"""Every template is opened from the page's templates browser and runs, in both renderers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from comfy_server import ComfyServer
from node_facts import API_WORKFLOWS, WORKFLOWS, read_json
from seen_pages import RENDERERS, needs_browser, page_seen

NAMES = [path.stem for path in WORKFLOWS]

pytestmark = needs_browser


@pytest.fixture(params=RENDERERS)
def seen(
    request: pytest.FixtureRequest, server: ComfyServer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """Results of browser.mjs by name of the step."""
    broken = tmp_path_factory.mktemp("broken") / "broken_workflow.json"
    broken.write_text(json.dumps(_broken(read_json(WORKFLOWS[0]))), encoding="utf-8")
    steps = [
        *({"name": name, "template": name, "run": True} for name in NAMES),
        {"name": "broken", "file": str(broken), "run": True},
    ]
    return page_seen("page", request.param, server, tmp_path_factory, {"steps": steps})


def _untitled(prompt: dict[str, Any]) -> dict[str, Any]:
    """A graph without the titles of its nodes, which differ between versions of the page."""
    return {
        key: {what: about for what, about in node.items() if what != "_meta"}
        for key, node in prompt.items()
    }


def _broken(workflow: dict[str, Any]) -> dict[str, Any]:
    """A workflow with the name of a generator that does not exist."""
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
    assert _untitled(seen[name]["prompt"]) == _untitled(read_json(committed[name]))


@pytest.mark.parametrize("name", NAMES)
def test_templates_browser_shows_its_picture(seen: dict[str, Any], name: str):
    assert seen[name]["thumbnail"]


def test_page_reports_a_broken_workflow(seen: dict[str, Any]):
    step = seen["broken"]
    assert step["end"] == "refused", step
    assert step["complaints"], "complaints are not detected, so the other tests could not fail"
