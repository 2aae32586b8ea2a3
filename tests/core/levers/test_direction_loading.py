"""Directions of other programs: layouts, spaces, sizes, and files that must be refused."""

from __future__ import annotations

import warnings
from pathlib import Path

import latent_levers as ll
import numpy as np
import pytest
import torch
from cases import tiny
from direction_arrays import npy, rows, unit
from golden import golden
from latent_levers.core.base.errors import DirectionsError, LatentError
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.files.direction_formats import DIRECTION_FILES
from safetensors.torch import save_file
from torch import Tensor

W, W_PLUS, Z = LatentSpace.W, LatentSpace.W_PLUS, LatentSpace.Z


@pytest.mark.parametrize("dtype", ["<f8", ">f8", "<f4", "<f2"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_in_every_precision_and_order(tmp_path: Path, dtype: str, order: str) -> None:
    """Rows are scaled and keep their sign."""
    vectors = -rows(3, 5).abs()
    array = np.asarray(vectors.numpy().astype(dtype), order=order)
    levers = ll.load_directions(npy(tmp_path / "age.npy", array), space="W")
    torch.testing.assert_close(levers.vectors, unit(vectors), atol=1e-3, rtol=1e-3)
    assert (levers.vectors < 0).all()
    assert levers.space is W
    assert levers.names == ("age 0", "age 1", "age 2")
    assert levers.eigenvalues.isnan().all()
    assert levers.details["norms"] == pytest.approx(vectors.norm(dim=1).tolist(), rel=2e-3)
    assert levers.details["kind"] == "array"


@pytest.mark.parametrize(
    ("shape", "stated", "space", "layers", "size"),
    [
        ((5,), {"space": "z"}, Z, 0, 5),
        ((1, 5), {"space": "W"}, W, 0, 5),
        ((1, 1, 5), {"space": "W", "num_ws": 7}, W, 7, 5),
        ((2, 4, 5), {}, W_PLUS, 4, 20),
        ((2, 4, 5), {"num_ws": 4}, W_PLUS, 4, 20),
        ((2, 4, 5), {"space": "Z+"}, LatentSpace.Z_PLUS, 4, 20),
        ((4, 5), {"space": "W+"}, W_PLUS, 4, 20),
        ((4, 5), {"space": "W+", "num_ws": 4}, W_PLUS, 4, 20),
        ((2, 20), {"space": "W+", "num_ws": 4}, W_PLUS, 4, 20),
        ((1, 20), {"space": "W+", "num_ws": 4}, W_PLUS, 4, 20),
    ],
)
def test_space_and_layers(tmp_path, shape, stated, space, layers, size):
    vectors = rows(*shape)
    path = tmp_path / "foreign.pt"
    torch.save(vectors, path)
    levers = ll.load_directions(path, **stated)
    assert (levers.space, levers.num_ws, levers.vectors.shape[1]) == (space, layers, size)
    torch.testing.assert_close(levers.vectors, unit(vectors.reshape(-1, size)))


@pytest.mark.parametrize(
    ("shape", "stated", "words"),
    [
        ((2, 4, 5), {"space": "W"}, r"\[2, 4, 5\], a vector per layer, and W was requested.*W\+"),
        ((2, 4, 5), {"num_ws": 5}, "5 layers were stated. Expected 4 layers"),
        ((1, 20), {"space": "W+"}, "the layers are unknown.*Give num_ws"),
        ((2, 20), {"space": "W+", "num_ws": 3}, "20 is no multiple of 3 layers"),
        ((1, 5), {"num_ws": 0}, "num_ws is 0"),
        ((2, 2, 4, 5), {}, "no layout of directions.*InterFaceGAN"),
        ((0, 5), {"space": "W"}, "at least one row"),
        ((), {}, "no layout of directions"),
    ],
)
def test_sizes_that_contradict(tmp_path, shape, stated, words):
    path = tmp_path / "foreign.pt"
    torch.save(rows(*shape), path)
    with pytest.raises(DirectionsError, match=words):
        ll.load_directions(path, **stated)


def test_an_assumed_space_is_reported(tmp_path: Path) -> None:
    path = npy(tmp_path / "pose.npy", np.ones((1, 5)))
    with pytest.warns(UserWarning, match=r"pose.npy does not .*; W was assumed.*directions of z"):
        levers = ll.load_directions(path)
    assert levers.space is W
    assert levers.details["space"] == "assumed"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ll.load_directions(path, space="Z").space is Z
    with pytest.raises(LatentError, match="Unknown latent space 'Y'"):
        ll.load_directions(path, space="Y")


def test_a_generator_gives_facts_that_the_file_lacks(tmp_path: Path) -> None:
    """Its z has 6 numbers, its w 5, and 5 layers take a w, so that each size implies a space."""
    gan = tiny("stylegan2-skip")
    count, spec = gan.spec.num_ws, gan.spec
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = {
            size: ll.load_directions(npy(tmp_path / f"{size}.npy", np.ones((2, size))), gan=gan)
            for size in (spec.z_dim, spec.w_dim, count * spec.w_dim)
        }
    assert [levers.space for levers in found.values()] == [Z, W, W_PLUS]
    assert {levers.num_ws for levers in found.values()} == {count}
    for levers in found.values():
        codes = ll.sample_latents(gan, 1)
        moved = ll.edit(codes, levers, index=1, strength=1.0, unit="sigma")
        assert (ll.render(gan, moved) - ll.render(gan, codes)).abs().max() > 1e-3
    one = npy(tmp_path / "layers.npy", np.ones((count, spec.w_dim)))
    assert len(ll.load_directions(one, gan=gan, space="W+")) == 1
    with pytest.raises(DirectionsError, match="7 numbers each in W. Expected 5, as this stylegan2"):
        ll.load_directions(npy(tmp_path / "7.npy", np.ones((1, 7))), gan=gan, space="W")
    with pytest.raises(DirectionsError, match="99 layers were stated"):
        ll.load_directions(one, gan=gan, num_ws=99)
    with pytest.raises(LatentError, match="A dcgan generator has no space W"):
        ll.load_directions(one, gan=tiny("dcgan"), space="W")


def test_ganspace(tmp_path: Path) -> None:
    components = torch.linalg.qr(rows(5, 5))[0][:3]
    deviations = torch.tensor([3.0, 2.0, 0.5])
    path = tmp_path / "pca.pt"
    torch.save({"mean": rows(1, 5), "std": deviations, "comp": components[:, None]}, path)
    levers = ll.load_directions(path, space="W")
    torch.testing.assert_close(levers.vectors, components.float())
    torch.testing.assert_close(levers.sigma, deviations.double())
    torch.testing.assert_close(levers.eigenvalues, deviations.double() ** 2)
    assert levers.method == levers.details["kind"] == "ganspace"
    torch.save({"std": torch.tensor([1.0, torch.nan]), "comp": rows(2, 5)}, path)
    with pytest.raises(DirectionsError, match="standard deviations"):
        ll.load_directions(path, space="W")


def test_rosinality_factor_files(tmp_path: Path) -> None:
    """The published closed form, as its script writes it: directions are columns."""
    published = golden("rosinality_stylegan2_uncond")["closedform.directions"]
    path = tmp_path / "factor.pt"
    torch.save({"eigvec": published.T.contiguous(), "ckpt": "stylegan2.pt"}, path)
    levers = ll.load_directions(path, space="W")
    torch.testing.assert_close(levers.vectors, published.float())
    assert levers.method == "sefa"


def test_safetensors_of_others(tmp_path: Path) -> None:
    array = rows(3, 5)
    save_file({"directions": array}, tmp_path / "one.safetensors")
    levers = ll.load_directions(tmp_path / "one.safetensors", space="W")
    torch.testing.assert_close(levers.vectors, unit(array))
    named = {"age": rows(1, 5), "smile": rows(1, 5)}
    save_file(named, tmp_path / "two.safetensors")
    levers = ll.load_directions(tmp_path / "two.safetensors", space="W")
    assert levers.names == ("age", "smile")
    torch.testing.assert_close(levers.vectors, unit(torch.cat(list(named.values()))))


def test_foreign_directions_survive_our_own_file(tmp_path: Path) -> None:
    """Exactly, with their sign."""
    path = npy(tmp_path / "smile.npy", -np.abs(rows(2, 5).numpy()) * 7)
    levers = ll.load_directions(path, space="W")
    saved = ll.save_directions(levers, tmp_path / "own")
    back = ll.load_directions(saved)
    assert torch.equal(back.vectors, levers.vectors)
    assert back.names == levers.names
    assert back.details["norms"] == levers.details["norms"]
    assert back.num_ws == 0
    stated = ll.load_directions(saved, space="Z", num_ws=9)
    assert (stated.space, stated.num_ws) == (Z, 9)
    with pytest.raises(DirectionsError, match=r"contains directions in W for 0 layers, and W\+"):
        ll.load_directions(saved, space="W+")


def test_without_a_layer_count_all_layers_move(tmp_path: Path) -> None:
    gan = tiny("stylegan2-skip")
    levers = ll.load_directions(npy(tmp_path / "a.npy", np.ones((1, 5))), space="W")
    codes = ll.sample_latents(gan, 2)
    each = ll.sample_latents(gan, 2, space="W+")
    shared = ll.edit(codes, levers, strength=2.0, unit="distance")
    assert shared.space is W
    moved = ll.edit(each, levers, strength=2.0, unit="distance")
    torch.testing.assert_close(moved.values, shared.values.expand_as(moved.values))
    some = ll.edit(each, levers, strength=2.0, layers="1", unit="distance")
    assert (some.values != each.values).any(dim=2).any(dim=0).nonzero().flatten().tolist() == [1]
    with pytest.raises(DirectionsError, match="do not say for how many layers.*num_ws"):
        ll.edit(codes, levers, layers="0-1", unit="distance")


def test_what_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with pytest.raises(DirectionsError, match="no file .*file"):
        ll.load_directions(path)
    path.write_bytes(b"<!DOCTYPE html><html></html>")
    with pytest.raises(DirectionsError, match=r"file is a web page.*NumPy array \(.npy\)"):
        ll.load_directions(path)
    path.write_bytes(b"nothing known")
    with pytest.raises(DirectionsError, match=r"is a text file.*NumPy array \(.npy\)"):
        ll.load_directions(path)
    torch.save({"a": rows(2, 5), "b": rows(3, 5)}, path)
    with pytest.raises(DirectionsError, match=r"a \[2, 5\], b \[3, 5\], which is no layout"):
        ll.load_directions(path)
    torch.save(torch.ones(2, 5, dtype=torch.int64), path)
    with pytest.raises(DirectionsError, match="int64. Expected floating"):
        ll.load_directions(path, space="W")
    torch.save(gan_state(), path)
    with pytest.raises(DirectionsError, match="load_generator"):
        ll.load_directions(path)


def gan_state() -> dict[str, Tensor]:
    """Weights of a generator instead of directions."""
    return tiny().network.state_dict()


def test_every_kind_describes_its_contents() -> None:
    for kind in DIRECTION_FILES:
        assert kind.title
        assert "D]" in kind.contents
        assert not kind.recognises({})


def test_interfacegan(real_folder: Path) -> None:
    """39 published directions: unit rows of 512, in the space of their file name."""
    paths = sorted((real_folder / "interfacegan").glob("*.npy"))
    assert len(paths) == 39
    for path in paths:
        space = "W" if "_w_" in path.name else "Z"
        levers = ll.load_directions(path, space=space)
        stored = torch.from_numpy(np.load(path, allow_pickle=False)).float()
        assert levers.vectors.shape == (1, 512)
        torch.testing.assert_close(levers.vectors, stored, atol=1e-7, rtol=0)
        assert levers.space is LatentSpace.parse(space)
        assert levers.details["norms"] == pytest.approx([1.0])
        assert levers.label(0) == path.stem


def test_encoder4editing(real_folder: Path) -> None:
    folder = real_folder / "e4e"
    assert len(list(folder.glob("*.pt"))) == 5
    for name in ("age", "smile"):
        levers = ll.load_directions(folder / f"{name}.pt", space="W")
        stored = torch.load(folder / f"{name}.pt", weights_only=True, map_location="cpu")
        torch.testing.assert_close(levers.vectors, stored)
    pose = ll.load_directions(folder / "pose.pt")
    assert (pose.space, pose.num_ws, pose.vectors.shape) == (W_PLUS, 18, (1, 9216))
    assert pose.details["norms"] == pytest.approx([18**0.5])
    for name in ("ffhq_pca", "cars_pca"):
        components = ll.load_directions(folder / f"{name}.pt", space="W")
        assert components.vectors.shape == (80, 512)
        assert components.sigma is not None
        assert components.sigma.argmax() == 0
        torch.testing.assert_close(components.eigenvalues, components.sigma**2)
        gram = components.vectors @ components.vectors.T
        torch.testing.assert_close(gram, torch.eye(80), atol=1e-5, rtol=0)
    with pytest.raises(DirectionsError, match="a vector per layer, and W was requested"):
        ll.load_directions(folder / "pose.pt", space="W")
    with pytest.raises(DirectionsError, match="14 layers were stated. Expected 18"):
        ll.load_directions(folder / "pose.pt", num_ws=14)
