"""Levers made of levers: what they do together, and what is left without others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from cases import tiny
from latent_levers.core.base.errors import DirectionsError
from latent_levers.core.concepts.directions import Directions, make_directions
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.concepts.region import Region
from latent_levers.core.edits.combining import add_levers, choose, gather, remove_levers
from latent_levers.core.edits.editing import edit
from latent_levers.core.files.writing import save_directions
from latent_levers.core.latents.code_statistics import w_statistics
from latent_levers.core.latents.sampling import sample_latents
from latent_levers.core.levers.alignment import align_levers
from latent_levers.core.levers.direction_loading import load_directions
from latent_levers.core.levers.factorization import resefa, sefa
from latent_levers.core.levers.inner_products import latent_metric
from latent_levers.core.levers.spread import spread


def mouth(gan: Generator, space: str, layers: str | None = None, count: int = 2) -> Directions:
    """Levers of a region."""
    codes = sample_latents(gan, 1, labels=0 if gan.spec.c_dim else None)
    region = Region.box(2, 2, 3, 3, gan.spec.img_size)
    return resefa(gan, codes, region, space=space, layers=layers, count=count)


def random_levers(gan: Generator, space: LatentSpace, count: int) -> Directions:
    """Levers that nobody found."""
    vectors = torch.randn(count, gan.spec.direction_dim(space), dtype=torch.float64)
    styles = gan.spec.styles if space is LatentSpace.S else ()
    facts = {"space": space, "num_ws": gan.spec.num_ws, "styles": styles}
    levers = make_directions(vectors, torch.ones(count), **facts)
    return replace(levers, sigma=spread(gan, levers.vectors, space))


@pytest.mark.parametrize("unit", ["sigma", "distance"])
@pytest.mark.parametrize("spaces", [("W", "W"), ("W+", "W+"), ("W", "W+"), ("S", "S"), ("Z", "Z")])
def test_a_sum_does_what_its_parts_do_one_after_the_other(
    spaces: tuple[str, str], unit: str
) -> None:
    gan = tiny()
    one, other = (random_levers(gan, LatentSpace.parse(space), 3) for space in spaces)
    codes = sample_latents(gan, 2)
    chained = edit(edit(codes, one, 2, 1.5, unit), other, 0, -0.5, unit)
    lever, distance = add_levers([(one, 2, 1.5), (other, 0, -0.5)], unit, gan=gan)
    at_once = edit(codes, lever, 0, distance, unit="distance")
    assert at_once.space is chained.space
    torch.testing.assert_close(at_once.values, chained.values, atol=1e-5, rtol=1e-5)
    for name in ("style_shift", "z_shift"):
        torch.testing.assert_close(
            getattr(at_once, name), getattr(chained, name), atol=1e-5, rtol=1e-5
        )
    assert lever.label(0) == "direction 2 +1.5, direction 0 -0.5"
    assert lever.sigma is not None
    torch.testing.assert_close(lever.sigma, spread(gan, lever.vectors, lever.space))
    in_sigma = edit(codes, lever, 0, distance / float(lever.sigma[0]), "sigma")
    torch.testing.assert_close(in_sigma.values, at_once.values, atol=1e-5, rtol=1e-5)


def test_levers_of_different_layers_meet_per_layer() -> None:
    """Each moves its own layers alone, as before."""
    gan = tiny()
    coarse, fine = sefa(gan, "0-1", 2), sefa(gan, "2", 2)
    codes = sample_latents(gan, 1)
    chained = edit(edit(codes, coarse, 1, 2.0, "sigma"), fine, 0, 3.0, "sigma")
    lever, distance = add_levers([(coarse, 1, 2.0), (fine, 0, 3.0)], gan=gan)
    assert lever.space is LatentSpace.W_PLUS
    at_once = edit(codes, lever, 0, distance, unit="distance")
    torch.testing.assert_close(at_once.values, chained.values)
    assert torch.equal(at_once.values[:, 3:], codes.values.expand(-1, gan.spec.num_ws, -1)[:, 3:])
    same, _ = add_levers([(coarse, 0, 1.0), (coarse, 1, 1.0)], gan=gan)
    assert (same.space, same.layers) == (LatentSpace.W, (0, 1))


@pytest.mark.parametrize("metric", ["plain", "covariance"])
@pytest.mark.parametrize("space", ["W", "W+", "S", "Z"])
@pytest.mark.parametrize("name", ["stylegan2-skip", "stylegan2-conditional", "stylegan3-t"])
def test_what_is_left_has_no_inner_product_with_the_others(
    name: str, space: str, metric: str
) -> None:
    gan = tiny(name)
    where = LatentSpace.parse(space)
    levers, others = random_levers(gan, where, 2), random_levers(gan, where, 3)
    if where is LatentSpace.S and metric == "covariance":
        with pytest.raises(DirectionsError, match="requested in S"):
            remove_levers(levers, others, metric, gan)
        return
    left = remove_levers(levers, others, metric, gan)
    apply = latent_metric(where, metric, gan)
    n, o = left.vectors.double(), others.vectors.double()
    lengths = [(x * apply(x)).sum(dim=1).sqrt() for x in (n, o)]
    cosines = (n @ apply(o).T) / lengths[0][:, None] / lengths[1]
    assert cosines.abs().max() < 1e-6
    torch.testing.assert_close(n.norm(dim=1), torch.ones(2, dtype=torch.float64), atol=1e-6, rtol=0)
    kept = (n * apply(levers.vectors.double())).sum(dim=1)
    assert (kept > 0).all(), "the sign stays"
    lost = torch.tensor(left.details["lost"], dtype=torch.float64)
    before = (levers.vectors.double() * apply(levers.vectors.double())).sum(dim=1)
    cosine = kept / lengths[0] / before.sqrt()
    torch.testing.assert_close(1 - cosine**2, lost, atol=1e-5, rtol=0)
    again = remove_levers(left, others, metric, gan)
    torch.testing.assert_close(again.vectors, left.vectors, atol=1e-6, rtol=0)


def test_a_plain_edit_no_longer_moves_along_the_other() -> None:
    gan = tiny()
    smile, age = random_levers(gan, LatentSpace.W, 1), random_levers(gan, LatentSpace.W, 1)
    codes = sample_latents(gan, 3)
    edited = edit(codes, remove_levers(smile, age, gan=gan), 0, 3.0, unit="distance")
    position = [(c.values[:, 0] @ age.vectors[0]) for c in (codes, edited)]
    torch.testing.assert_close(*position)
    moved = edit(codes, smile, 0, 3.0, unit="distance")
    assert (moved.values[:, 0] @ age.vectors[0] - position[0]).abs().min() > 0.1


def test_covariance_means_that_of_random_codes() -> None:
    gan = tiny()
    smile, age = random_levers(gan, LatentSpace.W, 1), random_levers(gan, LatentSpace.W, 1)
    left = remove_levers(smile, age, "covariance", gan)
    w = sample_latents(gan, 10_000, 0, 1.0).values[:, 0].double()
    pair = torch.stack([w @ left.vectors[0].double(), w @ age.vectors[0].double()])
    assert abs(float(torch.corrcoef(pair)[0, 1])) < 1e-4
    assert w_statistics(gan)[1].shape == (5, 5)


def test_repeated_others_count_once() -> None:
    gan = tiny()
    levers, others = random_levers(gan, LatentSpace.W, 2), random_levers(gan, LatentSpace.W, 2)
    twice = gather([others, others.pick(1)])
    once = remove_levers(levers, others)
    torch.testing.assert_close(remove_levers(levers, twice).vectors, once.vectors)
    assert once.sigma is None


def test_chosen_levers_keep_their_numbers_in_their_names() -> None:
    levers = sefa(tiny(), count=4)
    some = choose(levers, [3, 1])
    assert some.names == ("sefa 3", "sefa 1")
    assert torch.equal(some.vectors, levers.vectors[[3, 1]])
    assert levers.sigma is not None
    assert some.sigma is not None
    assert torch.equal(some.sigma, levers.sigma[[3, 1]])
    known = replace(levers, details={"lives_in": list("abcd"), "lost": [1], "region": "box"})
    assert choose(known, [3, 1]).details == {"lives_in": ["d", "b"], "lost": [1], "region": "box"}
    assert known.pick(2).details["lives_in"] == ["c"]
    with pytest.raises(DirectionsError, match="No lever was chosen"):
        choose(levers, [])
    with pytest.raises(DirectionsError, match="Direction 4 was asked for"):
        choose(levers, [4])


def test_a_list_keeps_levers_and_names() -> None:
    gan = tiny()
    one, other = sefa(gan, count=2), replace(sefa(gan, count=3).pick(2), names=("smile",))
    both = gather([one, other])
    assert [both.label(i) for i in range(3)] == ["sefa 0", "sefa 1", "smile"]
    assert torch.equal(both.vectors, torch.cat([one.vectors, other.vectors]))
    assert torch.equal(both.eigenvalues, torch.cat([one.eigenvalues, other.eigenvalues]))
    assert both.origin == gan.spec.fingerprint
    assert both.sigma is not None


def test_levers_of_a_list_do_what_they_did() -> None:
    """Also where they became levers in W+, which are longer."""
    gan = tiny()
    levers = sefa(gan, count=2)
    spans = torch.tensor([[-1.0, 2.0], [-3.0, 3.0]], dtype=torch.float64)
    pictures = torch.zeros(2, 2, 4, 4, 3, dtype=torch.uint8)
    facts = {"lives_in": ["0-1", "2"], "lost": [0.5]}
    one = replace(levers, ranges=spans, thumbnails=pictures, details=facts)
    other = replace(
        sefa(gan, "0", 1), ranges=spans[:1], thumbnails=pictures[1:], details={"lives_in": ["0"]}
    )
    both = gather([one, other])
    assert both.space is LatentSpace.W_PLUS
    codes, count = sample_latents(gan, 1), gan.spec.num_ws
    first = edit(codes, one, 1, 2.0, "sigma")
    same = edit(codes, both, 1, 2.0, "sigma")
    torch.testing.assert_close(same.values, first.values.expand(-1, count, -1))
    assert both.ranges is not None
    far = edit(codes, both, 1, float(both.ranges[1, 1]), unit="distance")
    torch.testing.assert_close(
        far.values[:, 0], edit(codes, one, 1, 3.0, unit="distance").values[:, 0]
    )
    last = edit(codes, both, 2, -1.5, "sigma")
    torch.testing.assert_close(last.values, edit(codes, other, 0, -1.5, "sigma").values)
    assert both.thumbnails is not None
    assert len(both.thumbnails) == 3
    assert both.details == {"combined": "list", "lives_in": ["0-1", "2", "0"]}
    assert gather([one, sefa(gan, count=1)]).thumbnails is None


@pytest.mark.parametrize("space", ["W", "W+", "S"])
def test_combined_levers_are_saved_and_keep_their_region(space: str, tmp_path: Path) -> None:
    gan = tiny()
    levers = mouth(gan, space)
    lever, _ = add_levers([(levers, 0, 1.0), (levers, 1, 0.5)], name="grin", gan=gan)
    assert lever.mask is not None
    assert torch.equal(lever.mask, levers.mask)
    again = load_directions(save_directions(lever, tmp_path / "grin"))
    assert torch.equal(again.vectors, lever.vectors)
    assert again.names == ("grin",)
    assert again.details == lever.details
    assert again.details["parts"] == ["resefa 0 +1.0", "resefa 1 +0.5"]
    assert again.details["region"] == levers.details["region"]
    cleaned = remove_levers(levers.pick(0), sefa(gan, count=1) if space != "S" else levers.pick(1),
                            gan=gan)  # fmt: skip
    again = load_directions(save_directions(cleaned, tmp_path / "clean"))
    assert torch.equal(again.vectors, cleaned.vectors)


def test_levers_on_some_layers_of_w_plus_stay_on_them() -> None:
    gan = tiny()
    levers = mouth(gan, "W+", "1-2")
    left = remove_levers(levers, sefa(gan, "0", 1), gan=gan)
    torch.testing.assert_close(left.vectors, levers.vectors)
    inside = remove_levers(levers, sefa(gan, "1", 1), gan=gan)
    parts = inside.vectors.reshape(2, gan.spec.num_ws, -1)
    assert parts[:, [0, 3]].abs().max() == 0
    lever, distance = add_levers([(levers, 0, 2.0)], "distance")
    assert distance == pytest.approx(2.0)
    assert torch.allclose(lever.vectors, levers.vectors[:1])


def test_errors_say_what_is_wrong() -> None:
    gan = tiny()
    w, z, s = (random_levers(gan, LatentSpace.parse(space), 2) for space in ("W", "Z", "S"))
    for pair in ((w, z), (z, s), (s, w)):
        with pytest.raises(DirectionsError, match="in separate edits"):
            align_levers(pair)
    for nothing in (gather, add_levers, align_levers):
        with pytest.raises(DirectionsError, match="at least one"):
            nothing([])
    with pytest.raises(DirectionsError, match="cancel each other out"):
        add_levers([(w, 0, 1.0), (w, 0, -1.0)])
    with pytest.raises(DirectionsError, match="cancel each other out"):
        add_levers([(w, 0, 0.0)])
    with pytest.raises(DirectionsError, match="Direction 2 was asked for"):
        add_levers([(w, 2, 1.0)])
    with pytest.raises(DirectionsError, match="have no known spread of random codes"):
        add_levers([(replace(w, sigma=None), 0, 1.0)])
    with pytest.raises(DirectionsError, match="Nothing is left of direction 1"):
        remove_levers(w, w.pick(1))
    with pytest.raises(DirectionsError, match="Unknown metric 'cosine'"):
        remove_levers(w, w.pick(0), "cosine")
    with pytest.raises(DirectionsError, match="without a generator"):
        remove_levers(w.pick(0), w.pick(1), "covariance")
    with pytest.raises(DirectionsError, match="do not store their number of layers"):
        gather([replace(w, num_ws=0, layers=(0,)), replace(w, num_ws=0)])
    small = random_levers(tiny("stylegan2-resnet"), LatentSpace.W, 1)
    with pytest.raises(DirectionsError, match="were combined"):
        gather([w, small])
    with pytest.raises(DirectionsError, match="5 and 6 numbers"):
        gather([w, replace(small, num_ws=w.num_ws)])
    with pytest.warns(UserWarning, match="different generators"):
        gather([replace(w, origin="a"), replace(w, origin="b")])


def test_sets_of_different_regions_lose_them_aloud() -> None:
    gan = tiny()
    with pytest.warns(UserWarning, match="found for different regions"):
        joined = gather([mouth(gan, "W"), sefa(gan, count=2)])
    assert "region" not in joined.details


@pytest.mark.parametrize("strength", [1e7, -1e300, float("nan"), float("inf")])
def test_absurd_strengths_are_refused(strength: float) -> None:
    gan = tiny()
    levers = sefa(gan, count=2)
    with pytest.raises(DirectionsError, match="The strength is"):
        add_levers([(levers, 0, strength)], gan=gan)
    with pytest.raises(DirectionsError, match="The strength is"):
        edit(sample_latents(gan, 1), levers, 0, strength)
