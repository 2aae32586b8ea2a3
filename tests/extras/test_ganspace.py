"""GANSpace against exact eigenvectors, and against what a linear network must give."""

from __future__ import annotations

import latent_levers as ll
import pytest
import torch
from cases import CASES, some_code, tiny
from golden import subspace_angle
from latent_levers.core.base.errors import DirectionsError, LatentError
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.generators.stage_outputs import stage_output, stages
from latent_levers.core.latents.code_statistics import STATISTICS_COUNT
from latent_levers.core.latents.sampling import draw_z
from latent_levers.core.levers.methods import ganspace as method

WITHOUT_W = [name for name in CASES if tiny(name).spec.w_dim is None]


@pytest.fixture(scope="module")
def portraits() -> ll.Generator:
    return ll.load_generator("portraits")


def test_components_are_the_eigenvectors_of_the_covariance(portraits: ll.Generator) -> None:
    """The file's covariance is that of the same 10,000 seeds."""
    assert portraits.w_covariance is not None
    values, vectors = torch.linalg.eigh(portraits.w_covariance)
    levers = ll.ganspace(portraits, 20, STATISTICS_COUNT)
    torch.testing.assert_close(levers.eigenvalues, values.flip(0)[:20], rtol=1e-6, atol=0)
    cosines = (levers.vectors.double() * vectors.flip(1).T[:20]).sum(dim=1).abs()
    assert float(cosines.min()) > 1 - 1e-7
    assert levers.sigma is not None
    torch.testing.assert_close(levers.sigma.square(), levers.eigenvalues)
    torch.testing.assert_close(levers.details["eigenvalue_total"], float(values.sum()))


def test_batches_do_not_matter(portraits: ll.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ll.ganspace(portraits, 6, 3_000)
    monkeypatch.setattr(method, "_NUMBERS", 128 * 170)  # 17 batches, the last one longer
    parts = ll.ganspace(portraits, 6, 3_000)
    torch.testing.assert_close(parts.eigenvalues, whole.eigenvalues, rtol=1e-9, atol=0)
    torch.testing.assert_close(parts.vectors, whole.vectors, rtol=0, atol=1e-6)


def test_layers_seed_and_repetition(portraits: ll.Generator) -> None:
    first = ll.ganspace(portraits, 3, 500, "2-4", seed=7)
    again = ll.ganspace(portraits, 3, 500, "2-4", seed=7)
    other = ll.ganspace(portraits, 3, 500, "2-4", seed=8)
    assert torch.equal(first.vectors, again.vectors)
    assert not torch.equal(first.vectors, other.vectors)
    assert (first.layers, first.space, first.method) == ((2, 3, 4), LatentSpace.W, "ganspace")
    largest = first.vectors.gather(1, first.vectors.abs().argmax(dim=1, keepdim=True))
    assert (largest > 0).all()
    moved = ll.edit(ll.sample_latents(portraits, 1), first, 0, 2.0)
    assert moved.space is LatentSpace.W_PLUS


def test_progress_can_cancel(portraits: ll.Generator) -> None:
    seen: list[tuple[int, int]] = []
    ll.ganspace(portraits, 2, 200, progress=lambda *step: seen.append(step))
    assert seen == [(0, 200), (200, 200)]

    def stop(done: int, total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        ll.ganspace(portraits, 2, 200, progress=stop)


@pytest.mark.parametrize("name", WITHOUT_W)
def test_without_w_it_is_the_regression_of_z_on_the_components(name: str) -> None:
    """Section 3.2, with all samples at once: a singular value decomposition and least squares."""
    gan, count = tiny(name), 400
    label = 1 if gan.spec.c_dim else None
    for number, stage in enumerate(stages(gan, some_code(gan))[:2]):
        levers = ll.ganspace(gan, 3, count, labels=label, activation=number, seed=5)
        codes = ll.sample_latents(gan, count, 5, 1.0, labels=label, space="Z")
        y = stage_output(gan, codes, stage).double()
        y = y - y.mean(dim=0)
        _, deviations, rows = torch.linalg.svd(y, full_matrices=False)
        x = y @ rows[: len(levers)].T
        u = torch.linalg.lstsq(x, codes.values[:, 0].double()).solution  # [K, D]
        cosines = torch.cosine_similarity(levers.vectors.double(), u, dim=1).abs()
        assert float(cosines.min()) > 1 - 1e-6, stage.name
        expected = deviations[: len(levers)].square() / (count - 1)
        torch.testing.assert_close(levers.eigenvalues, expected, rtol=1e-6, atol=0)
        assert levers.space is LatentSpace.Z
        assert levers.details["activation"] == stage.name


def test_an_activation_that_is_too_wide_for_all_components(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Then only some are tracked, in batches; the first ones hardly differ."""
    gan = tiny("pggan")
    whole = ll.ganspace(gan, 2, 2_000)
    monkeypatch.setattr(method, "_ALL", 8)
    monkeypatch.setattr(method, "_NUMBERS", 80 * 200)
    some = ll.ganspace(gan, 2, 2_000)
    torch.testing.assert_close(some.eigenvalues, whole.eigenvalues, rtol=1e-3, atol=0)
    assert subspace_angle(some.vectors, whole.vectors) < 0.05


def test_classes() -> None:
    gan = tiny("stylegan2-conditional")
    means = [
        gan.network.map(draw_z(6, 400, 0), torch.eye(3)[[c] * 400]).mean(dim=0) for c in range(3)
    ]
    one, every = ll.ganspace(gan, 5, 1_200, labels=2), ll.ganspace(gan, 5, 1_200)
    some = ll.ganspace(gan, 5, 1_200, labels=[0, 2])
    rows = gan.network.map(draw_z(6, 1_200, 0), torch.eye(3)[[2] * 1_200])
    torch.testing.assert_close(
        one.details["eigenvalue_total"], float(rows.double().var(dim=0).sum()), rtol=1e-6, atol=0
    )
    assert float((means[0] - means[2]).norm()) > 1e-3
    totals = {levers.details["eigenvalue_total"] for levers in (one, every, some)}
    assert len(totals) == 3


@pytest.mark.parametrize(
    ("name", "given", "error", "words"),
    [
        ("stylegan2-skip", {"count": 0}, DirectionsError, "count is 0"),
        ("stylegan2-skip", {"samples": 1}, DirectionsError, "from 2 to 10,000,000"),
        ("stylegan2-skip", {"activation": 0}, LatentError, "no stage, since"),
        ("stylegan2-skip", {"labels": 1}, LatentError, "without classes"),
        ("stylegan2-conditional", {"labels": []}, LatentError, "empty list"),
        ("stylegan2-conditional", {"labels": 3}, LatentError, "classes from 0 to 2"),
        ("biggan-deep", {}, LatentError, "No label was given"),
        ("pggan", {"activation": 7}, LatentError, r"one of 0 \(b4\), 1 \(b8\)"),
        ("pggan", {"layers": "3"}, LatentError, "not layers"),
    ],
)
def test_what_does_not_fit_is_refused(
    name: str, given: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        ll.ganspace(tiny(name), **{"samples": 50, **given})  # pyright: ignore[reportArgumentType]
