"""Photographs to codes: samples come back, masks, classes, sizes, cancelling, refusals."""

from __future__ import annotations

import math
import warnings

import latent_levers as ll
import pytest
import torch
from cases import tiny
from latent_levers.core.base.errors import LatentError, PackError
from latent_levers.core.photos.photo_input import drawn_channels
from torch import Tensor


def photos_of(gan: ll.Generator, count: int = 2, label: int | None = None) -> Tensor:
    """Samples of a generator as photographs."""
    images = ll.render(gan, ll.sample_latents(gan, count, 3, 1.0, labels=label))
    return drawn_channels(images).clamp(-1, 1)


@pytest.mark.parametrize(
    ("name", "space", "psnr"),
    [
        ("stylegan2-skip", "W", 38),
        ("stylegan2-skip", "W+", 38),
        ("stylegan2-skip", "S", 38),
        ("stylegan2-wide", "W", 38),
        ("stylegan2-grey", "W+", 38),
        ("stylegan3-t", "W", 35),
        ("dcgan", "W", 35),
    ],
)
def test_samples_come_back(name: str, space: str, psnr: float) -> None:
    gan = tiny(name)
    photos = photos_of(gan)
    found = ll.invert(gan, photos, space, trust=0.1, steps=30)
    assert float(found.psnr.min()) > psnr
    assert float(found.typicality.max()) < 1
    torch.testing.assert_close(found.reconstruction, ll.render(gan, found.codes))
    error = (drawn_channels(found.reconstruction).clamp(-1, 1) - photos).double().square()
    expected = 10 * (4 / error.mean(dim=(1, 2, 3))).log10()
    torch.testing.assert_close(found.psnr, expected)
    assert found.codes.truncation_psi == 1
    again = ll.invert(gan, photos, space, trust=0.1, steps=30)
    assert torch.equal(again.codes.values, found.codes.values)


def test_codes_take_levers_in_every_space() -> None:
    gan = tiny()
    levers = ll.sefa(gan, count=1)
    for space in ("W", "W+", "S"):
        found = ll.invert(gan, photos_of(gan, 1), space, steps=8)
        pulled = ll.edit(found.codes, levers, 0, 1.0)
        assert not torch.allclose(ll.render(gan, pulled), found.reconstruction, atol=1e-3)


def test_more_evaluations_come_nearer_and_none_is_the_encoder() -> None:
    gan = tiny()
    photos = photos_of(gan)
    inverter = ll.prepare_inversion(gan, samples=16)
    few, some, many = (
        ll.invert(gan, photos, trust=0.1, steps=n, inverter=inverter).psnr for n in (0, 5, 30)
    )
    assert float(few.min()) > 15
    assert float(few.mean()) < float(some.mean()) < float(many.mean())


