"""Files of plans: read with care, created once, and grown where old rows keep their numbers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..base.atomic_files import write_atomically
from ..base.errors import PackError
from ..base.json_fields import parse_json
from .entries import ImageEntry
from .former_settings import check_former
from .locks import hold_lock
from .plan import Plan

PLAN = "plan.json"
"""Usual name of a plan's file, beside its pictures."""

_MOST_BYTES = 64 * 2**20
"""Largest file of a plan."""

_REMEDY, _RESTORE = "«another_folder»", "Restore the file as it was written, or begin anew"


def plan_file(path: Path) -> Path:
    """The file of a plan, for which its folder may stand.

    Args:
        path: The file, or the folder that holds it as `plan.json`.

    Returns:
        The file, whether it exists or not.
    """
    return path / PLAN if path.is_dir() else path


def read_plan(path: Path) -> Plan:
    """Read a plan.

    Args:
        path: Its file, or the folder that holds it as `plan.json`.

    Returns:
        The plan.

    Raises:
        PackError: There is no such file, it is too large, or no plan as this version writes it.
    """
    file = plan_file(path)
    if not file.is_file():
        raise PackError(
            f"There is no plan {str(file)!r}", "a file that the command plan or vary wrote"
        )
    if file.stat().st_size > _MOST_BYTES:
        raise PackError(f"The plan {str(file)!r} is too large", f"at most {_MOST_BYTES:,} bytes")
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise PackError(
            f"The plan {str(file)!r} is no text", "JSON in UTF-8", f"{_RESTORE}. {_REMEDY}"
        ) from None
    try:
        return Plan.from_json(parse_json(text, "The plan"))
    except PackError as error:
        remedy = error.remedy or f"{_RESTORE}. {_REMEDY}"
        raise type(error)(f"{error.found}, in {str(file)!r}", error.expected, remedy) from None


def create_plan(path: Path, plan: Plan) -> Plan:
    """Write a plan into its folder, or let the one that is there grow; other plans are refused.

    Of several processes that do this at once exactly one writes; the others find its plan.

    Args:
        path: Its file; missing folders are created.
        plan: The plan.

    Returns:
        The plan that the file holds now. It may have more rows than `plan`.

    Raises:
        PackError: The file holds another plan, or none.
    """
    with hold_lock(path.parent, "plan", seconds=60):
        if not path.exists():
            check_former(path.parent, plan)
            _write(path, plan)
            return plan
        known = read_plan(path)
        plan = _counted_as(plan, known)
        changed = differences(known, plan)
        if changed:
            raise PackError(
                f"{path.parent} holds a batch with other settings ({'; '.join(changed)})",
                "the same settings to resume, or more rows of them",
                _REMEDY,
            )
        grown = _grown(known, plan)
        if grown != known:
            _write(path, grown)
        return grown


def change_image(path: Path, image: ImageEntry) -> Plan:
    """Choose another format for the pictures of a plan of which none is drawn yet.

    Args:
        path: File of the plan.
        image: Format, level and scale.

    Returns:
        The plan that the file holds now.

    Raises:
        PackError: Pictures of another format are there already.
    """
    with hold_lock(path.parent, "plan", seconds=60):
        plan = read_plan(path)
        if (image.format, image.chosen_level) == (plan.image.format, plan.image.chosen_level):
            return plan
        drawn = path.parent / "manifest.jsonl"
        if any(path.parent.glob("shard-*")) or (drawn.is_file() and drawn.stat().st_size):
            raise PackError(
                f"{path.parent} holds pictures as {plan.image.format}, level "
                f"{plan.image.chosen_level}",
                "the same format and level to resume",
                _REMEDY,
            )
        changed = replace(plan, image=image)
        _write(path, changed)
        return changed


def _write(path: Path, plan: Plan) -> None:
    """Write a plan's file."""
    write_atomically(path, (json.dumps(plan.to_json(), indent=1) + "\n").encode())


def _counted_as(plan: Plan, known: Plan) -> Plan:
    """A plan whose digest covers as many rows of a table as that of the known one."""
    counted = known.rows.counted
    if not 0 < counted <= len(plan.rows.table):
        return plan
    return replace(plan, rows=replace(plan.rows, counted=counted))


def _grown(known: Plan, plan: Plan) -> Plan:
    """Of two plans with one digest, the known one with all rows of both."""
    longer = max((known, plan), key=len)
    seeds = max((known, plan), key=lambda one: len(one.codes)).codes.seeds
    table = max((known, plan), key=lambda one: len(one.rows.table)).rows.table
    rows = replace(known.rows, count=longer.rows.count, table=table)
    return replace(known, codes=replace(known.codes, seeds=seeds), rows=rows)


def differences(known: Plan, plan: Plan) -> list[str]:
    """What keeps a plan from being the known one, or a longer or shorter version of it.

    Args:
        known: The plan that a folder holds.
        plan: Another.

    Returns:
        Such as "strengths was -3,3, now -1,1"; empty where both can share the folder.
    """
    before, now = _stated(known), _stated(plan)
    changed = [
        f"{name} was {before[name]}, now {now[name]}" for name in now if before[name] != now[name]
    ]
    if not changed and known.digest != plan.digest:
        changed.append("other rows, codes or regions of the same description")
    old, new = sorted((known.rows.table, plan.rows.table), key=len)
    if not changed and new[: len(old)] != old:
        changed.append("rows of the table differ")
    return changed


def _stated(plan: Plan) -> dict[str, Any]:
    """What a plan states, as people wrote it, without what may grow."""
    codes, rows, pull, image = plan.codes, plan.rows, plan.pull, plan.image
    stored = codes.stored
    seeds = codes.seeds
    grows = rows.mode == "grid"
    written = None if seeds is None else seeds.open_text + "-" if grows else str(seeds)
    return {
        "generator": plan.generator.fingerprint,
        "option": list(plan.generator.options),
        "levers": plan.levers.fingerprint,
        "levers_space": plan.levers.space,
        "seeds": None if rows.mode == "table" else written,
        "latents": None if stored is None else stored.fingerprint,
        "mode": rows.mode,
        "indices": ",".join(map(str, rows.indices)),
        "strengths": ",".join(f"{strength:g}" for strength in rows.strengths),
        "seed": rows.seed if rows.mode == "random" else None,
        "unit": pull.unit,
        "layers": pull.layers,
        "hold": pull.held or pull.hold,
        "composite": pull.composite,
        "guard": pull.guard,
        "truncation": codes.truncation,
        "truncation_cutoff": codes.cutoff,
        "label": codes.label,
        "noise": codes.noise,
        "rotate": codes.rotate,
        "shift": codes.shift,
        "scale": max(1, image.scale),
        "image": image.format,
        "level": image.chosen_level,
        "batch_size": plan.batch_size,
        "threads": plan.threads,
        "shard_size": plan.shard_size,
        "names": plan.names,
    }
