"""Hold: what lies outside a region stays, in every family and space."""

from __future__ import annotations

from dataclasses import replace

import latent_levers as ll
import pytest
import torch
from cases import CASES, some_code, tiny
from latent_levers.core.base.errors import LatentError, PackError, RegionError
from latent_levers.core.concepts.directions import make_directions
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.latent_code import LatentCode, LatentSpace
from latent_levers.core.edits.holding.coordinates import held_space
from latent_levers.core.edits.holding.image_holder import ImageHolder
from latent_levers.core.edits.holding.request import HoldRequest
from latent_levers.core.edits.holding.strides import pull_along, pull_in_strides
from latent_levers.core.edits.strength import inside_outside


def some_region(gan: Generator) -> ll.Region:
    """The upper left quarter of the image."""
    height, width = gan.spec.img_size
    return ll.Region.box(0, 0, height // 2, width // 2, gan.spec.img_size)


def some_pull(gan: Generator, codes: LatentCode, space: LatentSpace | None = None) -> LatentCode:
    """Codes pulled along a fixed direction."""
    where = space or gan.spec.native_space
    size = gan.spec.direction_dim(where)
    row = torch.randn(1, size, generator=torch.Generator().manual_seed(2))
    levers = make_directions(row, torch.ones(1), space=where, num_ws=gan.spec.num_ws)
    return ll.edit(codes, levers, 0, 0.7, "distance")


@pytest.mark.parametrize("name", sorted(CASES))
def test_less_changes_outside_and_the_objective_never_rises(name: str) -> None:
    """In every family, the held code is in the space that the pull leads to."""
    gan, codes = tiny(name), some_code(tiny(name))
    region, pulled = some_region(gan), some_pull(tiny(name), some_code(tiny(name)))
    told: list[tuple[int, int]] = []
    held = ll.hold(gan, codes, pulled, region, progress=lambda *step: told.append(step))
    native = gan.spec.native_space.plus
    assert held.space is (native if native in gan.spec.spaces else LatentSpace.Z)
    request = HoldRequest(gan, region)
    holder = ImageHolder(request, held_space(gan, codes, pulled))
    before = holder.before(codes, request.weights(1)[0])
    change = pull_in_strides(holder, before, pull_along(gan, codes, pulled))[1]
    assert all(b < a for a, b in zip(change.objectives, change.objectives[1:], strict=False))
    assert len(change.objectives) > 1
    images = [ll.render(gan, code) for code in (codes, pulled, held)]
    plain, kept = (float(inside_outside(images[0], image, region)[1]) for image in images[1:])
    assert kept < plain
    assert change.outside_held == pytest.approx(127.5 * kept**0.5, rel=1e-3)
    assert told[-1][0] == told[-1][1]


def test_a_code_that_was_not_pulled_keeps_every_bit() -> None:
    """Beside one that was; both are in W+ then."""
    gan = tiny()
    codes = some_code(gan, 2)
    pulled = some_pull(gan, codes)
    values = torch.cat([codes.values[:1], pulled.values[1:]])
    held = ll.hold(gan, codes, replace(pulled, values=values), some_region(gan))
    assert held.space is LatentSpace.W_PLUS
    assert torch.equal(held.values[0], codes.values[0].expand(gan.spec.num_ws, -1))
    assert not torch.equal(held.values[1], pulled.values[1].expand(gan.spec.num_ws, -1))
    torch.testing.assert_close(held.z, codes.z)


def test_pulls_in_s_are_held_in_s() -> None:
    """As the edit in S of codes in W, and as values of codes in S."""
    gan = tiny()
    codes = some_code(gan)
    pulled = some_pull(gan, codes, LatentSpace.S)
    held = ll.hold(gan, codes, pulled, some_region(gan))
    assert held.space is LatentSpace.W
    assert torch.equal(held.values, codes.values)
    assert held.style_shift is not None
    assert not torch.equal(held.style_shift, pulled.style_shift)
    styles = ll.hold(gan, codes, ll.to_styles(gan, pulled), some_region(gan))
    assert styles.space is LatentSpace.S
    torch.testing.assert_close(ll.render(gan, styles), ll.render(gan, held), rtol=0, atol=5e-2)


def test_pulls_in_z_of_mapped_codes_are_held_in_w_plus() -> None:
    gan = tiny()
    codes = ll.sample_latents(gan, 1, space="Z")
    held = ll.hold(gan, codes, some_pull(gan, codes, LatentSpace.Z), some_region(gan))
    assert held.space is LatentSpace.W_PLUS
    mapped = some_code(gan)
    shifted = some_pull(gan, mapped, LatentSpace.Z)
    assert shifted.z_shift is not None
    kept = ll.hold(gan, mapped, shifted, some_region(gan))
    torch.testing.assert_close(kept.z_shift, shifted.z_shift)


def test_no_step_leaves_the_pull() -> None:
    gan = tiny()
    codes = some_code(gan)
    pulled = some_pull(gan, codes)
    held = ll.hold(gan, codes, pulled, some_region(gan), steps=0)
    assert torch.equal(held.values, pulled.values.expand(-1, gan.spec.num_ws, -1))


def test_a_background_leaves_other_pixels_free() -> None:
    """What is in neither region may change, so what is held changes less."""
    gan = tiny()
    codes = some_code(gan)
    pulled, region = some_pull(gan, codes), some_region(gan)
    height, width = gan.spec.img_size
    lower = ll.Region.box(height // 2, 0, height // 2, width, gan.spec.img_size)
    images = ll.render(gan, codes)
    narrow, wide = (
        ll.render(gan, ll.hold(gan, codes, pulled, region, background=some, steps=6))
        for some in (lower, None)
    )
    held = [float(inside_outside(images, image, lower)[0]) for image in (narrow, wide)]
    assert held[0] < held[1]


def test_one_mask_per_code_and_one_code_before_many_pulls() -> None:
    """N regions serve N codes; one code before the pull serves all."""
    gan = tiny()
    codes = some_code(gan, 2)
    pulled, region = some_pull(gan, codes), some_region(gan)
    both = ll.Region(torch.cat([region.weights, region.weights.flip(1)]))
    held = ll.hold(gan, codes, pulled, both)
    alone = ll.hold(gan, codes[1], pulled[1], ll.Region(both.weights[1:]))
    torch.testing.assert_close(held.values[1:], alone.values)
    again = ll.hold(gan, codes[0], pulled[0], region)
    torch.testing.assert_close(held.values[:1], again.values)
    with pytest.raises(RegionError, match="2 masks"):
        ll.hold(gan, some_code(gan, 3), some_pull(gan, some_code(gan, 3)), both)
    with pytest.raises(LatentError, match="2 codes before the pull"):
        ll.hold(gan, codes, some_pull(gan, some_code(gan, 3)), region)


def test_regions_that_cannot_be_held_are_refused() -> None:
    gan = tiny()
    codes = some_code(gan)
    pulled = some_pull(gan, codes)
    whole = ll.Region(torch.ones(1, *gan.spec.img_size), "the image")
    with pytest.raises(RegionError, match="whole image"):
        ll.hold(gan, codes, pulled, whole)
    with pytest.raises(RegionError, match="3x3"):
        ll.hold(gan, codes, pulled, ll.Region.box(0, 0, 2, 2, 3))
    with pytest.raises(LatentError, match="random"):
        ll.hold(gan, codes, pulled, some_region(gan), noise_mode="random")
    with pytest.raises(PackError, match="-1 steps"):
        ll.hold(gan, codes, pulled, some_region(gan), steps=-1)


def test_progress_cancels_within_an_image() -> None:
    gan = tiny()
    codes = some_code(gan)
    calls: list[int] = []

    def cancel(done: int, total: int) -> None:
        calls.append(done)
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ll.hold(gan, codes, some_pull(gan, codes), some_region(gan), progress=cancel)
    assert calls[-1] == 3
