"""Masks of pictures with alpha, and generators that draw grey, opacity or other channels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from api_graphs import Graph, draw, edit, message, node, resefa, save, start
from latent_levers.core.files.loading import load_generator, untrained
from latent_levers.core.files.writing import save_generator
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings
from latent_levers.core.generators.rendering import render
from latent_levers.core.latents.sampling import sample_latents
from latent_levers.core.pictures.images import to_bytes
from PIL import Image

pytestmark = pytest.mark.usefixtures("tiny_generators", "empty_cache")


def channels(server: Any, count: int) -> Graph:
    """The graph of `start` with a generator of some channels."""
    settings = StyleGAN2Settings(
        16, 16, {4: 16, 8: 16, 16: 16, 32: 8}, mapping_widths=(16, 16), img_channels=count
    )
    name = f"channels{count}.safetensors"
    save_generator(untrained("stylegan2", settings), server.base / "models" / "gan" / name)
    return start(name)


def written(server: Any, graph: Graph, images: list[Any], prefix: str) -> list[np.ndarray]:
    """Pictures that Save Image writes of images and their transparency."""
    graph["join"] = node("JoinImageWithAlpha", image=images, alpha=[images[0], _last(images[0])])
    graph["file"] = node("SaveImage", images=["join", 0], filename_prefix=prefix)
    server.run(graph)
    files = sorted((server.base / "output").glob(f"{prefix}_*.png"))
    return [np.asarray(Image.open(file)) for file in files]


def _last(name: str) -> int:
    """Number of the output transparency."""
    return {"draw": 1}.get(name, 4)


def expected(server: Any, graph: Graph) -> np.ndarray:
    """The library's pictures with alpha."""
    gan = load_generator(server.base / "models" / "gan" / graph["gan"]["inputs"]["model"])
    return to_bytes(render(gan, sample_latents(gan, 2)), alpha=True).numpy()


def test_opacity_goes_into_a_mask_and_into_pictures(server):
    graph = channels(server, 4)
    graph["draw"] = draw("latents")
    files = written(server, graph, ["draw", 0], "opacity")
    pictures = expected(server, graph)
    assert pictures[..., 3].min() < 64 < 192 < pictures[..., 3].max()
    for file, picture in zip(files, pictures, strict=True):
        assert file.shape == (32, 32, 4)
        assert np.abs(file.astype(int) - picture).max() <= 2
    server.clear_cache()
    entry = server.run(graph)
    shown = server.images(entry)
    assert {image.mode for name in ("draw", "latents") for image in shown[name]} == {"RGBA"}
    assert "The fourth channel is opacity" in entry["outputs"]["draw"]["text"][0]
    assert "The fourth channel of the images" in " ".join(entry["outputs"]["gan"]["text"])


def test_a_generator_in_colour_is_opaque(server):
    graph = {**start(), "draw": draw("latents")}
    files = written(server, graph, ["draw", 0], "opaque")
    assert all((file[..., 3] == 255).all() for file in files)
    shown = server.images(server.run({**graph, "again": draw("latents", 2)}))
    assert {image.mode for image in shown["again"]} == {"RGB"}


@pytest.mark.parametrize(("gauge", "captioned"), [(False, False), (True, True)])
def test_opacity_passes_through_other_nodes(server, gauge, captioned):
    """Strips below the images are opaque."""
    graph = channels(server, 4)
    common = {"gan": ["gan", 0], "latents": ["latents", 0], "directions": ["sefa", 0]}
    pull = {"unit": "sigma", "layers": "auto", "scale": 4}
    still = {**common, **pull, "index": 0, "strength": 0.5, "steps": 1}
    graph["sweep"] = node("GANSweep", **still, show="one lever", count=1, tell_layers=False)
    graph["film"] = node(
        "GANTraverse", **common, **pull, move="levers", indices="0", several="in turn",
        from_strength=0.0, to_strength=1.0, frames=2, easing="linear", way="once", blend="linear",
        arrange="one after another", gauge=gauge, fps=10.0,
    )  # fmt: skip
    graph["vary"] = node(
        "GANVariations", **common, **pull, seed=0, indices="0", strengths="0", arrange="grid",
        count=2, captioned=captioned,
    )  # fmt: skip
    alpha = np.repeat(np.repeat(expected(server, graph)[0, ..., 3], 4, 0), 4, 1).astype(int)
    for name in ("vary", "film"):
        source = 0
        first = written(server, dict(graph), [name, source], f"{name}{captioned}")[0]
        assert first.shape[1:] == (128, 4)
        assert (first.shape[0] > 128) == captioned
        assert (first[128:, :, 3] == 255).all()
        assert np.abs(first[:128, :, 3].astype(int) - alpha).mean() < 16
    swept = written(server, dict(graph), ["sweep", 1], f"sweep{captioned}")
    assert swept[0].shape == (32, 32, 4)
    assert swept[0][..., 3].min() < 128


