"""PGGAN, StyleGAN and StyleGAN2 from pickles of the TensorFlow era.

The reference numbers were made by NVIDIA's own network functions under TensorFlow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import latent_levers as ll
import pytest
import torch
from cases import PGGAN, STYLEGAN1, STYLEGAN2
from golden import arguments, assert_close, golden, parameters
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.concepts.checkpoint import Blueprint, Checkpoint
from latent_levers.core.files.loading import assemble, stated_options
from latent_levers.core.files.recognition import recognise
from latent_levers.core.generators.architectures.pggan.settings import PGGANSettings
from older_spellings import (
    random_state,
    tensorflow_pggan,
    tensorflow_stylegan,
    tensorflow_stylegan2,
)
from pickle_writer import tensorflow_network, write_tensorflow
from torch import Tensor

REFERENCES = (
    "tensorflow_pggan",
    "tensorflow_pggan_fused",
    "tensorflow_pggan_growing",
    "tensorflow_stylegan",
    "tensorflow_stylegan_cond",
    "tensorflow_stylegan_growing",
    "tensorflow_stylegan2",
    "tensorflow_stylegan2_cond",
    "tensorflow_stylegan2_orig",
    "tensorflow_stylegan2_resnet",
    "tensorflow_stylegan2_revised",
    "tensorflow_stylegan2ada_cond",
)
FOLDERS = ("mapping", "synthesis")


def pickled(tensors: Mapping[str, Tensor], given: Mapping[str, Any], folder: Path) -> Path:
    """A snapshot (G, D, Gs) as NVIDIA's code leaves it, sub-networks as components.

    Scalars are numpy scalars, as a session returns them.
    """
    arrays = {name: tensor.numpy()[()] for name, tensor in tensors.items()}
    marker = folder / "marker"
    inner = {
        part: tensorflow_network(
            {n.removeprefix(f"{part}/"): a for n, a in arrays.items() if n.startswith(f"{part}/")},
            marker,
            given,
        )
        for part in FOLDERS
    }
    own = {n: a for n, a in arrays.items() if n.split("/")[0] not in FOLDERS}
    old = not any(name.startswith("mapping/") for name in arrays)
    generator = tensorflow_network(
        own, marker, given, {} if old else inner, version=2 if old else 4
    )
    critic = tensorflow_network({"4x4/Dense0/weight": arrays["lod"]}, marker, {})
    return write_tensorflow(folder / "snapshot.pkl", (critic, critic, generator))


@pytest.mark.parametrize("name", REFERENCES)
@pytest.mark.filterwarnings("ignore:The training was still growing")
def test_images_equal_the_published_ones(name: str, tmp_path: Path) -> None:
    """Mapping, noise, no noise, truncation of all layers and of four."""
    data, labels = golden(name), golden(name).get("in.label")
    gan = ll.load_generator(pickled(parameters(name), arguments(name), tmp_path))
    codes = ll.map_latents(gan, data["in.z"], labels)
    assert_close(ll.render(gan, codes), data["out.image"])
    if "mid.w" not in data:
        assert gan.spec.architecture == "pggan"
        return
    assert_close(codes.values[:, 0], data["mid.w"])
    assert_close(ll.render(gan, codes, noise_mode="none"), data["out.image_nonoise"])
    truncated = ll.map_latents(gan, data["in.z"], labels, 0.7)
    assert_close(ll.render(gan, truncated), data["out.image_psi07"])
    four = ll.map_latents(gan, data["in.z"], labels, 0.7, 4)
    assert_close(ll.render(gan, four), data["out.image_psi07_layers4"])


def test_fused_scale_begins_at_128_pixels() -> None:
    """A whole 128 px StyleGAN with fused_scale "auto"; a sixteenth of its pixels is compared."""
    name = "tensorflow_stylegan_128"
    data, tensors = golden(name), parameters(name)
    tensors |= {
        f"synthesis/noise{i}": torch.zeros(1, 1, 4 << i // 2, 4 << i // 2) for i in range(12)
    }
    gan = assemble(recognise(Checkpoint(tensors, "x.pkl", config=arguments(name))))
    codes = ll.map_latents(gan, data["in.z"])
    assert_close(codes.values[:, 0], data["mid.w"])
    assert_close(ll.render(gan, codes)[..., ::4, ::4], data["out.image_nonoise"])


SIZES: dict[str, tuple[str, Any]] = {
    **{name: ("pggan", settings) for name, settings in PGGAN.items()},
    "pggan-large": ("pggan", PGGANSettings(z_dim=3, channels={4: 6, 8: 5, 16: 3, 32: 2})),
    **{name: ("stylegan1", settings) for name, settings in STYLEGAN1.items()},
    "stylegan1-large": (
        "stylegan1",
        replace(
            STYLEGAN1["stylegan1"], channels={4: 6, 8: 5, 16: 5, 32: 3}, mapping_widths=(5,) * 9
        ),
    ),
    **{
        f"stylegan2-{name}": ("stylegan2", settings)
        for name, settings in STYLEGAN2.items()
        if name != "taps"  # these files hold no filters; others than the common one are refused
    },
}


@pytest.mark.parametrize("name", SIZES)
def test_other_sizes_depths_and_classes(name: str) -> None:
    """Weights written in this spelling give the same image."""
    architecture, settings = SIZES[name]
    state = random_state(architecture, settings)
    stated = stated_options(architecture, settings)
    config: dict[str, Any] = {"label_size": settings.c_dim}
    if architecture == "pggan":
        stated["normalize_z_first"] = False
        tensors = tensorflow_pggan(state, settings.fused_scale)
    elif architecture == "stylegan1":
        tensors = tensorflow_stylegan(state)
        config |= {"mapping_lrmul": settings.lr_multiplier, "fused_scale": settings.fused_scale}
    else:
        tensors = tensorflow_stylegan2(state)
    expected = assemble(Blueprint(architecture, state, stated))
    found = assemble(
        recognise(
            Checkpoint(
                {f"Gs.{n}": t for n, t in tensors.items()},
                "x.pkl",
                config={f"Gs.{n}": value for n, value in config.items()},
            )
        )
    )
    assert replace(found.spec, fingerprint="") == replace(expected.spec, fingerprint="")
    codes = ll.sample_latents(found, 2, seed=4, labels=1 if settings.c_dim else None)
    torch.testing.assert_close(
        ll.render(found, codes), ll.render(expected, codes), atol=1e-5, rtol=1e-5
    )


def test_filter_of_stylegan_is_an_argument() -> None:
    """Another row of taps, or none, is honoured."""
    name = "tensorflow_stylegan"
    data = golden(name)

    def image(**changed: Any) -> Tensor:
        config = {**arguments(name), **changed}
        gan = assemble(recognise(Checkpoint(parameters(name), "x.pkl", config=config)))
        return ll.render(gan, ll.map_latents(gan, data["in.z"]))

    assert_close(image(blur_filter=[1, 2, 1]), data["out.image"])
    for other in (None, [1, 1], [1, 4, 6, 4, 1]):
        assert (image(blur_filter=other) - data["out.image"]).abs().max() > 1e-2


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("tensorflow_pggan", {"use_wscale": False}),
        ("tensorflow_stylegan", {"use_instance_norm": False}),
        ("tensorflow_stylegan2", {"resample_kernel": [1, 1]}),
    ],
)
def test_variants_that_are_not_read_are_refused(name: str, argument: dict[str, Any]) -> None:
    """Rather than drawn wrongly."""
    config = {**arguments(name), **argument}
    with pytest.raises(CheckpointError, match=f"built with {next(iter(argument))}=.*not supported"):
        recognise(Checkpoint(parameters(name), "x.pkl", config=config))


@pytest.mark.parametrize(
    ("name", "argument", "words"),
    [
        ("tensorflow_pggan", {"label_size": "many"}, "c_dim is stated as 'many'.*a number"),
        ("tensorflow_pggan", {"label_size": 10}, "10 classes were stated for a first layer of 10"),
        (
            "tensorflow_stylegan",
            {"mapping_lrmul": float("nan")},
            "lr_multiplier is stated as 'nan'",
        ),
        ("tensorflow_stylegan", {"mapping_lrmul": 0}, "lr_multiplier is 0"),
        ("tensorflow_stylegan", {"blur_filter": [1] * 10**6}, "blur_filter is stated as"),
        ("tensorflow_stylegan", {"blur_filter": "soft"}, "blur_filter is stated as soft"),
        ("tensorflow_stylegan", {"fused_scale": [1]}, r"fused_scale \[1\] was given"),
    ],
)
def test_arguments_that_make_no_sense(name: str, argument: dict[str, Any], words: str) -> None:
    """A file is never trusted to state numbers."""
    config = {**arguments(name), **argument}
    with pytest.raises(CheckpointError, match=words):
        assemble(recognise(Checkpoint(parameters(name), "x.pkl", config=config)))


@pytest.mark.parametrize("name", ["tensorflow_pggan", "tensorflow_stylegan2_revised"])
def test_levels_of_detail_that_make_no_sense(name: str) -> None:
    """One number, finite."""
    for lod, words in ((torch.zeros(2), r"lod is \[2\]"), (torch.tensor(torch.nan), "'nan'")):
        tensors = {**parameters(name), "lod": lod}
        with pytest.raises(CheckpointError, match=words):
            recognise(Checkpoint(tensors, "x.pkl", config=arguments(name)))


def test_stylegan2_that_was_growing_is_refused() -> None:
    """Configs B to D grow; only finished ones are read."""
    name = "tensorflow_stylegan2_revised"
    tensors = {**parameters(name), "lod": torch.tensor(2.0)}
    with pytest.raises(CheckpointError, match=r"still growing \(lod 2\).*a finished one"):
        recognise(Checkpoint(tensors, "x.pkl", config=arguments(name)))
