"""Blends: their ends, their lengths, and what travels along."""

from __future__ import annotations

import math

import pytest
import torch
from cases import tiny
from latent_levers.core.base.errors import LatentError
from latent_levers.core.concepts.directions import make_directions
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.edits.editing import edit
from latent_levers.core.generators.rendering import render
from latent_levers.core.latents.alignment import drop_z, join, to_common_space, to_plus
from latent_levers.core.latents.interpolation import blend, slerp
from latent_levers.core.latents.sampling import map_latents, sample_latents, to_styles
from latent_levers.core.levers.factorization import sefa
from torch import Tensor

EVERY = ["stylegan2-skip", "stylegan2-conditional", "stylegan3-t", "pggan", "dcgan", "biggan-deep"]


def codes_of(name: str, count: int = 2, seed: int = 0, **facts: object):
    """A generator and codes of its first class."""
    gan = tiny(name)
    label = 1 if gan.spec.c_dim else None
    return gan, sample_latents(gan, count, seed, labels=label, **facts)


def lever_in_z(gan, row: int = 0):
    """A unit vector of Z as a lever."""
    vectors = torch.eye(gan.spec.z_dim)[[row]]
    return make_directions(vectors, torch.ones(1), space=LatentSpace.Z, num_ws=gan.spec.num_ws)


def test_slerp_keeps_lengths_and_turns_evenly() -> None:
    a, b = torch.randn(2, 7, 9, dtype=torch.float64)
    b = b * torch.linspace(0.7, 5, 7, dtype=torch.float64)[:, None]
    angle = torch.acos((a * b).sum(1) / a.norm(dim=1) / b.norm(dim=1))
    for t in (0.0, 0.2, 0.5, 0.9, 1.0, 1.2):
        c = slerp(a, b, t)
        torch.testing.assert_close(c.norm(dim=1), (1 - t) * a.norm(dim=1) + t * b.norm(dim=1))
        cosine = (a * c).sum(1) / a.norm(dim=1) / c.norm(dim=1)
        torch.testing.assert_close(cosine, torch.cos(t * angle))
        plane = torch.stack([a, b, c], dim=1)  # c lies in the plane of a and b
        assert torch.linalg.svdvals(plane)[:, 2].max() < 1e-12


def test_slerp_without_an_arc_is_the_straight_line() -> None:
    a = torch.tensor([[1.0, 0, 0], [1, 2, 3], [0, 0, 0], [1, 1, 1]], dtype=torch.float64)
    b = torch.tensor([[-1.0, 0, 0], [2, 4, 6], [1, 0, 1], [1, 1, 1]], dtype=torch.float64)
    torch.testing.assert_close(slerp(a, b, 0.25), 0.75 * a + 0.25 * b)
    near = a[1:2] * (1 + 1e-9)
    torch.testing.assert_close(slerp(a[1:2], near, 0.5), a[1:2])


@pytest.mark.parametrize("how", ["linear", "spherical"])
@pytest.mark.parametrize("name", EVERY)
def test_the_ends_are_the_codes_themselves(name: str, how: str) -> None:
    gan, first = codes_of(name)
    _, second = codes_of(name, seed=7)
    between = blend(gan, first, second, (0.0, 1.0), how)
    assert len(between) == 4
    assert between.space is first.space
    assert torch.equal(between.values[0::2], first.values)
    assert torch.equal(between.values[1::2], second.values)
    torch.testing.assert_close(render(gan, between[::2]), render(gan, first))


def test_a_batch_of_one_goes_with_all_and_amounts_are_in_order() -> None:
    gan, first = codes_of("stylegan2-skip", 3)
    _, one = codes_of("stylegan2-skip", 1, seed=9)
    between = blend(gan, first, one, (0.25, 0.5))
    expected = torch.stack(
        [0.75 * first.values + 0.25 * one.values, (first.values + one.values) / 2]
    )
    torch.testing.assert_close(between.values, expected.transpose(0, 1).flatten(0, 1))
    assert between.seeds is None
    with pytest.raises(LatentError, match="Batches of 3 and 2 codes"):
        blend(gan, first, first[:2])


def test_a_spherical_blend_in_w_goes_around_the_mean() -> None:
    gan, first = codes_of("stylegan2-skip")
    _, second = codes_of("stylegan2-skip", seed=5)
    assert gan.w_avg is not None
    middle = blend(gan, first, second, (0.5,), "spherical")
    lengths = [(c.values[:, 0] - gan.w_avg).norm(dim=1) for c in (first, second, middle)]
    torch.testing.assert_close(lengths[2], (lengths[0] + lengths[1]) / 2)


def test_a_blend_in_z_is_mapped() -> None:
    gan, first = codes_of("stylegan2-skip")
    _, second = codes_of("stylegan2-skip", seed=5)
    middle = blend(gan, first, second, (0.5,), "spherical", "Z")
    assert first.z is not None
    assert second.z is not None
    expected = map_latents(gan, slerp(first.z, second.z, 0.5), truncation_psi=0.7)
    torch.testing.assert_close(middle.values, expected.values)
    torch.testing.assert_close(middle.z, expected.z)
    pulled = edit(first, sefa(gan, count=1), 0, 3.0, unit="distance")
    with pytest.warns(UserWarning, match="were dropped"):
        blend(gan, pulled, second, (0.5,), space="Z")
    with pytest.raises(LatentError, match="carry no z"):
        blend(gan, drop_z(gan, first), second, space="Z")
    calm = sample_latents(gan, 2, 5, truncation_psi=0.5, truncation_cutoff=3)
    with pytest.raises(LatentError, match="truncations 0.7 and 0.5 of 3 layers"):
        blend(gan, first, calm, space="Z")


