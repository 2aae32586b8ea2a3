"""Directions with a vector per layer, spaces by name, and files of GANSpace itself."""

from __future__ import annotations

import warnings
from pathlib import Path

import latent_levers as ll
import numpy as np
import pytest
import torch
from cases import tiny
from direction_arrays import npy, rows, unit
from latent_levers.core.concepts.latent_code import LatentSpace

W, W_PLUS, Z = LatentSpace.W, LatentSpace.W_PLUS, LatentSpace.Z


def test_ganspace_files_of_its_own(tmp_path: Path) -> None:
    """Compressed, with the components of the latents beside those of the features."""
    components = torch.linalg.qr(rows(5, 5))[0][:3]
    deviations = np.array([3.0, 2.0, 0.5])
    path = tmp_path / "stylegan2-ffhq_style_ipca_c3_n300000_w.npz"
    members = {
        "act_comp": rows(3, 8, 4, 4), "act_mean": rows(1, 8, 4, 4), "act_stdev": rows(3),
        "lat_comp": components[:, None], "lat_mean": rows(1, 1, 5), "var_ratio": rows(3),
        "random_stdevs": rows(3),
    }  # fmt: skip
    arrays = {name: tensor.numpy() for name, tensor in members.items()}
    for save in (np.savez, np.savez_compressed):
        save(path, lat_stdev=deviations, **arrays)
        levers = ll.load_directions(path, space="W")
        torch.testing.assert_close(levers.vectors, components.float())
        assert levers.sigma is not None
        assert levers.sigma.tolist() == deviations.tolist()
        assert levers.method == "ganspace"


def test_as_many_rows_as_layers_are_one_direction(tmp_path: Path) -> None:
    """And it is said aloud; `space` decides otherwise."""
    gan = tiny("stylegan2-skip")
    count, size = gan.spec.num_ws, gan.spec.w_dim
    smile = rows(count, size)
    path = npy(tmp_path / "smile.npy", smile.numpy())
    with pytest.warns(UserWarning, match=r"one direction in W\+. Use space='W' if it holds"):
        levers = ll.load_directions(path, gan=gan)
    assert (levers.space, levers.names) == (W_PLUS, ("smile",))
    torch.testing.assert_close(levers.vectors, unit(smile.reshape(1, -1)))
    several = ll.load_directions(path, gan=gan, space="W")
    assert (several.space, len(several)) == (W, count)
    for axes in (smile[None], smile[None, :, None], smile[:, None]):
        npy(path, axes.numpy())
        expected = 1 if axes.shape[0] == 1 else count
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert len(ll.load_directions(path, gan=gan)) == expected


@pytest.mark.parametrize("kind", ["dict", "list", "npz"])
def test_several_directions_with_a_vector_per_layer(kind: str, tmp_path: Path) -> None:
    gan = tiny("stylegan2-skip")
    smile, age = rows(gan.spec.num_ws, 5), rows(gan.spec.num_ws, 5)
    path = tmp_path / "two"
    if kind == "npz":
        path = path.with_suffix(".npz")
        np.savez_compressed(path, smile=smile.numpy(), age=age.numpy())
    else:
        torch.save({"smile": smile, "age": age} if kind == "dict" else [smile, age], path)
    levers = ll.load_directions(path, gan=gan)
    assert levers.space is W_PLUS
    assert levers.names == (("0", "1") if kind == "list" else ("smile", "age"))
    torch.testing.assert_close(levers.vectors, unit(torch.stack([smile, age]).flatten(1)))


def test_the_name_of_an_array_states_its_space(tmp_path: Path) -> None:
    for name, space in (("z", Z), ("W", W)):
        np.savez(tmp_path / "a.npz", **{name: np.ones((2, 5))})
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert ll.load_directions(tmp_path / "a.npz").space is space
    np.savez(tmp_path / "b.npz", smile=np.ones((1, 5)))
    assert ll.load_directions(tmp_path / "b.npz", space="W").names == ("smile",)
