"""Settings that a file states or lacks: used, told, or refused; never guessed in silence."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from cases import CASES, tiny
from golden import parameters
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.concepts.checkpoint import Blueprint, Checkpoint
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.region import Region
from latent_levers.core.files.loading import assemble, load_generator, untrained
from latent_levers.core.files.recognition import recognise
from latent_levers.core.files.writing import save_generator
from latent_levers.core.generators.rendering import render
from latent_levers.core.jacobians.options import JacobianOptions
from latent_levers.core.latents.sampling import sample_latents
from latent_levers.core.levers.factorization import resefa
from latent_levers.core.pictures.images import to_bytes
from torch import Tensor

SETTINGS: Any = replace(CASES["stylegan2-skip"][1], z_dim=CASES["stylegan2-skip"][1].w_dim)


def state(**changes: Any) -> dict[str, Tensor]:
    """Weights of a tiny StyleGAN2 without its settings."""
    network = untrained("stylegan2", replace(SETTINGS, **changes)).network
    return dict(network.state_dict())


def loaded(tensors: dict[str, Tensor], **options: Any) -> Generator:
    """A generator of tensors, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return assemble(recognise(Checkpoint(tensors, "file.pt")), options=options)


def test_an_unknown_activation_is_refused() -> None:
    for name in ("activation", "mapping_kwargs.activation"):
        with pytest.raises(
            CheckpointError, match="Unknown activation 'gelu'.*one of lrelu, linear"
        ):
            assemble(Blueprint("stylegan2", state(), {name: "gelu"}))
    for stated in ("lrelu", "fused_lrelu", None):
        blueprint = Blueprint("stylegan2", state(), {"activation": stated})
        assert assemble(blueprint).network.settings.activation == "lrelu"


def test_activations_survive_our_own_file(tmp_path: Path) -> None:
    settings = replace(SETTINGS, activation="swish", mapping_activation="relu")
    gan = untrained("stylegan2", settings)
    again = load_generator(save_generator(gan, tmp_path / "swish.safetensors"))
    codes = sample_latents(gan, 1)
    assert torch.equal(render(again, codes), render(gan, codes))
    plain = load_generator(tmp_path / "swish.safetensors", activation="lrelu")
    assert not torch.allclose(render(plain, codes), render(gan, codes), atol=1e-3)


def test_levers_of_another_activation() -> None:
    """By forward mode; the hand-made linearisation is of the leaky rectifier."""
    gan = untrained("stylegan2", replace(SETTINGS, activation="swish"))
    codes = sample_latents(gan, 1)
    region = Region.box(1, 2, 3, 2, gan.spec.img_size)
    found = [
        resefa(gan, codes, region, count=2, effort=JacobianOptions(strategy)).eigenvalues
        for strategy in (None, "reverse")
    ]
    torch.testing.assert_close(*found, rtol=1e-3, atol=0)


def test_an_export_without_its_class_embedding_is_refused() -> None:
    w_dim = SETTINGS.w_dim
    tensors = state(z_dim=2 * w_dim)
    with pytest.raises(CheckpointError, match="no class embedding.*give c_dim=0"):
        loaded(tensors)
    assert loaded(tensors, c_dim=0).spec.z_dim == 2 * w_dim
    with pytest.raises(CheckpointError, match="stated as 3, and the file embeds no classes"):
        loaded(tensors, c_dim=3)


def test_more_numbers_than_w_are_told() -> None:
    with pytest.warns(UserWarning, match="z has 6 numbers, more than w .5.*c_dim=0"):
        assemble(recognise(Checkpoint(state(z_dim=6), "file.pt")))


def test_a_class_table_that_is_not_used() -> None:
    tensors = {**state(), "mapping.embed.weight": torch.randn(7, 3)}
    found = loaded(tensors, c_dim=0)
    assert (found.spec.c_dim, found.spec.z_dim) == (0, SETTINGS.z_dim)
    assert loaded(dict(tiny("stylegan2-conditional").network.state_dict())).spec.c_dim > 0


@pytest.mark.parametrize(("channels", "words"), [(2, "first is shown in grey"), (5, "first three")])
def test_channels_that_are_not_shown_are_told(channels: int, words: str) -> None:
    with pytest.warns(UserWarning, match=f"draws {channels} channels; the {words}"):
        found = assemble(recognise(Checkpoint(state(img_channels=channels), "file.pt")))
    assert words in found.details["warnings"][0]
    images = render(found, sample_latents(found, 1))
    pictures = to_bytes(images, alpha=True)
    assert pictures.shape[3] == 3
    expected = to_bytes(images[:, :3] if channels > 2 else images[:, :1])
    assert torch.equal(pictures, expected)


def test_a_fourth_channel_is_opacity() -> None:
    found = loaded(state(img_channels=4))
    images = render(found, sample_latents(found, 1))
    pictures = to_bytes(images, alpha=True)
    assert torch.equal(pictures[..., :3], to_bytes(images))
    assert torch.equal(pictures[..., 3], to_bytes(images[:, 3:])[..., 0])


@pytest.mark.parametrize("name", ["genforce_stylegan", "hammer_stylegan"])
def test_a_guess_is_told_with_its_option(name: str) -> None:
    checkpoint = Checkpoint(parameters(name), "file.pth", config={"c_dim": 0})
    with pytest.warns(UserWarning, match="does not state fused_scale; auto was assumed"):
        assemble(recognise(checkpoint))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assemble(recognise(checkpoint), options={"fused_scale": "auto"})
        assemble(recognise(replace(checkpoint, config={"c_dim": 0, "fused_scale": "auto"})))


def test_a_mean_that_was_computed_is_told() -> None:
    tensors = state()
    del tensors["mapping.w_avg"]
    assert "computed over 10,000 seeds" in loaded(tensors).details["mean_w"]
    assert "mean_w" not in loaded(state()).details
