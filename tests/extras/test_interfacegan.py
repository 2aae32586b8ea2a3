"""InterFaceGAN on labels whose normal is known."""

from __future__ import annotations

import math
from dataclasses import replace

import latent_levers as ll
import pytest
import torch
from cases import some_code, tiny
from latent_levers.core.base.errors import DirectionsError, LatentError
from latent_levers.core.base.wording import PackWarning
from latent_levers.core.concepts.latent_code import LatentSpace
from torch import Tensor

COUNT = 10_000


@pytest.fixture(scope="module")
def portraits() -> ll.Generator:
    return ll.load_generator("portraits")


@pytest.fixture(scope="module")
def codes(portraits: ll.Generator) -> ll.LatentCode:
    return ll.sample_latents(portraits, COUNT, 50_000, 1.0)


def normal(size: int, seed: int = 3) -> Tensor:
    """A random unit vector in float64."""
    row = torch.randn(size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return row / row.norm()


def degrees(first: Tensor, second: Tensor) -> float:
    """Angle between two vectors."""
    cosine = torch.cosine_similarity(first.double(), second.double(), dim=0)
    return math.degrees(math.acos(min(1.0, float(cosine))))


@pytest.mark.parametrize("classifier", ["logistic", "svm"])
def test_a_known_normal_is_found_within_two_degrees(
    classifier: str, portraits: ll.Generator, codes: ll.LatentCode
) -> None:
    """10,000 codes in Z, labelled by the side of a plane on which they are."""
    assert codes.z is not None
    known = normal(128)
    labels = (codes.z.double() @ known > 0.3).double()
    lever = ll.interfacegan(portraits, codes, labels, "Z", classifier=classifier)
    angle = degrees(lever.vectors[0], known)
    print(f"{classifier}: {angle:.2f} degrees")
    assert angle < 2
    assert lever.details["accuracy_held_out"][0] > 0.98


def test_in_w_positions_of_random_codes_agree_within_two_degrees(
    portraits: ll.Generator, codes: ll.LatentCode
) -> None:
    """In W the angle is that of the covariance, since some directions of w hardly vary.

    No label shows what those do. The cosine is then the correlation of the positions along both.
    """
    w, known = codes.values[:, 0].double(), normal(128)
    positions = w @ known
    labels = (positions > positions.mean()).double()
    lever = ll.interfacegan(portraits, codes, labels)
    found = w @ lever.vectors[0].double()
    both = torch.stack([found - found.mean(), positions - positions.mean()])
    angle = degrees(both[0], both[1])
    print(f"W: {angle:.2f} degrees, plain {degrees(lever.vectors[0], known):.2f}")
    assert angle < 2


def test_truncation_does_not_change_the_normal(portraits: ll.Generator) -> None:
    some = ll.sample_latents(portraits, 2_000, 0, 1.0)
    labels = (some.values[:, 0] @ normal(128).float() > 0).double()
    whole = ll.interfacegan(portraits, some, labels)
    half = ll.interfacegan(portraits, ll.truncate(portraits, some, 0.5), labels)
    assert degrees(whole.vectors[0], half.vectors[0]) < 0.1


def test_seeds_scores_and_several_attributes(portraits: ll.Generator) -> None:
    """Scores and their signs, -1 and 1 and 0 and 1 give the same boundary."""
    seeds = list(range(2_000))
    z = ll.sample_latents(portraits, 2_000, 0, 1.0, space="Z").values[:, 0].double()
    position = z @ normal(128)
    position = position - position.median()
    signs = torch.where(position > 0, 1.0, -1.0)
    table = torch.stack([position, signs.double(), (signs.double() + 1) / 2, -position], dim=1)
    names = ("score", "signs", "classes", "less")
    levers = ll.interfacegan(portraits, seeds, table, "Z", names=names)
    assert (len(levers), levers.names, levers.method) == (4, names, "interfacegan")
    for index in (1, 2):
        assert degrees(levers.vectors[index], levers.vectors[0]) < 0.2
    assert degrees(levers.vectors[3], -levers.vectors[0]) < 0.2
    assert levers.eigenvalues.isnan().all()
    assert levers.select([3, 1]).details["accuracy"] == [
        levers.details["accuracy"][index] for index in (3, 1)
    ]
    moved = ll.edit(ll.sample_latents(portraits, 4, 99, 1.0), levers, 0, 2.0)
    assert moved.z_shift is not None
    assert (moved.z_shift.double() @ normal(128) > 0).all()


def test_only_the_extremes_are_used(portraits: ll.Generator) -> None:
    """Labels in the middle do not matter with a small share."""
    some = ll.sample_latents(portraits, 2_000, 0, 1.0)
    assert some.z is not None
    scores = some.z.double() @ normal(128)
    order = scores.argsort()
    spoilt = scores.clone()
    middle = order[600:1400]
    spoilt[middle] = scores[middle.flip(0)]
    first = ll.interfacegan(portraits, some, scores, "Z", share=0.25)
    second = ll.interfacegan(portraits, some, spoilt, "Z", share=0.25)
    assert torch.equal(first.vectors, second.vectors)
    assert first.details["images"] == [1_000]


def test_a_condition_is_removed(portraits: ll.Generator) -> None:
    some = ll.sample_latents(portraits, 1_500, 0, 1.0)
    rows = some.values[:, 0].double()
    both = torch.stack([rows @ normal(128, 1), rows @ (normal(128, 1) + normal(128, 2))], dim=1)
    other = ll.interfacegan(portraits, some, both[:, 0], names=("age",))
    plain = ll.interfacegan(portraits, some, both[:, 1], names=("glasses",))
    clean = ll.interfacegan(portraits, some, both[:, 1], names=("glasses",), condition_on=other)
    assert abs(float(plain.vectors[0] @ other.vectors[0])) > 0.3
    assert abs(float(clean.vectors[0] @ other.vectors[0])) < 1e-6
    expected = ll.remove_levers(plain, other, gan=portraits)
    torch.testing.assert_close(clean.vectors, expected.vectors)
    assert (clean.names, clean.details["without"]) == (("glasses",), ["age"])
    assert clean.details["lost"] == pytest.approx(expected.details["lost"])
    assert clean.sigma is not None
    assert expected.sigma is not None
    torch.testing.assert_close(clean.sigma, expected.sigma)
    with pytest.raises(DirectionsError, match="Nothing is left of glasses"):
        ll.interfacegan(portraits, some, both[:, 1], names=("glasses",), condition_on=plain)


def test_layers_and_repetition(portraits: ll.Generator) -> None:
    labels = [seed % 2 for seed in range(300)]
    first, again, other = (
        ll.interfacegan(portraits, range(300), labels, layers="0-3", seed=seed)
        for seed in (0, 0, 1)
    )
    assert torch.equal(first.vectors, again.vectors)
    assert torch.equal(first.vectors, other.vectors)  # the seed chooses held-out images alone
    assert first.layers == (0, 1, 2, 3)
    assert first.details["accuracy_held_out"][0] < 0.7  # chance
    assert first.details["accuracy"][0] > first.details["accuracy_held_out"][0]


@pytest.mark.parametrize("name", ["dcgan", "biggan-deep", "pggan-conditional", "stylegan3-r"])
def test_every_kind_of_generator(name: str) -> None:
    gan = tiny(name)
    some = some_code(gan, 200)
    rows = some.values[:, 0].double()
    known = normal(rows.shape[1])
    labels = (rows - rows.mean(dim=0)) @ known
    lever = ll.interfacegan(gan, some, labels)
    found = rows @ lever.vectors[0].double()
    assert float(torch.corrcoef(torch.stack([found, labels]))[0, 1]) > 0.98
    assert lever.space is gan.spec.native_space


def test_progress_can_cancel() -> None:
    gan, labels = tiny(), [0, 1] * 10
    seen: list[tuple[int, int]] = []
    ll.interfacegan(gan, range(20), labels, progress=lambda *step: seen.append(step))
    assert seen == [(0, 2), (1, 2), (2, 2)]

    def stop(done: int, total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        ll.interfacegan(gan, range(20), labels, progress=stop)


def test_labels_that_cannot_be_separated_are_refused() -> None:
    gan = tiny()
    for labels, words in (
        ([1] * 20, "0 images on the low side and 20 on the high side"),
        ([3.5] * 20, "0 images on the low side and 0 on the high side"),
        ([1] * 4 + [0] * 16, "16 images on the low side and 4"),
        ([2.0] * 17 + [3.0, 4.0, 5.0], "at least 5 on each"),
    ):
        with pytest.raises(LatentError, match=words):
            ll.interfacegan(gan, range(20), labels)
    one = some_code(gan)
    same = replace(one, values=one.values.repeat(20, 1, 1), z=None, seeds=None)
    with pytest.raises(LatentError, match="All codes are the same"):
        ll.interfacegan(gan, same, [0, 1] * 10)


def test_few_images_are_warned_of(portraits: ll.Generator) -> None:
    with pytest.warns(PackWarning, match="40 images and has 128 numbers"):
        ll.interfacegan(portraits, range(40), [0, 1] * 20)


def test_ratings_with_many_ties() -> None:
    """Stars from 1 to 5: the median rating belongs to no side."""
    gan = tiny()
    rows = ll.sample_latents(gan, 100, 0, 1.0).values[:, 0].double()
    position = rows @ normal(gan.spec.latent_dim)
    stars = torch.bucketize(
        position, position.quantile(torch.tensor([0.1, 0.3, 0.7, 0.9]).double())
    )
    lever = ll.interfacegan(gan, range(100), stars.double() + 1)
    assert lever.details["images"] == [60]
    assert lever.space is LatentSpace.W
