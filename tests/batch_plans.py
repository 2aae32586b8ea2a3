"""Small plans for tests, of levers that need not exist."""

from __future__ import annotations

from dataclasses import replace

from latent_levers.core.base.number_runs import NumberRuns
from latent_levers.core.base.seeds import SEEDS
from latent_levers.core.batch.codes_entry import CodesEntry
from latent_levers.core.batch.entries import GeneratorEntry, LeversEntry, PullEntry
from latent_levers.core.batch.opening import generator_entry, levers_entry
from latent_levers.core.batch.plan import Plan
from latent_levers.core.batch.rows import RowsEntry
from latent_levers.core.concepts.directions import Directions
from latent_levers.core.concepts.generator import Generator


def plan_of(mode: str, seeds: str = "3-12", count: int = 60) -> Plan:
    """A grid or random rows of three levers.

    Args:
        mode: "grid" or "random".
        seeds: Seeds of the codes.
        count: Number of rows.

    Returns:
        The plan.
    """
    return Plan(
        GeneratorEntry("portraits", "f" * 16),
        LeversEntry("mouth.safetensors", "e" * 16, ("sefa 0", "sefa 1", "sefa 2")),
        CodesEntry(NumberRuns.parse(seeds, SEEDS, "seeds")),
        PullEntry(),
        RowsEntry(mode, count, (0, 2, 1), (-2.0, 1.5), 7),
        batch_size=4,
    )


def plan_for(gan: Generator, levers: Directions, mode: str, count: int) -> Plan:
    """A plan like those of `plan_of` for levers that exist.

    Args:
        gan: The generator.
        levers: At least three of its levers.
        mode: "grid" or "random".
        count: Number of rows.

    Returns:
        The plan.
    """
    plan = plan_of(mode, count=count)
    found = generator_entry(gan, "tiny.safetensors"), levers_entry(levers, "sefa.safetensors")
    return replace(plan, generator=found[0], levers=found[1])
