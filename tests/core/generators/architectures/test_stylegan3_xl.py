"""StyleGAN-XL against its published code: classes, superresolution, truncation, levers."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import latent_levers as ll
import pytest
import torch
from cases import CASES, tiny
from golden import assert_close, golden, parameters, write_generator
from latent_levers.core.base.errors import CheckpointError, LatentError
from latent_levers.core.concepts.checkpoint import Checkpoint
from latent_levers.core.concepts.conditions import Conditions
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.concepts.region import Region
from latent_levers.core.files.loading import assemble, untrained
from latent_levers.core.files.recognition import recognise
from latent_levers.core.generators.description import as_text, describe
from latent_levers.core.jacobians.options import JacobianOptions
from latent_levers.core.latents.class_interpolation import interpolate_classes
from latent_levers.core.latents.interpolation import blend
from latent_levers.core.latents.truncation import average_latent, truncate
from latent_levers.core.levers.factorization import resefa, sefa
from oracles import PlainLinearisation
from stylegan_xl_files import STYLEGAN_XL, write_stylegan_xl
from torch import Tensor

STAGED = [name for name, kind in STYLEGAN_XL.items() if kind == "SuperresGenerator"]
"""References with superresolution."""


def loaded(tensors: dict[str, Tensor], **options: Any) -> Generator:
    """A generator of tensors without a pickle around them, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return assemble(recognise(Checkpoint(tensors, "file.pt")), options=options)


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


def test_truncation_is_towards_the_mean_of_the_class() -> None:
    gan = loaded(parameters("stylegan_xl"))
    means = parameters("stylegan_xl")["mapping.w_avg"]
    codes = ll.sample_latents(gan, 3, labels=[2, 0, 1], truncation_psi=1.0)
    for still in (
        truncate(gan, codes, 0.0),
        average_latent(gan, [2, 0, 1]),
        ll.sample_latents(gan, 3, labels=[2, 0, 1], truncation_psi=0.0),
    ):
        torch.testing.assert_close(still.values[:, 0], means[[2, 0, 1]])
    half = truncate(gan, codes, 0.5, layers=(0, 1))
    assert half.space is LatentSpace.W_PLUS
    torch.testing.assert_close(half.values[:, 1], (codes.values[:, 0] + means[[2, 0, 1]]) / 2)
    torch.testing.assert_close(half.values[:, 2], codes.values[:, 0])
    assert gan.details["mean_w"].startswith("one for each class")
    assert "one for each class" in as_text(describe(gan))


def test_mixed_classes_have_a_mixed_mean() -> None:
    gan = loaded(parameters("stylegan_xl"))
    means = parameters("stylegan_xl")["mapping.w_avg"]
    still = ll.sample_latents(gan, 1, labels=0, truncation_psi=0.0, space="Z")
    middle = interpolate_classes(gan, still, 0, 2, [0.25])
    torch.testing.assert_close(gan.layer_codes(middle)[0, 0], means[0].lerp(means[2], 0.25))
    first, second = (ll.sample_latents(gan, 1, seed, labels=seed) for seed in (0, 2))
    ends = blend(gan, first, second, [0.0, 1.0], "spherical")
    torch.testing.assert_close(ends.values[0], first.values[0], rtol=0, atol=1e-5)
    torch.testing.assert_close(ends.values[1], second.values[0], rtol=0, atol=1e-5)


def test_codes_without_a_class_have_no_mean() -> None:
    """They are drawn as they are, and not truncated towards a class that nobody chose."""
    gan = loaded(parameters("stylegan_xl"))
    codes = replace(ll.sample_latents(gan, 2, labels=1), labels=None)
    assert ll.render(gan, codes).shape == (2, 3, 16, 16)
    with pytest.raises(LatentError, match="one for each of its 3 classes"):
        truncate(gan, codes, 0.5)


