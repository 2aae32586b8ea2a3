"""The blueprint of a regional lever is listed, can be placed as one block, and runs."""

from __future__ import annotations

import urllib.error
from typing import Any

import pytest
from comfy_server import ComfyServer
from node_facts import ROOT, read_json
from seen_pages import RENDERERS, needs_browser, page_seen
from server_folders import PACK_NAME

NAME = "Regional Lever"
INNER = ["GANSampleLatents", "LatentEdit", "LoadGAN", "ReSeFaFactorize", "RegionMask"]


@pytest.fixture
def listed(server: ComfyServer) -> dict[str, Any]:
    """The server's entry of the blueprint."""
    try:
        found = server.get_json("/global_subgraphs")
    except urllib.error.HTTPError:
        pytest.skip("this ComfyUI lists no blueprints")
    ours = [entry for entry in found.items() if entry[1]["name"] == NAME]
    ((key, entry),) = ours
    return {**entry, "id": key}


def test_it_is_listed_for_this_pack(server: ComfyServer, listed: dict[str, Any]):
    assert listed["info"]["node_pack"] == f"custom_nodes.{PACK_NAME}"
    path = ROOT / "subgraphs" / f"{NAME}.json"
    text = path.read_text(encoding="utf-8")
    assert text.isascii(), "ComfyUI reads it in the encoding of the machine"
    assert server.get_json(f"/global_subgraphs/{listed['id']}")["data"] == text


def test_its_nodes_exist(server: ComfyServer):
    (block,) = read_json(ROOT / "subgraphs" / f"{NAME}.json")["definitions"]["subgraphs"]
    assert sorted(node["type"] for node in block["nodes"]) == INNER
    for node in block["nodes"]:
        inputs = server.object_info[node["type"]]["input"]
        known = {*inputs.get("required", {}), *inputs.get("optional", {})}
        assert {entry["name"] for entry in node["inputs"]} <= known


@needs_browser
@pytest.mark.parametrize("renderer", RENDERERS)
def test_it_can_be_placed_and_runs(
    server: ComfyServer,
    listed: dict[str, Any],
    renderer: str,
    tmp_path_factory: pytest.TempPathFactory,
):
    if server.installation.front_end is not None:
        pytest.xfail("page 1.58 places the block without the widgets of the nodes inside")
    job = {"blueprint": listed["name"]}
    seen = page_seen("blueprint", renderer, server, tmp_path_factory, job, "blueprint.mjs")
    assert seen["problem"] == ""
    assert seen["block"]["isBlock"]
    assert seen["block"]["title"] == NAME
    assert seen["block"]["inner"] == INNER
    assert seen["block"]["outputs"] == ["latents", "gan", "directions", "mask"]
    assert {"model", "seed", "index", "strength"} <= {
        name.split(": ")[-1] for name in seen["block"]["widgets"]
    }
    assert seen["end"] == "execution_success"
    assert seen["complaints"] == []
    assert seen["troubles"] == []
    (region,) = [node for node in seen["prompt"].values() if node["class_type"] == "RegionMask"]
    assert "nose" in region["inputs"]["shapes"]
    assert sorted(node["class_type"] for node in seen["prompt"].values()) == sorted(
        [*INNER, "GANRender"]
    )
