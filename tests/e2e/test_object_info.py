"""The committed facts on our nodes equal what every ComfyUI reports."""

from __future__ import annotations

import os
import urllib.error
from urllib.parse import quote

from comfy_server import ComfyServer
from node_facts import FACTS, WORKFLOWS, as_text, node_facts, read_json
from server_folders import PACK_NAME

MODULE = f"custom_nodes.{PACK_NAME}"

UPDATE = "UPDATE_OBJECT_INFO"
"""Environment variable; when it is set, the facts are written instead of compared."""


def test_facts_are_fresh(server: ComfyServer):
    facts = node_facts(server.object_info, MODULE)
    if os.environ.pop(UPDATE, None):  # the oldest ComfyUI writes, the others compare
        FACTS.write_text(as_text(facts), encoding="utf-8", newline="\n")
    assert FACTS.is_file(), f"Run `make object-info` to write {FACTS.name}"
    committed = read_json(FACTS)
    stale = [
        name for name in sorted({*facts, *committed}) if facts.get(name) != committed.get(name)
    ]
    assert not stale, f"{FACTS.name} is stale for {', '.join(stale)}: run `make object-info`"


def _ours(server: ComfyServer) -> list[str]:
    """Ids of our nodes."""
    return [name for name, node in server.object_info.items() if node["python_module"] == MODULE]


def test_every_node_explains_itself(server: ComfyServer):
    nodes = [server.object_info[name] for name in _ours(server)]
    assert nodes, "ComfyUI lists no node of ours"
    for node in nodes:
        inputs = {**node["input"].get("required", {}), **node["input"].get("optional", {})}
        bare = [name for name, spec in inputs.items() if not spec[1].get("tooltip")]
        assert node["description"], f"{node['name']} has no description"
        assert not bare, f"{node['name']} has inputs without tooltip: {bare}"
        assert all(node["output_tooltips"]), f"{node['name']} has outputs without tooltip"


def test_every_node_has_a_help_page(server: ComfyServer):
    lacking: list[str] = []
    for name in _ours(server):
        try:
            server.get(f"/extensions/{PACK_NAME}/docs/{name}.md")
        except urllib.error.HTTPError:
            lacking.append(name)
    assert not lacking, f"These nodes have no page in web/docs: {', '.join(lacking)}"


def test_templates_are_offered(server: ComfyServer):
    assert WORKFLOWS, "There are no workflows"
    offered = server.get_json("/workflow_templates")[PACK_NAME]
    assert sorted(offered) == [path.stem for path in WORKFLOWS]
    for stem in offered:
        server.get(f"/api/workflow_templates/{PACK_NAME}/{quote(stem)}.json")
        server.get(f"/api/workflow_templates/{PACK_NAME}/{quote(stem)}.jpg")
