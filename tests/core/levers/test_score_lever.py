"""Levers for a score: against a reference Jacobian and solve, in all spaces; and refusals."""

from __future__ import annotations

import latent_levers as ll
import pytest
import torch
from cases import some_code, tiny
from latent_levers.core.base.errors import DirectionsError, LatentError, SolveError
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.levers.methods.score import ScoreMethod
from latent_levers.core.levers.scores import score_deviations, scores_of
from torch import Tensor


def corners(images: Tensor) -> Tensor:
    """Four scores: squared mean colours of the quarters of an image."""
    halves = [half for row in images.chunk(2, dim=2) for half in row.chunk(2, dim=3)]
    return torch.stack([half.mean(dim=(1, 2, 3)).exp() for half in halves], dim=1)


def reference(gan: ll.Generator, codes: ll.LatentCode, space: str, target: int) -> Tensor:
    """`(B + tau tr(B) I)^-1 g` from reverse-mode Jacobians of one score after the other."""
    units = score_deviations(gan, corners)
    size = gan.spec.direction_dim(LatentSpace.parse(space))
    gradient, gram = torch.zeros(size).double(), torch.zeros(size, size).double()
    for row in range(len(codes)):
        function = gan.as_function(codes[row], LatentSpace.parse(space))
        delta = torch.zeros(size, requires_grad=True)
        scores = corners(function(delta)[None])[0]
        rows = [torch.autograd.grad(s, delta, retain_graph=True)[0].double() for s in scores]
        jacobian = torch.stack(rows) / units[:, None]
        gradient += jacobian[target] / len(codes)
        others = jacobian[[i for i in range(4) if i != target]]
        gram += others.T @ others / len(codes)
    return torch.linalg.solve(gram + 1e-3 * gram.trace() * torch.eye(size).double(), gradient)


@pytest.mark.parametrize(
    ("name", "space"), [("stylegan2-skip", "W"), ("stylegan2-skip", "W+"), ("dcgan", "Z")]
)
def test_the_lever_is_the_solution(name: str, space: str) -> None:
    gan = tiny(name)
    codes = some_code(gan, 2)
    lever = ll.score_lever(gan, codes, corners, 2, space, name="third")
    expected = reference(gan, codes, space, 2)
    cosine = torch.cosine_similarity(lever.vectors[0].double(), expected, dim=0)
    assert float(cosine) > 1 - 1e-6
    assert (lever.method, lever.names, lever.space.value) == ("score", ("third",), space)
    assert lever.sigma is not None
    assert lever.details["others"] == 3


def selectivity(gan: ll.Generator, codes: ll.LatentCode, lever: ll.Directions) -> float:
    """Squared mean change of score 1 over the mean squared change of the others; small pull."""
    pulled = ll.edit(codes, lever, 0, 0.01)
    change = scores_of(gan, pulled, corners) - scores_of(gan, codes, corners)
    change = change / score_deviations(gan, corners)
    assert change[:, 1].mean() > 0
    return float(change[:, 1].mean() ** 2 / change[:, [0, 2, 3]].square().sum(dim=1).mean())


@pytest.mark.parametrize("space", ["W", "W+", "S", "Z"])
def test_a_pull_raises_the_score_and_spares_the_others(space: str) -> None:
    gan = tiny()
    codes = some_code(gan, 2)
    layers = None if space == "Z" else "0-2"
    lever = ll.score_lever(gan, codes, corners, 1, space, layers)
    plain = ll.score_lever(gan, codes, corners, 1, space, layers, shrinkage=1e6)
    assert selectivity(gan, codes, lever) > 1.5 * selectivity(gan, codes, plain)
    if space in ("W+", "S"):
        spec = gan.spec
        rows = lever.vectors[0]
        if space == "S":
            rows = torch.cat([rows[part] for part in spec.style_slices((3,))])
        else:
            rows = rows.reshape(spec.num_ws, -1)[3:]
        assert not rows.any()


def test_one_score_alone_gives_its_gradient() -> None:
    gan = tiny()
    codes = some_code(gan, 2)
    with pytest.warns(UserWarning, match="plain gradient"):
        lever = ll.score_lever(gan, codes, lambda images: corners(images)[:, 0])
    gradient = torch.zeros(gan.spec.latent_dim)
    for row in range(2):
        function = gan.as_function(codes[row], LatentSpace.W)
        delta = torch.zeros(gan.spec.latent_dim, requires_grad=True)
        corners(function(delta)[None])[0, 0].backward()
        assert delta.grad is not None
        gradient += delta.grad
    cosine = torch.cosine_similarity(lever.vectors[0], gradient, dim=0)
    assert float(cosine) == pytest.approx(1, abs=1e-5)


def test_progress_counts_all_derivatives_and_may_cancel() -> None:
    gan, seen = tiny(), []
    codes = some_code(gan, 2)
    ll.score_lever(gan, codes, corners, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (8, 8)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ll.score_lever(gan, codes, corners, progress=stop)


def test_what_is_no_score_is_refused() -> None:
    gan = tiny()
    codes = some_code(gan)
    with pytest.raises(SolveError, match="returned float for 1"):
        ll.score_lever(gan, codes, lambda images: 1.0, deviations=torch.ones(2))  # pyright: ignore[reportArgumentType]
    with pytest.raises(SolveError, match="same for all random images"):
        ll.score_lever(gan, codes, lambda images: images.new_ones(len(images), 2))
    still = torch.ones(2)
    with pytest.raises(SolveError, match="does not change with the latent"):
        ll.score_lever(gan, codes, lambda images: corners(images)[:, :2] * 0, deviations=still)
    with pytest.raises(SolveError, match="NaN"):
        ll.score_lever(gan, codes, lambda images: corners(images) * float("nan"))
    with pytest.raises(DirectionsError, match="Score 4 was asked for"):
        ll.score_lever(gan, codes, corners, 4)
    with pytest.raises(DirectionsError, match="one per score"):
        ll.score_lever(gan, codes, corners, deviations=torch.ones(3))
    with pytest.raises(LatentError, match="Layers"):
        ll.score_lever(gan, codes, corners, layers="99")
    with pytest.raises(SolveError, match="shrinkage is -1"):
        ScoreMethod().problem(torch.ones(3).double(), torch.eye(3).double(), -1)
