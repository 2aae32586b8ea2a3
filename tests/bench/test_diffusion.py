"""The bench of region levers: its pulls, its contenders and its rule, in worlds that are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import latent_levers as ll
import pytest
import torch
from latent_levers.core.concepts.linearisation import AbstractLinearisation
from latent_levers.core.concepts.region import Region
from latent_levers.core.diffusion.flow_model import FlowModel
from latent_levers.core.diffusion.rectified_flow import sample, seeded_noise, to_images
from latent_levers.core.diffusion.unet import UNet, UNetSettings
from latent_levers.core.measures.attribute_network import bundled_reader
from torch import Tensor
from torch.nn import functional as F

from bench.__main__ import DOCUMENTS
from bench.diffusion.contenders import BOX, CONTENDERS, JUDGED_EACH, LEVERS, LOCO, RANDOM
from bench.diffusion.loco import NULL_RANK, loco_directions, top_singular
from bench.diffusion.pulling import EQUAL, SIGNS, pull
from bench.diffusion.results import (
    MOVED,
    Measured,
    Pull,
    Search,
    Shift,
    columns,
    measure_part,
    shift_of,
)
from bench.diffusion.rule import counts, judge, passes_mildly, ratio
from bench.diffusion.run import BEGIN, END, write_document
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
from bench.diffusion.tables import alike, whole

SIDE = 8
SHAPE = (12, SIDE, SIDE)
BOX_REGION = Region.box(8, 4, 4, 8, 2 * SIDE)


def model_with(network: Callable[[Tensor, Tensor], Tensor]) -> FlowModel:
    box = {"top": 0.5, "left": 0.25, "height": 0.25, "width": 0.5}
    return FlowModel(network, SHAPE, {"mouth": box, "eyes": box}, {})  # type: ignore[arg-type]


def tiny_unet() -> FlowModel:
    """A random network, its last layer too, which begins at 0."""
    torch.manual_seed(3)
    network = UNet(UNetSettings(12, 32, (1, 1), (1, 1), (False, True), 32)).eval()
    for weight in network.parameters():
        if not bool(weight.any()):
            torch.nn.init.normal_(weight, std=0.02)
    return model_with(network.requires_grad_(False))


def planted_direction() -> Tensor:
    """`[1, C, H, W]` of norm 1, inside of the box."""
    draw = torch.Generator().manual_seed(11)
    inside = torch.randn(1, *SHAPE, generator=draw) * latent_weight(BOX_REGION)
    return inside / inside.norm()


class Planted:
    """A world whose denoised picture is a blur of x, but for one direction that it keeps as it is.

    All else that changes the box changes what is around it, too.
    """

    def __init__(self) -> None:
        self.kept = planted_direction()
        offsets = (torch.arange(5.0) - 2) / 2
        line = torch.exp(-(offsets**2) / 2)
        kernel = torch.outer(line, line)
        self.kernel = (kernel / kernel.sum()).expand(12, 1, 5, 5)

    def denoised(self, x: Tensor) -> Tensor:
        along = (x * self.kept).flatten(1).sum(1)[:, None, None, None] * self.kept
        blurred = F.conv2d(F.pad(x - along, (2, 2, 2, 2), mode="circular"), self.kernel, groups=12)
        return along + blurred

    def __call__(self, x: Tensor, times: Tensor) -> Tensor:
        return (x - self.denoised(x)) / (times / 1000)[:, None, None, None]


class Dense(AbstractLinearisation):
    """A matrix as a map."""

    def __init__(self, matrix: Tensor, shape: tuple[int, int, int]) -> None:
        self.matrix, self.image_shape, self.inputs = matrix, shape, (matrix.shape[1],)
        self.products = 0

    def push(self, tangents: Tensor, first: int = 0) -> Tensor:
        self.products += len(tangents)
        return (tangents @ self.matrix.T).reshape(-1, *self.image_shape)

    def pull(self, images: Tensor) -> Tensor:
        self.products += len(images)
        return images.flatten(1) @ self.matrix

    @property
    def device(self) -> torch.device:
        return self.matrix.device


def falling_map(seed: int = 0) -> tuple[Dense, Tensor]:
    """A map whose singular values fall, as those of a denoiser; and a region."""
    draw = torch.Generator().manual_seed(seed)
    rough = torch.randn(96, 40, generator=draw).double()
    u, s, v = torch.linalg.svd(rough, full_matrices=False)
    matrix = (u * s[0] * 0.75 ** torch.arange(40)) @ v
    weight = torch.zeros(4, 8).double()
    weight[:2, :4] = 1
    weight[2, :4] = 0.5
    return Dense(matrix, (3, 4, 8)), weight


def same_lines(one: Tensor, other: Tensor) -> None:
    """Rows are equal up to their signs."""
    torch.testing.assert_close((one * other).sum(1).abs(), torch.ones(len(one)).double())


def test_singular_vectors_are_those_of_the_dense_matrix() -> None:
    image, weight = falling_map()
    found = top_singular(image, weight, 3, 20, seed=5)
    rows = weight.repeat(3, 1, 1).flatten()[:, None]
    _, values, vectors = torch.linalg.svd(rows * image.matrix, full_matrices=False)
    torch.testing.assert_close(found.values, values[:3])
    same_lines(found.vectors, vectors[:3])
    assert float(found.residuals.max()) < 1e-6
    assert image.products == 40


def test_a_map_of_small_rank_has_as_many_vectors() -> None:
    image, weight = falling_map()
    few = torch.zeros_like(weight)
    few[0, 0] = 1
    found = top_singular(image, few, 5, 20, seed=5)
    assert found.vectors.shape == (3, 40)  # one pixel of three colours
    torch.testing.assert_close(found.vectors @ found.vectors.T, torch.eye(3).double())


def test_locos_directions_are_those_of_the_dense_construction() -> None:
    image, weight = falling_map(1)
    found, _, _ = loco_directions(image, weight, 2, seed=0, steps=(24, 40))
    rows = weight.repeat(3, 1, 1).flatten()[:, None]
    inside = torch.linalg.svd(rows * image.matrix, full_matrices=False)[2][:2]
    outside = torch.linalg.svd((1 - rows) * image.matrix, full_matrices=False)[2][:NULL_RANK]
    rest = inside - inside @ outside.T @ outside
    same_lines(found, rest / rest.norm(dim=1, keepdim=True))
    torch.testing.assert_close(found @ outside.T, torch.zeros(2, NULL_RANK).double())


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
    moment = reach_moment(model_with(Planted()), 5, 0.5, steps=4)
    return measure_part(moment, MOUTH, BOX_REGION, bundled_reader())


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
    moment = reach_moment(model_with(Planted()), 5, 0.5, steps=4)
    assert alike(measure_part(moment, MOUTH, BOX_REGION, bundled_reader())) == alike(planted)


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


def pulled(method: str = LEVERS, seed: int = 1, **facts: float) -> Pull:
    """A pull with some facts."""
    values = {"inside": EQUAL, "outside": 1.0, "own": 1.01, "others": 0.2, "mean": 0.1} | facts
    shift = Shift("smile", values["own"], values["others"], values["mean"], "beard")
    index, sign = int(facts.get("index", 0)), facts.get("sign", 1.0)
    return Pull(seed, 0.5, "mouth", method, index, sign, values["inside"], values["outside"],
                0.1, True, shift)  # fmt: skip


def test_change_outside_is_taken_at_an_equal_change_inside() -> None:
    assert pulled(outside=3.0, inside=EQUAL / 2).equal_outside == pytest.approx(6.0)
    rows = [pulled(outside=2.0), pulled(outside=4.0), pulled(BOX, outside=12.0)]
    assert ratio(rows, "mouth", 0.5).median == pytest.approx(0.25)


@pytest.mark.parametrize(("others", "passing"), [(0.29, 3), (0.3, 0)])
def test_the_rule_counts_levers_that_move_nothing_else(others: float, passing: int) -> None:
    """A lever counts once, whichever way it passes; the mild reading looks at the mean."""
    rows = [pulled(index=i, sign=s, others=others) for i in range(3) for s in SIGNS]
    rows += [pulled(index=i, others=0.9, mean=0.25) for i in (3, 4)]
    rows += [pulled(index=5, own=0.8)]
    assert counts(rows) == [passing]
    assert counts(rows, passing=passes_mildly) == [5]


@pytest.mark.parametrize(("outside", "kept", "verdicts"), [
    (0.5, 3, ["holds", "holds"]), (0.52, 2, ["falls short", "falls short"]),
])  # fmt: skip
def test_the_rule_is_applied_to_figures(outside: float, kept: int, verdicts: list[str]) -> None:
    each = {LEVERS: outside, BOX: 1.0, LOCO: 1.0, RANDOM: 9.0}
    equal = [pulled(name, s, outside=x) for s in (1, 2) for name, x in each.items()]
    mouth = [pulled(seed=s, index=i, others=0.2 if i < kept else 0.4)
             for s in (1, 2) for i in range(6)]  # fmt: skip
    measured = Measured(equal, mouth, [Search(1, 0.5, "mouth", LEVERS, 113, 45, 6.0)])
    assert [line.verdict for line in judge(measured)] == verdicts
    text = whole(measured)
    assert text.count(verdicts[0]) == 3  # both halves, and the row of the region
    assert "| mouth | 0.5 | 2 |" in text
    assert "| levers | 113 | 45 | 6.0 |" in text
    assert "113" not in alike(measured)


def test_the_document_has_a_place_for_the_tables(tmp_path: Path, planted: Measured) -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "diffusion.md"
    copy = tmp_path / "diffusion.md"
    copy.write_text(page.read_text())
    write_document(copy, planted, [5], "a model")
    text = copy.read_text()
    assert text.split(BEGIN)[0] == page.read_text().split(BEGIN)[0]
    assert text.split(END)[1] == page.read_text().split(END)[1]
    assert "a model; 1 pictures" in text
    assert "not measured" not in text.lower()


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
