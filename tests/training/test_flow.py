"""The flow model's training: it learns, resumes, follows the clock, and is exported."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.diffusion.flow_model import load_flow_model
from core.diffusion.unet import UNetSettings
from training.dataset import PortraitCache
from training.evaluation import Evaluation
from training.flow.card import write_card
from training.flow.export import draw_seeds, export
from training.flow.train import CHECKPOINT, Span, train
from training.flow.trainer import (
    FlowSettings,
    FlowTrainer,
    draw_times,
    rate_factor,
    read_checkpoint,
    read_settings,
)
from training.portraits import render, sample_attributes

TINY = FlowSettings(UNetSettings(12, 32, (1, 1), (1, 1), (False, True), 32), batch=4, warm_up=5)


@pytest.fixture(scope="module")
def portraits() -> PortraitCache:
    """A few renders in memory."""
    attributes = sample_attributes(8, 0)
    return PortraitCache(render(attributes), attributes)


def test_the_error_falls(portraits: PortraitCache) -> None:
    """From the variance of what is predicted to well below it in a few dozen steps."""
    trainer = FlowTrainer(replace(TINY, learning_rate=3e-3))
    losses = [trainer.step(portraits) for _ in range(40)]
    assert losses[0] > 1  # noise alone has variance 1
    assert sum(losses[-8:]) / 8 < 0.65 * losses[0]


def test_training_resumes_where_it_stopped(tmp_path: Path, portraits: PortraitCache) -> None:
    """Two steps at a stretch equal one step, a checkpoint, and another step, to the bit."""
    whole, first = FlowTrainer(TINY), FlowTrainer(TINY)
    for _ in range(2):
        whole.step(portraits)
    first.step(portraits)
    first.save(tmp_path / CHECKPOINT, {"renders": 8})
    state = read_checkpoint(tmp_path / CHECKPOINT)
    assert read_settings(state) == TINY
    second = FlowTrainer(read_settings(state))
    second.load(state)
    second.step(portraits)
    assert second.images == whole.images == 8
    for ours, theirs in zip(second.network.parameters(), whole.network.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    for ours, theirs in zip(second.average.parameters(), whole.average.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_a_run_ends_by_the_clock(
    tmp_path: Path, portraits: PortraitCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rate follows the time that has passed; a run whose end is past takes no step."""
    monkeypatch.setattr("training.flow.train.SHOWN", 2)
    trainer = FlowTrainer(TINY)
    now = time.time()
    train(trainer, portraits, tmp_path, Span(now - 10, now - 1), {"renders": 8})
    assert trainer.steps == 0
    notes = json.loads(read_checkpoint(tmp_path / CHECKPOINT)["notes"])
    assert notes["begin"] == pytest.approx(now - 10)
    assert notes["processor_seconds"] > 0
    assert list(tmp_path.glob("samples_*.png"))
    assert Span(10, 20).progress(15) == 0.5
    assert Span(10, 20).progress(30) == 1


def test_the_rate_is_flat_then_falls() -> None:
    """To 0 at the end, never up."""
    factors = [rate_factor(i / 100) for i in range(101)]
    assert factors[:36] == [1.0] * 36
    assert factors[-1] == pytest.approx(0, abs=1e-12)
    assert factors == sorted(factors, reverse=True)


def test_times_have_a_normal_logit() -> None:
    """With the settings' mean and deviation, and evenly drawn ones as often as asked."""
    generator = torch.Generator().manual_seed(0)
    logits = draw_times(20_000, replace(TINY, uniform_share=0.0), generator).logit()
    assert logits.mean().item() == pytest.approx(TINY.time_mean, abs=0.03)
    assert logits.std().item() == pytest.approx(TINY.time_deviation, abs=0.03)
    even = draw_times(20_000, replace(TINY, uniform_share=1.0), generator)
    assert even.mean().item() == pytest.approx(0.5, abs=0.01)
    assert (even > 0.95).float().mean().item() == pytest.approx(0.05, abs=0.01)


def test_shares_outside_their_range_are_refused() -> None:
    """An average that leaves more than all is a slip."""
    with pytest.raises(ValueError, match="average is 1.5"):
        replace(TINY, average=1.5)


def test_a_run_is_exported_with_its_card(tmp_path: Path, portraits: PortraitCache) -> None:
    """The file has the average's weights; the card their figures and samples."""
    trainer = FlowTrainer(TINY)
    for _ in range(2):
        trainer.step(portraits)
    notes = {"renders": 8, "renderer": "abc", "processor_seconds": 7200.0}
    trainer.save(tmp_path / CHECKPOINT, notes)
    box = {"top": 0.5, "left": 0.25, "height": 0.125, "width": 0.5}
    path = tmp_path / "flow.safetensors"
    export(read_checkpoint(tmp_path / CHECKPOINT), path, {"mouth": box})
    model = load_flow_model(path)
    assert model.training["images"] == 8
    assert model.regions == {"mouth": box}
    for name, tensor in trainer.average.state_dict().items():
        assert torch.equal(model.network.state_dict()[name], tensor.bfloat16().float())
    images = draw_seeds(model.network, range(2), steps=1)
    assert images.shape == (2, 3, 64, 64)
    evaluation = Evaluation(5.0, 100.0, 1.0, {"smile": (0.9, 1.0, 0.97)}, 0.5, 1.0)
    write_card(tmp_path / "flow.md", model, evaluation, images)
    text = (tmp_path / "flow.md").read_text()
    assert "2.0 hours of processor time" in text
    assert "| smile | 0.90 | 0.97 |" in text
    assert "| this model / untrained | 0.0500 |" in text
    assert "{" not in text
    assert json.loads((tmp_path / "flow_figures.json").read_text())["frechet"] == 5.0
    assert (tmp_path / "flow_samples.png").is_file()