@pytest.mark.parametrize(
    ("count", "words"), [(1, ""), (2, "the first is shown in grey"), (5, "the first three")]
)
def test_what_is_shown_of_other_channels_is_said(server, count, words):
    graph = channels(server, count)
    graph["draw"] = draw("latents")
    entry = server.run(graph)
    gan = load_generator(server.base / "models" / "gan" / graph["gan"]["inputs"]["model"])
    drawn = render(gan, sample_latents(gan, 2))
    kept = drawn[:, :3] if count > 2 else drawn[:, :1].expand(-1, 3, -1, -1)
    for image, target in zip(server.images(entry)["draw"], to_bytes(kept), strict=True):
        assert np.abs(np.asarray(image).astype(int) - target.numpy()).max() <= 2
    for name in ("gan", "draw"):
        text = " ".join(entry["outputs"][name]["text"])
        assert words in text
        assert ("channels; the" in text) == bool(words)


def painted(server: Any) -> None:
    """A picture with strokes on a transparent layer, and one without transparency."""
    alpha = torch.zeros(64, 64, dtype=torch.uint8)
    alpha[40:52, 20:44] = 255
    strokes = torch.cat([torch.full((64, 64, 3), 200, dtype=torch.uint8), alpha[..., None]], 2)
    folder = server.base / "input"
    Image.fromarray(strokes.numpy()).save(folder / "strokes.png")
    Image.fromarray(strokes[..., :3].numpy()).save(folder / "plain.png")


def test_a_picture_with_alpha_is_a_mask(server):
    """Load Image inverts alpha: the node tells, and Invert Mask turns it round."""
    painted(server)
    graph = {**start(), "picture": node("LoadImage", image="strokes.png")}
    graph["turned"] = node("InvertMask", mask=["picture", 1])
    graph["wrong"] = node("RegionMask", shapes="[]", gan=["gan", 0], mask=["picture", 1])
    graph["right"] = node("RegionMask", shapes="[]", gan=["gan", 0], mask=["turned", 0])
    graph["resefa"] = resefa(["turned", 0])
    graph["save"] = save("resefa", "alpha")
    outputs = server.run(graph)["outputs"]
    assert outputs["wrong"]["text"][0] == "The region covers 93 % of the image."
    assert "connect Invert Mask" in outputs["wrong"]["text"][1]
    assert outputs["right"]["text"][0] == "The region covers 7 % of the image."
    assert "Invert Mask" not in " ".join(outputs["right"]["text"])
    assert outputs["resefa"]["text"][0] == "The mask covers 7 % of the image."


def test_a_picture_without_alpha_is_an_empty_mask(server):
    painted(server)
    graph = {**start(), "picture": node("LoadImage", image="plain.png")}
    graph["region"] = node("RegionMask", shapes="mouth", gan=["gan", 0], mask=["picture", 1])
    text = server.run(graph)["outputs"]["region"]["text"]
    assert "The connected mask is empty and was ignored" in " ".join(text)
    graph["region"]["inputs"]["shapes"] = "[]"
    assert "Load Image (as Mask)" in message(server, graph)
    graph["region"] = resefa(["picture", 1])
    graph["save"] = save("region", "empty")
    words = message(server, graph)
    assert "the mask is empty" in words
    assert "Load Image (as Mask)" in words


def test_compared_pictures_with_opacity_say_what_is_compared(server):
    painted(server)
    graph = {**channels(server, 4), "edit": edit(), "a": draw("latents"), "b": draw("edit")}
    graph["with"] = node("JoinImageWithAlpha", image=["a", 0], alpha=["a", 1])
    common = {"before": ["with", 0], "after": ["b", 0], "scale": 1}
    graph["map"] = node("GANDifferenceMap", **common, full_scale=0.0, captioned=False)
    graph["pair"] = node(
        "GANBeforeAfter", **common, show="split", position=0.5, before_label="", after_label=""
    )
    outputs = server.run(graph)["outputs"]
    for name in ("map", "pair"):
        assert "The pictures have 4 channels; their colours alone" in outputs[name]["text"][0]
