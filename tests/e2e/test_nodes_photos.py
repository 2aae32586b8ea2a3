"""The nodes of `nodes/photos` in a running ComfyUI."""

from __future__ import annotations

import re

import numpy as np
import pytest
from api_graphs import Graph, draw, message, node, pixels
from node_facts import ROOT
from PIL import Image

pytestmark = pytest.mark.usefixtures("tiny_generators", "empty_cache")

BOX = {"x": 276, "y": 168, "width": 304, "height": 304}
"""The face of the example photo, 640 x 480 pixels."""


def crop(**changes) -> dict:
    """GAN Crop Photo on the graph of `photo`."""
    inputs = {"gan": ["gan", 0], "photo": ["photo", 0], **BOX, "refine": False}
    return node("GANCropPhoto", **{**inputs, **changes})


def invert(**changes) -> dict:
    """GAN Invert Photo on the graph of `photo`."""
    inputs = {
        "gan": ["gan", 0],
        "photo": ["crop", 1],
        "space": "W",
        "trust": 0.5,
        "cohesion": 0.3,
        "steps": 4,
        "class_index": -1,
    }
    return node("GANInvertPhoto", **{**inputs, **changes})


def composite(**changes) -> dict:
    """GAN Composite Photo on the graph of `photo`."""
    inputs = {
        "gan": ["gan", 0],
        "photo": ["photo", 0],
        "before": ["codes", 0],
        "after": ["edit", 0],
        "region": ["mouth", 0],
        "crop": ["crop", 0],
        "mode": "fill",
        "feather": 0.04,
    }
    return node("GANCompositePhoto", **{**inputs, **changes})


def photo(model: str = "portraits (bundled)") -> Graph:
    """The example photo, its face cut out, and its code."""
    return {
        "gan": node("LoadGAN", model=model),
        "photo": node("GANExamplePhoto"),
        "crop": crop(),
        "codes": invert(),
    }


def edited() -> Graph:
    """The same, with a lever pulled and put into the photo."""
    return {
        **photo(),
        "mouth": node("RegionMask", gan=["gan", 0], shapes='[{"preset": "mouth"}]'),
        "sefa": node("SeFaFactorize", gan=["gan", 0], count=1, layers="all"),
        "edit": node(
            "LatentEdit", latents=["codes", 0], directions=["sefa", 0], index=0, strength=4.0,
            unit="sigma", layers="auto",
        ),
        "end": composite(),
        "seen": node("PreviewImage", images=["end", 0]),
        "was": node("PreviewImage", images=["photo", 0]),
    }  # fmt: skip


def said(entry, name: str) -> str:
    """The notes on a node."""
    return "\n".join(entry["outputs"][name]["text"])


def test_an_edit_changes_the_region_alone(server):
    entry = server.run(edited())
    (after,), (before,) = pixels(server, entry, "seen"), pixels(server, entry, "was")
    assert after.shape == (480, 640, 3)
    changed = (after != before).any(axis=2)
    rows, columns = np.nonzero(changed)
    top, left, side = BOX["y"], BOX["x"], BOX["width"]
    assert changed.mean() > 0.003
    assert top + 0.5 * side < rows.min() < rows.max() < top + side, "the mouth is low in the face"
    assert left + 0.15 * side < columns.min() < columns.max() < left + 0.85 * side
    (share,) = re.findall(r"([\d.]+) % of the photo's pixels changed", said(entry, "end"))
    assert 0.3 * changed.mean() * 100 < float(share) < 3 * changed.mean() * 100
    assert "dB" in said(entry, "codes")
    assert "not like the photo" not in said(entry, "end")


def test_nothing_changes_without_an_edit(server):
    graph = {**edited(), "end": composite(after=["codes", 0])}
    entry = server.run(graph)
    (after,), (before,) = pixels(server, entry, "seen"), pixels(server, entry, "was")
    assert (after == before).all()
    assert "Nothing changed" in said(entry, "end")


def test_images_stand_for_latents(server):
    """Pictures of the latents give nearly the same photo; they are clamped, latents are not."""
    graph = edited()
    graph |= {"x": draw("codes"), "y": draw("edit")}
    graph["other"] = composite(before=["x", 0], after=["y", 0])
    del graph["other"]["inputs"]["gan"]
    graph["seen2"] = node("PreviewImage", images=["other", 0])
    entry = server.run(graph)
    (one,), (two,), (was,) = (pixels(server, entry, name) for name in ("seen", "seen2", "was"))
    assert np.abs(one - two).mean() < 0.1 * np.abs(one - was).mean()


