"""The energy, its gradient, the preconditioner, the encoder and the solver."""

from __future__ import annotations

import latent_levers as ll
import pytest
import torch
from cases import tiny
from latent_levers.core.base.errors import LatentError
from latent_levers.core.photos.fitting.coordinates import (
    AbstractCoordinates,
    LatentCoordinates,
    StyleCoordinates,
)
from latent_levers.core.photos.fitting.curvature import Preconditioner, pyramid_curvature
from latent_levers.core.photos.fitting.encoder import KernelRidge, PictureEncoder
from latent_levers.core.photos.fitting.minimize import minimize
from latent_levers.core.photos.fitting.prior import CodePrior
from latent_levers.core.photos.fitting.pyramid import Misfit, levels_of, pooled, pyramid_rows
from latent_levers.core.photos.fitting.search import energy
from latent_levers.core.photos.photo_input import drawn_channels
from torch import Tensor


def double(name: str) -> ll.Generator:
    """A tiny generator in float64, on its own."""
    import copy
    from dataclasses import replace

    gan = tiny(name)
    return replace(gan, network=copy.deepcopy(gan.network)).to(dtype=torch.float64)


def photo_of(gan: ll.Generator, seed: int = 3) -> Tensor:
    """A sample of a generator as a photograph."""
    labels = 1 if gan.spec.c_dim else None
    images = ll.render(gan, ll.sample_latents(gan, 1, seed, 1.0, labels=labels))
    return drawn_channels(images).clamp(-1, 1)


def some(gan: ll.Generator, kind: str) -> tuple[AbstractCoordinates, int, int]:
    """Coordinates of a kind, with their number of rows and columns."""
    label = 1 if gan.spec.c_dim else None
    prior, like = CodePrior.of(gan, label), ll.average_latent(gan, label)
    if kind == "S":
        base = LatentCoordinates(gan, prior, like, 0.3).codes(
            torch.zeros(gan.spec.num_ws, prior.size, dtype=torch.float64)
        )
        styled = StyleCoordinates.of(gan, base, 0.3)
        return styled, 1, len(styled.scales)
    cohesion = 0.3 if kind == "+" else None
    return (
        LatentCoordinates(gan, prior, like, cohesion),
        (gan.spec.num_ws if kind == "+" else 1),
        prior.size,
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("stylegan2-skip", ""),
        ("stylegan2-skip", "+"),
        ("stylegan2-skip", "S"),
        ("stylegan2-grey", "+"),
        ("dcgan", ""),
        ("biggan-chunks", "+"),
    ],
)
def test_the_gradient_of_the_energy(name: str, kind: str) -> None:
    gan = double(name)
    coordinates, rows, columns = some(gan, kind)
    photo = photo_of(gan).double()
    keep = torch.ones(1, 1, *gan.spec.img_size, dtype=torch.float64)
    keep[..., :3, :2] = 0
    value_at = energy(coordinates, Misfit(photo, keep), 0.5)
    draw = torch.Generator().manual_seed(1)
    u = 0.3 * torch.randn(rows, columns, generator=draw, dtype=torch.float64)
    way = torch.randn(rows, columns, generator=draw, dtype=torch.float64)
    u.requires_grad_()
    (gradient,) = torch.autograd.grad(value_at(u), u)
    step = 1e-6
    with torch.no_grad():
        slope = (value_at(u + step * way) - value_at(u - step * way)) / (2 * step)
    assert float(slope) == pytest.approx(float((gradient * way).sum()), rel=1e-5)


def test_the_misfit_is_what_its_formula_says() -> None:
    draw = torch.Generator().manual_seed(0)
    x, y = (0.5 * torch.rand(1, 3, 8, 16, generator=draw) for _ in range(2))
    expected = sum(3 * 8 * 16 * (pooled(x, k) - pooled(y, k)).square().mean() for k in range(4))
    assert float(Misfit(y)(x)) == pytest.approx(float(expected), rel=1e-5)
    assert levels_of((4, 6)) == (0, 1, 2)


def test_nothing_is_asked_beyond_saturated_pixels() -> None:
    photo = torch.zeros(1, 3, 8, 8)
    photo[..., :4], photo[..., 4:] = 1.0, -1.0
    assert float(Misfit(photo)(1.7 * photo)) == 0
    assert float(Misfit(photo)(0.7 * photo)) > 1


