"""Every node has words by which it is found, where the page reads them, and a place in the menu."""

from __future__ import annotations

from comfy_server import ComfyServer
from node_facts import ROOT
from server_folders import PACK_NAME

MENU = "Latent Levers"

GROUPS = {"load", "latents", "levers", "edit", "show", "files", "explorer", "photos"}
"""Folders of `nodes/` with nodes, and groups of the menu."""


def _ours(server: ComfyServer) -> dict[str, dict[str, object]]:
    """What the server says about our nodes, by id."""
    return {
        name: node
        for name, node in server.object_info.items()
        if node["python_module"] == f"custom_nodes.{PACK_NAME}"
    }


def test_every_node_has_aliases(server: ComfyServer):
    for name, node in _ours(server).items():
        words = node["search_aliases"]
        assert isinstance(words, list), name
        assert words, name
        assert all(isinstance(word, str) and word.strip() == word for word in words), name
        assert len(words) == len({word.lower() for word in words}), f"{name}: {words}"


def test_every_node_is_in_the_group_of_its_folder(server: ComfyServer):
    sources = {path: path.read_text(encoding="utf-8") for path in (ROOT / "nodes").glob("*/*.py")}
    found = set()
    for name, node in _ours(server).items():
        (path,) = [path for path, text in sources.items() if f'node_id="{name}"' in text]
        assert node["category"] == f"{MENU}/{path.parent.name}", name
        found.add(path.parent.name)
    assert found == GROUPS