def test_latents_of_another_crop_are_noticed(server):
    graph = {**edited(), "elsewhere": crop(x=0, y=0)}
    graph["end"] = composite(crop=["elsewhere", 0])
    assert "not like the photo" in said(server.run(graph), "end")


def test_latents_without_a_generator(server):
    graph = edited()
    del graph["end"]["inputs"]["gan"]
    assert "no generator at gan" in message(server, graph)


def test_a_mask_and_a_matrix_are_boxes_too(server):
    """A box drawn on the photo, the same in numbers, and as the matrix of an alignment."""
    graph = photo()
    shapes = f'[{{"box": [{168 / 480}, {276 / 640}, {304 / 480}, {304 / 640}]}}]'
    graph["box"] = node("RegionMask", image=["photo", 0], shapes=shapes)
    graph["drawn"] = crop(mask=["box", 0], x=0, y=0, width=0, height=0)
    scale = 64 / 304
    shift = [0.5 * scale - 0.5 - scale * corner for corner in (276, 168)]
    graph["aligned"] = crop(
        matrix=f"[[{scale}, 0, {shift[0]}], [0, {scale}, {shift[1]}]]", width=0, height=0
    )
    graph |= {
        name: node("PreviewImage", images=[source, 1])
        for name, source in (("a", "crop"), ("b", "drawn"), ("c", "aligned"))
    }
    entry = server.run(graph)
    (a,), (b,), (c,) = (pixels(server, entry, name) for name in "abc")
    assert a.shape == (64, 64, 3)
    assert np.abs(a - b).max() <= 1
    assert np.abs(a - c).mean() < 1, "nearly: the pixels that are averaged may begin one later"
    assert "from (276, 168)" in said(entry, "drawn")


def test_the_box_is_drawn_on_the_photo(server):
    entry = server.run(photo())
    (shown,) = pixels(server, entry, "crop")
    assert shown.shape == (480, 640, 3)
    assert shown[300, 276].min() > 200, "its left side is light"


def test_without_a_box_the_middle_is_taken_and_said(server):
    graph = {**photo(), "crop": crop(width=0, height=0)}
    assert "No box was given: the middle of the photo, 480 x 480 pixels" in said(
        server.run(graph), "crop"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"x": 5000}, "outside of the photo of 640x480"),
        ({"width": 0}, "both greater than 0"),
        ({"width": 3, "height": 3}, "at least 8 pixels"),
        ({"matrix": "1, 0, 0, 2, 0, 0"}, "singular"),
        ({"matrix": "1, 0, 0, 1"}, "The matrix has 4 numbers"),
        ({"matrix": "a"}, "cannot be read"),
    ],
)
def test_errors_of_crops(server, changes, words):
    assert words in message(server, {**photo(), "crop": crop(**changes)})


def test_an_empty_mask_is_no_box(server):
    graph = {**photo(), "none": node("SolidMask", value=0.0, width=64, height=64)}
    graph["crop"] = crop(mask=["none", 0])
    assert "the mask is empty" in message(server, graph)


def test_photos_of_all_kinds(server):
    """Opacity, grey, 16 bits, and the camera's turn, which Load Image applies."""
    folder = server.base / "input"
    face = np.asarray(Image.open(ROOT / "assets" / "example_photo.jpg").crop((276, 168, 580, 472)))
    grey = Image.fromarray(face.mean(axis=2).astype(np.uint8))
    grey.save(folder / "grey.png")
    Image.fromarray(np.asarray(grey).astype(np.uint16) * 257).save(folder / "deep.png")
    turned = Image.fromarray(np.rot90(face, 1).copy())
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.save(folder / "turned.jpg", exif=exif, quality=95)
    graph = {"gan": node("LoadGAN", model="portraits (bundled)")}
    for name in ("grey.png", "deep.png", "turned.jpg"):
        graph[name] = node("LoadImage", image=name)
        graph[f"of {name}"] = invert(photo=[name, 0], steps=10)
    graph["joined"] = node("JoinImageWithAlpha", image=["grey.png", 0], alpha=["grey.png", 1])
    graph["of alpha"] = invert(photo=["joined", 0], steps=2)
    entry = server.run(graph)
    assert "its opacity" in said(entry, "of alpha")
    assert "was reduced from 304 x 304" in said(entry, "of turned.jpg")
    (close,) = re.findall(r"\(([\d.]+) dB\)", said(entry, "of turned.jpg"))
    assert float(close) > 20, "the face is upright"
    assert pixels(server, entry, "of grey.png")


