"""An explorer's state applied, and its levers: the same as by the verbs that they are made of."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import torch
from cases import CASES, some_code, tiny
from latent_levers.core.base.errors import DirectionsError, LatentError, RegionError
from latent_levers.core.concepts.directions import Directions
from latent_levers.core.concepts.latent_code import LatentCode, LatentSpace
from latent_levers.core.concepts.region import Region
from latent_levers.core.edits.editing import edit
from latent_levers.core.explorer.cards import crop_around, show_levers
from latent_levers.core.explorer.levers import (
    explored_region,
    find_levers,
    fitted,
    region_of_image,
    region_title,
)
from latent_levers.core.explorer.previews import add_previews
from latent_levers.core.explorer.session import (
    apply_state,
    pinned_directions,
    render_each,
    truncated,
)
from latent_levers.core.explorer.state import ExplorerState, lever_entry, read_state
from latent_levers.core.generators.rendering import render
from latent_levers.core.jacobians.cache import JacobianCache
from latent_levers.core.jacobians.image_map import image_map
from latent_levers.core.jacobians.options import Derivative, JacobianOptions
from latent_levers.core.jacobians.plan import stored_columns
from latent_levers.core.latents.sampling import map_latents, sample_latents, to_styles
from latent_levers.core.latents.truncation import truncate
from latent_levers.core.levers.factorization import resefa, sefa
from latent_levers.core.pictures.images import display_scale, enlarged, to_unit_range

GAN = tiny("stylegan2-resnet")
BOX = Region.box(1, 2, 5, 6, GAN.spec.img_size)


def pinned(*levers: tuple[Directions, int, float, str], **rest: Any) -> ExplorerState:
    """A state with some levers pulled, by way of its text."""
    entries = [
        {
            **lever_entry(found, index, f"{found.method} {index}", (-2, 2)),
            "pull": pull,
            "layers": on,
        }
        for found, index, pull, on in levers
    ]
    return read_state(json.dumps({"levers": entries, **rest}))


def same(a: LatentCode, b: LatentCode) -> bool:
    """Whether codes are equal to the bit."""
    tensors = ("values", "z", "z_shift", "style_shift", "labels")
    pairs = [(getattr(a, name), getattr(b, name)) for name in tensors]
    kind = (a.space, a.truncation_psi) == (b.space, b.truncation_psi)
    return kind and all(x is y or torch.equal(x, y) for x, y in pairs)


def test_a_state_is_truncation_and_edits_one_after_the_other() -> None:
    codes = some_code(GAN, 3)
    w, plus = sefa(GAN, "1-2", count=2), resefa(GAN, codes, BOX, space="W+", count=2)
    styles, z = resefa(GAN, codes, BOX, space="S", count=1), resefa(GAN, codes, BOX, space="Z")
    state = pinned(
        (w, 1, 1.5, "auto"), (plus, 0, -2.0, "3"), (styles, 0, 0.5, "auto"), (z, 0, 1, "all"),
        (w, 0, 0.25, "all"), psi=0.6,
    )  # fmt: skip
    expected = truncate(GAN, codes, 0.6)
    expected = edit(expected, w, 1, 1.5, unit="distance")
    expected = edit(expected, plus, 0, -2.0, layers="3", unit="distance")
    expected = edit(expected, styles, 0, 0.5, unit="distance")
    expected = edit(expected, z, 0, 1.0, unit="distance")
    expected = edit(expected, w, 0, 0.25, layers="all", unit="distance")
    assert same(apply_state(GAN, codes, state), expected)


@pytest.mark.parametrize("name", CASES)
def test_pulls_of_zero_give_the_same_picture_to_the_bit(name: str) -> None:
    """In every architecture; layers that were chosen for nothing change nothing either."""
    gan = tiny(name)
    codes = some_code(gan, 2)
    levers = sefa(gan, count=2)
    state = pinned((levers, 0, 0.0, "auto"), (levers, 1, 0.0, "0"))
    assert torch.equal(
        render_each(gan, apply_state(gan, codes, state)),
        render_each(gan, truncated(gan, codes, 1.0)),
    )
    pulled = apply_state(gan, codes, pinned((levers, 0, 3.0, "auto")))
    assert not torch.equal(render_each(gan, pulled), render_each(gan, codes))


def test_a_code_becomes_the_same_alone_and_among_others() -> None:
    """Also from z, which a batch maps in other sums."""
    codes = sample_latents(GAN, 5, space="Z")
    state = pinned((sefa(GAN, count=1), 0, 2.0, "1-2"), psi=0.7)
    together = render_each(GAN, apply_state(GAN, codes, state))
    for number in range(5):
        alone = render_each(GAN, apply_state(GAN, codes[number], state))
        assert torch.equal(alone[0], together[number])


def test_pictures_are_those_of_render() -> None:
    codes = some_code(GAN, 2)
    scale = display_scale(GAN.spec.img_size)
    drawn = render_each(GAN, codes)
    assert drawn.shape == (2, 16 * scale, 16 * scale, 3)
    for number in range(2):
        expected = to_unit_range(enlarged(render(GAN, codes[number]), scale))
        assert torch.equal(drawn[number : number + 1], expected)


def test_levers_that_do_not_fit_are_refused() -> None:
    other = sefa(tiny("stylegan2-skip"), count=1)
    with pytest.raises(DirectionsError, match=r"\[1, 5\] in W.*Expected \[1, 6\].*Unpin it"):
        apply_state(GAN, some_code(GAN), pinned((other, 0, 1.0, "auto")))
    with pytest.raises(DirectionsError, match="for 4 layers were given.*Use directions of the"):
        fitted(GAN, other)
    good = pinned((sefa(GAN, count=1), 0, 1.0, "9"))
    with pytest.raises(LatentError, match="'9' are not layers"):
        apply_state(GAN, some_code(GAN), good)
    dcgan = tiny("dcgan")
    with pytest.raises(LatentError, match="A dcgan generator has no space W"):
        apply_state(dcgan, some_code(dcgan), good)


def test_pinned_levers_are_given_out_in_order_with_ranges() -> None:
    w, some = sefa(GAN, count=2), sefa(GAN, "1-2", count=1)
    assert pinned_directions(GAN, pinned()) is None
    one = pinned_directions(GAN, pinned((w, 1, 0.0, "auto")))
    assert one is not None
    assert torch.equal(one.vectors[0], w.vectors[1])
    assert one.sigma is not None
    assert one.sigma.tolist() == pytest.approx([float(w.sigma[1])])  # type: ignore[index]
    two = pinned_directions(GAN, pinned((w, 1, 0.0, "auto"), (w, 0, 1.0, "auto")))
    assert two is not None
    assert torch.equal(two.vectors, w.vectors[[1, 0]])
    assert two.names == ("sefa 1", "sefa 0")
    mixed = pinned_directions(GAN, pinned((w, 0, 1.0, "auto"), (some, 0, 1.0, "auto")))
    assert mixed is not None
    assert mixed.space is LatentSpace.W_PLUS
    # The far end of a range is the same picture, whatever space it is told in.
    assert mixed.ranges is not None
    code = some_code(GAN)
    for index, levers in enumerate((w, some)):
        before = edit(code, levers, 0, 2.0, unit="distance")
        after = edit(code, mixed, index, float(mixed.ranges[index, 1]), unit="distance")
        assert torch.allclose(render(GAN, before), render(GAN, after), atol=1e-5)


def test_regions_are_drawn_or_painted_or_none() -> None:
    size = (16, 16)
    box = [{"box": [0.25, 0.25, 0.5, 0.5]}]
    assert explored_region([], size) is None
    assert explored_region([], size, mask=torch.zeros(16, 16)) is None
    assert explored_region([{"box": [0, 0, 1, 1]}], size) is None
    drawn = explored_region(box, size)
    assert drawn is not None
    assert drawn.weights.sum() == 64
    masks = torch.zeros(2, 16, 16)
    masks[0, :2], masks[1, :, :1] = 1, 1
    both = explored_region([], size, mask=masks)
    assert both is not None
    for number, cells in ((0, 32), (1, 16), (7, 16)):
        single = region_of_image(both, number)
        assert single is not None
        assert single.weights.sum() == cells
    assert region_of_image(None, 0) is None
    assert region_of_image(drawn, 3) is drawn
    with pytest.raises(RegionError, match="is empty"):
        explored_region([{"box": [0, 0, 0.001, 0.001]}], size)
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(RegionError, match="nested too deeply"):
        explored_region([nested], size)


def test_regions_are_called_after_their_presets() -> None:
    assert region_title([{"preset": "mouth"}, {"preset": "left_eye"}]) == "mouth, left eye"
    assert region_title([{"preset": "mouth"}, {"preset": "mouth"}]) == "mouth"
    assert region_title([{"preset": "mouth"}, {"box": [0, 0, 1, 1]}]) == "region"
    assert region_title(["mouth"]) == region_title([]) == "region"


def test_levers_of_a_region_are_those_of_resefa_with_one_derivative() -> None:
    options = JacobianOptions(cache=JacobianCache())
    code = some_code(GAN)
    in_w = Derivative(LatentSpace.W)
    assert stored_columns(GAN, code, in_w, options, compute=False) is None
    assert stored_columns(GAN, code, in_w, options) is not None
    assert options.cache is not None
    assert (len(options.cache), options.cache.hits) == (1, 0)
    for hits, region in enumerate((BOX, Region.box(0, 0, 4, 16, 16)), 1):
        found = find_levers(GAN, code, region, count=3, options=options)
        expected = resefa(GAN, code, region, count=3)
        assert (len(options.cache), options.cache.hits) == (1, hits)
        assert torch.equal(found.vectors, expected.vectors)
        assert torch.equal(found.eigenvalues, expected.eigenvalues)
    assert stored_columns(GAN, code, in_w, JacobianOptions()) is None


def test_without_a_region_levers_are_those_connected_or_global() -> None:
    code = some_code(GAN)
    assert torch.equal(find_levers(GAN, code, None, count=2).vectors, sefa(GAN, count=2).vectors)
    foreign = replace(sefa(GAN, count=3), num_ws=0)
    found = find_levers(GAN, code, None, foreign, count=2)
    assert torch.equal(found.vectors, foreign.vectors[:2])
    assert (found.num_ws, found.names) == (GAN.spec.num_ws, ("sefa 0", "sefa 1"))
    styles = to_styles(GAN, code)
    with pytest.raises(LatentError, match="Codes in S.*Draw a region"):
        find_levers(GAN, styles, None)
    assert find_levers(GAN, styles, BOX, count=1).space is LatentSpace.S


@pytest.mark.parametrize("space", ["W", "W+", "S", "Z"])
def test_kept_columns_push_as_the_linearisation_does(space: str) -> None:
    options = JacobianOptions(cache=JacobianCache())
    code = map_latents(GAN, sample_latents(GAN, 1, space="Z").values[:, 0])
    where = LatentSpace.parse(space)
    held = stored_columns(GAN, code, Derivative(where), options)
    assert held is not None
    tangents = torch.randn(3, GAN.spec.direction_dim(where))
    image = image_map(GAN, code, where)
    for tangent, moved in zip(tangents, held.push(tangents), strict=True):
        expected = torch.func.jvp(image.function, (image.point,), (tangent,))[1]
        assert torch.allclose(moved, expected.flatten(1), atol=1e-5 * float(expected.abs().max()))


@pytest.mark.parametrize("space", ["W", "W+", "S"])
def test_cards_show_both_ends_and_how_far(space: str) -> None:
    options = JacobianOptions(cache=JacobianCache())
    code = some_code(GAN)
    levers = resefa(GAN, code, BOX, space=space, count=3, effort=options)
    cards = show_levers(GAN, code, levers, BOX, "mouth", options)
    assert [card.entry["name"] for card in cards] == ["mouth 1", "mouth 2", "mouth 3"]
    assert sum(card.share for card in cards) == pytest.approx(1)
    thorough = add_previews(GAN, code, levers).ranges
    assert thorough is not None
    for index, card in enumerate(cards):
        low, high = card.entry["range"]
        assert low == -high
        # Fewer pictures, looser ends; a lever that hardly moves anything goes to the very end.
        assert 1 / 1.6 < high / float(thorough[index, 1]) < 1.6
        assert card.entry["lives"]
        assert card.strip.shape == (96, 192, 3)
        ends = [apply_state(GAN, code, pinned((levers, index, end, "auto"))) for end in (low, high)]
        assert not torch.equal(card.strip[:, :96], card.strip[:, 96:])
        for half, end in zip(card.strip.split(96, dim=1), ends, strict=True):
            picture = render_each(GAN, end)[0].permute(2, 0, 1)[None]  # [1, 3, 256, 256]
            scale = picture.shape[2] // GAN.spec.img_size[0]
            top, left, side = (scale * number for number in crop_around(BOX, GAN.spec.img_size))
            assert 0 < side < picture.shape[2]
            picture = picture[:, :, top : top + side, left : left + side]
            small = torch.nn.functional.interpolate(picture, (96, 96), mode="area")
            away = (small[0].permute(1, 2, 0) * 255 - half.to(torch.float32)).abs().mean()
            assert away < 6  # bicubic twice against bicubic once


def test_long_work_can_be_ended() -> None:
    """Between the renderings as well as among the columns."""
    code = some_code(GAN)
    levers = sefa(GAN, count=1)

    def refuse(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        show_levers(GAN, code, levers, progress=refuse)
    with pytest.raises(KeyboardInterrupt):
        find_levers(GAN, code, BOX, options=JacobianOptions(cache=JacobianCache()), progress=refuse)
