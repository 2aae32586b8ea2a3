"""Tuning: codes draw their photographs, the base stays, other images move little."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import latent_levers as ll
import pytest
import torch
from cases import CASES, tiny
from latent_levers.core.base.errors import LatentError, PackError
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.latent_code import LatentCode
from latent_levers.core.levers.compatibility import Fit, compatibility
from latent_levers.core.photos.fitting.pyramid import Misfit
from latent_levers.core.photos.photo_input import drawn_channels
from latent_levers.core.photos.random_neighbours import RandomNeighbours, inputs_of
from torch import Tensor


def photo_like(gan: Generator, codes: LatentCode, seed: int = 0) -> Tensor:
    """The codes' images with smooth spots that the generator does not draw."""
    images = drawn_channels(ll.render(gan, codes).clamp(-1, 1))
    height, width = images.shape[2:]
    spots = torch.randn(1, 1, 3, 3, generator=torch.Generator().manual_seed(seed))
    smooth = torch.nn.functional.interpolate(spots, (height, width), mode="bilinear")
    return (0.6 * images + 0.25 * smooth).clamp(-1, 1)


def weights(gan: Generator) -> dict[str, Tensor]:
    """A copy of all weights."""
    return {name: tensor.clone() for name, tensor in gan.network.state_dict().items()}


def label_of(gan: Generator) -> int | None:
    """A class where the generator has any."""
    return 0 if gan.spec.c_dim else None


@pytest.mark.parametrize("case", CASES)
def test_every_family_comes_closer_and_its_base_stays(case: str) -> None:
    gan = tiny(case)
    codes = ll.sample_latents(gan, 1, 3, labels=label_of(gan))
    photo = photo_like(gan, codes)
    before = weights(gan)
    tuned = ll.tune(gan, codes, photo, steps=12, rate=0.02)
    assert all(torch.equal(before[name], t) for name, t in gan.network.state_dict().items())
    facts, misfit = tuned.details["tuned"], Misfit(photo)
    first, last = (float(misfit(drawn_channels(ll.render(g, codes)))) for g in (gan, tuned))
    assert last < 0.7 * first
    assert tuned.spec.fingerprint != gan.spec.fingerprint
    assert facts["base"] == gan.spec.fingerprint
    assert not any(p.requires_grad or p.grad is not None for p in tuned.network.parameters())
    shown = ll.render(tuned, codes).clamp(-1, 1)[:, : photo.shape[1]]
    psnr = float(10 * (4 / (shown - photo).square().mean()).log10())
    assert psnr == pytest.approx(facts["psnr_after"][0], abs=0.02)


