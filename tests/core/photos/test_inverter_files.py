"""Inverters as files: a round trip, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import latent_levers as ll
import pytest
import torch
from cases import tiny
from latent_levers.core.base.errors import PackError
from latent_levers.core.photos.fitting.encoder import KernelRidge, PictureEncoder
from safetensors import safe_open
from safetensors.torch import load_file, save_file


@pytest.fixture(scope="module")
def inverter() -> ll.Inverter:
    """Of a tiny generator."""
    return ll.prepare_inversion(tiny(), samples=20)


def test_a_round_trip_finds_the_same_codes(inverter: ll.Inverter, tmp_path: Path) -> None:
    gan = tiny()
    path = ll.save_inverter(inverter, tmp_path / "kept")
    assert path.suffix == ".safetensors"
    loaded = ll.load_inverter(path, gan)
    assert loaded.samples == 20
    torch.testing.assert_close(loaded.curvature, inverter.curvature)
    assert torch.equal(loaded.encoder.first.pictures, inverter.encoder.first.pictures)
    assert loaded.encoder.feedback is not None
    assert loaded.encoder.feedback.width == 16
    photos = ll.render(gan, ll.sample_latents(gan, 2, 3, 1.0)).clamp(-1, 1)
    first, second = (ll.invert(gan, photos, steps=15, inverter=i) for i in (inverter, loaded))
    torch.testing.assert_close(first.codes.values, second.codes.values, atol=1e-2, rtol=0)


def test_a_linear_encoder_is_kept_as_all_were_at_first(
    inverter: ll.Inverter, tmp_path: Path
) -> None:
    gan = tiny()
    first = KernelRidge(torch.randn(20, 12), inverter.encoder.first.values)
    plain = replace(inverter, encoder=PictureEncoder(first))
    path = ll.save_inverter(plain, tmp_path / "plain")
    with safe_open(path, "pt") as file:
        assert file.metadata()["latent_levers.format"] == "inverter/1"
    loaded = ll.load_inverter(path, gan).encoder
    assert loaded.feedback is None
    assert (loaded.side, loaded.first.width, loaded.first.ridge) == (16, None, first.ridge)
    picture = torch.randn(12)
    torch.testing.assert_close(loaded.first(picture), first(picture), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("old", "new"), [('"width": 4.0', '"width": -1.0'), ('"side": 32', '"side": 0')]
)
def test_numbers_out_of_range_are_refused(
    inverter: ll.Inverter, tmp_path: Path, old: str, new: str
) -> None:
    path = ll.save_inverter(inverter, tmp_path / "kept.safetensors")
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    assert old in metadata["inverter"]
    metadata["inverter"] = metadata["inverter"].replace(old, new)
    save_file(load_file(path), path, metadata)
    with pytest.raises(PackError, match="as '(width|side)'"):
        ll.load_inverter(path, tiny())


def test_another_generator_is_refused(inverter: ll.Inverter, tmp_path: Path) -> None:
    path = ll.save_inverter(inverter, tmp_path / "kept.safetensors")
    other = tiny("stylegan2-resnet")
    with pytest.raises(PackError, match="belongs to the generator"):
        ll.load_inverter(path, other)
    with pytest.raises(PackError, match=r"Leave inverter out|leave inverter out"):
        ll.invert(other, torch.zeros(1, 3, 16, 16), inverter=inverter)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("curvature", torch.zeros(2, 2), "tensors of shapes"),
        ("mean", torch.full((5,), torch.nan), "NaN or infinite numbers in mean"),
        ("codes", torch.zeros(7, 5), "tensors of shapes"),
        ("pictures", torch.zeros(3), "lacks tensors"),
        ("extra", torch.zeros(3), "tensors of shapes"),
        ("missing", torch.zeros(20, 2), "tensors of shapes"),
    ],
)
def test_damaged_files_are_refused(
    inverter: ll.Inverter, tmp_path: Path, name: str, value: torch.Tensor, words: str
) -> None:
    path = ll.save_inverter(inverter, tmp_path / "kept.safetensors")
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    save_file({**load_file(path), name: value}, path, metadata)
    with pytest.raises(PackError, match=words):
        ll.load_inverter(path, tiny())


def test_other_files_are_refused(inverter: ll.Inverter, tmp_path: Path) -> None:
    gan = tiny()
    with pytest.raises(PackError, match="There is no file"):
        ll.load_inverter(tmp_path / "none", gan)
    noise = tmp_path / "noise.safetensors"
    noise.write_bytes(bytes(range(256)) * 10)
    with pytest.raises(PackError, match="cannot be read as an inverter"):
        ll.load_inverter(noise, gan)
    codes = ll.save_latents(ll.sample_latents(gan, 1), tmp_path / "codes")
    with pytest.raises(PackError, match=r"holds 'latents/1'.*Expected format 'inverter/2'"):
        ll.load_inverter(codes, gan)
    path = ll.save_inverter(inverter, tmp_path / "kept.safetensors")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(PackError, match="cannot be read as an inverter"):
        ll.load_inverter(path, gan)
    save_file(load_file_of(whole, tmp_path), path, {"latent_levers.format": "inverter/1"})
    with pytest.raises(PackError, match="The header|kept"):
        ll.load_inverter(path, gan)


def load_file_of(content: bytes, folder: Path) -> dict[str, torch.Tensor]:
    """Tensors of the bytes of a file."""
    path = folder / "whole.safetensors"
    path.write_bytes(content)
    return load_file(path)


def test_samples_have_a_range() -> None:
    with pytest.raises(PackError, match="samples is 3"):
        ll.prepare_inversion(tiny(), samples=3)
