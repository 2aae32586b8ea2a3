"""GAN Save Batch in a running ComfyUI: memory, interruption, resuming, what the pictures hold."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from api_graphs import Graph, message, node
from comfy_server import ComfyServer
from PIL import Image

MOST_MEBIBYTES = 400
"""Most memory above that of the server before the batch."""

MANY = 4096


def batch(folder: str, count: int = 10, **changes: Any) -> Graph:
    """A batch of the bundled generator of 64 pixels."""
    inputs = {
        "gan": ["gan", 0], "latents": ["latents", 0], "directions": ["sefa", 0], "seed": 5,
        "indices": "0-3", "strengths": "-2, 2", "unit": "sigma", "layers": "auto", "scale": 1,
        "arrange": "random", "count": count, "folder": folder, "image_format": "png",
    }  # fmt: skip
    return {
        "gan": node("LoadGAN", model="portraits (bundled)"),
        "latents": node(
            "GANSampleLatents", gan=["gan", 0], seed=0, batch_size=8, truncation=0.7, class_index=-1
        ),
        "sefa": node("SeFaFactorize", gan=["gan", 0], count=4, layers="all"),
        "batch": node("GANSaveBatch", **{**inputs, **changes}),
        "count": node("PreviewAny", source=["batch", 2]),
        "words": node("PreviewAny", source=["batch", 1]),
    }


def pictures(server: ComfyServer, folder: str) -> list[Path]:
    """Files of the pictures, by name."""
    return sorted((server.base / "output" / folder).glob("[0-9]*.*"))


class Peak:
    """The largest memory of a process while a block runs."""

    def __init__(self, server: ComfyServer) -> None:
        (self._process,) = [
            one
            for one in psutil.Process().children(recursive=True)
            if str(server.url.rsplit(":", 1)[1]) in one.cmdline()
        ]
        self.before = self._now()
        self.largest = self.before
        self._ended = threading.Event()

    def _now(self) -> int:
        """Bytes that it alone uses."""
        return self._process.memory_full_info().uss

    def __enter__(self) -> Peak:
        """Begin to look."""
        threading.Thread(target=self._look, daemon=True).start()
        return self

    def _look(self) -> None:
        """Look again and again."""
        while not self._ended.wait(0.1):
            self.largest = max(self.largest, self._now())

    def __exit__(self, *_: object) -> None:
        """End."""
        self._ended.set()

    @property
    def mebibytes(self) -> float:
        """Above the beginning."""
        return (self.largest - self.before) / 2**20


def test_thousands_of_pictures_take_little_memory(server: ComfyServer):
    server.run(batch("warm", 16))  # the network is there, and all modules
    with Peak(server) as peak:
        entry = server.run(batch("many", MANY, seed=6))
    print(f"{server.installation.name}: {MANY} pictures, {peak.mebibytes:.0f} MiB above idle")
    assert len(pictures(server, "many")) == MANY
    assert entry["outputs"]["count"]["text"] == [str(MANY)]
    assert len(entry["outputs"]["words"]["text"][0].split("\n")) == MANY
    assert peak.mebibytes <= MOST_MEBIBYTES


def test_an_interrupted_batch_keeps_what_was_drawn_and_is_completed(server: ComfyServer):
    server.run(batch("whole", MANY // 4))
    prompt = server.queue(batch("parts", MANY // 4))
    half = MANY // 8
    while len(pictures(server, "parts")) < half:
        time.sleep(0.02)
    server.post("/interrupt", {})
    entry = server.wait(prompt)
    assert "execution_interrupted" in [what for what, _ in entry["status"]["messages"]]
    kept = len(pictures(server, "parts"))
    print(f"{server.installation.name}: {kept} of {MANY // 4} kept")
    assert 0.48 * MANY // 4 <= kept < MANY // 4
    before = {path.name: path.stat().st_mtime_ns for path in pictures(server, "parts")}
    entry = server.run(batch("parts", MANY // 4))
    assert f"{MANY // 4 - kept:,} drawn now" in entry["outputs"]["batch"]["text"][0]
    after = pictures(server, "parts")
    assert len(after) == MANY // 4
    assert {path.name: path.stat().st_mtime_ns for path in after if path.name in before} == before
    for one, other in zip(after, pictures(server, "whole"), strict=True):
        assert Image.open(one).tobytes() == Image.open(other).tobytes()
    lines = (server.base / "output" / "parts" / "manifest.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["file"] for line in lines) == [path.name for path in after]


def test_a_finished_folder_is_quick_and_a_lost_picture_is_drawn_again(server: ComfyServer):
    server.run(batch("again", 40))
    (lost, *_) = pictures(server, "again")
    content = Image.open(lost).tobytes()
    lost.unlink()
    entry = server.run(batch("again", 40))
    assert "1 drawn now; 40 pictures in output/again." in entry["outputs"]["batch"]["text"][0]
    assert Image.open(lost).tobytes() == content
    server.clear_cache()
    entry = server.run(batch("again", 40))
    assert "0 drawn now; 40 pictures" in entry["outputs"]["batch"]["text"][0]


def test_a_larger_count_goes_on(server: ComfyServer):
    server.run(batch("grows", 20))
    entry = server.run(batch("grows", 50))
    assert "30 drawn now; 50 pictures" in entry["outputs"]["batch"]["text"][0]
    entry = server.run(batch("grows", 50, rows="7, 40-49"))
    assert "0 drawn now; 11 pictures" in entry["outputs"]["batch"]["text"][0]


def test_rows_are_those_of_variations(server: ComfyServer):
    graph = batch("alike", 9, arrange="grid")
    keys = ("gan", "latents", "directions", "seed", "indices", "strengths", "unit", "layers")
    inputs = {key: graph["batch"]["inputs"][key] for key in keys}
    graph["vary"] = node("GANVariations", **inputs, arrange="grid", count=9, scale=1)
    graph["shown"] = node("PreviewImage", images=["vary", 0])
    entry = server.run(graph)
    saved = [np.asarray(Image.open(path).convert("RGB")) for path in pictures(server, "alike")]
    for one, other in zip(saved, server.images(entry)["shown"], strict=True):
        assert np.abs(one.astype(int) - np.asarray(other.convert("RGB"))).max() <= 1


def test_pictures_hold_the_graph_and_their_facts(server: ComfyServer):
    graph = batch("facts", 3)
    body = {"prompt": graph, "extra_data": {"extra_pnginfo": {"workflow": {"nodes": []}}}}
    prompt = json.loads(server.post("/prompt", body))["prompt_id"]
    assert server.wait(prompt)["status"]["status_str"] == "success"
    with Image.open(pictures(server, "facts")[1]) as image:
        ran = json.loads(image.info["prompt"])
        assert {key: one["inputs"] for key, one in ran.items()} == {
            key: one["inputs"] for key, one in graph.items()
        }
        assert json.loads(image.info["workflow"]) == {"nodes": []}
        assert image.info["caption"].startswith("seed ")
        assert image.info["software"] == "Latent Levers"


@pytest.mark.parametrize("kind", ["webp", "jpeg"])
def test_other_formats(server: ComfyServer, kind: str):
    server.run(batch(f"as_{kind}", 5, image_format=kind))
    found = pictures(server, f"as_{kind}")
    assert len(found) == 5
    assert {Image.open(path).format for path in found} == {kind.upper()}


def test_a_plan_of_another_batch_draws_the_same(server: ComfyServer):
    server.run(batch("first", 12))
    server.run(batch("second", 1, plan="first"))
    first, second = pictures(server, "first"), pictures(server, "second")
    assert len(first) == len(second) == 12
    for one, other in zip(first, second, strict=True):
        assert Image.open(one).tobytes() == Image.open(other).tobytes()
    graph = batch("third", 1, plan="first")
    graph["latents"]["inputs"]["seed"] = 1
    assert "The plan is for the latents" in message(server, graph)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"folder": "../outside"}, "a name within"),
        ({"folder": ""}, "a name within"),
        ({"plan": "nowhere"}, "There is no plan 'nowhere'"),
        ({"names": "always the same"}, "gives several rows one name"),
        ({"count": 2_000_000}, "Expected a number from 1 to 1,000,000"),
        ({"rows": "100"}, "The rows '100' cannot be read"),
    ],
)
def test_what_cannot_be_is_refused_in_words(server: ComfyServer, changes: Any, words: str):
    assert words in message(server, batch(**{"folder": "refused", **changes}))


def test_another_batch_is_not_mixed_in(server: ComfyServer):
    server.run(batch("taken", 4))
    said = message(server, batch("taken", 4, strengths="-1, 1"))
    assert "holds a batch with other settings (strengths was -2,2, now -1,1)" in said
    assert "--out" not in said, "words of the command line"
