"""The results of all tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .attributes import GlobalLever, NamedLever, global_levers, named_levers
from .compare import Verdict, frechet, judge_part
from .contenders import normals
from .faces import PARTS
from .holding import Held, Wink, hold_part, wink
from .workers import run_all


@dataclass(frozen=True)
class Results:
    """What the page shows."""

    verdicts: Sequence[Verdict]
    """Every method in every region."""
    frechet: Mapping[str, float]
    """Distance of each method's faces to unedited ones, and that of the unedited ones."""
    held: Sequence[Held]
    """Holding in every region."""
    wink: Wink
    """One eye closed."""
    global_levers: Sequence[GlobalLever]
    """Pose, light and age."""
    names: Sequence[NamedLever]
    """Names of levers."""


def measure() -> Results:
    """Run all tasks; some minutes.

    Returns:
        The results.
    """
    supervised = run_all([("normals", normals, ())])["normals"]
    tasks: list[tuple[str, Any, tuple[Any, ...]]] = [
        ("wink", wink, ()),
        *((f"hold {part.name}", hold_part, (part,)) for part in PARTS),
        *((f"compare {part.name}", judge_part, (part, supervised)) for part in PARTS),
        ("global levers", global_levers, (supervised,)),
        ("names", named_levers, ()),
    ]
    found = run_all(tasks)
    verdicts = [verdict for part in PARTS for verdict in found[f"compare {part.name}"]]
    distances = run_all([("distances", frechet, (verdicts,))])["distances"]
    return Results(
        verdicts,
        distances,
        [found[f"hold {part.name}"] for part in PARTS],
        found["wink"],
        found["global levers"],
        found["names"],
    )
