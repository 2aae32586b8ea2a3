"""Latent codes as files: to the bit, and nothing that was tampered with."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from cases import tiny
from latent_levers.core.base.errors import DirectionsError, LatentError
from latent_levers.core.concepts.directions import make_directions
from latent_levers.core.concepts.latent_code import LatentCode, LatentSpace
from latent_levers.core.edits.editing import edit
from latent_levers.core.files.containers.safetensors_file import FORMAT_KEY
from latent_levers.core.files.latent_files import LATENTS_FORMAT, load_latents, save_latents
from latent_levers.core.generators.rendering import render
from latent_levers.core.latents.sampling import sample_latents, to_styles
from latent_levers.core.levers.direction_loading import load_directions
from safetensors.torch import save_file
from torch import Tensor


def batches() -> dict[str, LatentCode]:
    """Codes of every kind."""
    gan = tiny()
    w = sample_latents(gan, 3, 2**32 - 2, truncation_psi=0.1 + 0.2, truncation_cutoff=2)
    lever = make_directions(
        torch.ones(1, 6), torch.ones(1), space=LatentSpace.Z, num_ws=gan.spec.num_ws
    )
    styles = gan.spec.direction_dim(LatentSpace.S)
    in_s = make_directions(
        torch.ones(1, styles), torch.ones(1), space=LatentSpace.S, num_ws=gan.spec.num_ws
    )
    edited = edit(edit(w, lever, 0, 1.0, unit="distance"), in_s, 0, 0.3, unit="distance")
    return {
        "W+": w,
        "W": sample_latents(gan, 2),
        "Z": sample_latents(gan, 2, space="Z"),
        "S": to_styles(gan, w),
        "edited": edited,
        "classes": sample_latents(tiny("stylegan2-conditional"), 2, labels=[0, 2]),
        "Z+": sample_latents(tiny("biggan-chunks"), 2, labels=1, space="Z+"),
        "without seeds": replace(w, seeds=None, z=None),
        "double": replace(w, values=w.values.double()),
    }


@pytest.mark.parametrize("name", batches())
def test_what_is_loaded_is_what_was_saved_to_the_bit(name: str, tmp_path: Path) -> None:
    codes = batches()[name]
    path = save_latents(codes, tmp_path / "deep" / name)
    assert path.name == f"{name}.safetensors"
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    again = load_latents(path)
    for field in fields(LatentCode):
        before, after = getattr(codes, field.name), getattr(again, field.name)
        if isinstance(before, Tensor):
            assert after.dtype == before.dtype
            assert torch.equal(after, before), field.name
            assert after.data_ptr() % 64 == 0, "sums depend on where rows start"
        else:
            assert after == before, field.name


def test_images_are_the_same_and_a_file_is_replaced_whole(tmp_path: Path) -> None:
    gan = tiny()
    codes = batches()["edited"]
    path = save_latents(codes[0], tmp_path / "a.safetensors")
    save_latents(codes, path)
    assert torch.equal(render(gan, load_latents(path, gan)), render(gan, codes))
    with pytest.raises(LatentError, match="were given"):
        load_latents(path, tiny("stylegan2-resnet"))


def write(path: Path, facts: dict[str, Any] | str, written: str = LATENTS_FORMAT, **more: Tensor):
    """A file as `save_latents` writes it, with some things changed."""
    known = {
        "space": "W",
        "seeds": None,
        "truncation_psi": 1.0,
        "truncation_cutoff": None,
        "origin": "",
    }
    text = facts if isinstance(facts, str) else json.dumps({**known, **facts})
    tensors = {"values": torch.zeros(2, 1, 5), **more}
    save_file(tensors, path, {FORMAT_KEY: written, "latents": text})
    return path


@pytest.mark.parametrize(
    ("facts", "tensors"),
    [
        ("{", {}),
        ("[" * 100_000, {}),
        ("[]", {}),
        ({"space": "V"}, {}),
        ({"seeds": [1]}, {}),
        ({"seeds": [1, -1]}, {}),
        ({"seeds": [1, 2**32]}, {}),
        ({"seeds": "ab"}, {}),
        ({"seeds": 7}, {}),
        ({"truncation_psi": "NaN"}, {}),
        ({"truncation_psi": None}, {}),
        ({"truncation_psi": 10**400}, {}),
        ({"truncation_cutoff": "many"}, {}),
        ({}, {"values": torch.zeros(2, 5)}),
        ({}, {"values": torch.zeros(0, 1, 5)}),
        ({}, {"values": torch.zeros(2, 3, 5)}),
        ({}, {"values": torch.full((2, 1, 5), torch.nan)}),
        ({}, {"values": torch.zeros(2, 1, 5, dtype=torch.int64)}),
        ({}, {"z": torch.zeros(3, 6)}),
        ({}, {"z": torch.zeros(2, 6, 1)}),
        ({}, {"labels": torch.full((2, 3), torch.inf)}),
        ({}, {"more": torch.zeros(2)}),
    ],
)
def test_files_that_were_tampered_with(
    facts: dict[str, Any] | str, tensors: dict[str, Tensor], tmp_path: Path
) -> None:
    path = write(tmp_path / "bad.safetensors", facts, **tensors)
    with pytest.raises(LatentError, match="bad.safetensors is damaged"):
        load_latents(path)


def test_a_file_cut_off_anywhere(tmp_path: Path) -> None:
    whole = save_latents(batches()["edited"], tmp_path / "whole").read_bytes()
    path = tmp_path / "cut.safetensors"
    for length in range(0, len(whole), max(1, len(whole) // 50)):
        path.write_bytes(whole[:length])
        with pytest.raises(LatentError):
            load_latents(path)


def test_files_of_other_kinds_are_refused_with_words(tmp_path: Path) -> None:
    with pytest.raises(LatentError, match="There is no file"):
        load_latents(tmp_path / "none.safetensors")
    page = tmp_path / "page.safetensors"
    page.write_bytes(b"<!DOCTYPE html>" * 20)
    with pytest.raises(LatentError, match="page.safetensors is a web page"):
        load_latents(page)
    page.write_bytes(b"nothing known" * 20)
    with pytest.raises(LatentError, match="is a text file"):
        load_latents(page)
    newer = write(tmp_path / "newer.safetensors", {}, "latents/9")
    with pytest.raises(LatentError, match="format 'latents/9'"):
        load_latents(newer)
    ours = save_latents(sample_latents(tiny(), 1), tmp_path / "ours")
    with pytest.raises(DirectionsError, match="format 'latents/1'"):
        load_directions(ours)


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".pt", ".safetensors"])
def test_arrays_of_others_fit_by_shape(suffix: str, tmp_path: Path) -> None:
    gan = tiny()
    plus = torch.randn(gan.spec.num_ws, 5)
    for values, space, shape in (
        (torch.randn(3, 5), LatentSpace.W, (3, 1, 5)),
        (plus, LatentSpace.W_PLUS, (1, 4, 5)),
        (plus[None].repeat(2, 1, 1), LatentSpace.W_PLUS, (2, 4, 5)),
        (torch.randn(5), LatentSpace.W, (1, 1, 5)),
    ):
        path = tmp_path / f"w{suffix}"
        if suffix == ".npy":
            np.save(path, values.numpy())
        elif suffix == ".npz":
            np.savez(path, w=values.numpy(), steps=np.arange(3))
        elif suffix == ".pt":
            torch.save({"w": values}, path)
        else:
            save_file({"w": values}, path)
        told = values is plus
        with pytest.warns(UserWarning, match="one code in W") if told else nullcontext():
            codes = load_latents(path, gan)
        assert (codes.space, tuple(codes.values.shape)) == (space, shape)
        assert torch.equal(codes.values.flatten(), values.flatten())
        render(gan, codes)


def test_arrays_of_others_that_do_not_fit(tmp_path: Path) -> None:
    gan, path = tiny(), tmp_path / "w.npy"
    np.save(path, np.zeros((2, 5), np.float32))
    with pytest.raises(LatentError, match="Give the generator as gan"):
        load_latents(path)
    conditional = tiny("stylegan2-conditional")
    np.save(path, np.zeros((2, conditional.spec.z_dim), np.float32))
    with pytest.raises(LatentError, match="does not state classes"):
        load_latents(path, conditional, space="Z")
    for array in (np.zeros((2, 7)), np.zeros((2, 3, 5)), np.zeros((2, 5), np.int64), np.zeros(0)):
        np.save(path, array)
        with pytest.raises(LatentError, match=r"array|holds"):
            load_latents(path, gan)
    many = tmp_path / "many.safetensors"
    save_file({"a": torch.zeros(2, 5), "b": torch.zeros(2, 5)}, many)
    with pytest.raises(LatentError, match="2 arrays"):
        load_latents(many, gan)


def test_the_space_of_an_array_may_be_stated(tmp_path: Path) -> None:
    gan, path = tiny("stylegan2-skip"), tmp_path / "codes.npy"
    count, spec = gan.spec.num_ws, gan.spec
    np.save(path, np.random.default_rng(0).normal(size=(count, spec.w_dim)))
    codes = load_latents(path, gan, space="W")
    assert (codes.space, len(codes)) == (LatentSpace.W, count)
    plus = load_latents(path, gan, space="W+")
    assert (plus.space, len(plus)) == (LatentSpace.W_PLUS, 1)
    assert torch.equal(plus.values[0], codes.values[:, 0])
    np.save(path, np.ones((2, spec.w_dim)))
    shared = load_latents(path, gan, space="W+")
    torch.testing.assert_close(render(gan, shared), render(gan, load_latents(path, gan)))
    np.save(path, np.ones((2, spec.z_dim)))
    assert load_latents(path, gan, space="Z").space is LatentSpace.Z
    with pytest.raises(LatentError, match=r"in W\b|holds an array"):
        load_latents(path, gan, space="W")
    np.savez(tmp_path / "z.npz", z=np.ones((2, spec.z_dim)))
    assert load_latents(tmp_path / "z.npz", gan).space is LatentSpace.Z
    styles = np.zeros((3, spec.direction_dim(LatentSpace.S)))
    np.save(path, styles)
    assert load_latents(path, gan, space="S").space is LatentSpace.S
    np.save(path, np.ones((1, count, spec.w_dim)))
    with pytest.raises(LatentError, match="in W"):
        load_latents(path, gan, space="W")
    ours = save_latents(sample_latents(gan, 1, space="W"), tmp_path / "ours")
    assert load_latents(ours, gan, space="W").space is LatentSpace.W
    with pytest.raises(LatentError, match="holds codes in W; Z was requested"):
        load_latents(ours, gan, space="Z")


def test_a_projected_code_needs_no_class(tmp_path: Path) -> None:
    gan = tiny("stylegan2-conditional")
    sampled = sample_latents(gan, 1, labels=1, space="W+")
    np.savez_compressed(tmp_path / "projected_w.npz", w=sampled.values.numpy())
    codes = load_latents(tmp_path / "projected_w.npz", gan)
    assert codes.labels is None
    assert torch.equal(render(gan, codes), render(gan, sampled))


def test_files_of_a_projector(tmp_path: Path) -> None:
    """rosinality's: a dictionary of pictures, each with its image, latent and noise."""
    gan, path = tiny(), tmp_path / "project.pt"
    entry = {"img": torch.randn(3, 8, 8), "noise": [torch.randn(1, 1, 4, 4)]}
    w = torch.randn(2, gan.spec.w_dim)
    torch.save({f"photos/{n}.png": {**entry, "latent": w[n]} for n in (0, 1)}, path)
    with pytest.warns(UserWarning, match="noise images, which are not used"):
        codes = load_latents(path, gan)
    assert torch.equal(codes.values[:, 0], w)
    plus = torch.randn(gan.spec.num_ws, gan.spec.w_dim)
    torch.save({"me.png": {"img": entry["img"], "latent": plus}}, path)
    codes = load_latents(path, gan)
    assert codes.space is LatentSpace.W_PLUS
    assert torch.equal(codes.values[0], plus)
