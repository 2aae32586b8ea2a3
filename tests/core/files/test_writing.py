"""Generators as files: the same images, the whole story of where they came from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import latent_levers as ll
import pytest
import torch
from cases import CASES, tiny
from latent_levers.core.base.errors import CheckpointError, DirectionsError, LatentError
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.files.containers.safetensors_file import FORMAT_KEY
from latent_levers.core.files.writing import is_saved
from latent_levers.core.latents.code_statistics import style_deviations
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor


def drawn(gan: Generator) -> Tensor:
    """Two images of the first seeds, with a class where there are classes."""
    labels = 1 if gan.spec.c_dim else None
    return ll.render(gan, ll.sample_latents(gan, 2, labels=labels))


def header(path: Path) -> dict[str, str]:
    """Text of a file's header."""
    with safe_open(path, framework="pt") as file:
        return file.metadata()


@pytest.mark.parametrize("name", CASES)
def test_a_converted_file_draws_the_same_images(name: str, tmp_path: Path) -> None:
    """Within 1e-6, and within 1 percent of the image's range in half precision."""
    gan = tiny(name)
    images = drawn(gan)
    first = ll.load_generator(ll.save_generator(gan, tmp_path / "first.safetensors"))
    second = ll.load_generator(ll.save_generator(first, tmp_path / "second.safetensors"))
    assert second.spec == gan.spec
    torch.testing.assert_close(drawn(second), images, atol=1e-6, rtol=1e-6)
    half = ll.load_generator(ll.save_generator(first, tmp_path / "half.safetensors", half=True))
    assert replace(half.spec, fingerprint="") == replace(gan.spec, fingerprint="")
    span = float(images.max() - images.min())
    torch.testing.assert_close(drawn(half), images, atol=0.01 * span, rtol=0)


@pytest.mark.parametrize("name", CASES)
def test_half_precision_spares_what_is_delicate(name: str, tmp_path: Path) -> None:
    """Statistics and other buffers to the bit, the rest within rounding, and it is smaller."""
    gan = tiny(name)
    whole = ll.save_generator(gan, tmp_path / "whole.safetensors")
    half = ll.save_generator(gan, tmp_path / "half.safetensors", half=True)
    assert half.stat().st_size < whole.stat().st_size
    before, after = load_file(whole), load_file(half)
    buffers = dict(gan.network.named_buffers())
    shortened = [key for key, tensor in after.items() if tensor.dtype == torch.float16]
    assert shortened
    for key, tensor in before.items():
        if key in shortened:
            assert tensor.ndim >= 2
            assert key not in buffers or key.endswith("noise_const")
            error = (after[key].float() - tensor).norm() / tensor.norm()
            assert error < 1e-3
        else:
            assert torch.equal(after[key], tensor)


def test_batch_norm_statistics_stay_whole(tmp_path: Path) -> None:
    """A variance of 1e-9 would be 0 in half precision, and the image would burst."""
    path = ll.save_generator(tiny("dcgan"), tmp_path / "dcgan.safetensors", half=True)
    kept = [
        t for key, t in load_file(path).items() if key.endswith(("running_mean", "running_var"))
    ]
    assert kept
    assert {tensor.dtype for tensor in kept} == {torch.float32}


def test_weights_beyond_half_precision_stay_whole(tmp_path: Path) -> None:
    gan = ll.load_generator(ll.save_generator(tiny(), tmp_path / "a.safetensors"))
    names = ("synthesis.b4.conv1.weight", "synthesis.b8.conv0.weight")
    for name, scale in zip(names, (1e6, 1e-8), strict=True):
        gan.network.get_parameter(name).mul_(scale)
    path = ll.save_generator(gan, tmp_path / "b.safetensors", half=True)
    for name in names:
        stored = load_file(path)[name]
        assert torch.equal(stored, gan.network.get_parameter(name))
    assert torch.isfinite(drawn(ll.load_generator(path))).all()


def test_provenance(tmp_path: Path) -> None:
    """The hash of the file that was read, through two conversions; the licence that was given."""
    source = ll.save_generator(tiny(), tmp_path / "source.safetensors")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    gan = ll.load_generator(source)
    assert ll.describe(gan)["sha256"] == digest
    path = ll.save_generator(gan, tmp_path / "b.safetensors", licence="CC0-1.0, ask Ada")
    story = json.loads(header(path)["source"])
    assert story["file"] == "source.safetensors"
    assert story["sha256"] == digest
    assert story["container"] == "safetensors"
    assert story["fingerprint"] == gan.spec.fingerprint
    assert header(path)["licence"] == "CC0-1.0, ask Ada"
    assert str(tmp_path) not in str(header(path))
    again = ll.load_generator(path)
    assert again.details["licence"] == "CC0-1.0, ask Ada"
    last = ll.save_generator(again, tmp_path / "c.safetensors", half=True)
    assert json.loads(header(last)["source"])["source"]["sha256"] == digest
    assert header(last)["licence"] == "CC0-1.0, ask Ada"
    assert header(last)["precision"] == "float16"
    source.unlink()
    assert ll.describe(gan)["sha256"] is None


