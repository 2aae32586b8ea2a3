"""The training pipeline: attribute network, steps of training, export, and the card's figures."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from training import adversary, export, sampling, train_gan
from training.card import GOAL
from training.dataset import PortraitCache, render_cache
from training.evaluate import load_generator
from training.moments import Moments, moment_loss
from training.portraits import ATTRIBUTES, render, sample_attributes
from training.settings import TrainingSettings

ASSETS = Path(__file__).parents[2] / "assets"
TINY = TrainingSettings(
    z_dim=8,
    w_dim=8,
    mapping_layers=2,
    generator_channels=(8, 8, 8, 8, 8),
    discriminator_channels=(8, 8, 8, 8),
    batch=4,
    r1_interval=2,
    moment_weight=0.1,
)


@pytest.fixture(scope="module")
def portraits() -> PortraitCache:
    """A few renders in memory."""
    attributes = sample_attributes(8, 0)
    return PortraitCache(render(attributes), attributes)


def test_training_resumes_where_it_stopped(tmp_path: Path, portraits: PortraitCache) -> None:
    """Two steps at a stretch equal one step, a checkpoint, and another step."""
    whole = adversary.Adversary(TINY)
    for _ in range(2):
        whole.step(portraits)
    first = adversary.Adversary(TINY)
    train_gan.train(first, portraits, tmp_path, images=4, minutes=1.0, notes={"renders": 8})
    assert list(tmp_path.glob("samples_*.png"))
    second = adversary.Adversary(replace(TINY, seed=TINY.seed))
    assert second.load(tmp_path / train_gan.CHECKPOINT) == {"renders": 8}
    report = second.step(portraits)
    assert second.images == whole.images == 8
    assert all(math.isfinite(value) for value in report.values())
    for ours, theirs in zip(second.average.parameters(), whole.average.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-2, atol=1e-3)


def test_moments_pull_towards_the_renders() -> None:
    """Descent widens what spreads too little, narrows what spreads too much, shifts what is off."""
    generator = torch.Generator().manual_seed(0)
    reals, fakes = Moments(3), Moments(3)
    scale, shift = torch.tensor([0.4, 1.0, 2.0]), torch.tensor([0.0, 0.5, 0.0])
    for _ in range(300):
        reals.add(torch.randn(16, 3, generator=generator))
        fakes.add(torch.randn(16, 3, generator=generator) * scale + shift)
    mean, covariance = fakes.mean_and_covariance()
    torch.testing.assert_close(covariance.diagonal(), scale.square(), atol=0, rtol=0.2)
    torch.testing.assert_close(mean, shift, atol=0.15, rtol=0)
    values = (torch.randn(64, 3, generator=generator) * scale + shift).requires_grad_(True)
    moment_loss(values, fakes, reals).backward()
    moved = (values - 10 * values.grad).detach()
    assert moved[:, 0].std() > values[:, 0].std()
    assert moved[:, 2].std() < values[:, 2].std()
    assert moved[:, 1].mean() < values[:, 1].mean()


def test_checkpoint_of_another_kind_is_refused(tmp_path: Path) -> None:
    """The message names file and format."""
    torch.save({"weights": torch.zeros(1)}, tmp_path / "other.pt")
    words = r"other\.pt is no checkpoint of this training, expected format"
    with pytest.raises(ValueError, match=words):
        adversary.read_checkpoint(tmp_path / "other.pt")


def test_export_reads_back_to_the_same_images(tmp_path: Path, portraits: PortraitCache) -> None:
    """Half precision changes images little; header and statistics belong to the stored weights."""
    state = adversary.Adversary(TINY)
    state.step(portraits)
    path = tmp_path / "tiny.safetensors"
    regions = {"mouth": {"top": 0.6, "left": 0.3, "height": 0.2, "width": 0.4}}
    export.export(state.average, path, {"images": 4}, regions, samples=64)
    network, metadata = load_generator(path)
    before, after = (sampling.draw_seeds(n, range(4)) for n in (state.average, network))
    torch.testing.assert_close(before, after, rtol=0, atol=0.05)
    assert metadata["latent_levers.format"] == export.FORMAT
    assert metadata["regions"] == regions
    with safe_open(path, "pt") as file:
        covariance = file.get_tensor("w_covariance")
    w = network.mapping(sampling.seeded_codes(range(64), 8), None).double()
    torch.testing.assert_close(covariance.double(), torch.cov(w.T), rtol=1e-4, atol=1e-7)
    torch.testing.assert_close(network.mapping.w_avg.double(), w.mean(dim=0), rtol=1e-2, atol=1e-3)


def test_regions_lie_where_the_face_is() -> None:
    """Mouth below nose below eyes below brows; left eye left of the right one."""
    regions = export.measure_regions(count=40)
    centre = {
        name: (box["top"] + box["height"] / 2, box["left"] + box["width"] / 2)
        for name, box in regions.items()
    }
    rows = [centre[name][0] for name in ("brows", "eyes", "nose", "mouth", "chin")]
    assert rows == sorted(rows)
    assert centre["left_eye"][1] < 0.5 < centre["right_eye"][1]
    for box in regions.values():
        assert min(box.values()) >= 0
        assert box["top"] + box["height"] <= 1
        assert box["left"] + box["width"] <= 1


def test_cache_is_drawn_once_and_grows(tmp_path: Path) -> None:
    """A larger cache begins with the smaller one."""
    small = render_cache(tmp_path, 3, first_seed=5, processes=0)
    first = np.array(small.images)
    again = render_cache(tmp_path, 2, first_seed=5, processes=0)
    assert len(again) == 3
    larger = render_cache(tmp_path, 4, first_seed=5, processes=0)
    assert len(larger) == 4
    np.testing.assert_array_equal(larger.images[:3], first)


def test_weights_reach_their_goal() -> None:
    """Frechet distance below 0.1 of the untrained network's, each spread but one at least half.

    Hair curls less than it should: 0.43 of the spread over the renders, which the card says.
    """
    figures = json.loads((ASSETS / "portraits_figures.json").read_text())
    assert figures["ratio"] < GOAL
    narrow = {name for name, spread in figures["spread"].items() if spread < 0.5}
    assert narrow == {"hair_curl"}
    assert figures["spread"]["hair_curl"] > 0.4
    assert "against the goal: hair_curl." in (ASSETS / "portraits.md").read_text()


def test_card_tells_its_figures() -> None:
    """Card, figures and files agree."""
    figures = json.loads((ASSETS / "portraits_figures.json").read_text())
    ratio = figures["frechet"] / figures["frechet_untrained"]
    assert figures["ratio"] == pytest.approx(ratio, rel=1e-3)
    card = (ASSETS / "portraits.md").read_text()
    assert f"less than {GOAL:g}: {'met' if figures['ratio'] < GOAL else 'not met yet'}." in card
    for name in ATTRIBUTES:
        spread = figures["spread"][name]
        assert f"| {name} | {spread:.2f} |" in card
    for name in ("portraits_samples.png", "portraits_renders.png"):
        assert name in card
        assert (ASSETS / name).stat().st_size < 300_000
    assert (ASSETS / "portraits.safetensors").stat().st_size <= 12_000_000
