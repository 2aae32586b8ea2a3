"""Pickles of the TensorFlow era, written by the tests themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.files.recognition import read_checkpoint
from pickle_writer import Network, tensorflow_network, write_tensorflow

RANDOM = np.random.default_rng(0)


def array(*shape: int) -> np.ndarray:
    return RANDOM.standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_stylegan_with_components(protocol: int, tmp_path: Path) -> None:
    """Own variables bare, those of components behind the component's name."""
    const, dense, average = array(1, 4, 4, 8), array(8, 6), array(8)
    marker = tmp_path / "ran"

    def generator(scale: float) -> Network:
        synthesis = tensorflow_network(
            {"4x4/Const/const": const * scale, "noise0": array(1, 1, 4, 4)},
            marker,
            {"resolution": 8, "architecture": "skip"},
        )
        mapping = tensorflow_network({"Dense0/weight": dense * scale}, marker)
        return tensorflow_network(
            {"dlatent_avg": average * scale, "lod": np.float32(0.5) * np.ones([], np.float32)},
            marker,
            {"resolution": 8, "label_size": 0, "truncation_psi": None},
            {"synthesis": synthesis, "mapping": mapping},
        )

    critic = tensorflow_network({"8x8/Conv0/weight": array(3, 3, 4, 4)}, marker)
    path = tmp_path / "x.pkl"
    write_tensorflow(path, (generator(0.0), critic, generator(1.0)), protocol)
    checkpoint = read_checkpoint(path)
    tensors = checkpoint.tensors
    assert checkpoint.container == "tensorflow-pickle"
    for name, expected in (
        ("Gs.synthesis/4x4/Const/const", const),
        ("Gs.mapping/Dense0/weight", dense),
        ("Gs.dlatent_avg", average),
    ):
        assert np.array_equal(tensors[name].numpy(), expected)
        assert not tensors[name.replace("Gs.", "G.")].any()
    assert tensors["Gs.lod"].shape == ()
    assert tensors["D.8x8/Conv0/weight"].shape == (3, 3, 4, 4)
    assert checkpoint.config["Gs.resolution"] == 8
    assert checkpoint.config["Gs.version"] == 4
    assert checkpoint.under("Gs").config["label_size"] == 0
    assert checkpoint.details["networks"]["Gs"] == "G_main"
    assert not marker.exists()


def test_pggan_of_the_older_module(tmp_path: Path) -> None:
    """Version 2 knows no components, and its class lives elsewhere."""
    weight = array(512, 16)
    marker = tmp_path / "ran"
    nets = [
        tensorflow_network({"4x4/Dense/weight": weight * s}, marker, {"resolution": 8}, version=2)
        for s in (0, 1, 2)
    ]
    path = write_tensorflow(tmp_path / "x.pkl", tuple(nets), 2, "tfutil")
    checkpoint = read_checkpoint(path)
    assert np.array_equal(checkpoint.tensors["Gs.4x4/Dense/weight"].numpy(), weight * 2)
    assert checkpoint.config["Gs.version"] == 2
    assert not marker.exists()


def test_strings_of_python_2(tmp_path: Path) -> None:
    """Arrays of that time are strings, whose bytes are read as they are."""
    numbers = np.array([1.5, -2, 300], np.float32)
    data = numbers.tobytes()
    pickled = (
        b"\x80\x02(ctfutil\nNetwork\nq\x00)\x81q\x01}q\x02(U\x07versionK\x02U\x04nameU\x01G"
        b"U\rstatic_kwargs}U\x08num_lodsK\x03sU\x10build_module_srcU\x05raiseU\x0fbuild_func_name"
        b"U\x01GU\tvariables]U\x03lodcnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n"
        b"K\x00\x85U\x01b\x87R(K\x01K\x03\x85cnumpy\ndtype\nU\x02f4K\x00K\x01\x87R(K\x03U\x01<"
        b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
        + b"T" + len(data).to_bytes(4, "little") + data + b"tb\x86aub"
        b"h\x01h\x01t."
    )  # fmt: skip
    path = tmp_path / "x.pkl"
    path.write_bytes(pickled)
    checkpoint = read_checkpoint(path)
    assert torch.equal(checkpoint.tensors["Gs.lod"], torch.from_numpy(numbers))
    assert checkpoint.config["Gs.num_lods"] == 3


def test_a_variable_that_is_no_pair(tmp_path: Path) -> None:
    net = tensorflow_network({}, tmp_path / "ran")
    net.__dict__["variables"] = [("a", 1, 2)]
    path = write_tensorflow(tmp_path / "x.pkl", (net, net, net))
    with pytest.raises(CheckpointError, match="a variable is not a pair of name and array"):
        read_checkpoint(path)


def test_networks_without_variables(tmp_path: Path) -> None:
    net = tensorflow_network({}, tmp_path / "ran")
    path = write_tensorflow(tmp_path / "x.pkl", (net, net, net))
    with pytest.raises(CheckpointError, match="holds no tensors, but tuple"):
        read_checkpoint(path)
