"""Templates name only what exists: nodes, inputs, values, links. Needs no ComfyUI."""

from __future__ import annotations

from pathlib import Path

import pytest
from node_facts import API_WORKFLOWS, FACTS, ROOT, WORKFLOWS, read_json
from PIL import Image
from workflow_checks import check_graph, check_links, check_sockets, check_widgets, sent

LARGEST_THUMBNAIL = 200_000
"""Bytes; the page shows all thumbnails at once."""

of_page = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
of_api = pytest.mark.parametrize("path", API_WORKFLOWS, ids=lambda path: path.stem)


def test_there_are_workflows_and_facts():
    assert WORKFLOWS
    assert FACTS.is_file(), "Run `make object-info` where there is a ComfyUI"


def test_every_template_has_its_graph():
    assert {path.stem for path in WORKFLOWS} <= {path.stem for path in API_WORKFLOWS}


@of_page
def test_template_has_a_thumbnail(path: Path):
    thumbnail = path.with_suffix(".jpg")
    assert thumbnail.is_file(), "python tests/e2e/screenshots.py thumbnails makes it"
    assert thumbnail.stat().st_size < LARGEST_THUMBNAIL
    with Image.open(thumbnail) as image:
        assert image.format == "JPEG"
        assert min(image.size) >= 256


@of_page
def test_template_is_saved_whole(path: Path):
    workflow = read_json(path)
    ids = [node["id"] for node in workflow["nodes"]]
    assert len(ids) == len(set(ids))
    assert workflow["last_node_id"] >= max(ids)
    assert workflow["last_link_id"] >= max(link[0] for link in workflow["links"])
    assert workflow["version"] == 0.4, "the format that every page reads"


@of_page
def test_template_widgets(path: Path):
    check_widgets(read_json(path))


@of_page
def test_template_sockets(path: Path):
    check_sockets(read_json(path))


@of_page
def test_template_links(path: Path):
    check_links(read_json(path))


@of_page
def test_graph_is_that_of_the_template(path: Path):
    graph = read_json(ROOT / "tests" / "workflows_api" / path.name)
    plain = {
        number: {"class_type": node["class_type"], "inputs": node["inputs"]}
        for number, node in graph.items()
    }
    assert plain == sent(read_json(path))


@of_api
def test_graph_names_what_exists(path: Path):
    check_graph(read_json(path))
