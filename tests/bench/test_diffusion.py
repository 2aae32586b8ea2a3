"""The bench of region levers: its pulls and its contenders, in worlds that are known."""

from __future__ import annotations

from dataclasses import replace

import latent_levers as ll
import pytest
import torch
from diffusion_worlds import (
    BOX_REGION,
    SHAPE,
    Planted,
    measured_in_planted_world,
    model_with,
    planted_direction,
    pulled,
    tiny_unet,
)
from latent_levers.core.diffusion.rectified_flow import sample, seeded_noise, to_images
from latent_levers.core.measures.attribute_network import bundled_reader
from torch import Tensor

from bench.__main__ import DOCUMENTS
from bench.diffusion.contenders import BOX, CONTENDERS, JUDGED_EACH, LEVERS, LOCO, RANDOM
from bench.diffusion.pulling import EQUAL, SIGNS, pull
from bench.diffusion.results import (
    MOVED,
    Measured,
    Pull,
    columns,
    shift_of,
)
from bench.diffusion.rule import ratio
from bench.diffusion.subject import (
    JUDGED,
    MOMENTS,
    MOUTH,
    PARTS,
    QUICK,
    Moment,
    Part,
    latent_weight,
    reach_moment,
    region_of,
)


def test_pulls_of_a_network_reach_an_equal_change_either_way() -> None:
    """What ends the search is checked by an ordinary run of the sampler from the moved latent."""
    model = tiny_unet()
    moment = reach_moment(model, 5, 0.5, steps=4)
    vectors = CONTENDERS[BOX](moment, latent_weight(BOX_REGION)).vectors
    ends = pull(moment, vectors, BOX_REGION)
    assert bool(ends.reached.all())
    assert float((ends.inside / EQUAL - 1).abs().max()) < 0.02
    x, box = moment.x, BOX_REGION.weights > 0
    for row in range(2 * len(vectors)):
        length = SIGNS[row % 2] * float(ends.lengths[row]) * float(x.norm())
        moved = x + length * vectors[row // 2]
        for time in (0.5, 0.25):
            moved = moved - 0.25 * model.network(moved, torch.tensor([1000 * time]))
        change = to_images(moved).clamp(-1, 1) - moment.before()
        for where, found in ((box, ends.inside[row]), (~box, ends.outside[row])):
            rms = 127.5 * float(change[:, :, where[0]].square().mean().sqrt())
            assert rms == pytest.approx(float(found), rel=1e-3)


def test_a_moment_lies_on_the_way_of_the_sampler() -> None:
    model = tiny_unet()
    whole_way = sample(model.network, seeded_noise([7], SHAPE), steps=20)
    for at in MOMENTS:
        moment = reach_moment(model, 7, at)
        assert moment.times[0] == pytest.approx(1 - at)
        torch.testing.assert_close(moment.before(), to_images(whole_way).clamp(-1, 1))


def ratio_of(vectors: Tensor, moment: Moment) -> float:
    """Change outside of some directions over that of noise in the box, as the rule takes it."""
    plain = CONTENDERS[BOX](moment, latent_weight(BOX_REGION)).vectors
    rows: list[Pull] = []
    for name, some in ((LEVERS, vectors), (BOX, plain)):
        ends = pull(moment, some, BOX_REGION)
        assert bool(ends.reached.all())
        rows += [
            pulled(name, outside=float(b), inside=float(a))
            for a, b in zip(ends.inside, ends.outside, strict=True)
        ]
    return ratio(rows, "mouth", 0.5).median


def test_a_perfect_lever_passes_and_a_random_one_does_not() -> None:
    moment = reach_moment(model_with(Planted()), 5, 0.5, steps=4)
    assert ratio_of(planted_direction(), moment) < 0.05
    others = CONTENDERS[BOX](replace(moment, seed=6), latent_weight(BOX_REGION)).vectors
    assert ratio_of(others, moment) == pytest.approx(1.0, abs=0.15)
    everywhere = CONTENDERS[RANDOM](moment, latent_weight(BOX_REGION)).vectors
    assert ratio_of(everywhere, moment) > 1.5


@pytest.fixture(scope="module")
def planted() -> Measured:
    return measured_in_planted_world()


def test_a_part_is_measured_with_every_contender(planted: Measured) -> None:
    """The search finds the direction that was planted, which noise does not."""
    assert len(planted.equal) == len(CONTENDERS) * JUDGED_EACH * len(SIGNS)
    assert {(row.method, row.index, row.sign) for row in planted.equal} == {
        (name, index, sign) for name in CONTENDERS for index in range(JUDGED_EACH) for sign in SIGNS
    }
    first = [row for row in planted.equal if (row.method, row.index) == (LEVERS, 0)]
    plain = [row for row in planted.equal if row.method == BOX]
    assert max(row.equal_outside for row in first) < min(r.equal_outside for r in plain) / 2
    assert [search.method for search in planted.searches] == [LEVERS, LOCO]
    loco = planted.searches[1]
    assert (loco.forwards, loco.backwards) == (84 + 42, 42)  # central differences; recordings


def test_levers_of_the_mouth_move_an_attribute_by_one_deviation(planted: Measured) -> None:
    own, others = columns(bundled_reader(), MOUTH)
    names = bundled_reader().names
    assert {names[i] for i in own} == {
        "mouth_width", "mouth_openness", "smile", "lip_fullness", "lip_redness",
    }  # fmt: skip
    assert not set(own) & set(others)
    reached = [row for row in planted.mouth if row.reached]
    assert reached
    assert all(MOVED <= row.shift.own < 1.03 * MOVED for row in reached)
    assert {row.shift.attribute for row in planted.mouth} <= {names[i] for i in own}


def test_the_same_is_measured_twice(planted: Measured) -> None:
    again = measured_in_planted_world()
    assert (again.equal, again.mouth) == (planted.equal, planted.mouth)


def test_shifts_are_summed_up_by_region() -> None:
    reader = bundled_reader()
    shifts = torch.zeros(len(reader.names))
    shifts[reader.index("smile")] = -2.0
    shifts[reader.index("beard")] = 0.4
    shifts[reader.index("background_slant")] = 9.0  # hardly read, so that it does not count
    found = shift_of(shifts, MOUTH, reader)
    assert (found.attribute, found.own, found.worst) == ("smile", 2.0, "beard")
    assert found.others == pytest.approx(0.4)
    _, others = columns(reader, MOUTH)
    assert found.others_mean == pytest.approx(0.4 / len(others))


def test_regions_are_boxes_of_the_file_or_found_in_the_picture() -> None:
    """A picture of nothing but one colour shows no glasses."""
    model = tiny_unet()
    portrait = ll.render(gan := ll.load_generator("portraits"), ll.sample_latents(gan, 1, 1000))
    mouth, _, hair, background = (region_of(model, part, portrait) for part in PARTS)
    assert mouth is not None
    assert hair is not None
    assert background is not None
    assert mouth.weights.nonzero()[0].tolist() == [0, 32, 16]
    assert 0.05 < hair.share < 0.6
    assert float((hair.weights * background.weights).mean()) < 0.02
    glasses = Part("glasses", True, ("glasses",))
    assert region_of(model, glasses, torch.zeros(1, 3, 64, 64)) is None


def test_seeds_of_the_verdict_are_their_own() -> None:
    assert len(JUDGED) == 32
    assert not set(JUDGED) & set(QUICK)
    assert DOCUMENTS["diffusion"] == "bench.diffusion.run"
