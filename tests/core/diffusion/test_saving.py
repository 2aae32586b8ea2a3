"""Levers of a region: saved and loaded alike, checked, previewed, compared with where they are."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from latent_levers.core.base.atomic_files import write_safetensors
from latent_levers.core.base.errors import DirectionsError
from latent_levers.core.diffusion.region_levers import RegionLevers, mismatches, require_fit
from latent_levers.core.diffusion.saving import load_region_levers, save_region_levers


def levers(count: int = 2, *middle: int) -> RegionLevers:
    """Levers of random numbers."""
    draw = torch.Generator().manual_seed(0)
    shape = (count, 4, *middle, 6, 6)
    vectors = torch.randn(shape, generator=draw)
    vectors /= vectors.flatten(1).norm(dim=1).view(-1, *[1] * (len(shape) - 1))
    return RegionLevers(
        vectors,
        torch.randn(shape, generator=draw),
        torch.tensor([3.0, 2.0], dtype=torch.float64)[:count],
        torch.full((count,), 0.01, dtype=torch.float64),
        torch.full((count,), 5.0, dtype=torch.float64),
        torch.randn(1, *shape[1:], generator=draw),
        torch.rand(6, 6, generator=draw),
        2.5,
        2**40 + 3,
        "0123456789abcdef",
        {"sampler": "euler", "steps": 8},
        {"effort": "quick", "evaluations": 200, "dot": None},
    )


@pytest.mark.parametrize("middle", [(), (1,)])
def test_saved_levers_are_loaded_alike(tmp_path: Path, middle: tuple[int, ...]) -> None:
    saved = levers(2, *middle)
    path = save_region_levers(saved, tmp_path / "mouth")
    assert path.name == "mouth.safetensors"
    found = load_region_levers(path)
    for name in ("vectors", "pictures", "values", "residuals", "units", "denoised", "region"):
        assert torch.equal(getattr(found, name), getattr(saved, name))
    for name in ("sigma", "seed", "model", "settings", "facts"):
        assert getattr(found, name) == getattr(saved, name)


def test_other_files_are_refused_in_words(tmp_path: Path) -> None:
    path = save_region_levers(levers(), tmp_path / "mouth")
    with pytest.raises(DirectionsError, match="There is no file"):
        load_region_levers(tmp_path / "absent.safetensors")
    foreign = write_safetensors(tmp_path / "foreign.safetensors", {"a": torch.ones(2)}, {})
    with pytest.raises(DirectionsError, match="does not say what it holds"):
        load_region_levers(foreign)
    other = {"latent_levers.format": "directions/1"}
    named = write_safetensors(tmp_path / "other.safetensors", {"a": torch.ones(2)}, other)
    with pytest.raises(DirectionsError, match="has the format 'directions/1'"):
        load_region_levers(named)
    own = {"latent_levers.format": "region_levers/1", "region_levers": json.dumps({"sigma": 1})}
    half = write_safetensors(tmp_path / "half.safetensors", {"vectors": torch.ones(2)}, own)
    with pytest.raises(DirectionsError, match="is damaged"):
        load_region_levers(half)
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(DirectionsError):
        load_region_levers(path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"vectors": torch.ones(2, 4)}, r"shape \[2, 4\]"),
        ({"pictures": torch.ones(2, 4, 6, 5)}, "pictures has shape"),
        ({"values": torch.tensor([float("nan"), 1.0]).double()}, "values holds NaN"),
        ({"sigma": 0.0}, "sigma is 0.0"),
        ({"units": torch.zeros(2).double()}, "units"),
    ],
)
def test_wrong_fields_are_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(DirectionsError, match=words):
        replace(levers(), **changes)
    with pytest.raises(DirectionsError, match="not of norm 1"):
        replace(levers(), vectors=2 * levers().vectors)


def test_moves_and_previews_are_in_units() -> None:
    own = levers()
    assert float(own.move(1, -0.5).norm()) == pytest.approx(2.5)
    expected = own.denoised + 5.0 * own.pictures[0] - 2.5 * own.pictures[1]
    torch.testing.assert_close(own.preview({0: 1.0, 1: -0.5}), expected)
    with pytest.raises(DirectionsError, match="Direction 2"):
        own.move(2, 1.0)


def test_mismatches_are_said() -> None:
    own = levers()
    assert mismatches(own, own.model, own.seed) == []
    assert mismatches(own, own.model, None) == []
    words = mismatches(own, "fedcba9876543210", 5)
    assert "model 0123456789abcdef; this one is fedcba9876543210" in words[0]
    assert f"seed {own.seed}; this is seed 5" in words[1]
    require_fit(own, (3, 4, 6, 6))
    with pytest.raises(DirectionsError, match=r"\[4, 6, 6\]; these have \[16, 6, 6\]"):
        require_fit(own, (1, 16, 6, 6))
