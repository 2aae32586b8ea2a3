"""A generator grown by one block begins as the smaller one, and changes in that block alone."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import latent_levers as ll
import pytest
import torch
from torch.nn import functional as F

from core.generators.architectures.stylegan2.network import StyleGAN2
from core.generators.layers.convolution.resampling import upsample
from training import adversary, enlarger, export, growth, sampling, train_gan
from training.card import images_judged
from training.dataset import PortraitCache, cache_folder, render_cache
from training.evaluate import drift, load_generator
from training.evaluation import laplacian_energy
from training.portraits import render, sample_attributes
from training.settings import TrainingSettings

SMALL = TrainingSettings(
    z_dim=8,
    w_dim=8,
    mapping_layers=2,
    generator_channels=(8, 8, 8, 8),
    discriminator_channels=(8, 8, 8),
    batch=4,
)
LARGE = replace(
    SMALL,
    generator_channels=(8, 8, 8, 8, 6),
    discriminator_channels=(8, 8, 8, 8),
    r1_interval=2,
    moment_weight=0.0,
    grown=1,
    consistency_weight=30.0,
    taught_images=4,
    enlarger_weight=2.0,
    detail_weight=1.0,
)


@pytest.fixture(scope="module")
def portraits() -> PortraitCache:
    """A few renders in memory."""
    attributes = sample_attributes(8, 0)
    return PortraitCache(render(attributes), attributes)


@pytest.fixture
def small() -> StyleGAN2:
    """An untrained generator of 32 px."""
    return adversary.Adversary(SMALL).average


def test_a_grown_generator_begins_as_the_smaller_one_enlarged(small: StyleGAN2) -> None:
    """The new block adds nothing at first."""
    grown = growth.grow(small, 6)
    before, after = (sampling.draw_seeds(network, range(4)) for network in (small, grown))
    kernel = grown.synthesis.block(64).resample_filter
    torch.testing.assert_close(after, upsample(before, kernel), rtol=1e-5, atol=1e-6)
    assert grown.spec().num_ws == small.spec().num_ws + 2


def test_a_residual_generator_cannot_grow(small: StyleGAN2) -> None:
    """Its images are not summed over resolutions; the message says so."""
    residual = StyleGAN2(replace(small.settings, architecture="resnet"))
    with pytest.raises(ValueError, match="'resnet' was found, expected 'skip'"):
        growth.grow(residual, 6)


def test_only_the_last_block_learns(
    tmp_path: Path, portraits: PortraitCache, small: StyleGAN2
) -> None:
    """A lesson, a duel, a checkpoint and another duel; resumed, it is the same run."""
    teacher = enlarger.Enlarger(4, 1).eval().requires_grad_(False)
    state = growth.GrowingAdversary(LARGE, small=small, enlarger=teacher)
    lesson = state.step(portraits)
    assert {"consistency", "enlarger", "detail"} == set(lesson)
    train_gan.train(state, portraits, tmp_path, images=8, minutes=1.0, notes={"renders": 8})
    resumed = growth.GrowingAdversary(LARGE, enlarger=teacher)
    resumed.load(tmp_path / train_gan.CHECKPOINT)
    duels = [one.step(portraits) for one in (state, resumed)]
    assert resumed.images == state.images == 12
    assert {"discriminator", "generator", "consistency", "enlarger"} <= set(duels[0])
    assert all(math.isfinite(value) for report in (lesson, *duels) for value in report.values())
    for ours, theirs in zip(resumed.average.parameters(), state.average.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-2, atol=1e-3)
    known = small.state_dict()
    for name, value in state.generator.state_dict().items():
        if name in known:
            torch.testing.assert_close(value, known[name], rtol=0, atol=0)
    assert state.generator.synthesis.block(64).torgb.weight.abs().max() > 0


def test_lessons_bring_the_block_to_its_teacher(portraits: PortraitCache, small: StyleGAN2) -> None:
    """A constant that the teacher adds is learned."""
    teacher = enlarger.Enlarger(4, 1).requires_grad_(False)
    with torch.no_grad():
        teacher.last.weight.zero_()
        teacher.last.bias.fill_(0.3)
        for name, weight in small.named_parameters():
            if name.endswith("torgb.weight"):
                weight.mul_(0.05)  # the teacher sees values in [-1, 1]
    settings = replace(LARGE, taught_images=1000, consistency_weight=0.0, learning_rate=1e-2)
    state = growth.GrowingAdversary(settings, small=small, enlarger=teacher)
    errors = [state.step(portraits)["enlarger"] for _ in range(60)]
    assert errors[0] > 0.29
    assert errors[-1] < 0.5 * errors[0]


def test_an_enlarger_learns_to_enlarge(portraits: PortraitCache) -> None:
    """After some steps it is nearer to the renders than plain interpolation is."""
    network = enlarger.train(portraits, images=400, batch=2)
    large, _ = portraits.batch(slice(None))
    small = F.avg_pool2d(large, 2)
    plain = F.interpolate(small, scale_factor=2.0, mode="bilinear")
    error, error_plain = ((drawn - large).abs().mean() for drawn in (network(small), plain))
    assert error < 0.95 * error_plain


def test_an_enlarger_is_stored(tmp_path: Path) -> None:
    """What was written is read back."""
    network = enlarger.Enlarger()
    torch.save(network.state_dict(), tmp_path / "enlarger.pt")
    again = enlarger.load_enlarger(tmp_path / "enlarger.pt")
    images = torch.rand(1, 3, 8, 8)
    torch.testing.assert_close(again(images), network(images))


def test_renders_of_each_size_have_a_folder(tmp_path: Path) -> None:
    """A larger render, averaged, is the smaller one but for rounding and the edges' steps."""
    folders = [cache_folder(tmp_path, "train", size) for size in (64, 128)]
    assert [folder.name for folder in folders] == ["train", "train_128"]
    caches = [
        render_cache(folder, 2, first_seed=5, processes=0, size=size)
        for folder, size in zip(folders, (64, 128), strict=True)
    ]
    small, large = (cache.batch(slice(None))[0] for cache in caches)
    assert large.shape == (2, 3, 128, 128)
    assert (F.avg_pool2d(large, 2) - small).abs().mean() < 0.02


