"""Kernel ridge regression, and what an encoder makes of it."""

from __future__ import annotations

import latent_levers as ll
import pytest
import torch
from cases import tiny
from latent_levers.core.photos.fitting.encoder import KernelRidge, PictureEncoder, small_pictures
from latent_levers.core.photos.fitting.learning import usual_samples
from torch import Tensor


def data(count: int = 40, size: int = 12) -> tuple[Tensor, Tensor]:
    """Pictures, and values that are no linear function of them."""
    draw = torch.Generator().manual_seed(0)
    pictures = torch.randn(count, size, generator=draw) + 0.3
    return pictures, torch.stack([pictures[:, 0] * pictures[:, 1], pictures[:, 2]], dim=1).double()


def by_definition(model: KernelRidge, picture: Tensor) -> Tensor:
    """`o + k^T (K + r I)^-1 (U - o)`, entry by entry."""
    x, offset = model.pictures.double(), model.values.mean(dim=0)
    mean = x.mean(dim=0)
    scale = (x - mean).square().sum(dim=1).mean()

    def kernel(one: Tensor, other: Tensor) -> Tensor:
        if model.width is None:
            return (one - mean) @ (other - mean)
        return torch.exp(-(one - other).square().sum() / (model.width * scale))

    table = torch.stack([torch.stack([kernel(a, b) for b in x]) for a in x])
    table += model.ridge * table.diagonal().mean() * torch.eye(len(x))
    row = torch.stack([kernel(picture.double(), b) for b in x])
    return offset + row @ torch.linalg.solve(table, model.values - offset)


@pytest.mark.parametrize("width", [None, 2.0])
def test_it_is_what_the_definition_says(width: float | None) -> None:
    pictures, values = data(20)
    model = KernelRidge(pictures, values, 0.05, width)
    picture = torch.linspace(-1, 1, 12)
    torch.testing.assert_close(model(picture), by_definition(model, picture), atol=1e-5, rtol=1e-5)


def test_leaving_one_out_is_learning_without_it() -> None:
    """Exactly so but for the mean and the scale, which all pictures share."""
    pictures, values = data(60)
    model = KernelRidge(pictures, values, 0.1, 3.0)
    found = model.left_out()
    for row in (0, 7):
        others = torch.arange(60) != row
        without = KernelRidge(pictures[others], values[others], 0.1, 3.0)(pictures[row])
        torch.testing.assert_close(found[row], without, atol=0.1, rtol=0)
        assert float((found[row] - model(pictures[row])).abs().max()) > 0.15


def test_entries_that_do_not_count_have_no_part() -> None:
    pictures, values = data()
    model = KernelRidge(pictures, values, 0.05, 4.0)
    share = torch.tensor([1.0] * 4 + [0.0] * 8, dtype=torch.float64)
    picture = torch.randn(12, generator=torch.Generator().manual_seed(1))
    found = model.weighted(share)(model.reduced(picture, share))
    known = KernelRidge(pictures[:, :4], values, 0.05, 4.0)(picture[:4])
    torch.testing.assert_close(found, known, atol=1e-5, rtol=1e-5)


def test_feedback_makes_the_estimate_better() -> None:
    gan = tiny()
    inverter = ll.prepare_inversion(gan, samples=120)
    with_feedback = inverter.encoder
    alone = PictureEncoder(with_feedback.first, with_feedback.side)
    codes = ll.sample_latents(gan, 12, 5, 1.0)
    images = ll.render(gan, codes).clamp(-1, 1)
    wanted = inverter.prior.whiten(codes.values[:, 0])

    def draw(u: Tensor) -> Tensor:
        latents = (inverter.prior.mean + u @ inverter.prior.root.T)[:, None].float()
        return ll.render(gan, ll.LatentCode(latents, ll.LatentSpace.W))

    def likeness(encoder: PictureEncoder) -> float:
        found = torch.stack([encoder.encode(image[None], draw) for image in images])
        assert found.shape == wanted.shape
        return float((draw(found).clamp(-1, 1) - images).square().mean())

    assert likeness(with_feedback) < 0.9 * likeness(alone)


def test_small_pictures_are_averages_over_what_counts() -> None:
    images = torch.arange(64.0).reshape(1, 1, 8, 8)
    small, share = small_pictures(images, 4)
    assert small.tolist() == [[4.5, 6.5, 8.5, 10.5, 20.5, 22.5, 24.5, 26.5,
                               36.5, 38.5, 40.5, 42.5, 52.5, 54.5, 56.5, 58.5]]  # fmt: skip
    assert share.tolist() == [1] * 16
    keep = torch.ones(1, 1, 8, 8)
    keep[..., 0] = 0
    small, share = small_pictures(images, 4, keep)
    assert small[0, 0] == 5
    assert share[:2].tolist() == [0.5, 1]


def test_the_usual_number_of_images_grows_with_the_latent() -> None:
    gan = tiny()
    inverter = ll.prepare_inversion(gan, samples=16)
    assert usual_samples(gan, inverter.prior) == 8 * inverter.prior.size
