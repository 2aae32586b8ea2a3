"""Each reference generator in the container that its own repository writes, by one door."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import latent_levers as ll
import pytest
import torch
from golden import arguments, assert_close, golden, parameters
from latent_levers.core.concepts.conditions import Conditions
from pickle_writer import write_nvlabs
from torch import Tensor


def in_genforce(name: str, folder: Path) -> Path:
    """`.pth`: the average beside the last generator and the discriminator."""
    weights = parameters(name)
    other = {key: torch.zeros_like(tensor) for key, tensor in weights.items()}
    judge = {"layer0.weight": torch.zeros(3, 3)}
    content = {"generator": other, "discriminator": judge, "generator_smooth": weights}
    return saved(content, folder / "network.pth")


def in_hammer(name: str, folder: Path) -> Path:
    """`.pth`: networks under `models`, beside the state of the run."""
    weights = parameters(name)
    other = {key: torch.zeros_like(tensor) for key, tensor in weights.items()}
    models = {"discriminator": {"a.weight": torch.zeros(2, 2)}, "generator": other}
    content = {"models": {**models, "generator_smooth": weights}, "running_metadata": {"iter": 7}}
    return saved(content, folder / "network.pth")


def in_rosinality(name: str, folder: Path) -> Path:
    """`.pt`: `g`, `d`, `g_ema` and the mean w beside them."""
    weights = parameters(name)
    other = {key: torch.zeros_like(tensor) for key, tensor in weights.items()}
    content = {"g": other, "d": {"convs.0.0.weight": torch.zeros(2, 2)}, "g_ema": weights}
    return saved({**content, "latent_avg": golden(name)["in.latent_avg"]}, folder / "network.pt")


def in_nvlabs(name: str, folder: Path) -> Path:
    """`.pkl`: persistent objects with source text in them."""
    path = folder / "network.pkl"
    return write_nvlabs(path, parameters(name), arguments(name), folder / "ran")


def in_huggingface(name: str, folder: Path) -> Path:
    """A folder with settings and weights."""
    (folder / "config.json").write_text(json.dumps(arguments(name)))
    saved(parameters(name), folder / "pytorch_model.bin")
    return folder


def saved(content: dict[str, Any], path: Path) -> Path:
    """A torch file."""
    torch.save(content, path)
    return path


WRITERS: dict[str, Callable[[str, Path], Path]] = {
    "genforce": in_genforce,
    "hammer": in_hammer,
    "rosinality": in_rosinality,
    "nvlabs": in_nvlabs,
    "biggan": in_huggingface,
}
"""First word of a reference file's name to its repository's container."""

ACTIVATIONS = ("relu", "linear", "swish", "sigmoid", "tanh", "elu", "selu", "softplus")
"""Activations that a pickle states in the arguments of its network."""

FILES = {
    "biggan_deep32": "biggan-deep",
    "genforce_pggan": "pggan",
    "genforce_stylegan": "stylegan1",
    "genforce_stylegan2": "stylegan2",
    "hammer_pggan": "pggan",
    "hammer_stylegan": "stylegan1",
    "hammer_stylegan2": "stylegan2",
    "hammer_stylegan2_cond": "stylegan2",
    "hammer_stylegan2_filters": "stylegan2",
    "hammer_stylegan2_resnet": "stylegan2",
    "hammer_stylegan3_t": "stylegan3",
    "nvlabs_stylegan2ada_cond": "stylegan2",
    **{f"nvlabs_stylegan2ada_{name}": "stylegan2" for name in ACTIVATIONS},
    "nvlabs_stylegan2ada_uncond": "stylegan2",
    "nvlabs_stylegan3_r": "stylegan3",
    "nvlabs_stylegan3_stylegan2": "stylegan2",
    "nvlabs_stylegan3_t": "stylegan3",
    "rosinality_stylegan2_uncond": "stylegan2",
}
"""Reference file to the architecture that it must be taken for."""


@pytest.fixture(params=FILES)
def case(
    request: pytest.FixtureRequest, tmp_path: Path
) -> tuple[str, ll.Generator, dict[str, Tensor]]:
    """Name, generator as loaded from its own container, reference tensors."""
    name = request.param
    path = WRITERS[name.split("_", maxsplit=1)[0]](name, tmp_path)
    gan = ll.load_generator(path)
    assert not (tmp_path / "ran").exists()
    return name, gan, golden(name)


def test_every_output_of_every_published_generator(
    case: tuple[str, ll.Generator, dict[str, Tensor]],
) -> None:
    """Plain, truncated, without noise, untransformed, with classes: all that there is."""
    name, gan, data = case
    assert gan.spec.architecture == FILES[name]
    z, labels = data["in.z"], data.get("in.label")

    def drawn(psi: float = 1.0, cutoff: int | None = None, noise_mode: str = "const") -> Tensor:
        codes = ll.map_latents(gan, z, labels, psi, cutoff)
        return ll.render(gan, codes, noise_mode)

    expected = {key: value for key, value in data.items() if key.startswith("out.image")}
    plain = float(data.get("in.truncation", 1.0))
    found = {
        "out.image": lambda: drawn(plain),
        "out.image_nonoise": lambda: drawn(noise_mode="none"),
        "out.image_psi07": lambda: drawn(0.7),
        "out.image_psi07_layers4": lambda: drawn(0.7, 4),
        "out.image_trunc037": lambda: drawn(0.37),
        "out.image_trunc100": lambda: drawn(1.0),
        "out.image_identity": lambda: untransformed(gan, z, labels),
    }
    assert set(expected) <= set(found)
    assert "out.image" in expected
    for key, image in expected.items():
        assert_close(found[key](), image)


def untransformed(gan: ll.Generator, z: Tensor, labels: Tensor | None) -> Tensor:
    """StyleGAN3 with the input where the identity puts it."""
    codes = ll.map_latents(gan, z, labels)
    conditions = Conditions(labels, transform=torch.eye(3))
    return gan.network.synthesize(gan.layer_codes(codes), conditions)
