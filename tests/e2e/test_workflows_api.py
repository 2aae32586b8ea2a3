"""Every template runs in ComfyUI, makes the same images twice, and can be cancelled."""

from __future__ import annotations

import collections
import os
import time
from pathlib import Path
from typing import Any

import pytest
from comfy_server import ComfyServer, WorkflowError
from node_facts import API_WORKFLOWS, as_text, read_json, template
from PIL import Image

EXPECTED = Path(__file__).with_name("expected_images.json")
"""For each graph and node: the number of images of each size that it shows or saves."""

UPDATE = "UPDATE_EXPECTED_IMAGES"
"""Environment variable; when it is set, the file is written instead of compared."""

TWICE = "LATENT_LEVERS_TWICE"
"""Environment variable; when it is set, the graphs that take minutes run a second time, too."""

MINUTES = {template(number).stem for number in (2, 4, 19)}
"""Graphs that take minutes; the same seeds give the same levers by the tests of their methods."""

CANCEL_SECONDS = 30.0
"""Longest time from cancelling to the end: one chunk of work on a slow machine."""


@pytest.mark.parametrize("path", API_WORKFLOWS, ids=lambda path: path.stem)
def test_graph_makes_the_same_images_twice(server: ComfyServer, path: Path):
    graph = read_json(path)
    server.clear_cache()
    first = server.images(server.run(graph))
    _check_sizes(path.stem, first)
    for node, images in first.items():
        for number, one in enumerate(images):
            where = f"image {number} of node {node}, {graph[node]['class_type']}"
            assert max(high - low for low, high in _extrema(one)) > 15, f"{where} is of one colour"
    if path.stem in MINUTES and not os.environ.get(TWICE):
        pytest.skip(f"drawn once, as it should; {TWICE}=1 draws it twice")
    server.clear_cache()
    again = server.run(graph)
    assert _cached(again) == [], "ComfyUI reused results, so this is no second run"
    second = server.images(again)
    assert first.keys() == second.keys()
    for node, images in first.items():
        for number, (one, two) in enumerate(zip(images, second[node], strict=True)):
            where = f"image {number} of node {node}, {graph[node]['class_type']}"
            assert one.size == two.size
            assert one.tobytes() == two.tobytes(), f"{where} differs when run again"


def _cached(entry: dict[str, Any]) -> list[str]:
    """Nodes whose cached results were reused."""
    return [
        node
        for what, about in entry["status"]["messages"]
        if what == "execution_cached"
        for node in about["nodes"]
    ]


def _extrema(image: Image.Image) -> list[tuple[int, int]]:
    """Smallest and largest value of each channel."""
    return [channel.getextrema() for channel in image.convert("RGB").split()]


def _check_sizes(stem: str, images: dict[str, list[Image.Image]]) -> None:
    """Compare the numbers of images and their sizes with the file."""
    sizes = {
        node: dict(collections.Counter(f"{one.width} x {one.height}" for one in some))
        for node, some in sorted(images.items(), key=lambda item: int(item[0]))
    }
    assert sizes, "no node shows or saves an image"
    known = read_json(EXPECTED) if EXPECTED.is_file() else {}
    if os.environ.get(UPDATE):
        EXPECTED.write_text(as_text(dict(sorted({**known, stem: sizes}.items()))), newline="\n")
        return
    remedy = f"if that is right, run the tests once with {UPDATE}=1"
    assert stem in known, f"{EXPECTED.name} lacks {stem}: {remedy}"
    assert sizes == known[stem], remedy


def _regional_graph() -> dict[str, Any]:
    """The graph that takes the longest."""
    (path,) = [path for path in API_WORKFLOWS if path.stem == template(3).stem]
    return read_json(path)


def _node(graph: dict[str, Any], kind: str) -> dict[str, Any]:
    """Inputs of the only node of a type."""
    (inputs,) = [node["inputs"] for node in graph.values() if node["class_type"] == kind]
    return inputs


def test_cancelling_ends_a_long_run_and_the_next_run_works(server: ComfyServer):
    graph = _regional_graph()
    _node(graph, "GANSampleLatents")["batch_size"] = 512
    server.clear_cache()
    prompt = server.queue(graph)
    while not server.get_json("/queue")["queue_running"]:
        time.sleep(0.1)
    time.sleep(5)
    assert server.get_json("/queue")["queue_running"], "it was over before it could be cancelled"
    begin = time.monotonic()
    server.post("/interrupt", {})
    entry = server.wait(prompt, CANCEL_SECONDS)
    took = time.monotonic() - begin
    messages = [what for what, _ in entry["status"]["messages"]]
    assert "execution_interrupted" in messages, messages
    assert took < CANCEL_SECONDS
    server.run(_regional_graph())  # the generator still works


def test_error_names_a_missing_generator_and_the_folder(server: ComfyServer):
    graph = _regional_graph()
    _node(graph, "LoadGAN")["model"] = "nothing.safetensors"
    with pytest.raises(WorkflowError, match=r"nothing\.safetensors.*models.*gan"):
        server.run(graph)


def test_error_names_the_node_and_the_value(server: ComfyServer):
    graph = _regional_graph()
    _node(graph, "ReSeFaFactorize")["layers"] = "nonsense"
    with pytest.raises(WorkflowError, match=r"ReSeFaFactorize .*'nonsense' cannot be read"):
        server.run(graph)
