"""Values of other programs and computers: seeds of 64 bits, names, spaces, options, ranges."""

from __future__ import annotations

import json
import shutil
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from api_graphs import Graph, draw, edit, message, node, pixels, save, start
from latent_levers.core.files.latent_files import load_latents
from latent_levers.core.files.loading import load_generator
from latent_levers.core.generators.rendering import render
from latent_levers.core.latents.sampling import sample_latents

pytestmark = pytest.mark.usefixtures("tiny_generators", "empty_cache")


def seeded(seed: int, batch_size: int = 2) -> Graph:
    """The images of a seed."""
    graph = {**start(batch_size=batch_size), "a": draw("latents")}
    graph["latents"]["inputs"]["seed"] = seed
    return graph


@pytest.mark.parametrize("seed", [5, 2**32 + 5, 2**53 - 1, 2**64 - 1])
def test_a_seed_of_64_bits_gives_the_images_of_its_low_32(server, seed):
    entry = server.run(seeded(seed, 1))
    gan = load_generator(server.base / "models" / "gan" / "tiny.safetensors")
    expected = render(gan, sample_latents(gan, 1, seed % 2**32)).clamp(-1, 1)[0]
    shown = pixels(server, entry, "a")[0].transpose(2, 0, 1)
    assert np.abs(shown / 127.5 - 1 - expected.numpy()).max() < 2.5 / 127.5
    notes = entry["outputs"]["latents"]["text"]
    assert [f"counts as seed {seed % 2**32}:" in note for note in notes] == (
        [True] if seed >= 2**32 else []
    )


def test_every_seed_takes_64_bits(server):
    graph = seeded(2**64 - 1)
    graph["vary"] = node(
        "GANVariations",
        gan=["gan", 0], latents=["latents", 0], directions=["sefa", 0], seed=2**64 - 3,
        indices="0-1", strengths="-2, 2", unit="sigma", layers="auto", scale=1, arrange="random",
        count=2,
    )  # fmt: skip
    graph["near"] = node(
        "GANNearestSeeds",
        gan=["gan", 0], latents=["latents", 0], layers="all", compare="together", count=1,
        first_seed=2**64 - 1, tried=64,
    )  # fmt: skip
    outputs = server.run(graph)["outputs"]
    assert "the next is seed 0" not in " ".join(outputs["latents"]["text"])
    assert "counts as seed 4294967295" in outputs["latents"]["text"][0]
    assert "counts as seed 4294967293" in outputs["vary"]["text"][0]
    near = outputs["near"]["text"]
    assert near[0] == "Seed 4294967295 is the last; the search starts at 4294967232."
    assert near[1].startswith("code 0, layers all: seed 4294967295 (0.00)")
    too_large = seeded(2**64)
    assert "18446744073709551615" in message(server, too_large)


NAMES = (
    "faces\\\u9854 \u0441\u043c\u0435\u0445 \U0001f600.safetensors",  # Windows
    "faces/\u9854 \u0441\u043c\u0435\u0445 \U0001f600.safetensors",
    "people/A\u0308rger e\u0301t\u00e9.safetensors",  # macOS: accents of their own
    "People\\\u00c4RGER \u00e9t\u00e9.SAFETENSORS",  # Windows does not distinguish case
)
"""Names in workflows: Chinese, Cyrillic and an emoji; accents; other slashes and letters."""

STORED = (
    "faces/\u9854 \u0441\u043c\u0435\u0445 \U0001f600.safetensors",
    "people/\u00c4rger e\u0301t\u00e9.safetensors",
)
"""Names of the files, one with composed and decomposed accents."""


def stored(folder: Path, source: Path) -> None:
    """Copies of a file under `STORED`."""
    for name in STORED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, folder / name)


@pytest.mark.parametrize("name", NAMES, ids=["windows", "linux", "macos", "case"])
def test_names_of_other_computers_are_found(server, name):
    models = server.base / "models"
    made = {**start(), "save": save("sefa", "plain")}
    made["keep"] = node("GANSaveLatents", latents=["latents", 0], name="plain", existing="replace")
    server.run(made)
    for kind, source in (("gan", "tiny"), ("gan_directions", "plain"), ("gan_latents", "plain")):
        stored(models / kind, models / kind / f"{source}.safetensors")
    graph = start(name)
    graph["levers"] = node("GANLoadDirections", saved=name)
    graph["codes"] = node("GANLoadLatents", gan=["gan", 0], saved=name)
    graph["edit"] = edit(latents=["codes", 0], directions=["levers", 0])
    graph["a"] = draw("edit")
    outputs = server.run(graph)["outputs"]
    for loader in ("gan", "levers", "codes"):
        notes = " ".join(outputs[loader]["text"])
        assert ("There is no file" in notes) == (name == NAMES[3]), loader
        assert ("was used" in notes) == (name == NAMES[3])


def test_names_that_are_spelled_alike_are_not_guessed(server):
    folder = server.base / "models" / "gan"
    for name in ("Alike.safetensors", "alike.safetensors"):
        shutil.copy(folder / "tiny.safetensors", folder / name)
    server.run({**start("alike.safetensors"), "a": draw("latents")})
    text = message(server, start("ALIKE.safetensors"))
    assert "2 whose names are spelled alike" in text
    assert "Choose one of them" in text
    assert "There is no file" in message(server, start("..\\..\\gan\\alike.safetensors"))


