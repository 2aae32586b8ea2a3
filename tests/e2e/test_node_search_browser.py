"""The page's search finds fitting nodes of ours, and our sockets have colours of their own."""

from __future__ import annotations

from typing import Any

import pytest
from comfy_server import ComfyServer
from seen_pages import needs_browser, page_seen

FITTING = {
    "face": {"GANExplorer"},
    "smile": {"LatentEdit", "GANScoreLever"},
    "expression": {"GANExplorer"},
    "slider": {"GANExplorer"},
    "edit": {"LatentEdit"},
    "morph": {"GANTraverse", "GANBlendLatents"},
    "stylegan": {"LoadGAN"},
    "latent direction": {"SeFaFactorize", "ReSeFaFactorize"},
    "age": {"GANScoreLever", "LatentEdit"},
    "pose": {"GANScoreLever", "LatentEdit"},
}
"""What people type, and the nodes of which one must be among the first."""

FIRST = 5
"""Number of results that people look at."""

pytestmark = needs_browser


@pytest.fixture
def seen(server: ComfyServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Results of node_search.mjs."""
    job = {"words": [*FITTING, "zzzzzzzz"]}
    return page_seen("search", "classic", server, tmp_path_factory, job, "node_search.mjs")


@pytest.mark.parametrize("word", FITTING)
def test_a_word_finds_a_fitting_node(seen: dict[str, Any], word: str):
    first = seen["found"][word][:FIRST]
    ids = {seen["titles"].get(title) for title in first}
    assert ids & FITTING[word], first


def test_nonsense_finds_nothing(seen: dict[str, Any]):
    assert seen["found"]["zzzzzzzz"] == [], "the results are not those of the word typed"


def test_searching_breaks_nothing(seen: dict[str, Any]):
    assert seen["troubles"] == []


@pytest.mark.parametrize("palette", ["light", "dark"])
def test_our_sockets_and_links_are_coloured(seen: dict[str, Any], palette: str):
    colors = seen["colors"][palette]
    ours = {type_: set(each.values()) - {""} for type_, each in colors.items()}
    assert all(len(each) == 1 for each in ours.values()), "links, sockets and variables differ"
    assert len({color.upper() for (color,) in ours.values()}) == 4, "two types look alike"
    assert all(each["link"] and each["socket"] for each in colors.values())
