"""Folders of versions that wrote `settings.json` in place of a plan: they go on."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from ..base.errors import PackError
from ..base.number_runs import NumberRuns
from ..base.parsing import read_indices, read_numbers
from ..base.seeds import SEEDS
from .facts import shown_region
from .parts import sweep_folder
from .plan import Plan

SETTINGS = "settings.json"
"""Name of the settings."""

_LATER = {
    "rotate": 0.0,
    "shift": "0,0",
    "hold": None,
    "composite": False,
    "guard": "off",
    "option": [],
    "latents": None,
    "scale": 0,
}
"""Settings that older versions did not store, and their values then."""

_REMEDY = "Choose another folder"


def check_former(folder: Path, plan: Plan) -> bool:
    """Check a folder without a plan before one is written into it; call it under the plan's lock.

    Args:
        folder: The folder of a batch.
        plan: What is to be written.

    Returns:
        Whether it holds pictures of a version without plans, which this batch continues.

    Raises:
        PackError: It holds numbered pictures of other settings, or of something else.
    """
    path = folder / SETTINGS
    if not any(folder.glob("[0-9]*.png")):
        return False
    now = former_settings(plan)
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
        stored: dict[str, Any] = {**_LATER, **written}
        changed = [name for name in now if _read(stored[name], name, plan) != now[name]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise PackError(
            f"{folder} holds numbered pictures, but no readable plan or {SETTINGS}",
            "an empty folder, or one written by vary",
            _REMEDY,
        ) from None
    if changed:
        differing = ", ".join(f"{name} was {stored[name]}, now {now[name]}" for name in changed)
        raise PackError(
            f"{folder} holds a batch with other settings ({differing})",
            "the same settings to resume",
            _REMEDY,
        )
    sweep_folder(folder)
    return True


def former_settings(plan: Plan) -> dict[str, Any]:
    """What such a version would have stored, with lists in one spelling.

    Args:
        plan: The plan.

    Returns:
        Settings by name.
    """
    codes, pull, stored = plan.codes, plan.pull, plan.codes.stored
    held = None if pull.hold is None else f"{shown_region(pull.hold)} ({pull.held})"
    return {
        "generator": plan.generator.fingerprint,
        "levers": plan.levers.fingerprint,
        "seeds": None if codes.seeds is None else str(codes.seeds),
        "indices": ",".join(map(str, plan.rows.indices)),
        "strengths": ",".join(f"{strength:g}" for strength in plan.rows.strengths),
        "unit": pull.unit,
        "layers": pull.layers,
        "mode": plan.rows.mode,
        "seed": plan.rows.seed,
        "label": codes.label,
        "noise": codes.noise,
        "scale": plan.image.scale,
        "truncation": codes.truncation,
        "truncation_cutoff": codes.cutoff,
        "rotate": codes.rotate,
        "shift": codes.shift,
        "option": list(plan.generator.options),
        "guard": pull.guard,
        "latents": None if stored is None else stored.fingerprint,
        "hold": held,
        "composite": pull.composite,
    }


def _read(value: Any, name: str, plan: Plan) -> Any:
    """A stored setting in the spelling of `former_settings`."""
    if name == "seeds" and plan.codes.seeds is None:
        return None  # the default, which was not used
    with contextlib.suppress(PackError):
        if name == "seeds":
            return str(NumberRuns.parse(value, SEEDS, "seeds"))
        if name == "indices":
            return ",".join(map(str, read_indices(value, len(plan.levers.names))))
        if name == "strengths":
            return ",".join(f"{number:g}" for number in read_numbers(value))
    return value