def test_names_are_saved_alike_on_every_computer(server):
    folder = server.base / "models" / "gan_latents"
    typed = "my folder\\\u9854\\e\u0301te\u0301"
    graph = start()
    graph["keep"] = node("GANSaveLatents", latents=["latents", 0], name=typed, existing="replace")
    graph["load"] = node("GANLoadLatents", gan=["gan", 0], saved="(newest)", file=["keep", 0])
    graph["a"] = draw("load")
    server.run(graph)
    assert (folder / "my folder" / "\u9854" / "\u00e9t\u00e9.safetensors").is_file()
    for wrong in ("..\\..\\out", "a\x00b", "x" * 300, "faces\\", "\ud800"):
        graph["keep"]["inputs"]["name"] = wrong
        assert "Choose a name such as my_latents" in message(server, graph), repr(wrong)


def test_the_space_of_latents_can_be_set(server):
    folder = server.base / "models" / "gan_latents"
    z = np.random.RandomState(3).randn(1, 16)
    np.save(folder / "numbers.npy", z)
    np.save(folder / "layers.npy", np.random.RandomState(4).randn(8, 16))
    graph: Graph = {"gan": node("LoadGAN", model="tiny.safetensors")}

    def text(file: str, **inputs: Any) -> str:
        graph["load"] = node("GANLoadLatents", gan=["gan", 0], saved=file, **inputs)
        graph["a"] = draw("load")
        return "\n".join(server.run(graph)["outputs"]["load"]["text"])

    assert "numbers.npy: 1 in W\n" in text("numbers.npy")
    assert "W was assumed" in text("numbers.npy", space="auto")
    assert text("numbers.npy", space="Z") == "numbers.npy: 1 in Z, as set on this node"
    gan = load_generator(server.base / "models" / "gan" / "tiny.safetensors")
    expected = render(gan, load_latents(folder / "numbers.npy", gan, space="Z")).clamp(-1, 1)[0]
    server.clear_cache()
    shown = pixels(server, server.run(graph), "a")[0].transpose(2, 0, 1)
    assert np.abs(shown / 127.5 - 1 - expected.numpy()).max() < 2.5 / 127.5
    assert "read as one code in W+" in text("layers.npy")
    assert text("layers.npy", space="W") == "layers.npy: 8 in W, as set on this node"
    graph["load"] = node("GANLoadLatents", gan=["gan", 0], saved="numbers.npy", space="S")
    assert "numbers.npy" in message(server, graph)


def test_the_space_of_directions_is_told(server):
    folder = server.base / "models" / "gan_directions"
    np.save(folder / "layers.npy", np.random.RandomState(4).randn(1, 8, 16))
    np.save(folder / "flat.npy", np.random.RandomState(4).randn(2, 16))

    def text(file: str, **inputs: Any) -> str:
        load = node("GANLoadDirections", saved=file, gan=["gan", 0], **inputs)
        graph = {**start(), "load": load, "edit": edit(directions=["load", 0]), "a": draw("edit")}
        return "\n".join(server.run(graph)["outputs"]["load"]["text"])

    assert "Space W+: the file has a vector per layer." in text("layers.npy")
    assert "Space Z: as set on this node." in text("flat.npy", space="Z")
    assert "W was assumed" in text("flat.npy")


def test_options_reach_the_generator(server):
    graph = {**start(), "a": draw("latents")}
    shown = []
    for options in (None, "", " distribution = uniform,\nconv_clamp=0.5 ", "conv_clamp=0.5"):
        graph["gan"] = node("LoadGAN", model="tiny.safetensors")
        if options is not None:
            graph["gan"]["inputs"]["options"] = options
        entry = server.run(graph)
        notes = " ".join(entry["outputs"].get("gan", {}).get("text", ()))
        shown.append(pixels(server, entry, "a")[0])
        assert ("Options:" in notes) == bool(options)
    assert "Options: conv_clamp=0.5." in notes
    assert np.array_equal(shown[0], shown[1])
    assert np.abs(shown[1] - shown[3]).max() > 4
    assert np.abs(shown[2] - shown[3]).max() > 4


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("distribution", "has no value. Expected name=value"),
        ("sparkle=1", "Unknown option sparkle for StyleGAN2. Expected one of distribution"),
        ("c_dim=3", "c_dim is stated as 3"),
        ("conv_clamp=word", "conv_clamp is stated as 'word'"),
        ("conv_clamp=1, conv_clamp=2", "given twice"),
    ],
)
def test_errors_of_options(server, options, words):
    graph = {**start(), "a": draw("latents")}
    graph["gan"]["inputs"]["options"] = options
    assert words in message(server, graph)


def test_a_number_out_of_range_is_named_whoever_gives_it(server):
    """What is typed is refused by ComfyUI; what another node gives by ours."""
    graph = {**start(), "a": draw("latents"), "wide": draw("latents", 99)}
    answer = json.loads(server.post("/prompt", {"prompt": graph}))
    (error,) = answer["node_errors"]["wide"]["errors"]
    assert error["message"] == "Value 99 bigger than max of 16"
    assert error["extra_info"]["input_name"] == "scale"
    assert "wide" not in server.wait(answer["prompt_id"])["outputs"]
    for value, kind, name in ((99, "GANRender", "scale"), (-1, "SeFaFactorize", "count")):
        graph = {**start(), "edit": edit(), "a": draw("edit")}
        graph["number"] = node("PrimitiveInt", value=value)
        changed = next(one for one in graph.values() if one["class_type"] == kind)
        changed["inputs"][name] = ["number", 0]
        assert f"{name} is {value}. Expected a number from" in message(server, graph)


def test_names_of_the_tests_are_what_they_say():
    """The editor of this file has not normalised them."""
    assert unicodedata.normalize("NFC", NAMES[2]) != NAMES[2]
    assert unicodedata.normalize("NFC", STORED[1]) != STORED[1]
    assert unicodedata.normalize("NFC", NAMES[2]) == unicodedata.normalize("NFC", STORED[1])