def test_masked_pixels_change_nothing() -> None:
    gan = tiny("stylegan2-resnet")
    photos = photos_of(gan)
    height, width = gan.spec.img_size
    mask = torch.zeros(height, width)
    mask[: height // 2, : width // 2] = 1
    other = photos.clone()
    other[:, :, : height // 2, : width // 2] = -0.9
    first, second = (ll.invert(gan, each, "W+", steps=12, mask=mask) for each in (photos, other))
    assert torch.equal(first.codes.values, second.codes.values)
    assert torch.equal(first.psnr, second.psnr)
    plain = ll.invert(gan, other, "W+", steps=12)
    assert bool((plain.psnr < second.psnr).all())


def test_in_inference_mode_as_in_comfyui() -> None:
    gan = tiny()
    photos, mask = photos_of(gan), torch.zeros(*gan.spec.img_size)
    mask[:2] = 1
    expected = ll.invert(gan, photos, "S", steps=6, mask=mask)
    with torch.inference_mode():
        inverter = ll.prepare_inversion(gan)
        found = ll.invert(gan, photos + 0, "S", steps=6, mask=mask + 0, inverter=inverter)
    torch.testing.assert_close(found.codes.values, expected.codes.values)


def test_the_class_is_told_or_given() -> None:
    gan = tiny("stylegan2-conditional")
    photos = photos_of(gan, 1, label=2)
    means = ll.render(gan, ll.average_latent(gan, [0, 1, 2]))
    with pytest.warns(UserWarning, match=r"nearest to each photograph was taken: 2\. Give"):
        found = ll.invert(gan, means[2:].clamp(-1, 1), steps=2)
    assert found.classes == (2,)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        given = ll.invert(gan, photos, steps=10, label=2)
    assert given.classes == (2,)
    assert given.codes.labels is not None
    assert given.codes.labels.argmax() == 2
    with pytest.raises(LatentError, match="Class 7 was requested"):
        ll.invert(gan, photos, label=7)
    with pytest.raises(LatentError, match="without classes"):
        ll.invert(tiny(), photos_of(tiny()), label=0)
    inverter = ll.prepare_inversion(gan, samples=20, label=1)
    assert ll.invert(gan, photos, steps=1, inverter=inverter).classes == (1,)
    with pytest.raises(LatentError, match="prepared for class 1; 2 was requested"):
        ll.invert(gan, photos, inverter=inverter, label=2)
    with pytest.raises(LatentError, match="No label was given"):
        ll.prepare_inversion(gan)


def test_cancelling_and_counting() -> None:
    gan = tiny()
    photos = photos_of(gan)
    inverter = ll.prepare_inversion(gan, samples=20)
    seen: list[tuple[int, int]] = []

    class CancelledError(Exception):
        """Somebody pressed the button."""

    def cancel(done: int, total: int) -> None:
        seen.append((done, total))
        if done == 8:
            raise CancelledError

    with pytest.raises(CancelledError):
        ll.invert(gan, photos, steps=6, inverter=inverter, progress=cancel)
    assert seen == [(done, 12) for done in range(1, 9)]
    seen.clear()
    told = seen.append
    ll.invert(gan, photos, "S", steps=6, inverter=inverter, progress=lambda *pair: told(pair))
    assert seen == [(done, 12) for done in range(1, 13)]
    with pytest.raises(CancelledError):
        ll.prepare_inversion(gan, samples=20, progress=cancel_at_once(CancelledError))


def cancel_at_once(error: type[Exception]) -> ll.core.base.progress.Progress:
    """A progress that cancels at its first report."""

    def cancel(done: int, total: int) -> None:
        raise error

    return cancel


def test_photographs_of_other_sizes() -> None:
    gan = tiny("stylegan2-resnet")  # 16 x 16
    photos = photos_of(gan, 1)
    large = torch.nn.functional.interpolate(photos, scale_factor=8, mode="bicubic").clamp(-1, 1)
    plain, reduced = (ll.invert(gan, each, steps=12) for each in (photos, large))
    assert float(reduced.psnr) > 30
    torch.testing.assert_close(reduced.codes.values, plain.codes.values, atol=0.2, rtol=0)
    small = torch.nn.functional.avg_pool2d(photos, 2)
    with pytest.warns(UserWarning, match=r"8 x 8 pixels and was enlarged to 16 x 16"):
        ll.invert(gan, small, steps=1)
    grey = photos.mean(dim=1, keepdim=True)
    assert torch.equal(
        ll.invert(gan, grey, steps=2).codes.values,
        ll.invert(gan, grey.expand(-1, 3, -1, -1), steps=2).codes.values,
    )


@pytest.mark.parametrize(
    ("photos", "words"),
    [
        (torch.zeros(3, 16, 16), r"shape \[3, 16, 16\]"),
        (torch.zeros(0, 3, 16, 16), r"at least one"),
        (torch.zeros(1, 3, 1, 1), r"1 x 1 pixels.*Use a larger photograph"),
        (torch.zeros(1, 3, 16, 24), r"24 x 16 pixels.*16 x 16.*Crop the face first"),
        (torch.full((1, 3, 16, 16), math.nan), "NaN"),
        (torch.full((1, 3, 16, 16), 200.0), "Divide bytes by 127.5"),
        (torch.zeros(1, 3, 1, 1).expand(1, 3, 10_000, 10_000), "at most 64 megapixels"),
    ],
)
def test_what_is_no_photograph(photos: Tensor, words: str) -> None:
    with pytest.raises(PackError, match=words):
        ll.invert(tiny("stylegan2-resnet"), photos)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"trust": 0.0}, "trust is 0.0"),
        ({"cohesion": math.nan}, "cohesion is nan"),
        ({"steps": -1}, "steps is -1"),
        ({"space": "Q"}, "Unknown latent space"),
        ({"mask": torch.ones(8, 8)}, "leaves out nearly all"),
        ({"mask": torch.full((8, 8), 3.0)}, "outside of 0 to 1"),
        ({"mask": torch.zeros(5, 8, 8)}, r"shape \[5, 8, 8\]"),
    ],
)
def test_numbers_out_of_range(more: dict[str, object], words: str) -> None:
    gan = tiny()
    with pytest.raises(PackError, match=words):
        ll.invert(gan, photos_of(gan), **more)  # type: ignore[arg-type]


