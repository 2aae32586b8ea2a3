"""Pulling levers in S: which styles move, and on which codes."""

from __future__ import annotations

from dataclasses import replace

import latent_levers as ll
import pytest
import torch
from cases import tiny
from latent_levers.core.base.errors import DirectionsError, LatentError
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.latents.code_statistics import style_deviations


def s_levers(layers: str | None = None) -> ll.Directions:
    """Three directions in S of the tiny StyleGAN2."""
    codes, box = ll.sample_latents(tiny(), 1), ll.Region.box(1, 1, 3, 3, 8)
    return ll.resefa(tiny(), codes, box, space="S", layers=layers, count=3)


@pytest.mark.parametrize("space", ["Z", "W", "W+", "S"])
def test_s_levers_act_on_codes_of_every_space(space: str) -> None:
    """Styles move by strength along the unit row, whatever they are made of."""
    gan, levers = tiny(), s_levers()
    codes = ll.sample_latents(gan, 2, space=space)
    pulled = ll.edit(codes, levers, 1, 2.5, unit="distance")
    assert pulled.space is codes.space
    moved = gan.style_codes(pulled) - gan.style_codes(codes)
    torch.testing.assert_close(moved, 2.5 * levers.vectors[1].expand(2, -1), atol=1e-5, rtol=0)
    styles = ll.to_styles(gan, codes)
    by_hand = replace(styles, values=styles.values + 2.5 * levers.vectors[1])
    torch.testing.assert_close(ll.render(gan, pulled), ll.render(gan, by_hand), atol=1e-5, rtol=0)
    assert (ll.render(gan, pulled) - ll.render(gan, codes)).abs().max() > 1e-3
    back = ll.edit(pulled, levers, 1, -2.5, unit="distance")
    torch.testing.assert_close(ll.render(gan, back), ll.render(gan, codes), atol=1e-5, rtol=0)


def test_s_levers_compose_with_edits_in_w_and_z() -> None:
    """In any order, since both add up in the styles."""
    gan, in_s, in_w = tiny(), s_levers(), ll.sefa(tiny())
    codes, box = ll.sample_latents(gan, 2), ll.Region.box(1, 1, 3, 3, 8)
    in_z = ll.resefa(gan, codes, box, space="Z", count=2)
    for other in (in_w, in_z):
        one = ll.edit(
            ll.edit(codes, in_s, 0, 2.0, unit="distance"),
            other,
            1,
            1.5,
            layers="all",
            unit="distance",
        )
        two = ll.edit(
            ll.edit(codes, other, 1, 1.5, layers="all", unit="distance"),
            in_s,
            0,
            2.0,
            unit="distance",
        )
        torch.testing.assert_close(ll.render(gan, one), ll.render(gan, two))
        alone = gan.style_codes(ll.edit(codes, other, 1, 1.5, unit="distance"))
        expected = alone + 2.0 * in_s.vectors[0]
        torch.testing.assert_close(gan.style_codes(one), expected, atol=1e-5, rtol=0)
    plus = ll.edit(
        ll.edit(codes, in_s, 0, 2.0, unit="distance"), in_w, 0, 1.0, layers="1-2", unit="distance"
    )
    assert plus.space is LatentSpace.W_PLUS
    assert plus.style_shift is not None


def test_levers_are_found_where_styles_were_edited() -> None:
    """The Jacobian in W, Z and S is that of the edited image."""
    gan, box = tiny(), ll.Region.box(1, 1, 3, 3, 8)
    codes = ll.sample_latents(gan, 1)
    edited = ll.edit(codes, s_levers(), 0, 3.0, unit="distance")
    by_hand = replace(codes, style_shift=3.0 * s_levers().vectors[:1])
    for space in ("Z", "W", "S"):
        found, expected, before = (
            ll.resefa(gan, at, box, space=space, count=3).eigenvalues
            for at in (edited, by_hand, codes)
        )
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=0)
        assert ((found - before) / before).abs().max() > 1e-3
    found = ll.resefa(gan, ll.to_styles(gan, edited), box, space="S", count=3)
    expected = ll.resefa(gan, edited, box, space="S", count=3)
    torch.testing.assert_close(found.eigenvalues, expected.eigenvalues, rtol=1e-4, atol=0)


def test_s_levers_on_some_layers() -> None:
    """The styles that read these layers move, those of all others stay."""
    gan, levers = tiny(), s_levers()
    codes = ll.sample_latents(gan, 1)
    pulled = ll.edit(codes, levers, 0, 2.0, layers="1", unit="distance")
    moved = (gan.style_codes(pulled) - gan.style_codes(codes))[0]
    expected = torch.zeros_like(moved)
    expected[7:21] = 2.0 * levers.vectors[0, 7:21]  # the ToRGB of 4 pixels, conv0 of 8
    torch.testing.assert_close(moved, expected, atol=1e-6, rtol=0)
    torch.testing.assert_close(
        ll.edit(ll.to_styles(gan, codes), levers, 0, 2.0, layers=[1], unit="distance").values[0, 0],
        gan.style_codes(pulled)[0],
        atol=1e-6,
        rtol=0,
    )
    with pytest.raises(
        DirectionsError, match=r"do not say which channels of S belong to which layer"
    ):
        ll.edit(codes, replace(levers, styles=()), 0, 2.0, layers="1", unit="distance")


def test_s_levers_in_sigmas_and_sweeps() -> None:
    """One sigma is a length of 1 where each channel is measured in its own deviation."""
    gan, levers = tiny(), s_levers()
    codes = ll.sample_latents(gan, 2)
    swept = ll.sweep(codes, levers, 2, [-1.0, 0.0, 2.0], "sigma")
    assert swept.style_shift is not None
    deviations = style_deviations(gan)
    lengths = (swept.style_shift.double() / deviations).norm(dim=1)
    expected = torch.tensor([1.0, 0.0, 2.0, 1.0, 0.0, 2.0], dtype=torch.float64)
    torch.testing.assert_close(lengths, expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(
        ll.render(gan, swept)[[1, 4]], ll.render(gan, codes), atol=1e-6, rtol=0
    )


@pytest.mark.usefixtures("_no_names")
def test_s_levers_that_do_not_fit() -> None:
    """Each refusal names what serves."""
    gan, levers = tiny(), s_levers()
    in_s = ll.sample_latents(gan, 1, space="S")
    with pytest.raises(LatentError, match="a lever in W, codes in S.*Z, W or W"):
        ll.edit(in_s, ll.sefa(gan), unit="distance")
    other = tiny("stylegan2-resnet")
    shorter = replace(in_s, values=in_s.values[..., 1:])
    for codes in (ll.sample_latents(other, 1, space="S"), shorter):
        with pytest.raises(DirectionsError, match="33 numbers for codes with"):
            ll.edit(replace(codes, origin=""), levers, unit="distance")
    with pytest.raises(LatentError, match=r"a lever in S, codes in Z\+"):
        ll.edit(
            ll.sample_latents(tiny("biggan-chunks"), 1, labels=0, space="Z+"),
            levers,
            unit="distance",
        )
    with pytest.warns(UserWarning, match="another generator"):
        pulled = ll.edit(ll.sample_latents(tiny("dcgan"), 1), levers, unit="distance")
    with pytest.raises(LatentError, match="A dcgan generator has no space S"):
        ll.render(tiny("dcgan"), pulled)
    with pytest.raises(DirectionsError, match="numbers were given with 33 styles"):
        replace(levers, vectors=levers.vectors[:, 1:])