def test_no_face_is_told(server):
    graph = {"gan": node("LoadGAN", model="portraits (bundled)"), "photo": node("GANExamplePhoto")}
    graph |= {"crop": crop(x=45, y=55, width=150, height=190), "codes": invert(steps=20)}
    assert "a generator that was trained on pictures of this kind" in said(
        server.run(graph), "codes"
    )


@pytest.mark.parametrize(
    ("width", "height", "words"), [(1, 1, "Use a larger photograph"), (64, 300, "GAN Crop Photo")]
)
def test_photos_that_cannot_be_used(server, width, height, words):
    graph = {"gan": node("LoadGAN", model="tiny.safetensors")}
    graph["photo"] = node("EmptyImage", width=width, height=height, batch_size=1, color=255)
    graph["codes"] = invert(photo=["photo", 0])
    assert words in message(server, graph)
    if width == 1:
        whole = {**graph, "codes": crop(width=0, height=0)}
        assert "at least 16 pixels" in message(server, whole)


def test_batches(server):
    """Two photos make two crops, codes and photos; two masks are of them."""
    graph = edited()
    graph["two"] = node("RepeatImageBatch", image=["photo", 0], amount=2)
    graph["crop"] = crop(photo=["two", 0])
    graph["end"] = composite(photo=["two", 0])
    entry = server.run(graph)
    one, two = pixels(server, entry, "seen")
    assert (one == two).all()
    assert "Photo 1" in said(entry, "codes")


def test_the_box_is_refined(server):
    """A box that is off by 12 pixels of the photo, 2.5 of the generator, comes back."""
    graph = {**photo(), "crop": crop(x=BOX["x"] + 12, y=BOX["y"] - 12, refine=True)}
    entry = server.run(graph)
    found = re.search(r"from \((-?\d+), (-?\d+)\)", said(entry, "crop"))
    assert found is not None
    assert "The place was refined" in said(entry, "crop")
    assert np.hypot(int(found[1]) - BOX["x"], int(found[2]) - BOX["y"]) < 8


def test_a_search_goes_on_from_codes(server):
    """Without a step of its own it gives what it began with."""
    graph = {**photo(), "more": invert(steps=0, start=["codes", 0])}
    graph |= {"x": draw("codes"), "y": draw("more")}
    entry = server.run(graph)
    (one,), (two,) = pixels(server, entry, "x"), pixels(server, entry, "y")
    assert np.abs(one - two).max() <= 1


def test_classes(server):
    """A class is chosen and said, where none is given."""
    graph = {"gan": node("LoadGAN", model="classes.safetensors"), "photo": node("GANExamplePhoto")}
    graph |= {"crop": crop(refine=True), "codes": invert(), "one": invert(class_index=2)}
    graph["draw"] = draw("one")
    entry = server.run(graph)
    assert "class_index is -1" in said(entry, "crop")
    assert "No class was given" in said(entry, "codes")
    assert "No class" not in said(entry, "one")


def test_a_tuned_generator_draws_the_photo(server):
    graph = photo()
    graph["tune"] = node(
        "GANTunePhoto", gan=["gan", 0], latents=["codes", 0], photo=["crop", 1], steps=12,
        locality=0.1,
    )  # fmt: skip
    drawn = draw("codes")
    drawn["inputs"]["gan"] = ["tune", 0]
    graph |= {
        "after": drawn,
        "before": draw("codes"),
        "cut": node("PreviewImage", images=["crop", 1]),
    }
    entry = server.run(graph)
    (after,), (before,), (cut,) = (pixels(server, entry, n) for n in ("after", "before", "cut"))
    assert ((after - cut) ** 2).mean() < 0.8 * ((before - cut) ** 2).mean()
    text = said(entry, "tune")
    low, high = re.findall(r"([\d.]+) dB before, ([\d.]+) dB after", text)[0]
    assert float(high) > float(low)
    assert "MB of its own" in text