def test_its_own_source_is_not_overwritten_unasked(tmp_path: Path) -> None:
    path = ll.save_generator(tiny(), tmp_path / "a.safetensors")
    before = path.read_bytes()
    gan = ll.load_generator(path)
    with pytest.raises(CheckpointError, match="a.safetensors is the file that this generator was"):
        ll.save_generator(gan, path, half=True)
    assert path.read_bytes() == before
    images = drawn(gan)
    ll.save_generator(gan, path, half=True, replace_source=True)
    assert path.read_bytes() != before
    torch.testing.assert_close(drawn(gan), images)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.safetensors"]


def test_what_is_saved_already_is_known(tmp_path: Path) -> None:
    gan = tiny()
    path = tmp_path / "a.safetensors"
    assert not is_saved(gan, path)
    ll.save_generator(gan, path, licence="mine")
    assert is_saved(gan, path, licence="mine")
    assert not is_saved(gan, path, licence="yours")
    assert not is_saved(gan, path, half=True, licence="mine")
    assert not is_saved(tiny("stylegan2-resnet"), path, licence="mine")
    path.write_bytes(b"something else")
    assert not is_saved(gan, path, licence="mine")


def test_directions_in_s_survive_a_file(tmp_path: Path) -> None:
    """With which channels read which layer, in a format that first readers refuse by its number."""
    gan = tiny()
    codes, box = ll.sample_latents(gan, 1), ll.Region.box(1, 1, 3, 3, 8)
    levers = ll.resefa(gan, codes, box, space="S", count=3)
    path = ll.save_directions(levers, tmp_path / "s")
    assert header(path)[FORMAT_KEY] == "directions/2"
    assert header(ll.save_directions(ll.sefa(gan), tmp_path / "w"))[FORMAT_KEY] == "directions/1"
    back = ll.load_directions(path)
    assert (back.space, back.styles, back.num_ws) == (LatentSpace.S, gan.spec.styles, 4)
    torch.testing.assert_close(back.vectors, levers.vectors, rtol=0, atol=0)
    torch.testing.assert_close(back.sigma, levers.sigma, rtol=0, atol=0)
    images = [
        ll.render(gan, ll.edit(codes, at, 1, 2.0, layers="1-2", unit="distance"))
        for at in (levers, back)
    ]
    torch.testing.assert_close(images[0], images[1], rtol=0, atol=0)
    with pytest.raises(DirectionsError, match="contains directions in S for 4 layers, and W for 4"):
        ll.load_directions(path, space="W")


def test_styles_that_do_not_fit_are_damage(tmp_path: Path) -> None:
    """A header whose styles are unreadable, or of another sum."""
    levers = ll.resefa(
        tiny(), ll.sample_latents(tiny(), 1), ll.Region.box(1, 1, 3, 3, 8), space="S", count=2
    )
    path = ll.save_directions(levers, tmp_path / "s")
    tensors, facts = load_file(path), json.loads(header(path)["directions"])
    for styles, message in (([["a", 0]], "is damaged"), ([["a", 0, 5]], "given with 5 styles")):
        text = json.dumps({**facts, "styles": styles})
        save_file(tensors, path, {FORMAT_KEY: "directions/2", "directions": text})
        with pytest.raises(DirectionsError, match=message):
            ll.load_directions(path)


def test_directions_of_others_in_s(tmp_path: Path) -> None:
    """Their size tells the space; the generator tells layers, and how far a sigma is."""
    gan = tiny()
    save_file({"pull": torch.eye(33)[[20]]}, tmp_path / "x.safetensors")
    levers = ll.load_directions(tmp_path / "x.safetensors", gan=gan)
    assert (levers.space, levers.styles) == (LatentSpace.S, gan.spec.styles)
    torch.testing.assert_close(levers.sigma, style_deviations(gan)[[20]])
    alone = ll.load_directions(tmp_path / "x.safetensors", space="S")
    codes = ll.sample_latents(gan, 1)
    pulled = [ll.edit(codes, at, 0, 1.0, unit="distance").style_shift for at in (levers, alone)]
    torch.testing.assert_close(pulled[0], pulled[1])
    with pytest.raises(LatentError, match="A dcgan generator has no space S"):
        ll.load_directions(tmp_path / "x.safetensors", space="S", gan=tiny("dcgan"))
    save_file({"pull": torch.ones(2, 4, 5)}, tmp_path / "x.safetensors")
    with pytest.raises(DirectionsError, match="and S was requested. Expected one vector"):
        ll.load_directions(tmp_path / "x.safetensors", space="S")