@pytest.mark.parametrize("name", ["stylegan2-skip", "dcgan"])
def test_the_curvature_is_the_hessian_of_the_linearised_misfit(name: str) -> None:
    gan = double(name)
    prior, mean = CodePrior.of(gan), ll.average_latent(gan)
    found = pyramid_curvature(gan, mean, prior)
    assert torch.equal(found, found.T)
    code = LatentCoordinates(gan, prior, mean)
    levels = levels_of(gan.spec.img_size)

    def rows(u: Tensor) -> Tensor:
        return pyramid_rows(code.draw(u[None]), levels, (1.0,) * len(levels))[0]

    zero = torch.zeros(prior.size, dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(rows, zero)
    expected = jacobian.T @ jacobian
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3 * float(expected.max()))


def undrawn(u: Tensor) -> Tensor:
    """In place of a generator where nothing is to be drawn."""
    raise AssertionError(f"{list(u.shape)} was drawn")


def test_the_encoder_inverts_a_linear_map_by_the_pixels_that_count() -> None:
    draw = torch.Generator().manual_seed(0)
    codes = torch.randn(200, 3, generator=draw, dtype=torch.float64)
    base = 0.2 * torch.randn(3, 3 * 16 * 16, generator=draw, dtype=torch.float64)
    encoder = PictureEncoder(KernelRidge((codes @ base).float(), codes))
    wanted = torch.tensor([0.5, -1.0, 0.2], dtype=torch.float64)
    image = (wanted @ base).reshape(1, 3, 16, 16)
    torch.testing.assert_close(encoder.encode(image, undrawn), wanted, atol=0.1, rtol=0)
    keep = torch.ones(1, 1, 16, 16, dtype=torch.float64)
    keep[..., :8] = 0
    spoilt = torch.where(keep > 0, image, 0.9)
    assert float((encoder.encode(spoilt, undrawn) - wanted).abs().max()) > 0.3
    assert torch.equal(encoder.encode(spoilt, undrawn, keep), encoder.encode(image, undrawn, keep))
    torch.testing.assert_close(encoder.encode(spoilt, undrawn, keep), wanted, atol=0.15, rtol=0)


@pytest.mark.parametrize("layers", [1, 5])
def test_the_preconditioner_is_symmetric_and_whitens(layers: int) -> None:
    draw = torch.Generator().manual_seed(0)
    half = torch.randn(6, 6, generator=draw, dtype=torch.float64)
    curvature, trust, tau = half @ half.T, 0.5, 0.3
    apply = Preconditioner.of(curvature, trust, tau, layers)
    basis = torch.eye(layers * 6, dtype=torch.float64)
    matrix = torch.stack([apply(row.reshape(layers, 6)).flatten() for row in basis])
    torch.testing.assert_close(matrix, matrix.T)
    shared = torch.ones(layers, 1, dtype=torch.float64) / layers**0.5
    apart = torch.eye(layers, dtype=torch.float64) - shared @ shared.T
    scales = (1.0, 1.0) if layers == 1 else ((layers + tau**2) / layers, tau**2 / layers)
    model = sum(
        scale * torch.kron(part, curvature)
        for scale, part in zip(scales, (shared @ shared.T, apart), strict=True)
    )
    whitened = matrix @ (model / trust**2 + basis) @ matrix
    torch.testing.assert_close(whitened, basis)


def test_the_solver_counts_and_keeps_the_best() -> None:
    """Rosenbrock's valley in 6 dimensions."""
    calls: list[float] = []

    def valley(x: Tensor) -> tuple[float, Tensor]:
        with torch.enable_grad():
            point = x.clone().requires_grad_()
            value = (100 * (point[1:] - point[:-1] ** 2) ** 2 + (1 - point[:-1]) ** 2).sum()
            (gradient,) = torch.autograd.grad(value, point)
        calls.append(float(value.detach()))
        return calls[-1], gradient

    start = torch.zeros(6, dtype=torch.float64)
    for budget in (1, 2, 7, 30):
        calls.clear()
        best = minimize(valley, start, budget)
        assert len(calls) == budget
        assert valley(best)[0] == min(calls)
    calls.clear()
    torch.testing.assert_close(
        minimize(valley, start, 300), torch.ones(6).double(), atol=1e-5, rtol=0
    )
    with pytest.raises(LatentError, match="not a finite number"):
        minimize(lambda x: (float("nan"), x), start, 5)
