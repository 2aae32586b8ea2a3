"""The attribute network: what it reads, what it can be differentiated by, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import latent_levers as ll
import pytest
import torch
from cases import tiny
from latent_levers.core.base.errors import PackError
from latent_levers.core.files.network_file import LARGEST_FILE
from latent_levers.core.measures.attribute_network import (
    DEFAULT_FILE,
    FORMAT,
    bundled_reader,
    load_attribute_reader,
    reader_for,
)
from safetensors.torch import load_file, save_file

from training.attribute_net import explained
from training.dataset import VALIDATION_SEED, to_network_range
from training.portraits import ATTRIBUTES, render, sample_attributes


@pytest.fixture(scope="module")
def portraits() -> tuple[torch.Tensor, torch.Tensor]:
    """Held-out renders and their attributes."""
    true = sample_attributes(200, VALIDATION_SEED)
    return to_network_range(render(true)), torch.from_numpy(true)


def test_it_reads_held_out_renders(portraits: tuple[torch.Tensor, torch.Tensor]) -> None:
    """It explains at least 80 % of the variance of what the levers are checked with."""
    reader = bundled_reader()
    images, true = portraits
    assert DEFAULT_FILE.stat().st_size <= 2_000_000
    features, read = reader.read(images)
    assert features.shape == (200, 96)
    assert reader.names[: len(ATTRIBUTES)] == ATTRIBUTES
    r2 = dict(zip(ATTRIBUTES, explained(read[:, : len(ATTRIBUTES)], true).tolist(), strict=True))
    for name in ("mouth_openness", "smile", "hair_fringe", "eye_openness"):
        assert r2[name] > 0.8, f"{name}: R^2 {r2[name]:.2f}"
        assert abs(r2[name] - reader.r2[name]) < 0.1


def test_scores_are_standardised_and_differentiable(
    portraits: tuple[torch.Tensor, torch.Tensor],
) -> None:
    """Scores are the attributes in deviations; the derivative is that of finite differences."""
    reader = bundled_reader()
    images = portraits[0][:2]
    scores = reader.scores(images)
    torch.testing.assert_close(
        scores * reader.deviation + reader.mean, reader.read(images)[1], rtol=1e-4, atol=1e-4
    )
    column = reader.index("smile")
    inner = (images * 0.9).requires_grad_(True)
    reader.scores(inner)[:, column].sum().backward()
    step = 0.02 * inner.grad / inner.grad.norm()
    with torch.no_grad():
        ends = [reader.scores(inner + sign * step)[:, column].sum() for sign in (0.5, -0.5)]
    assert float((inner.grad * step).sum()) == pytest.approx(float(ends[0] - ends[1]), rel=0.02)


def test_larger_images_are_averaged(portraits: tuple[torch.Tensor, torch.Tensor]) -> None:
    """A picture enlarged four times reads as the picture itself."""
    reader = bundled_reader()
    images = portraits[0][:16]
    large = torch.nn.functional.interpolate(images, scale_factor=4, mode="nearest")
    difference = (reader.scores(large) - reader.scores(images)).abs().mean()
    assert difference < 0.3
    with pytest.raises(PackError, match=r"Images have shape \[16, 1, 64, 64\]"):
        reader.scores(images[:, :1])


def test_only_generators_of_these_portraits_have_a_reader(tmp_path: Path) -> None:
    """The bundled one and its copies; no other generator."""
    gan = ll.load_generator("portraits")
    assert reader_for(gan) is bundled_reader()
    assert reader_for(ll.load_generator(ll.save_generator(gan, tmp_path / "copy.safetensors")))
    assert reader_for(tiny()) is None


def test_other_files_are_refused(tmp_path: Path) -> None:
    """Missing, foreign, damaged, inconsistent and huge files are named with what was expected."""
    tensors = load_file(DEFAULT_FILE)
    rows = [{"name": "smile", "mean": 0.0, "std": 1.0, "r2": 0.5}]
    good = {"latent_levers.format": FORMAT, "attributes": json.dumps(rows)}
    path = tmp_path / "other.safetensors"
    with pytest.raises(PackError, match="no file other.safetensors"):
        load_attribute_reader(path)
    for metadata, words in (
        ({}, "contains no attribute network. Expected format"),
        ({**good, "attributes": "{}"}, "no list 'attributes'"),
        ({**good, "attributes": '[{"name": "smile"}]'}, "describes an attribute as"),
        (good, "does not fit the attribute network"),
    ):
        save_file(tensors, path, metadata)
        with pytest.raises(PackError, match=words):
            load_attribute_reader(path)
    save_file({name: tensor * torch.nan for name, tensor in tensors.items()}, path, good)
    with pytest.raises(PackError, match="NaN or infinite"):
        load_attribute_reader(path)
    path.write_bytes(DEFAULT_FILE.read_bytes()[:1000])
    with pytest.raises(PackError, match="cannot be read as safetensors"):
        load_attribute_reader(path)
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    with pytest.raises(PackError, match="at most"):
        load_attribute_reader(path)