def test_spaces_labels_and_a_mask() -> None:
    gan = tiny("stylegan2-skip")
    codes = ll.sample_latents(gan, 2, 0)
    photo = photo_like(gan, codes)
    in_z = ll.sample_latents(gan, 2, 0, space="Z")
    for some in (codes, in_z, ll.to_styles(gan, codes)):
        facts = ll.tune(gan, some, photo, steps=8, rate=0.02).details["tuned"]
        assert min(facts["psnr_after"]) > max(facts["psnr_before"])
        assert facts["photos"] == 2
    mask = torch.zeros(1, *gan.spec.img_size)
    mask[:, :, : gan.spec.img_size[1] // 2] = 1
    spoiled = torch.where(mask[:, None] > 0, torch.tensor(1.0), photo)
    hidden = ll.tune(gan, codes, spoiled, steps=8, mask=mask)
    other = torch.where(mask[:, None] > 0, torch.tensor(-1.0), photo)
    assert hidden.spec.fingerprint == ll.tune(gan, codes, other, 8, mask=mask).spec.fingerprint


def test_locality_keeps_other_images() -> None:
    gan = tiny("stylegan2-resnet")
    codes = ll.sample_latents(gan, 1, 3)
    photo = photo_like(gan, codes)
    others = ll.sample_latents(gan, 16, 100, 1.0)

    def change(locality: float) -> float:
        tuned = ll.tune(gan, codes, photo, steps=25, rate=0.01, locality=locality)
        return float((ll.render(tuned, others) - ll.render(gan, others)).square().mean())

    assert change(1.0) < 0.7 * change(0.0)


def test_the_other_codes_lie_on_the_way_to_random_ones() -> None:
    gan = tiny("stylegan2-skip")
    codes = ll.sample_latents(gan, 2, 0)
    inputs = inputs_of(gan, codes)
    near = RandomNeighbours.draw(gan, codes, inputs, 0.5, 7, 3)
    _, found = near.near(1, 2)
    random = inputs_of(gan, ll.sample_latents(gan, 1, 9, 1.0))
    towards = random - inputs[1:]
    alpha = (found - inputs[1:]).norm()
    assert torch.allclose(found - inputs[1:], alpha * towards / towards.norm(), atol=1e-5)
    cloud = inputs_of(gan, ll.sample_latents(gan, 64, 7, 1.0)).flatten(1)
    assert float(alpha) == pytest.approx(0.5 * float(cloud.var(dim=0, unbiased=False).sum().sqrt()))


def test_seeds_progress_and_cancelling() -> None:
    gan = tiny("stylegan2-skip")
    codes = ll.sample_latents(gan, 5, 0)  # more than a step looks at
    photo = photo_like(gan, codes)
    told: list[tuple[int, int]] = []
    state = torch.get_rng_state()
    one = ll.tune(gan, codes, photo, 3, progress=lambda done, total: told.append((done, total)))
    assert torch.equal(state, torch.get_rng_state())
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert ll.tune(gan, codes, photo, 3).spec.fingerprint == one.spec.fingerprint
    assert ll.tune(gan, codes, photo, 3, seed=9).spec.fingerprint != one.spec.fingerprint

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    before = weights(gan)
    with pytest.raises(KeyboardInterrupt):
        ll.tune(gan, codes, photo, 3, progress=stop)
    assert all(torch.equal(before[name], t) for name, t in gan.network.state_dict().items())


@pytest.mark.parametrize("case", ["stylegan2-skip", "stylegan1-conditional", "biggan-deep"])
def test_in_inference_mode_as_in_comfyui(case: str) -> None:
    gan = tiny(case)
    codes = ll.sample_latents(gan, 1, 0, labels=label_of(gan))
    photo, mask = photo_like(gan, codes), torch.zeros(*gan.spec.img_size)
    mask[:2] = 1
    plain = ll.tune(gan, codes, photo, 2, mask=mask)
    with torch.inference_mode():
        codes = ll.sample_latents(gan, 1, 0, labels=label_of(gan))
        codes = replace(
            codes,
            values=codes.values + 0,
            labels=None if codes.labels is None else codes.labels + 0,
        )
        found = ll.tune(gan, codes, photo + 0, 2, mask=mask + 0)
    assert found.spec.fingerprint == plain.spec.fingerprint


def test_levers_of_the_base_are_told_to_be_related() -> None:
    gan = tiny("stylegan2-skip")
    codes = ll.sample_latents(gan, 1, 0)
    tuned = ll.tune(gan, codes, photo_like(gan, codes), 2)
    levers = ll.sefa(gan)
    assert compatibility(levers, tuned).fit is Fit.TUNED
    assert compatibility(ll.sefa(tuned), gan).fit is Fit.TUNED
    assert compatibility(ll.sefa(tuned), tuned).fit is Fit.OWN
    assert "tuning on photographs" in compatibility(levers, tuned).sentence
    stranger = replace(levers, origin="0123456789abcdef")
    assert compatibility(stranger, tuned).fit is Fit.SIZE


@pytest.mark.filterwarnings("error")
def test_levers_of_the_tuned_one_move_the_photographs_codes_without_a_warning() -> None:
    gan = tiny("stylegan2-skip")
    codes = ll.sample_latents(gan, 1, 0)
    tuned = ll.tune(gan, codes, photo_like(gan, codes), 2)
    moved = ll.edit(codes, ll.sefa(tuned), index=0, strength=1.0)
    assert not torch.equal(moved.values, codes.values)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"steps": 0}, PackError, "steps is 0"),
        ({"rate": 0.0}, PackError, "rate is 0"),
        ({"locality": float("nan")}, PackError, "locality is nan"),
        ({"reach": -1.0}, PackError, "reach is -1"),
        ({"photos": torch.zeros(2, 3, 8, 8)}, LatentError, "1 codes were given for 2 photographs"),
        ({"photos": torch.zeros(1, 3, 8, 9)}, PackError, "9 x 8 pixels"),
        ({"mask": torch.ones(8, 8)}, PackError, "leaves out nearly all"),
    ],
)
def test_what_cannot_be_used_is_said(
    given: dict[str, Any], error: type[Exception], words: str
) -> None:
    gan = tiny("stylegan2-skip")
    codes = ll.sample_latents(gan, 1, 0)
    with pytest.raises(error, match=words):
        ll.tune(gan, codes, **{"photos": torch.zeros(1, 3, 8, 8), **given})
    wrong = replace(codes, values=torch.zeros(1, 1, 3))
    with pytest.raises(LatentError, match="3"):
        ll.tune(gan, wrong, torch.zeros(1, 3, 8, 8))
