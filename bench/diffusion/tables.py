"""The tables of docs/diffusion.md."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from latent_levers.core.diffusion.search import QUICK_PRODUCTS

from bench.report import markdown

from .contenders import BOX, CONTENDERS, LEVERS
from .drawn import Drawn, drawn_table
from .results import Measured, Pull, Search
from .rule import HALF, OTHERS, cells, counts, judge, outside, passes_mildly, ratio, share

_NAMES = tuple(CONTENDERS)


def _number(value: float) -> str:
    """Three significant digits."""
    return f"{value:.3g}"


def rule_table(measured: Measured) -> list[list[str]]:
    """Both halves of the rule.

    Args:
        measured: Of all pictures.

    Returns:
        Lines, the head first.
    """
    rows = [[x.what, x.bound, _number(x.figure), x.verdict] for x in judge(measured)]
    return [["the rule", "asked", "measured", ""], *rows]


def outside_table(pulls: Sequence[Pull]) -> list[list[str]]:
    """Change outside at an equal change inside.

    Args:
        pulls: To an equal change.

    Returns:
        Lines, the head first.
    """
    lines = [["region", "at", "pictures", *_NAMES, "levers / box noise", f"at most {HALF:g}"]]
    for part, at in cells(pulls):
        medians = [median(outside(pulls, part, at, name).values()) for name in _NAMES]
        found = ratio(pulls, part, at)
        lines.append(
            [
                part,
                f"{at:g}",
                str(found.count),
                *map(_number, medians),
                f"{_number(found.median)} [{_number(found.low)}, {_number(found.high)}]",
                "holds" if found.median <= HALF else "falls short",
            ]
        )
    return lines


def effect_table(pulls: Sequence[Pull]) -> list[list[str]]:
    """How attributes moved, how far x was, and how many pulls did not suffice.

    Args:
        pulls: To an equal change.

    Returns:
        Lines, the head first.
    """
    lines = [
        [
            "region",
            "at",
            *(f"{name}: own, others" for name in _NAMES),
            *(f"{name}: move" for name in _NAMES),
            "not reached",
        ]
    ]
    for part, at in cells(pulls):
        mine = {
            name: [row for row in pulls if (row.part, row.at, row.method) == (part, at, name)]
            for name in _NAMES
        }
        effects = [
            f"{median(row.shift.own for row in rows):.2f}, "
            f"{median(row.shift.others for row in rows):.2f}"
            for rows in mine.values()
        ]
        moves = [f"{median(row.length for row in rows):.3f}" for rows in mine.values()]
        missed = [str(sum(not row.reached for row in rows)) for rows in mine.values()]
        lines.append([part, f"{at:g}", *effects, *moves, ", ".join(missed)])
    return lines


def mouth_table(rows: Sequence[Pull]) -> list[list[str]]:
    """How many levers of the mouth count, by step.

    Args:
        rows: Pulled until an attribute has moved.

    Returns:
        Lines, the head first.
    """
    lines = [
        [
            "at",
            "of 6 levers count, median",
            "mean",
            "pictures with at least 3",
            "the same by the mean of the others",
            "share of levers that count",
            "the same of box noise",
            "levers that move an attribute at all",
            "their largest other attribute, median",
        ]
    ]
    for at in sorted({row.at for row in rows}):
        strict, mild = counts(rows, at), counts(rows, at, passes_mildly)
        able = counts(rows, at, lambda row: row.reached)
        here = [row for row in rows if row.at == at and row.method == LEVERS and row.reached]
        lines.append(
            [
                f"{at:g}",
                _number(float(median(strict))),
                f"{sum(strict) / len(strict):.2f}",
                f"{sum(n >= 3 for n in strict)} of {len(strict)}",
                _number(float(median(mild))),
                f"{share(rows, at, LEVERS):.0%}",
                f"{share(rows, at, BOX):.0%}",
                f"{sum(able) / len(able):.2f}",
                f"{median(row.shift.others for row in here):.2f}" if here else "none",
            ]
        )
    return lines


def moved_table(rows: Sequence[Pull]) -> list[list[str]]:
    """Which attributes of the mouth the levers move, and which others most beside them.

    Args:
        rows: Pulled until an attribute has moved.

    Returns:
        Lines, the head first.
    """
    lines = [["attribute that reaches one deviation", "pulls", "other that moves most"]]
    reached = [row for row in rows if row.method == LEVERS and row.reached]
    for name in sorted({row.shift.attribute for row in reached}):
        mine = [row.shift.worst for row in reached if row.shift.attribute == name]
        often = sorted(set(mine), key=lambda other: (-mine.count(other), other))[:3]
        words = ", ".join(f"{other} {mine.count(other)}" for other in often)
        lines.append([name, str(len(mine)), words])
    return lines


def cost_table(searches: Sequence[Search]) -> list[list[str]]:
    """What a search costs.

    Args:
        searches: All searches.

    Returns:
        Lines, the head first.
    """
    lines = [["search", "evaluations of the network", "reverse passes", "seconds"]]
    for name in dict.fromkeys(row.method for row in searches):
        mine = [row for row in searches if row.method == name]
        lines.append(
            [
                name,
                _number(median(row.forwards for row in mine)),
                _number(median(row.backwards for row in mine)),
                f"{median(row.seconds for row in mine):.1f}",
            ]
        )
    return lines


def alike(measured: Measured, drawn: Sequence[Drawn]) -> str:
    """All tables but the one of costs: what two runs must agree in.

    Args:
        measured: Of all pictures.
        drawn: What is read where the renderer moves an attribute.

    Returns:
        Markdown.
    """
    parts = [
        markdown(rule_table(measured)),
        "## Change outside at an equal change inside",
        markdown(outside_table(measured.equal)),
        "Medians over pictures, in grey levels of 255 (root mean square) while the inside changes "
        "by 18; in brackets the 95% interval of the median ratio.",
        "## Attributes",
        markdown(effect_table(measured.equal)),
        "*Own* is the largest shift of an attribute of the region, *others* the largest of any "
        "other, in deviations over the renders; *move* is the norm of the move of x over that of "
        "x; *not reached* counts pulls that do not change the inside by 18, in the order of the "
        "contenders: they count with their change outside in proportion.",
        "## Levers of the mouth",
        markdown(mouth_table(measured.mouth)),
        markdown(moved_table(measured.mouth)),
        markdown(drawn_table(drawn, OTHERS)),
        "The last table is no figure of a lever: the renderer moves one attribute of the mouth by "
        f"one deviation and nothing else, and the network reads what it drew. "
        f"{sum(each.shift.others < OTHERS for each in drawn) / len(drawn):.0%} of such pictures "
        "pass as levers must.",
    ]
    return "\n\n".join(parts)


def whole(measured: Measured, drawn: Sequence[Drawn]) -> str:
    """All tables.

    Args:
        measured: Of all pictures.
        drawn: What is read where the renderer moves an attribute.

    Returns:
        Markdown.
    """
    costs = (
        "## Cost",
        markdown(cost_table(measured.searches)),
        "Medians. Seconds are those of a thread of a shared machine, and differ from run to run. "
        f"A search for {LEVERS} finds six from at most {QUICK_PRODUCTS} products, one of LOCO-Edit "
        f"two from {QUICK_PRODUCTS}.",
    )
    return "\n\n".join([alike(measured, drawn), *costs])
