"""StyleGAN (v1) of rosinality, lernapparat and huangzh13: what their files do not say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import latent_levers as ll
import pytest
import torch
from golden import assert_close, golden, parameters
from latent_levers.core.base.errors import CheckpointError
from spellings import drawn, opened, warnings_of


def test_blocks_that_were_never_trained_are_left_out() -> None:
    """The reference was built for 32 pixels and drawn at 16."""
    weights = parameters("rosinality_stylegan1")
    assert opened(weights).spec.img_size == (16, 16)
    assert "above 16 pixels were never trained" in warnings_of(weights)
    trained = {**weights, "generator.progression.3.noise1.weight_orig": torch.ones(1, 3, 1, 1)}
    assert opened(trained).spec.img_size == (32, 32)
    assert "never trained" not in warnings_of(trained)


@pytest.mark.parametrize("name", ["rosinality_stylegan1", "huangzh13_stylegan1"])
def test_the_level_of_detail_is_told_as_a_guess(name: str) -> None:
    weights = parameters(name)
    assert "does not state lod; 0 was assumed" in warnings_of(weights)
    assert "lod" not in warnings_of(weights, {"lod": 0})


def test_nvidias_converted_networks_are_finished() -> None:
    assert warnings_of(parameters("lernapparat_stylegan1")) == ""


def test_filters_that_differ_are_warnings_of() -> None:
    weights = parameters("lernapparat_stylegan1")
    name = "g_synthesis.blocks.8x8.conv0_up.intermediate.kernel"
    assert "filters of the file differ" in warnings_of({**weights, name: weights[name] * 2})
    every = {n: t * 2 if n.endswith("kernel") else t for n, t in weights.items()}
    assert warnings_of(every) == ""
    assert opened(every).network.synthesis.resample_filter.sum() == pytest.approx(2.0)


def test_files_without_a_filter_are_warnings_of() -> None:
    weights = parameters("huangzh13_stylegan1")
    without = {name: t for name, t in weights.items() if not name.endswith("kernel")}
    assert "no low-pass filter for its upsampling layers" in warnings_of(without)


def test_a_mean_of_zeros_was_never_updated() -> None:
    weights = parameters("huangzh13_stylegan1")
    assert "mean_w" not in opened(weights).details
    untouched = {**weights, "truncation.avg_latent": torch.zeros(6)}
    gan = opened(untouched)
    assert "computed" in gan.details["mean_w"]
    assert gan.w_avg is not None
    assert gan.w_avg.abs().max() > 0


@pytest.mark.parametrize("root", ["g_running", "g_running.module", "state_dict"])
def test_rosinalitys_networks_under_other_names(root: str, tmp_path: Path) -> None:
    """`g_running` beside the last step, a state dict, and the average alone."""
    data, weights = golden("rosinality_stylegan1"), parameters("rosinality_stylegan1")
    content: dict[str, Any] = {f"{root}.{name}": tensor for name, tensor in weights.items()}
    if root.startswith("g_running"):
        content |= {f"generator.{name}": tensor * 2 for name, tensor in weights.items()}
        content |= {"discriminator.linear.linear.weight_orig": torch.ones(1, 2)}
    torch.save(content, tmp_path / "train_step-5.model")
    with pytest.warns(UserWarning, match="does not state lod"):
        gan = ll.load_generator(tmp_path / "train_step-5.model")
    assert_close(drawn(gan, data), data["out.image_nonoise"])


def test_an_early_version_is_named() -> None:
    weights = {
        name.replace("conv1.1.conv", "conv1.conv"): tensor
        for name, tensor in parameters("rosinality_stylegan1").items()
    }
    with pytest.raises(CheckpointError, match="early version of rosinality's repository"):
        opened(weights)
