"""An explorer's state applied while what lies outside the regions of its levers is held."""

from __future__ import annotations

import latent_levers as ll
import pytest
import torch
from cases import some_code, tiny
from held_states import BOX, GAN, INSIDE, changes, mouth, pinned
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.edits.holding import loosening
from latent_levers.core.edits.holding.hold import hold
from latent_levers.core.explorer.holding import Holds, held_region
from latent_levers.core.explorer.session import Holding, apply_state, render_each
from latent_levers.core.explorer.state import lever_entry, read_state


@pytest.mark.parametrize("space", ["W", "W+", "S"])
def test_the_outside_changes_much_less_and_the_inside_moves(space: str) -> None:
    codes = some_code(GAN, 2)
    levers = mouth(codes[0], space=space)
    state = pinned((levers, 1.0, BOX), psi=0.8)
    plain = apply_state(GAN, codes, pinned((levers, 1.0, BOX), on=False, psi=0.8))
    held = apply_state(GAN, codes, state)
    before = ll.render(GAN, apply_state(GAN, codes, pinned(psi=0.8)))
    expected = LatentSpace.W if space == "S" else LatentSpace.W_PLUS
    assert held.space is expected
    assert (held.style_shift is None) is (space != "S")
    inside, outside = changes(before, ll.render(GAN, plain), INSIDE)
    inside_held, outside_held = changes(before, ll.render(GAN, held), INSIDE)
    assert outside_held < 0.5 * outside
    assert inside_held > 0.4 * inside  # an untrained image moves as a whole, and much is held
    assert inside_held / outside_held > 1.3 * inside / outside


def test_it_is_the_hold_of_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before that is loosened: conjugate gradients find nearly the same image for a small pull."""
    monkeypatch.setattr(loosening, "COSTLY", 0.0)
    code = some_code(GAN)
    levers = mouth(code)
    held = apply_state(GAN, code, pinned((levers, 0.1, BOX)))
    slow = hold(GAN, code, ll.edit(code, levers, 0, 0.1, "distance"), INSIDE, steps=6)
    torch.testing.assert_close(ll.render(GAN, held), ll.render(GAN, slow), rtol=0, atol=5e-3)


@pytest.mark.parametrize("name", ["dcgan", "pggan"])
def test_generators_without_a_mapping_network_hold_too(name: str) -> None:
    gan = tiny(name)
    code = some_code(gan)
    region = ll.Region.box(0, 0, 2, 2, gan.spec.img_size)
    levers = ll.resefa(gan, code, region, count=1)
    height, width = gan.spec.img_size
    shapes = [{"box": [0, 0, 2 / width, 2 / height]}]
    before = ll.render(gan, code)
    plain = apply_state(gan, code, pinned((levers, 0.3, shapes), on=False))
    held = apply_state(gan, code, pinned((levers, 0.3, shapes)))
    outside = changes(before, ll.render(gan, plain), region)[1]
    assert changes(before, ll.render(gan, held), region)[1] < outside


def test_an_image_is_the_same_alone_and_in_a_run() -> None:
    """The page asks for one image and keeps its Jacobian; a run begins anew, with all images."""
    codes = ll.sample_latents(GAN, 3, seed=1)
    masks = torch.zeros(3, 16, 16)
    for number in range(3):
        masks[number, number : number + 2] = 1
    state = pinned((mouth(some_code(GAN)), 1.5, BOX), psi=0.7)
    run = apply_state(GAN, codes, state, Holding(Holds(), masks))
    together = render_each(GAN, run)
    page = Holds()
    for number in (2, 0, 1, 2):
        code = apply_state(GAN, codes[number], state, Holding(page, masks, first=number))
        assert torch.equal(render_each(GAN, code)[0], together[number])
    assert len({tuple(image.flatten().tolist()) for image in together}) == 3


def test_images_are_as_before_where_nothing_can_be_held() -> None:
    """Workflows of earlier versions have no "hold", and their levers no region."""
    codes = some_code(GAN, 2)
    levers = mouth(codes[0])
    old = apply_state(GAN, codes, pinned((levers, 1.5, None), on=False))
    entry = {**lever_entry(levers, 0, "lever 0", (-2, 2)), "pull": 1.5}
    expected = ll.edit(codes, levers, 0, 1.5, "distance")
    for code in (
        old,
        apply_state(GAN, codes, read_state({"levers": [entry]})),
        apply_state(GAN, codes, pinned((levers, 1.5, BOX), on=False)),
        apply_state(GAN, codes, pinned((levers, 1.5, None))),
        apply_state(GAN, codes, pinned((levers, 1.5, BOX), (levers, 0.0, None), on=False)),
    ):
        assert code.space is expected.space
        assert torch.equal(code.values, expected.values)


def test_held_and_free_images_have_one_space() -> None:
    """A region and the mask may cover one image fully; its pull is then free."""
    codes = some_code(GAN, 2)
    levers = mouth(codes[0])
    half = [{"box": [0, 0, 0.5, 1]}]
    masks = torch.zeros(2, 16, 16)
    masks[0, 8:], masks[1, 12:] = 1, 1
    masks[0, 15, 15] = 0
    more = pinned((levers, 1.0, half), (levers, 0.5, [{"box": [0.9, 0.9, 0.1, 0.1]}]))
    assert held_region(GAN, more, 0, masks) is None
    assert held_region(GAN, more, 1, masks) is not None
    found = apply_state(GAN, codes, more, Holding(Holds(), masks))
    assert found.space is LatentSpace.W_PLUS
    plain = apply_state(GAN, codes, pinned((levers, 1.0, half), (levers, 0.5, half), on=False))
    drawn, free = render_each(GAN, found), render_each(GAN, plain)
    assert torch.equal(drawn[0], free[0])
    assert not torch.equal(drawn[1], free[1])
