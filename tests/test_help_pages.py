"""Help pages show pictures that are there, small, and all in use; needs no ComfyUI."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from node_facts import FACTS, ROOT, read_json
from PIL import Image

DOCS = ROOT / "web" / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
PICTURES = sorted((DOCS / "images").glob("*"))

MOST_BYTES = 1_500_000
"""Of all pictures; every installation of the pack holds them."""

OURS = [name for name, node in read_json(FACTS).items() if node["ours"]]

CHINESE = (
    "LoadGAN",
    "SeFaFactorize",
    "RegionMask",
    "ReSeFaFactorize",
    "LatentEdit",
    "GANExplorer",
)
"""Nodes with a page in Chinese, too."""

of_pages = pytest.mark.parametrize(
    "page", PAGES, ids=lambda path: path.relative_to(DOCS).as_posix()
)


def shown(page: Path) -> list[str]:
    """Addresses of a page's pictures."""
    return re.findall(r"!\[[^\]]*\]\(([^)]+)\)", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("node", OURS)
def test_every_node_has_a_page(node: str):
    assert (DOCS / f"{node}.md").is_file()


@pytest.mark.parametrize("node", CHINESE)
def test_the_first_nodes_have_a_page_in_chinese(node: str):
    page = (DOCS / node / "zh.md").read_text(encoding="utf-8")
    assert re.search(r"[\u4e00-\u9fff]", page)
    assert shown(DOCS / node / "zh.md") == shown(DOCS / f"{node}.md"), "the same pictures"


@of_pages
def test_every_page_shows_a_picture(page: Path):
    assert shown(page)


@of_pages
def test_pictures_are_found_from_the_folder_of_the_pages(page: Path):
    """ComfyUI's help panel takes them from there, also for a page in a folder of its own."""
    for address in shown(page):
        assert re.fullmatch(r"images/\w+\.jpg", address)
        assert (DOCS / address).is_file(), address


def test_every_picture_is_shown():
    used = {address for page in PAGES for address in shown(page)}
    assert used == {f"images/{path.name}" for path in PICTURES}


def test_pictures_are_small():
    assert sum(path.stat().st_size for path in PICTURES) < MOST_BYTES
    for path in PICTURES:
        with Image.open(path) as image:
            assert image.format == "JPEG"
            assert image.width <= 480, path.name
