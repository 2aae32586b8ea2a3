"""Sums of Grams: bit-equal in any order, parity of codes, joins, files."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import latent_levers as ll
import pytest
import torch
from cases import some_code, wide
from latent_levers.core.base.errors import SolveError
from latent_levers.core.concepts.gram import Gram
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.files.containers.safetensors_file import FORMAT_KEY
from latent_levers.core.levers.grams.averaging import average
from latent_levers.core.levers.grams.gram_sum import AVERAGES, SHARD_CODES, Averages, GramSum
from latent_levers.core.levers.grams.gram_sum_files import load_gram_sum, save_gram_sum
from latent_levers.core.levers.grams.region_grams import RegionTask
from safetensors import safe_open
from safetensors.torch import load_file, save_file

KIND = (LatentSpace.W, None, "some")


def some_pair(number: int, origin: str = "some") -> list[Gram]:
    """Grams of region and background of one code, of sizes that make the order of sums matter."""
    draw = torch.Generator().manual_seed(number)
    grams = []
    for rows in (5, 9):
        values = torch.randn(rows, 6, generator=draw).double() * 10 ** (number % 5)
        total = (values.T @ values)[None]
        grams.append(Gram(total, torch.tensor([float(rows)]), LatentSpace.W, origin, rows))
    return grams


def shard_sum(shard: int, count: int, average_by: str = "rows") -> GramSum:
    """The sum of one shard, as a process would measure it."""
    sums = GramSum(average_by)
    for number in range(shard * SHARD_CODES, min((shard + 1) * SHARD_CODES, count)):
        sums.add(number, some_pair(number))
    return sums


def matrices(averages: Averages) -> list[torch.Tensor]:
    """All matrices of averages."""
    pairs = (averages.overall, *(averages.halves or ()))
    return [matrix for pair in pairs for matrix in (pair.a, pair.b)]


def assert_bit_equal(found: Averages, expected: Averages) -> None:
    """Each matrix and each number."""
    for one, other in zip(matrices(found), matrices(expected), strict=True):
        assert torch.equal(one, other)
    assert found.divisors == expected.divisors
    assert found.rank_bound == expected.rank_bound


@pytest.mark.parametrize("average_by", AVERAGES)
@pytest.mark.parametrize("count", [1, 5, 16, 17, 33, 64, 100])
def test_the_order_of_shards_and_who_added_them_change_no_bit(count: int, average_by: str) -> None:
    expected = average(map(some_pair, range(count)), average_by)
    shards = list(range(-(-count // SHARD_CODES)))
    for seed in range(4):
        random.Random(seed).shuffle(shards)
        workers = [GramSum(average_by) for _ in range(1 + seed)]
        for shard, worker in zip(shards, itertools.cycle(workers), strict=False):
            worker.merge(shard_sum(shard, count, average_by))
        total = GramSum(average_by)
        for worker in workers:
            total.merge(worker)
            assert not worker.parts
        assert total.count == count
        assert_bit_equal(total.finish(), expected)
        assert_bit_equal(total.finish(), expected)  # it did not change the sum


def test_the_tree_is_that_of_the_shards_numbers() -> None:
    """(0 + 1) + (2 + 3) of shards, each of them summed code by code."""
    shards = [shard_sum(shard, 64).parts[16 * shard] for shard in range(4)]
    for half in (0, 1):
        sums = [shard.halves[half][1] for shard in shards]
        expected = ((sums[0] + sums[1]) + (sums[2] + sums[3])) / 32
        found = average(map(some_pair, range(64))).halves
        assert found is not None
        assert torch.equal(found[half].b, expected)
    plain = torch.stack([some_pair(n)[0].total[0] / 5 for n in range(64)]).mean(dim=0)
    torch.testing.assert_close(average(map(some_pair, range(64))).overall.a, plain)


def test_four_parts_per_doubling_are_in_memory() -> None:
    sums = GramSum()
    most = 0
    for number in range(16 * SHARD_CODES):
        sums.add(number, some_pair(number))
        most = max(most, len(sums.parts))
    assert most == 5  # the open shard, and sums of 1, 2, 4 and 8
    assert len(sums.parts) == 1


def test_codes_that_are_missing_doubled_or_of_another_kind_are_refused() -> None:
    sums = GramSum()
    with pytest.raises(SolveError, match="No Grams were added"):
        sums.finish()
    with pytest.raises(SolveError, match="Code 3 .* does not follow.*in order"):
        sums.add(3, some_pair(3))
    sums.merge(shard_sum(2, 64))
    with pytest.raises(SolveError, match="Codes 0 to 31 are missing"):
        sums.finish()
    with pytest.raises(SolveError, match="Codes 32 to 47 were added twice"):
        sums.merge(shard_sum(2, 64))
    with pytest.raises(SolveError, match="Codes 32 to 32 were added twice"):
        sums.add(32, some_pair(32))
    with pytest.raises(SolveError, match="were added.*one space"):
        sums.add(0, some_pair(0, "another"))
    with pytest.raises(SolveError, match="were merged.*one average"):
        sums.merge(GramSum("trace"))
    with pytest.raises(SolveError, match="A shard has 3 codes.*even"):
        GramSum(shard_codes=3)
    partial = GramSum()
    partial.add(0, some_pair(0))
    partial.merge(shard_sum(1, 64))
    with pytest.raises(SolveError, match="Codes 1 to 15 are missing"):
        partial.finish()


def test_files_hold_every_bit(tmp_path: Path) -> None:
    expected = average(map(some_pair, range(39))).overall.a
    total = GramSum()
    for shard in (2, 0, 1):
        path = save_gram_sum(shard_sum(shard, 39), tmp_path / f"{shard}.safetensors")
        total.merge(load_gram_sum(path))
    again = load_gram_sum(save_gram_sum(total, tmp_path / "all.safetensors"))
    assert torch.equal(again.finish().overall.a, expected)
    assert again.kind == KIND
    with pytest.raises(SolveError, match="No Grams were added"):
        save_gram_sum(GramSum(), tmp_path / "none.safetensors")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t, m: t.pop("0.a0"), "A sum is missing"),
        (lambda t, m: t.update({"0.b1": torch.full((6, 6), torch.nan).double()}), "NaN"),
        (lambda t, m: t.update({"0.b1": torch.zeros(6, 6)}), "float64"),
        (lambda t, m: t.update({"0.divisors": torch.zeros(3, 2).double()}), "Divisors"),
        (lambda t, m: t.update(more=torch.zeros(1)), "1 unknown tensors"),
        (lambda t, m: m.update({FORMAT_KEY: "directions/1"}), "directions/1"),
        (lambda t, m: m.update(gram_sum=m["gram_sum"].replace("[[0, 3", "[[0, 9e9")), "wrong num"),
        (lambda t, m: m.update(gram_sum=m["gram_sum"].replace('"parts"', '"part"')), "parts"),
        (lambda t, m: m.update(gram_sum="[" * 10**5), "nested|JSON"),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, change, message: str) -> None:
    path = save_gram_sum(shard_sum(0, 3), tmp_path / "sum.safetensors")
    tensors = load_file(path)
    with safe_open(path, framework="pt") as file:
        metadata = dict(file.metadata())
    change(tensors, metadata)
    save_file(tensors, path, metadata)
    with pytest.raises(SolveError, match=f"sum.safetensors cannot be read.*{message}.*Delete"):
        load_gram_sum(path)
    with pytest.raises(SolveError, match="There is no file"):
        load_gram_sum(tmp_path / "absent")


def test_the_library_takes_a_sum(tmp_path: Path) -> None:
    """Directions are those of the codes measured at once; a sum of other codes is refused."""
    gan = wide()
    codes, box = some_code(gan, 20), ll.Region.box(1, 2, 3, 2, 8)
    total = ll.GramSum()
    for start in (16, 0):
        part = ll.GramSum()
        each = RegionTask(gan, codes[start : start + 16], box).each_gram()
        for number, grams in enumerate(each, start):
            part.add(number, grams)
        total.merge(part)
    found = ll.resefa(gan, codes, box, count=3, sums=total)
    expected = ll.resefa(gan, codes, box, count=3)
    assert torch.equal(found.vectors, expected.vectors)
    assert torch.equal(found.eigenvalues, expected.eigenvalues)
    assert found.details["halves"] == expected.details["halves"]
    with pytest.raises(SolveError, match="of 20 codes by rows in W.*19 codes"):
        ll.resefa(gan, codes[:19], box, sums=total)
    with pytest.raises(SolveError, match="by rows.*by trace"):
        ll.resefa(gan, codes, box, average_by="trace", sums=total)
    with pytest.raises(SolveError, match="of no codes"):
        ll.resefa(gan, codes, box, sums=ll.GramSum())
