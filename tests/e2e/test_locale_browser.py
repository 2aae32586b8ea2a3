"""ComfyUI's page shows our nodes in the language that is set."""

from __future__ import annotations

import re
from typing import Any

import pytest
from comfy_server import ComfyServer
from locale_texts import LOCALES
from node_facts import FACTS, read_json, template
from seen_pages import RENDERERS, needs_browser, page_seen

pytestmark = needs_browser


@pytest.fixture(params=RENDERERS)
def seen(
    request: pytest.FixtureRequest, server: ComfyServer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """Result of locale.mjs with the page in Chinese."""
    job = {"locale": "zh", "file": str(template(3))}
    return page_seen("locale", request.param, server, tmp_path_factory, job, "locale.mjs")


def _nodes() -> dict[str, Any]:
    """The Chinese texts of nodes."""
    return read_json(LOCALES / "zh" / "nodeDefs.json")


def shown(text: str) -> str:
    """A text as the page shows it."""
    return re.sub(r"\{'(.)'\}", r"\1", text)


def test_a_workflow_runs_in_chinese(seen: dict[str, Any]):
    assert seen["problem"] == ""
    assert seen["end"] == "execution_success"
    assert seen["troubles"] == []
    assert seen["complaints"] == []
    assert seen["warnings"] == [], "the page cannot parse a text"


def test_every_node_is_shown_in_chinese(seen: dict[str, Any]):
    texts = _nodes()
    facts = read_json(FACTS)
    assert seen["fresh"].keys() == texts.keys()
    for name, node in seen["fresh"].items():
        expected = texts[name]
        assert node["title"] == shown(expected["display_name"])
        assert node["description"] == shown(expected["description"])
        inputs = {
            shown(entry["name"])
            for key, entry in expected["inputs"].items()
            if not key.startswith("pull_")  # the explorer shows them where a lever asks for one
        }
        assert inputs <= {*node["inputs"], *node["widgets"]}, name
        assert node["outputs"] == [shown(entry["name"]) for entry in expected["outputs"].values()]
        assert len(node["outputs"]) == len(facts[name]["outputs"])


def test_nodes_still_show_their_reports(seen: dict[str, Any]):
    """Categories are translated as well, so the code must not identify nodes by category."""
    assert any("sigma" in words for words in seen["nodes"]["GANSweep"]["words"])


def test_widgets_are_in_chinese(seen: dict[str, Any]):
    translated = read_json(LOCALES / "zh" / "main.json")["latentLevers"]
    words = "\n".join(seen["nodes"]["RegionMask"]["words"])
    for word in [translated[each] for each in ("Clear", "mouth", "nose")]:
        assert word in words
    assert "Clear" not in words


def test_the_help_page_is_in_chinese_and_shows_its_picture(seen: dict[str, Any]):
    assert seen["help"]["title"] == shown(_nodes()["RegionMask"]["display_name"])
    assert seen["help"]["width"] > 100


def test_the_note_of_the_template_is_in_chinese(seen: dict[str, Any]):
    translated = read_json(LOCALES / "zh" / "main.json")["latentLevers"]
    (note,) = [node for node in read_json(template(3))["nodes"] if node["type"] == "MarkdownNote"]
    head = translated[note["widgets_values"][0].split("\n")[0]].split("\n")[0]
    assert head.removeprefix("## ") in "\n".join(seen["nodes"]["MarkdownNote"]["words"])