def test_figures_of_sharpness_and_drift() -> None:
    """Blur lowers the energy; a picture has no drift from its own average."""
    large = torch.rand(2, 3, 16, 16) * 2 - 1
    small = F.avg_pool2d(large, 2)
    assert laplacian_energy(F.interpolate(small, scale_factor=2.0)) < laplacian_energy(large)
    assert laplacian_energy(torch.ones(1, 3, 8, 8)) == 0
    assert drift(large, small) == pytest.approx(0, abs=1e-5)
    assert drift(large + 2 / 255, small) == pytest.approx(1, rel=1e-3)


def test_the_border_of_a_flat_image_is_no_edge() -> None:
    """Its sharpness is nothing but the constant under the root, everywhere."""
    found = growth.local_detail(torch.full((1, 3, 16, 16), 0.7))
    torch.testing.assert_close(found, torch.full((1, 1, 2, 2), 0.01), rtol=1e-3, atol=1e-4)


def test_the_card_counts_what_the_discriminator_judged() -> None:
    """Lessons of each stage are left out; a stage may have none."""
    stages = [
        {"from_images": 0, "taught_images": 100},
        {"from_images": 150, "taught_images": 0},
        {"from_images": 170, "taught_images": 500},
    ]
    assert images_judged({"images": 400, "stages": stages}) == 50 + 20


def test_a_grown_generator_is_exported(tmp_path: Path, small: StyleGAN2) -> None:
    """The pack loads it, with its regions and where it comes from."""
    grown = growth.grow(small, 6)
    path = tmp_path / "grown.safetensors"
    regions = {"mouth": {"top": 0.6, "left": 0.3, "height": 0.2, "width": 0.4}}
    training = {"images": 0, "grown_from": {"file": "small.safetensors", "fingerprint": "0" * 16}}
    export.export(grown, path, training, regions, samples=64)
    network, metadata = load_generator(path)
    assert metadata["training"] == training
    gan = ll.load_generator(path)
    assert gan.spec.img_size == (64, 64)
    assert gan.details["training"] == training
    assert gan.details["regions"] == regions
    torch.testing.assert_close(
        sampling.draw_seeds(network, [3]), sampling.draw_seeds(gan.network, [3])
    )
