"""StyleGAN, StyleGAN2, PGGAN and DCGAN as public PyTorch code saves them.

The reference images are of that code with random weights. Where it draws noise anew for each image,
the references hold the noise that was used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import latent_levers as ll
import pytest
import torch
from golden import assert_close, golden, parameters
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.concepts.checkpoint import Checkpoint
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.files.recognition import recognise
from spellings import Weights, drawn, opened, with_noise
from torch import Tensor

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


@pytest.mark.parametrize("name", [name for name in DIALECTS if not name.endswith("128")])
def test_levers_are_those_of_autograd(name: str) -> None:
    """The linearisation knows the bias, the epsilon and the filter of each code base."""
    gan = opened(parameters(name))
    labels = 0 if gan.spec.c_dim else None
    codes = ll.sample_latents(gan, 1, truncation_psi=1.0, labels=labels)
    height, width = gan.spec.img_size
    region = ll.Region.box(0, 0, width // 2, height // 4, gan.spec.img_size)
    found = [
        ll.resefa(gan, codes, region, count=2, effort=ll.JacobianOptions(strategy)).eigenvalues
        for strategy in (None, "reverse")
    ]
    torch.testing.assert_close(*found, rtol=1e-3, atol=0)


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


@pytest.mark.parametrize("name", ["rosinality_stylegan1", "basicsr_stylegan2"])
def test_earlier_doubts_are_kept(name: str) -> None:
    """A doubt about the file as a whole is told beside those of the dialect."""
    checkpoint = Checkpoint(parameters(name), "x.pt", details={"warnings": ["An earlier doubt"]})
    warnings = recognise(checkpoint).details["warnings"]
    assert warnings[0] == "An earlier doubt"
    assert len(warnings) == 2
