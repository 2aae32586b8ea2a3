"""StyleGAN, StyleGAN2, PGGAN and DCGAN as other public PyTorch code saves them.

The reference images are of that code with random weights. Its noise images are drawn anew for each
image, so that the references hold those that were used.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import latent_levers as ll
import pytest
import torch
from golden import assert_close, golden, parameters
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.concepts.checkpoint import Checkpoint
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.files.loading import assemble
from latent_levers.core.files.recognition import recognise
from torch import Tensor

Weights = dict[str, Tensor]
"""Tensors by name."""

DIALECTS = {
    "rosinality_stylegan1": "rosinality-stylegan1",
    "huangzh13_stylegan1": "huangzh13-stylegan1",
    "huangzh13_stylegan1_cond": "huangzh13-stylegan1",
    "lernapparat_stylegan1": "lernapparat-stylegan1",
    "lernapparat_stylegan1_128": "lernapparat-stylegan1",
    "ganzoo_pggan": "gan-zoo-pggan",
    "ganzoo_stylegan1": "gan-zoo-stylegan1",
    "ganzoo_dcgan": "gan-zoo-dcgan",
    "basicsr_stylegan2": "basicsr-stylegan2",
}
"""Reference file to dialect."""

LODS = {
    "out.image_lod03": 0.3,
    "out.image_lod04": 0.4,
    "out.image_lod1": 1.0,
}
"""Reference images of networks that are still growing."""


def opened(weights: Weights, config: Mapping[str, Any] | None = None, **options: Any) -> Generator:
    """A generator of tensors and settings, without its warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return assemble(recognise(Checkpoint(weights, "x.pt", config=config or {})), "cpu", options)


def told(weights: Weights, config: Mapping[str, Any] | None = None) -> str:
    """All warnings that opening tensors gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assemble(recognise(Checkpoint(weights, "x.pt", config=config or {})))
    return "\n".join(str(warning.message) for warning in caught)


def with_noise(gan: Generator, data: Mapping[str, Tensor]) -> Generator:
    """The generator with the noise images of the reference."""
    for name, tensor in data.items():
        if name.startswith("in.noise."):
            block = gan.network.synthesis.block(int(name.rpartition(".")[2]))
            block.layer0.noise_const.copy_(tensor)
            block.layer1.noise_const.copy_(tensor)
    return gan


def drawn(gan: Generator, data: Mapping[str, Tensor], psi: float = 1.0, noise: str = "none"):
    """Images of the reference's codes."""
    return ll.render(gan, ll.map_latents(gan, data["in.z"], data.get("in.label"), psi), noise)


@pytest.mark.parametrize("name", DIALECTS)
def test_images_equal_those_of_the_public_code(name: str) -> None:
    """With its noise, without noise, truncated, cropped, and while the network was growing."""
    data = golden(name)
    gan = with_noise(opened(parameters(name)), data)
    assert gan.details["dialect"] == DIALECTS[name]
    plain = drawn(gan, data)
    found = {
        "out.image": lambda: drawn(gan, data, noise="const"),
        "out.image_nonoise": lambda: plain,
        "out.image_nonoise_quarter": lambda: plain[:, :, 96:, :32],
        "out.image_nonoise_rows": lambda: plain[:, :, ::16],
        "out.image_psi05": lambda: drawn(gan, data, 0.5),
        "out.image_psi07": lambda: drawn(with_mean(gan, data), data, 0.7, noise_of(name)),
    }
    found |= {
        key: lambda key=key: drawn(opened(parameters(name), lod=LODS[key]), data) for key in LODS
    }
    expected = {key: value for key, value in data.items() if key.startswith("out.image")}
    assert expected.keys() <= found.keys()
    for key, image in expected.items():
        assert_close(found[key](), image)
    if "mid.w" in data:
        codes = ll.map_latents(gan, data["in.z"], data.get("in.label"), 1.0)
        assert_close(codes.values[:, 0], data["mid.w"])


def noise_of(name: str) -> str:
    """Only BasicSR's files hold noise images."""
    return "const" if name.startswith("basicsr") else "none"


def with_mean(gan: Generator, data: Mapping[str, Tensor]) -> Generator:
    """The generator with the mean w that lies beside the reference, if any."""
    return replace(gan, w_avg=data.get("in.latent_avg", gan.w_avg))


