"""Plans: rows without a list, digests, shards, JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from batch_plans import plan_of
from cases import tiny
from latent_levers.core.base.errors import PackError
from latent_levers.core.base.number_runs import NumberRuns
from latent_levers.core.batch.entries import ImageEntry
from latent_levers.core.batch.plan import Plan
from latent_levers.core.edits.variations import plan_variations
from latent_levers.core.levers.factorization import sefa


@pytest.mark.parametrize("mode", ["grid", "random"])
def test_rows_are_those_of_plan_variations(mode: str) -> None:
    levers = sefa(tiny(), count=3)
    plan = plan_of(mode, count=60 if mode == "grid" else 300)
    seeds = list(range(3, 13))
    wanted = plan_variations(seeds, levers, [0, 2, 1], [-2.0, 1.5], mode, len(plan), 7)
    assert list(plan) == wanted
    assert plan[17] == wanted[17]


def test_a_row_of_a_trillion_is_found_at_once() -> None:
    plan = plan_of("random", count=10**12)
    assert plan[10**12 - 1].row < 10
    assert plan[0].pulls != plan[2**32].pulls  # the generator of random numbers takes 32 bits
    assert plan.shards == 10**9
    assert plan.shard(10**9 - 1) == range(10**12 - 1000, 10**12)
    grid = plan_of("grid", seeds="0-4294967295", count=2**32 * 6)
    assert grid[2**32 * 6 - 1].seed == 2**32 - 1
    with pytest.raises(PackError, match=r"Row 60 was asked for.*0 to 59"):
        _ = plan_of("grid", count=60)[60]


def test_the_digest_leaves_out_what_only_appends() -> None:
    grid, random = plan_of("grid", count=6), plan_of("random", count=6)
    assert grid.digest == plan_of("grid", seeds="3-99", count=500).digest
    assert grid.digest != plan_of("grid", seeds="4-99", count=6).digest
    assert random.digest == plan_of("random", count=10**9).digest
    assert random.digest != plan_of("random", seeds="3-13", count=6).digest  # other rows


@pytest.mark.parametrize(
    "change",
    [
        {"batch_size": 2},
        {"image": ImageEntry("jpeg")},
        {"image": ImageEntry(scale=2)},
        {"pull": {"unit": "distance"}},
        {"pull": {"guard": "shorten"}},
        {"codes": {"truncation": 0.5}},
        {"codes": {"noise": "random"}},
        {"rows": {"strengths": (-2.0, 1.0)}},
        {"generator": {"options": ("distribution=uniform",)}},
        {"levers": {"fingerprint": "0"}},
    ],
    ids=str,
)
def test_whatever_decides_bits_is_in_the_digest(change: dict[str, Any]) -> None:
    plan = plan_of("random", count=6)
    ((name, value),) = change.items()
    if isinstance(value, dict):
        value = replace(getattr(plan, name), **value)
    other = replace(plan, **{name: value})
    assert other.digest != plan.digest
    assert Plan.from_json(json.loads(json.dumps(other.to_json()))) == other


def test_names_and_paths_are_not_in_the_digest() -> None:
    plan = plan_of("random", count=6)
    levers = replace(plan.levers, file="elsewhere", names=("a", "b", "c"))
    assert replace(plan, levers=levers, shard_size=3, names="{n}").digest == plan.digest


@pytest.mark.parametrize("text", ["0-7", "3", "0,2,5-7", "9,1-3,7-8", "7-9,0-8"])
def test_seeds_keep_their_order(text: str) -> None:
    seeds = NumberRuns.parse(text, 2**32, "seeds")
    listed = list(seeds)
    assert [seeds[n] for n in range(len(seeds))] == listed
    assert len(set(listed)) == len(listed)
    assert NumberRuns.parse(str(seeds), 2**32, "seeds") == seeds