def test_a_class_table_says_how_many_classes_there_are() -> None:
    """By the means, by what is stated, and by its rows with a warning."""
    tensors = parameters("stylegan_xl")
    one = {**tensors, "mapping.w_avg": tensors["mapping.w_avg"][0]}
    with pytest.raises(UserWarning, match="all 5 rows of its class table"):
        loaded(one)
    gan = loaded(one, c_dim=3)
    codes = ll.map_latents(gan, golden("stylegan_xl")["in.z"], golden("stylegan_xl")["in.label"])
    assert_close(ll.render(gan, codes), golden("stylegan_xl")["out.image"])
    assert_close(average_latent(gan, 1).values[0, 0], average_latent(gan, [1]).values[0, 0])
    for options, words in (
        ({"c_dim": 9}, "5 rows for 9 classes"),
        ({"c_dim": 4}, "a mean w for 3 classes and embeds 4"),
        ({"c_dim": 0}, "a mean w for 3 classes and embeds none"),
    ):
        with pytest.raises(CheckpointError, match=words):
            loaded(tensors, **options)
    with pytest.raises(CheckpointError, match="fit no layer of StyleGAN3: mapping.embed_proj"):
        loaded(one, c_dim=0)


def test_a_conditional_file_that_lost_a_part_is_refused() -> None:
    tensors = parameters("stylegan_xl")
    for lost in ("mapping.embed_proj.", "mapping.embed.", "mapping.embed"):
        rest = {key: value for key, value in tensors.items() if not key.startswith(lost)}
        with pytest.raises(CheckpointError, match="a mean w for 3 classes and embeds (none|7)"):
            loaded(rest)


def test_an_unused_class_table(tmp_path: Path) -> None:
    """Unconditional files hold the table of the embedding, too; no image depends on it."""
    tensors = parameters("stylegan_xl_unconditional")
    with_table = loaded({**tensors, "mapping.embed.weight": torch.randn(1000, 20)})
    without = loaded({k: v for k, v in tensors.items() if k != "mapping.embed.weight"})
    assert with_table.spec == without.spec
    assert (with_table.spec.c_dim, with_table.spec.z_dim) == (0, 6)
    # A table that a layer might read is not passed over.
    with pytest.raises(CheckpointError):
        loaded({**tensors, "mapping.embed.weight": torch.randn(2, 20)})


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


def test_the_table_in_a_stylegan2() -> None:
    """The same mapping network before the synthesis network of StyleGAN2."""
    settings = replace(CASES["stylegan2-conditional"][1], class_table=(7, 8), embed_features=6)
    gan = untrained("stylegan2", settings)
    tensors = dict(gan.network.state_dict())
    tensors["mapping.w_avg"] = torch.randn(3, settings.w_dim)
    again = loaded(tensors, c_dim=3)
    assert again.network.settings == replace(settings, class_means=True)
    codes = ll.sample_latents(again, 1, labels=2, truncation_psi=1.0)
    same = ll.sample_latents(gan, 1, labels=2, truncation_psi=1.0)
    torch.testing.assert_close(ll.render(again, codes), ll.render(gan, same))
    torch.testing.assert_close(average_latent(again, 1).values[0, 0], tensors["mapping.w_avg"][1])


def test_only_the_first_rows_of_a_table_are_classes() -> None:
    """A row beyond the last class changes no image; the row of the class does."""
    gan = tiny("stylegan3-xl")
    tensors = {**gan.network.state_dict(), "mapping.w_avg": torch.zeros(3, 5)}
    options = {"num_critical": 1, "margin_size": 3, "output_scale": 1.0}
    codes = ll.sample_latents(gan, 1, labels=1, truncation_psi=1.0, space="Z")
    for row, same in ((4, True), (1, False)):
        changed = tensors["mapping.embed.weight"].clone()
        changed[row] += 1
        other = loaded({**tensors, "mapping.embed.weight": changed}, **options)
        images = [ll.render(g, replace(codes, origin=None)) for g in (gan, other)]
        assert torch.allclose(*images, atol=1e-6) is same