def test_the_report_says_what_the_generator_cannot_draw() -> None:
    gan = tiny()
    good = ll.invert(gan, photos_of(gan, 1), steps=25)
    (words,) = good.report(gan)
    assert words.startswith("The reconstruction is close to the photograph (")
    assert "as typical as random ones" in words
    board = torch.ones(1, 3, *gan.spec.img_size)
    board[..., ::2, ::2] = board[..., 1::2, 1::2] = -1
    (words,) = ll.invert(gan, board, steps=10).report(gan)
    assert "hardly draws such a picture (" in words
    assert "8 x 8 pixels hardly draws such a picture" in words
    assert "trained on" in words


def test_a_start_of_another_encoder_is_taken() -> None:
    gan = tiny()
    own = ll.sample_latents(gan, 2, 50, 1.0)
    mixed = ll.mix_styles(gan, own[:1], own[1:], layers="0-1")
    photo = drawn_channels(ll.render(gan, mixed)).clamp(-1, 1)
    found = ll.invert(gan, photo, "W+", steps=0, start=mixed)
    torch.testing.assert_close(found.codes.values, mixed.values, atol=1e-4, rtol=1e-4)
    assert float(ll.invert(gan, photo, "W+", steps=0).psnr) < float(found.psnr)
    nearer = ll.invert(gan, photo, "W+", steps=6, start=mixed, trust=0.1)
    assert float(nearer.psnr) > 38
    shared = ll.invert(gan, photo, "W", steps=0, start=mixed)
    assert shared.codes.values.shape[1] == 1
    torch.testing.assert_close(
        shared.codes.values, mixed.values.mean(dim=1, keepdim=True), atol=1e-4, rtol=1e-4
    )
    exact = ll.invert(gan, photos_of(gan), steps=0, start=ll.sample_latents(gan, 2, 3, 1.0))
    assert float(exact.psnr.min()) > 38
    with pytest.raises(LatentError, match="2 codes in W to begin with were given for 1"):
        ll.invert(gan, photo, start=own)
    with pytest.raises(LatentError, match="codes in S to begin with"):
        ll.invert(gan, photo, start=ll.to_styles(gan, mixed))


@pytest.mark.parametrize(
    ("photo", "words"),
    [(None, r"The photograph is missing \(None\)"), ("me.png", "The photograph is of type str")],
)
def test_photographs_that_are_none(photo: object, words: str) -> None:
    with pytest.raises(PackError, match=words):
        ll.invert(tiny(), photo)  # type: ignore[arg-type]
