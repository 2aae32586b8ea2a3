"""The Frechet distance: against normals whose distance is known, and against SciPy's root."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch
from latent_levers.core.base.errors import PackError
from latent_levers.core.measures.frechet import frechet_distance, inception_features


def normals(count: int, seed: int = 0) -> torch.Tensor:
    """Samples of a normal distribution in three dimensions."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, 3, dtype=torch.float64, generator=generator)


def test_known_distances() -> None:
    """Equal samples are at 0; a shift adds its square, scales the square of their difference."""
    x = normals(500)
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(x, x + torch.tensor([3.0, 0.0, 0.0])) == pytest.approx(9)
    spread = torch.cov(x.T).trace().item()
    assert frechet_distance(x - x.mean(dim=0), 3 * (x - x.mean(dim=0))) == pytest.approx(4 * spread)


def test_the_root_of_the_product() -> None:
    """Of covariances that do not commute, the root of their product is that of its definition."""
    x = normals(400) @ torch.tensor([[1.0, 0.8, 0], [0, 1, 0.3], [0, 0, 0.1]]).double()
    y = normals(300, seed=1) @ torch.tensor([[0.2, 0, 0], [0.9, 1, 0], [0.5, 0, 2]]).double()
    a, b = torch.cov(x.T), torch.cov(y.T)
    root = torch.linalg.eigvals(a @ b).real.sqrt().sum()
    shift = (x.mean(dim=0) - y.mean(dim=0)).square().sum()
    expected = float(shift + a.trace() + b.trace() - 2 * root)
    assert frechet_distance(x, y) == pytest.approx(expected, rel=1e-9)
    assert frechet_distance(y, x) == pytest.approx(expected, rel=1e-9)


def test_features_that_cannot_be_compared() -> None:
    """Shapes, too few pictures and broken numbers are named."""
    with pytest.raises(PackError, match=r"shapes \[4, 3\] and \[1, 3\].*at least two pictures"):
        frechet_distance(normals(4), normals(1))
    with pytest.raises(PackError, match="NaN or infinite"):
        frechet_distance(normals(4), normals(4) * torch.nan)


def test_inception_needs_its_package(tmp_path: Path) -> None:
    """Without torch-fidelity the message says what to install."""
    if importlib.util.find_spec("torch_fidelity") is not None:
        pytest.skip("torch-fidelity is installed: tests/extras tests it")
    with pytest.raises(PackError, match="needs the package torch-fidelity.*pip install"):
        inception_features(tmp_path / "weights.pth")
