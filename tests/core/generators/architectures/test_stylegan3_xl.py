"""StyleGAN-XL against its published code: images, superresolution, levers."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace
from pathlib import Path

import latent_levers as ll
import pytest
import torch
from cases import CASES
from golden import assert_close, golden, parameters, write_generator
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.concepts.checkpoint import Checkpoint
from latent_levers.core.concepts.conditions import Conditions
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.region import Region
from latent_levers.core.files.loading import assemble, untrained
from latent_levers.core.files.recognition import recognise
from latent_levers.core.jacobians.options import JacobianOptions
from latent_levers.core.levers.factorization import resefa, sefa
from oracles import PlainLinearisation
from stylegan_xl_files import STYLEGAN_XL, loaded, write_stylegan_xl

STAGED = [name for name, kind in STYLEGAN_XL.items() if kind == "SuperresGenerator"]
"""References with superresolution."""


def opened(name: str, folder: Path) -> Generator:
    """A reference from a snapshot."""
    return ll.load_generator(write_stylegan_xl(name, folder / "snapshot.pkl", folder / "ran"))


def assert_published(gan: Generator, name: str) -> None:
    """Mapping, truncation and images as the public code gives them."""
    data = golden(name)
    z, labels = data["in.z"], data.get("in.label")
    codes = ll.map_latents(gan, z, labels)
    assert_close(codes.values[:, 0], data["mid.ws"][:, 0])
    assert_close(ll.render(gan, codes), data["out.image"])
    truncated = ll.map_latents(gan, z, labels, truncation_psi=0.7)
    assert_close(ll.render(gan, truncated), data["out.image_psi07"])
    assert_close(ll.map_latents(gan, z, labels, 0.5, 3).values, data["mid.ws_psi05_cutoff3"])


@pytest.mark.parametrize("name", STYLEGAN_XL)
def test_images_of_a_snapshot_equal_the_published_ones(name: str, tmp_path: Path) -> None:
    """Read without running anything, closures of the discriminator among it, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gan = opened(name, tmp_path)
    assert_published(gan, name)
    assert gan.details["container"] == "nvlabs-pickle"
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", STYLEGAN_XL)
def test_images_of_bare_weights_and_of_our_own_file(name: str, tmp_path: Path) -> None:
    """Names and shapes tell all, without a warning; the file that the pack writes has the same."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gan = ll.load_generator(write_generator(name, tmp_path))
        again = ll.load_generator(ll.save_generator(gan, tmp_path / "ours.safetensors"))
    assert_published(gan, name)
    assert_published(again, name)
    assert again.network.settings == gan.network.settings  # type: ignore[attr-defined]


def test_bounds_on_features_may_differ_between_stages(tmp_path: Path) -> None:
    """A stage trained without a bound below stages that have one; our own file keeps them."""
    tensors = parameters("stylegan_xl_superres")
    layers = {m[1] for m in map(re.compile(r"synthesis\.(L\d+_\d+_\d+)\.").match, tensors) if m}
    bounds = {f"{layer}.conv_clamp": None if int(layer[1:].split("_")[0]) < 4 else 0.5
              for layer in layers}  # fmt: skip
    gan = assemble(recognise(Checkpoint(tensors, "file.pt", config=bounds)))
    assert gan.network.settings.conv_clamp == (None,) * 4 + (0.5,) * 6  # type: ignore[attr-defined]
    codes = ll.sample_latents(gan, 1, labels=1)
    images = {key: ll.render(loaded(tensors, conv_clamp=key), codes) for key in (None, 0.5)}
    image = ll.render(gan, codes)
    assert all((image - other).abs().max() > 1e-3 for other in images.values())
    again = ll.load_generator(ll.save_generator(gan, tmp_path / "ours.safetensors"))
    assert_close(ll.render(again, codes), image)
    with pytest.raises(CheckpointError, match="one number for all, or one for each"):
        loaded(tensors, conv_clamp=(1.0, 2.0))


def test_layers_keep_their_names() -> None:
    """The number that superresolution skips is skipped here, too."""
    spec = loaded(parameters("stylegan_xl_superres")).spec
    assert [layer.name for layer in spec.layers] == [
        "input", "L0_36_8", "L1_36_8", "L2_36_8", "L3_36_8", "L5_36_8", "L6_52_8", "L7_52_8",
        "L8_52_8", "L9_32_8", "L10_32_3",
    ]  # fmt: skip
    assert (spec.c_dim, spec.z_dim, spec.w_dim, spec.img_size) == (3, 6, 9, (32, 32))


@pytest.mark.parametrize("name", STYLEGAN_XL)
def test_a_layer_that_is_missing_is_no_stage(name: str) -> None:
    """A number may be skipped where superresolution begins, and nowhere else."""
    tensors = parameters(name)
    layers = {match[1] for match in map(re.compile(r"synthesis\.(L\d+_\d+_\d+)\.").match, tensors)
              if match}  # fmt: skip
    assert len(layers) > 5
    for layer in layers:
        rest = {key: value for key, value in tensors.items() if f".{layer}." not in key}
        with pytest.raises(CheckpointError):
            loaded(rest)


@pytest.mark.parametrize("name", STAGED)
def test_filters_of_a_stage_are_needed(name: str) -> None:
    tensors = parameters(name)
    filters = [key for key in tensors if key.endswith("_filter")]
    assert len(filters) > 10
    for key in filters:
        with pytest.raises(CheckpointError, match=r"lacks the filter|without a gap"):
            loaded({other: value for other, value in tensors.items() if other != key})
    with pytest.raises(CheckpointError):
        loaded({key: value for key, value in tensors.items() if key not in filters})


def test_sizes_off_the_plan_need_filters() -> None:
    """A network of one stage whose sizes are its own."""
    settings = replace(CASES["stylegan3-t"][1], img_resolution=16, sizes=(14, 14, 16))
    tensors = dict(untrained("stylegan3", settings).network.state_dict())
    assert loaded(tensors, margin_size=3, c_dim=0).spec.layers[1].resolution == 14
    bare = {key: value for key, value in tensors.items() if not key.endswith("_filter")}
    with pytest.raises(CheckpointError, match="do not follow the plan of StyleGAN3"):
        loaded(bare, margin_size=3, c_dim=0)


@pytest.mark.parametrize("name", STAGED)
def test_the_linearisation_of_stages_equals_forward_mode(name: str) -> None:
    """Every column, in float32."""
    gan = loaded(parameters(name))
    code = ll.sample_latents(gan, 1, seed=4, labels=1 if gan.spec.c_dim else None)
    expected = PlainLinearisation(gan, code).jacobian
    point = gan.style_codes(code).detach()
    found = gan.linearise(point, Conditions(code.labels), torch.float32)
    assert found is not None
    columns = found.push(torch.eye(point.shape[1]))
    assert (columns - expected).abs().max() < 1e-4 * expected.abs().max()


@pytest.mark.parametrize("name", STAGED)
def test_levers_of_a_region(name: str) -> None:
    """ReSeFa's eigenvalues, linearised and by forward mode, and a lever that moves its region."""
    gan = loaded(parameters(name))
    codes = ll.sample_latents(gan, 1, seed=4, labels=1 if gan.spec.c_dim else None)
    region = Region.box(4, 4, 12, 10, gan.spec.img_size)
    levers, others = (
        resefa(gan, codes, region, count=3, effort=JacobianOptions(strategy))
        for strategy in ("linearised", "forward")
    )
    torch.testing.assert_close(levers.eigenvalues, others.eigenvalues, rtol=1e-3, atol=0)
    change = (ll.render(gan, ll.edit(codes, levers, 0, 0.01)) - ll.render(gan, codes)).square()
    inside = region.weights[0] > 0
    assert change[..., inside].mean() > change[..., ~inside].mean()


def test_levers_of_weights_move_the_image() -> None:
    gan = loaded(parameters("stylegan_xl_superres"))
    levers = sefa(gan, count=2)
    assert levers.vectors.shape == (2, 9)
    codes = ll.sample_latents(gan, 1, labels=0)
    moved = ll.edit(codes, levers, 0, 3.0)
    assert (ll.render(gan, moved) - ll.render(gan, codes)).abs().max() > 1e-3