@pytest.mark.parametrize("name", DIALECTS)
def test_levers_are_those_of_autograd(name: str) -> None:
    """The linearisation knows the bias, the epsilon and the filter of each code base."""
    gan = opened(parameters(name))
    labels = 0 if gan.spec.c_dim else None
    codes = ll.sample_latents(gan, 1, truncation_psi=1.0, labels=labels)
    height, width = gan.spec.img_size
    region = ll.Region.box(0, 0, width // 2, height // 4, gan.spec.img_size)
    if height > 64:
        pytest.skip("as its smaller sibling")
    found = [
        ll.resefa(gan, codes, region, count=2, effort=ll.JacobianOptions(strategy)).eigenvalues
        for strategy in (None, "reverse")
    ]
    torch.testing.assert_close(*found, rtol=1e-3, atol=0)


def test_a_growing_pggan_without_equalised_rates_states_its_settings() -> None:
    """Fading, tanh and scale follow from the settings beside the networks."""
    data, weights = golden("ganzoo_pggan_plain"), parameters("ganzoo_pggan_plain")
    config = {
        "config/equalizedlR": False,
        "config/lossCriterion": "DCGAN",
        "config/alpha": 0,
        "config/categoryVectorDim": 0,
    }
    gan = opened(weights, config)
    assert_close(drawn(gan, data), data["out.image"])
    assert told(weights, config) == ""
    growing = {**config, "config/alpha": 0.3}
    assert_close(drawn(opened(weights, growing), data), data["out.image_lod03"])
    assert "still growing" in told(weights, growing)
    with pytest.raises(CheckpointError, match=r"slope 0\.1"):
        opened(weights, {**config, "config/leakyReluLeak": 0.1})


def test_the_average_and_the_settings_of_a_whole_training_file(tmp_path: Path) -> None:
    data, weights = golden("ganzoo_pggan_plain"), parameters("ganzoo_pggan_plain")
    content = {
        "config": {"equalizedlR": False, "lossCriterion": "DCGAN", "alpha": 0.3},
        "netG": {name: tensor * 2 for name, tensor in weights.items()},
        "netD": {"decisionLayer.module.weight": torch.ones(1, 2)},
        "avgG": weights,
        "tmp": {"scale": 2},
    }
    torch.save(content, tmp_path / "training.pt")
    with pytest.warns(UserWarning, match="does not state c_dim; 0 was assumed"):
        gan = ll.load_generator(tmp_path / "training.pt")
    assert gan.details["root"] == "avgG"
    assert_close(drawn(gan, data), data["out.image_lod03"])


def test_classes_of_several_attributes_are_told() -> None:
    weights = parameters("ganzoo_pggan")
    config = {
        "config/categoryVectorDim": 3,
        "config/attribKeysOrder/Gender/order": 0,
        "config/attribKeysOrder/Age/order": 1,
    }
    assert "one class of each of 2 attributes (Age, Gender)" in told(weights, config)
    assert opened(weights, config).spec.c_dim == 3


def test_a_dcgan_of_the_zoo_states_its_loss() -> None:
    """The loss decides on the tanh; classes in z are refused."""
    data, weights = golden("ganzoo_dcgan"), parameters("ganzoo_dcgan")
    assert told(weights) == ""
    bare = drawn(opened(weights, {"config/lossCriterion": "WGANGP"}), data)
    assert_close(bare.tanh(), data["out.image"])
    with pytest.raises(CheckpointError, match="last 4 numbers of z stand for classes"):
        opened(weights, {"config/categoryVectorDim": 4})


def test_blocks_that_were_never_trained_are_left_out() -> None:
    """The reference was built for 32 pixels and drawn at 16."""
    weights = parameters("rosinality_stylegan1")
    assert opened(weights).spec.img_size == (16, 16)
    assert "above 16 pixels were never trained" in told(weights)
    trained = {**weights, "generator.progression.3.noise1.weight_orig": torch.ones(1, 3, 1, 1)}
    assert opened(trained).spec.img_size == (32, 32)
    assert "never trained" not in told(trained)


@pytest.mark.parametrize("name", ["rosinality_stylegan1", "huangzh13_stylegan1"])
def test_the_level_of_detail_is_told_as_a_guess(name: str) -> None:
    weights = parameters(name)
    assert "does not state lod; 0 was assumed" in told(weights)
    assert "lod" not in told(weights, {"lod": 0})


def test_nvidias_converted_networks_are_finished() -> None:
    assert told(parameters("lernapparat_stylegan1")) == ""


def test_filters_that_differ_are_told() -> None:
    weights = parameters("lernapparat_stylegan1")
    name = "g_synthesis.blocks.8x8.conv0_up.intermediate.kernel"
    assert "filters of the file differ" in told({**weights, name: weights[name] * 2})
    every = {n: t * 2 if n.endswith("kernel") else t for n, t in weights.items()}
    assert told(every) == ""
    assert opened(every).network.synthesis.resample_filter.sum() == pytest.approx(2.0)


def test_files_without_a_filter_are_told() -> None:
    weights = parameters("huangzh13_stylegan1")
    without = {name: t for name, t in weights.items() if not name.endswith("kernel")}
    assert "no low-pass filter for its upsampling layers" in told(without)


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


def test_basicsrs_variant_is_told_unless_filters_are_stored() -> None:
    weights = parameters("basicsr_stylegan2")
    assert "bilinear StyleGAN2 has the same tensor names" in told(weights)
    plane = torch.outer(torch.tensor([1.0, 3, 3, 1]), torch.tensor([1.0, 3, 3, 1])) / 16
    kernels = {f"to_rgbs.{i}.upsample.kernel": plane for i in range(2)}
    kernels |= {f"style_convs.{2 * i}.modulated_conv.blur.kernel": plane for i in range(2)}
    assert told({**weights, **kernels}) == ""
    data = golden("basicsr_stylegan2")
    assert_close(drawn(opened({**weights, **kernels}), data), data["out.image_nonoise"])


def enlarged(weights: Weights, patterns: Mapping[str, int], count: int) -> Weights:
    """More blocks, each like the last; to a pattern with a number belongs that of the last."""
    result = dict(weights)
    for pattern, last in patterns.items():
        for name, tensor in weights.items():
            if pattern.format(last) in name:
                for number in range(last + 1, count):
                    result[name.replace(pattern.format(last), pattern.format(number))] = tensor
    return result


HOSTILE = {
    "rosinality_stylegan1": {"progression.{}.": 2, "to_rgb.{}.": 2},
    "huangzh13_stylegan1": {".blocks.{}.": 1, "to_rgb.{}.": 2},
    "ganzoo_stylegan1": {"scaleLayers.{}.": 1, "toRGBLayers.{}.": 1, "noiseModulators.{}.": 1},
}
"""Reference file to the patterns that number its blocks."""


@pytest.mark.parametrize("name", HOSTILE)
def test_twenty_doublings_are_refused_before_memory_is_used(name: str) -> None:
    weights = enlarged(parameters(name), HOSTILE[name], 20)
    with pytest.raises(CheckpointError, match=r"images of 8192 x 8192 pixels. Expected at most"):
        opened(weights)


@pytest.mark.parametrize("spelling", ["basicsr", "rosinality"])
def test_neither_are_noise_images_of_a_stylegan2_that_holds_none(spelling: str) -> None:
    weights = {n: t for n, t in parameters("basicsr_stylegan2").items() if "noises" not in n}
    for number in range(4, 40):
        for name in [name for name in weights if name.startswith("style_convs.2.")]:
            weights[name.replace("convs.2.", f"convs.{number}.")] = weights[name]
    if spelling == "rosinality":
        pairs = {"constant_input.weight": "input.input", "style_mlp.": "style."}
        pairs |= {"style_conv": "conv", "modulated_conv": "conv"}
        for theirs, ours in pairs.items():
            weights = {name.replace(theirs, ours): t for name, t in weights.items()}
    with pytest.raises(CheckpointError, match="images of 8192 x 8192 pixels"):
        opened(weights)


def test_a_constant_without_end_is_refused() -> None:
    weights = parameters("lernapparat_stylegan1")
    endless = torch.zeros(1, 1, 1, 1).expand(1, 5, 1 << 20, 1 << 20)
    with pytest.raises(CheckpointError, match="images of 1048576 x 1048576 pixels"):
        opened({**weights, "g_synthesis.blocks.4x4.const": endless})
