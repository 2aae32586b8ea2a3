"""What made a picture: text chunks of PNGs, entries of manifests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..edits.guards import GUARDS
from ..edits.sweep import SweepRow
from ..edits.variations import Variation, signed
from .codes import code_facts, shown_seeds
from .command import Options
from .holding import hold_facts
from .motion import motion_facts
from .sheets import scale_facts


def pulled_facts(
    gan: Generator, levers: Directions, variation: Variation, options: Options
) -> dict[str, Any]:
    """Describe an edited image for its text chunks and for manifests, with motion and scale.

    Args:
        gan: The generator.
        levers: The directions.
        variation: The edit.
        options: Parsed options of `code_parameters`, `pull_parameters`, `motion_parameters` and
            `sheet_parameters`.

    Returns:
        Keywords and values.
    """
    return {
        "seed": variation.seed,
        "direction": "; ".join(levers.label(index) for index, _ in variation.pulls),
        "strength": "; ".join(signed(strength) for _, strength in variation.pulls),
        "unit": options.unit,
        "caption": variation.caption,
        **lever_facts(gan, options),
        **motion_facts(options),
        **scale_facts(options),
    }


def lever_facts(gan: Generator, options: Options) -> dict[str, Any]:
    """Describe the files and the codes of edited images.

    Args:
        gan: The generator.
        options: Parsed options of `code_parameters`, `lever_parameters` and `hold_parameters`.

    Returns:
        Keywords and values.
    """
    placed = {} if options.levers_space is None else {"levers_space": options.levers_space}
    acting = {} if options.layers is None else {"layers": options.layers}
    mode = getattr(options, "guard", GUARDS[0])
    guarded = {} if mode == GUARDS[0] else {"guard": mode}
    return {
        "levers": Path(options.levers).name,
        "generator": gan.spec.fingerprint,
        **code_facts(options),
        **placed,
        **acting,
        **hold_facts(options),
        **guarded,
    }


def edit_facts(
    gan: Generator,
    levers: Directions,
    indices: Sequence[int],
    strengths: Sequence[float],
    options: Options,
) -> dict[str, Any]:
    """Describe a page of edited images, with their seeds, motion and scale.

    Args:
        gan: The generator.
        levers: The directions.
        indices: Numbers of the levers on the page.
        strengths: Their strengths.
        options: Parsed options of `code_parameters`, `pull_parameters`, `motion_parameters` and
            `sheet_parameters`.

    Returns:
        Keywords and values.
    """
    return {
        "seeds": shown_seeds(options),
        "direction": "; ".join(levers.label(index) for index in indices),
        "strength": "; ".join(map(signed, strengths)),
        "unit": options.unit,
        **lever_facts(gan, options),
        **motion_facts(options),
        **scale_facts(options),
    }


def sweep_facts(levers: Directions, rows: Sequence[SweepRow], unit: str) -> dict[str, Any]:
    """Describe the rows of a sweep.

    Args:
        levers: The directions.
        rows: The rows of the page.
        unit: Unit of the strengths.

    Returns:
        Keywords and values: the levers, and the strengths of each, separated by semicolons; of
        all together where they are the same.
    """
    pulled = dict.fromkeys((row.index, row.strengths) for row in rows)
    strengths = list(dict.fromkeys(each for _, each in pulled))
    if len(strengths) > 1:
        strengths = [each for _, each in pulled]
    return {
        "direction": "; ".join(levers.label(index) for index, _ in pulled),
        "strength": "; ".join(", ".join(map(signed, each)) for each in strengths),
        "unit": unit,
    }


def page_facts(gan: Generator, options: Options) -> dict[str, Any]:
    """Describe the generator and the codes of a page.

    Args:
        gan: The generator.
        options: Parsed options of `code_parameters`.

    Returns:
        Keywords and values.
    """
    seeds = shown_seeds(options)
    return {"seeds": seeds, "generator": gan.spec.fingerprint, **code_facts(options)}
