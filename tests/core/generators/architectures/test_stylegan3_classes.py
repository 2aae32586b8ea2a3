"""Class tables and mean w per class, as StyleGAN-XL has them."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import latent_levers as ll
import pytest
import torch
from cases import CASES, tiny
from golden import assert_close, golden, parameters
from latent_levers.core.base.errors import CheckpointError, LatentError
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.files.loading import untrained
from latent_levers.core.generators.architectures.stylegan3.settings import StyleGAN3Settings
from latent_levers.core.generators.description import as_text, describe
from latent_levers.core.latents.class_interpolation import interpolate_classes
from latent_levers.core.latents.interpolation import blend
from latent_levers.core.latents.truncation import average_latent, truncate
from pickle_writer import write_nvlabs
from stylegan_xl_files import loaded


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


@pytest.mark.parametrize("classes", [10, 0])
def test_snapshots_around_a_network_of_usual_sizes(classes: int, tmp_path: Path) -> None:
    """A table as wide as one of EfficientNet, used with classes and without them left alone."""
    settings = StyleGAN3Settings(16, 32, 32, (16,) * 6)
    tensors = dict(untrained("stylegan3", settings).network.state_dict())
    del tensors["mapping.w_avg"]
    words = {"z_dim": 16, "w_dim": 32, "c_dim": classes, "img_resolution": 32}
    tensors["mapping.embed.weight"] = torch.randn(1000, 320)
    if classes:
        tensors |= {
            "mapping.embed_proj.weight": torch.randn(16, 320),
            "mapping.embed_proj.bias": torch.randn(16),
            "mapping.fc0.weight": torch.randn(32, 32),
            "mapping.w_avg": torch.randn(10, 32),
        }
    path = write_nvlabs(tmp_path / "xl.pkl", tensors, words, tmp_path / "ran")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gan = ll.load_generator(path)
    assert (gan.spec.c_dim, gan.spec.z_dim, gan.spec.num_ws) == (classes, 16, 8)
    codes = ll.sample_latents(gan, 2, labels=[9, 3] if classes else None)
    assert ll.render(gan, codes).std() > 1e-3
    assert not (tmp_path / "ran").exists()
    with pytest.raises(LatentError, match="No label|Labels were given"):
        ll.sample_latents(gan, 1, labels=None if classes else 1)


def test_false_numbers_of_classes_are_refused() -> None:
    tensors = parameters("stylegan_xl")
    for stated in (10**18, float("inf"), float("nan"), -1, "many"):
        with pytest.raises(CheckpointError):
            loaded(tensors, c_dim=stated)
    for name, false in (
        ("mapping.w_avg", torch.zeros(10**6, 9)),
        ("mapping.w_avg", torch.zeros(0, 9)),
        ("mapping.embed.weight", torch.zeros(7)),
        ("mapping.embed.weight", torch.zeros(2, 7)),
        ("mapping.embed_proj.weight", torch.zeros(6, 8)),
        ("mapping.embed_proj.weight", torch.zeros(10**5, 7)),
        ("mapping.embed_proj.bias", torch.zeros(7)),
    ):
        with pytest.raises(CheckpointError):
            loaded({**tensors, name: false})
