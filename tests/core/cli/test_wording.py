"""Messages on the command line name its own options."""

from __future__ import annotations

import copy
from pathlib import Path

import latent_levers as ll
import numpy as np
import pytest
import torch
from cases import tiny
from command_line import complaint
from latent_levers.core.cli import main
from safetensors.torch import load_file, save_file


def saved(name: str, folder: Path, dead: bool = False) -> str:
    """The file of a case; dead means that no style depends on w."""
    gan = copy.deepcopy(tiny(name))
    for key, tensor in gan.network.named_parameters():
        if dead and "affine.weight" in key:
            tensor.data.zero_()
    path = folder / f"{name}.safetensors"
    ll.save_generator(gan, path)
    return str(path)


def test_a_class_is_given_with_its_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    conditional = saved("stylegan2-conditional", tmp_path)
    line = complaint(capsys, "sample", conditional, "--seeds", "0", "--out", str(tmp_path / "x"))
    assert line.endswith("Give a class with --label.")
    line = complaint(
        capsys, "sample", saved("stylegan2-skip", tmp_path), "--label", "1", "--out", str(tmp_path)
    )
    assert line.endswith("Leave --label out.")
    line = complaint(capsys, "sample", conditional, "--label", "9", "--out", str(tmp_path / "y"))
    assert line.endswith("Give another class with --label.")


def test_global_levers_have_no_region_to_choose(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dead = saved("stylegan2-skip", tmp_path, dead=True)
    out = ("--out", str(tmp_path / "dead.safetensors"))
    line = complaint(capsys, "sefa", dead, *out)
    assert "Choose other --layers" in line
    assert "region" not in line
    line = complaint(capsys, "resefa", dead, "--region", '[{"box": [0, 0, 0.5, 0.5]}]', *out)
    assert "Choose another region or other --layers" in line


def test_a_guess_names_the_option_that_settles_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of levers, of latents and of the generator."""
    path = saved("stylegan2-skip", tmp_path)
    width, count = tiny().spec.w_dim, tiny().spec.num_ws
    out = ("--out", str(tmp_path / "out"), "--seeds", "0", "--strength=1")
    np.save(tmp_path / "smile.npy", np.ones((count, width), np.float32))
    assert main(["edit", path, "--levers", str(tmp_path / "smile.npy"), *out]) == 0
    assert "Use --levers-space W if it holds" in capsys.readouterr().err
    np.save(tmp_path / "codes.npy", np.ones((count, width), np.float32))
    latents = ("--latents", str(tmp_path / "codes.npy"), "--out", str(tmp_path / "codes"))
    assert main(["sample", path, *latents]) == 0
    assert "Use --latents-space W if it holds" in capsys.readouterr().err
    assert main(["describe", str(_doubtful(path, tmp_path))]) == 0
    captured = capsys.readouterr()
    assert "give --option c_dim=0" in captured.err
    assert "give --option c_dim=0" in captured.out


def _doubtful(path: str, folder: Path) -> Path:
    """The same network with a z that is wider than w, as an export without classes has."""
    weights = load_file(path)
    first = weights["mapping.fc0.weight"]
    weights["mapping.fc0.weight"] = torch.cat([first, first[:, :1]], dim=1)
    file = folder / "doubtful.safetensors"
    save_file(weights, file)
    return file