def test_a_class_between_two() -> None:
    gan, first = codes_of("biggan-deep", 1)
    second = sample_latents(gan, 1, 3, labels=2)
    middle = blend(gan, first, second, (0.25,))
    assert middle.labels is not None
    assert middle.labels.tolist() == [[0.0, 0.75, 0.25, 0.0]]


def test_codes_of_different_spaces_meet() -> None:
    """Z joins W, W joins W+, all join S; each draws what it drew before."""
    gan, w = codes_of("stylegan2-skip", 2)
    z = sample_latents(gan, 2, 4, space="Z")
    plus = sample_latents(gan, 2, 6, space="W+")
    for batches, space in (
        ((w, z), LatentSpace.W),
        ((w, plus, z), LatentSpace.W_PLUS),
        ((z, to_styles(gan, w)), LatentSpace.S),
        ((z, z), LatentSpace.Z),
    ):
        ready = to_common_space(gan, batches)
        assert {codes.space for codes in ready} == {space}
        for before, after in zip(batches, ready, strict=True):
            torch.testing.assert_close(render(gan, after), render(gan, before), atol=1e-5, rtol=0)
    with pytest.raises(LatentError, match="No latent codes"):
        to_common_space(gan, [])


def test_every_code_keeps_its_own_truncation() -> None:
    gan = tiny()
    batches = [
        sample_latents(gan, 1, 0, 0.5, space="Z"),
        sample_latents(gan, 1, 1, 1.0, 2, space="Z"),
        sample_latents(gan, 1, 2, 0.3, 2),
    ]
    ready = to_common_space(gan, batches)
    assert len({(codes.truncation_psi, codes.truncation_cutoff) for codes in ready}) == 1
    for before, after in zip(batches, ready, strict=True):
        torch.testing.assert_close(render(gan, after), render(gan, before), atol=1e-5, rtol=0)
    gan = tiny("biggan-deep")
    differ = [sample_latents(gan, 1, 0, psi, labels=0) for psi in (0.5, 1.0)]
    with pytest.raises(LatentError, match=r"truncations \[0.5, 1.0\]"):
        to_common_space(gan, differ)


@pytest.mark.parametrize("cutoff", [None, 2])
def test_edits_in_z_and_in_s_come_along(cutoff: int | None) -> None:
    """Settled codes, and codes with a latent per layer, draw the same images."""
    gan, first = codes_of("stylegan2-skip", truncation_cutoff=cutoff)
    pulled = edit(first, lever_in_z(gan), 0, 2.0, unit="distance")
    size = gan.spec.direction_dim(LatentSpace.S)
    in_s = make_directions(
        torch.ones(1, size), torch.ones(1), space=LatentSpace.S, num_ws=gan.spec.num_ws
    )
    pulled = edit(pulled, in_s, 0, 1.0, unit="distance")
    image = render(gan, pulled)
    assert (image - render(gan, first)).abs().max() > 1e-3
    for same in (drop_z(gan, pulled), to_plus(gan, pulled)):
        assert same.z is None
        torch.testing.assert_close(render(gan, same), image, atol=1e-5, rtol=0)
    half = blend(gan, first, pulled, (0.5,))
    assert half.style_shift is not None
    assert pulled.style_shift is not None
    torch.testing.assert_close(half.style_shift, pulled.style_shift / 2)


def test_errors_say_what_is_wrong() -> None:
    gan, first = codes_of("stylegan2-skip")
    with pytest.raises(LatentError, match="Unknown blend 'cubic'"):
        blend(gan, first, first, how="cubic")
    for amounts in ((), (math.nan,)):
        with pytest.raises(LatentError, match="at least one finite number"):
            blend(gan, first, first, amounts)
    with pytest.raises(LatentError, match="blend in W"):
        blend(gan, sample_latents(gan, 1, space="Z"), first[0], space="W")
    styles = to_styles(gan, first)
    with pytest.raises(LatentError, match="spherical blend of codes in S"):
        blend(gan, styles, styles, how="spherical")
    halfway = blend(gan, styles[0], styles[1], (0.5,))
    torch.testing.assert_close(halfway.values, styles.values.mean(dim=0, keepdim=True))
    with pytest.raises(LatentError, match="generator with a single latent"):
        to_plus(*codes_of("dcgan"))


def test_batches_are_joined_in_order() -> None:
    """Those of one kind stay as they are, for levers in Z; others meet."""
    gan, first = codes_of("stylegan2-skip", 2)
    one = sample_latents(gan, 1, 9)
    both = join(gan, [first, one])
    assert both.z is not None
    assert both.seeds == (0, 1, 9)
    assert torch.equal(both.values, torch.cat([first.values, one.values]))
    plus = sample_latents(gan, 1, 4, space="W+")
    mixed = join(gan, [first, plus])
    assert (mixed.space, mixed.z, len(mixed)) == (LatentSpace.W_PLUS, None, 3)
    torch.testing.assert_close(render(gan, mixed)[2:], render(gan, plus))
    with pytest.raises(LatentError, match="No latent codes"):
        join(gan, [])
    with pytest.raises(LatentError, match="were given"):
        join(gan, [sample_latents(tiny("stylegan2-resnet"), 1)])


def _spread(values: Tensor) -> float:
    """Root mean square length."""
    return float(values.square().sum(dim=-1).mean().sqrt())


def test_a_spherical_blend_of_z_stays_as_long_as_drawn_ones() -> None:
    """Which is why it is there: the straight one falls short by the root of two."""
    gan = tiny("dcgan")
    first, second = sample_latents(gan, 500, 0), sample_latents(gan, 500, 500)
    drawn = _spread(first.values)
    assert _spread(blend(gan, first, second, how="spherical").values) > 0.93 * drawn
    assert _spread(blend(gan, first, second).values) < 0.8 * drawn
