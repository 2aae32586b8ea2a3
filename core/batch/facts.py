"""What made a picture of a batch: text chunks of its file, and its line in the manifest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..edits.guards import GUARDS
from ..edits.variations import Variation, signed
from .plan import Plan

FACTS = "latent_levers"
"""Text chunk that holds all facts as one JSON object."""

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif")
"""Endings of pictures of a region."""


def row_facts(plan: Plan, number: int, variation: Variation) -> dict[str, Any]:
    """Describe a picture for its text chunks and the manifest.

    Args:
        plan: The plan.
        number: The row.
        variation: `plan[number]`.

    Returns:
        Keywords and values: seed, direction, strength, unit, caption; files, codes and pulls where
        they are not the usual ones; the row, and the digest of the plan.
    """
    names = plan.levers.names
    return {
        "seed": variation.seed,
        "direction": "; ".join(names[index] for index, _ in variation.pulls),
        "strength": "; ".join(signed(strength) for _, strength in variation.pulls),
        "unit": plan.pull.unit,
        "caption": variation.caption,
        **_common(plan),
        "row": number,
        "plan": plan.digest,
    }


def all_facts(plan: Plan, number: int, variation: Variation) -> dict[str, Any]:
    """All that decides a picture, in full: what draws it again where files have the same names.

    Args:
        plan: The plan.
        number: The row.
        variation: `plan[number]`.

    Returns:
        Values for JSON.
    """
    return {
        "row": number,
        "plan": plan.digest,
        "seed": variation.seed,
        "code": variation.row,
        "pulls": [[index, strength] for index, strength in variation.pulls],
        **_whole(plan),
    }


def manifest_line(
    plan: Plan, number: int, known: Variation | None = None, digest: str | None = None
) -> str:
    """The line of a picture in the manifest.

    Args:
        plan: The plan.
        number: The row.
        known: `plan[number]`, where it is known already.
        digest: SHA-256 of the picture's file, 64 hex digits; none leaves it out.

    Returns:
        JSON without line breaks.
    """
    variation = plan[number] if known is None else known
    facts = row_facts(plan, number, variation)
    pulls = [list(pull) for pull in variation.pulls]
    line = {"file": plan.file_name(number), **facts, "pulls": pulls}
    return json.dumps(line if digest is None else {**line, "sha256": digest})


def page_facts(plan: Plan, indices: Sequence[int]) -> dict[str, Any]:
    """Describe a page of pictures of a plan.

    Args:
        plan: The plan.
        indices: Numbers of its levers.

    Returns:
        Keywords and values.
    """
    seeds = plan.codes.seeds
    return {
        "seeds": None if seeds is None else str(seeds)[:1000],
        "direction": "; ".join(plan.levers.names[index] for index in indices),
        "strength": "; ".join(map(signed, plan.rows.strengths)),
        "unit": plan.pull.unit,
        **_common(plan),
        "mode": plan.rows.mode,
        "plan": plan.digest,
    }


@lru_cache(maxsize=8)
def _common_of(key: _ById) -> dict[str, Any]:
    """What all pictures of a plan share, without what is as usual."""
    plan = key.plan
    codes, pull, stored = plan.codes, plan.pull, plan.codes.stored
    facts: dict[str, Any] = {
        "levers": Path(plan.levers.file).name,
        "generator": plan.generator.fingerprint,
    }
    if stored is not None:
        facts["latents"] = Path(stored.file).name
        facts |= {} if stored.space is None else {"latents_space": stored.space}
    else:
        facts |= {"truncation": codes.truncation, "label": codes.label}
        facts |= {} if codes.cutoff is None else {"truncation_cutoff": codes.cutoff}
    facts |= {} if codes.noise == "const" else {"noise": codes.noise}
    if plan.generator.options:
        facts["option"] = " ".join(plan.generator.options)
    for name, value in (("levers_space", plan.levers.space), ("layers", pull.layers)):
        facts |= {} if value is None else {name: value}
    facts |= {} if pull.guard == GUARDS[0] else {"guard": pull.guard}
    if pull.hold is not None:
        facts["hold"] = shown_region(pull.hold)
        facts |= {"composite": True} if pull.composite else {}
    moved = {"rotate": codes.rotate, "shift": codes.shift}
    facts |= {} if moved == {"rotate": 0.0, "shift": "0,0"} else moved
    return {**facts, "scale": plan.image.scale} if plan.image.scale > 1 else facts


@lru_cache(maxsize=8)
def _whole_of(key: _ById) -> dict[str, Any]:
    """What all pictures of a plan share, in full."""
    whole = key.plan.to_json()
    generator = {**whole["generator"], "file": Path(whole["generator"]["file"]).name}
    levers = {**whole["levers"], "file": Path(whole["levers"]["file"]).name}
    del levers["names"]
    codes = {name: value for name, value in whole["codes"].items() if name != "seeds"}
    if codes["stored"] is not None:
        stored = {name: value for name, value in codes["stored"].items() if name != "seeds"}
        codes["stored"] = {**stored, "file": Path(stored["file"]).name}
    pull = dict(whole["pull"])
    if pull["hold"] is not None:
        pull["hold"] = shown_region(pull["hold"])
    shared = {name: whole[name] for name in ("batch_size", "image")}
    return {"generator": generator, "levers": levers, "codes": codes, "pull": pull, **shared}


class _ById:
    """A plan as a key of a cache, by identity: its own hash reads every row of a table."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def __hash__(self) -> int:
        return id(self.plan)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other.plan is self.plan


def _common(plan: Plan) -> dict[str, Any]:
    return _common_of(_ById(plan))


def _whole(plan: Plan) -> dict[str, Any]:
    return _whole_of(_ById(plan))


def shown_region(text: str) -> str:
    """A region as it was written; of a picture only its name.

    Args:
        text: Parts, shapes, or the path of a picture.

    Returns:
        Text for facts.
    """
    return Path(text).name if text.lower().endswith(PICTURES) else text
