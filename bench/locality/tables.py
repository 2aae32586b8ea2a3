"""The tables of docs/locality.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from latent_levers.core.measures.reports.summaries import Summary, summarise

from bench.report import markdown

from .attributes import GlobalLever, NamedLever
from .bars import Bar
from .compare import Verdict, geometric_mean
from .contenders import CONTENDERS
from .faces import PARTS, STRIP
from .holding import FARTHER, Held, Wink


def _number(value: float, digits: int = 3) -> str:
    """A number with some significant digits."""
    return f"{value:.{digits}g}"


def _interval(summary: Summary) -> str:
    """Median with its interval."""
    return f"{_number(summary.median)} [{_number(summary.low)}, {_number(summary.high)}]"


def bars_table(bars: Sequence[Bar]) -> str:
    """What was asked, measured, and whether it holds."""
    lines = [["what", "asked", "measured", ""]]
    lines += [
        [bar.what, bar.asked, bar.measured, "holds" if bar.holds else "**fails**"] for bar in bars
    ]
    return markdown(lines)


def leakage_tables(verdicts: Sequence[Verdict]) -> str:
    """A row per method, a column per region."""
    head = [
        "mean squared change inside / outside",
        *(part.name for part in PARTS),
        "geometric mean",
    ]
    lines = [head]
    for contender in CONTENDERS:
        mine = [v for v in verdicts if v.method == contender.name]
        tried = f", best of {contender.tried}" if contender.tried > 1 else ""
        cells = [_interval(v.summary) for v in mine]
        mean = geometric_mean(verdicts, contender.name)
        lines.append([contender.name + tried, *cells, _number(mean)])
    worst = [["the worst tenth (10th percentile)", *(part.name for part in PARTS)]]
    counted = [["faces that cannot change as much", *(part.name for part in PARTS)]]
    for contender in CONTENDERS:
        mine = [v for v in verdicts if v.method == contender.name]
        worst.append([contender.name, *(_number(v.summary.tail) for v in mine)])
        counted.append([contender.name, *(str(v.unreached) for v in mine)])
    return "\n\n".join([markdown(lines), markdown(worst), markdown(counted), _winners(verdicts)])


def _winners(verdicts: Sequence[Verdict]) -> str:
    """Where another method beats ReSeFa, in words."""
    lines: list[str] = []
    for part in PARTS:
        mine = [v for v in verdicts if v.part == part.name]
        best = max(mine, key=lambda v: v.summary.median)
        words = "" if best.method.startswith("ReSeFa") else " ReSeFa does not win this region."
        lines.append(f"- {part.name}: {best.method} ({_number(best.summary.median)}).{words}")
    return "Best in each region:\n\n" + "\n".join(lines)


def table_one(verdicts: Sequence[Verdict], distances: Mapping[str, float]) -> str:
    """Frechet distance, masked error, identity, broken faces and seconds of each method."""
    lines = [
        [
            "method",
            "Frechet distance",
            "change outside, grey levels",
            "p90",
            "identity",
            "p10",
            "broken faces",
        ]
    ]
    for contender in CONTENDERS:
        mine = [v for v in verdicts if v.method == contender.name]
        outside, same = torch.cat([v.outside for v in mine]), torch.cat([v.identity for v in mine])
        out, like = summarise(outside), summarise(same, 0.1)
        lines.append(
            [
                contender.name,
                _number(distances[contender.name]),
                _interval(out),
                _number(out.tail),
                _interval(like),
                _number(like.tail),
                f"{sum(v.broken for v in mine)} of {len(outside)}",
            ]
        )
    words = (
        "Over all regions. The Frechet distance compares edited faces with 5,000 unedited "
        "ones, in the attribute "
        "network's features; that of faces that nobody edited is "
        f"{_number(distances['unedited'])}. Identity is the cosine "
        "of those features before and after. A face is broken if its features are farther "
        "from the nearest of 5,000 "
        "samples (without truncation) than those of 99% of other samples."
    )
    return markdown(lines) + "\n\n" + words


def strip_links(verdicts: Sequence[Verdict]) -> str:
    """The pictures of all regions."""
    return (
        "\n\n".join(
            f"![{part.name}: {STRIP} faces by every method](images/locality_{slug(part.name)}.jpg)"
            for part in PARTS
        )
        + f"\n\nThe first {STRIP} faces of the verdict, whatever they look like; the lever of "
        "each method that was judged."
    )


def hold_table(held: Sequence[Held]) -> str:
    """Plain and held pulls at the natural change."""
    lines = [
        [
            "region",
            "inside: plain, held",
            "outside: plain",
            "outside: held",
            "p90 held",
            "MSE held / plain",
            f"at {FARTHER:g}x",
            "effect kept",
            "broken: plain, held",
        ]
    ]
    for row in held:
        outside = summarise(row.held.outside)
        lines.append(
            [
                row.part.name,
                f"{_number(float(row.plain.inside.median()))}, "
                f"{_number(float(row.held.inside.median()))}",
                _interval(summarise(row.plain.outside)),
                _interval(outside),
                _number(outside.tail),
                _number(row.ratio, 2),
                _number(row.far_ratio, 2),
                f"{row.attribute_name} {row.kept_effect:.0%}",
                f"{row.plain.broken}, {row.held.broken}",
            ]
        )
    words = (
        "Plain is ReSeFa in W, its first lever, pulled to the change that the renderer makes "
        "when the part itself moves. "
        "Held is the same pull followed by `ll.hold`. *Effect kept* is the change of the "
        "attribute that the plain pull "
        f"changes most. At {FARTHER:g} times the strength the pull is made in strides with a "
        "hold after each."
    )
    return markdown(lines) + "\n\n" + words


def wink_table(wink: Wink) -> str:
    """The strip, and both eyes in numbers."""
    lines = [
        [
            "close one eye",
            "its openness",
            "the other's, absolute",
            "p90",
            "change in the other's box, grey levels",
        ]
    ]
    for name, change, twin in (
        ("plain", wink.plain, wink.twin[0]),
        ("held", wink.held, wink.twin[1]),
    ):
        other = summarise(change.attributes[:, wink.other].abs())
        lines.append(
            [
                name,
                _interval(summarise(change.attributes[:, wink.own])),
                _interval(other),
                _number(other.tail),
                _interval(summarise(twin)),
            ]
        )
    return "\n\n".join(
        [
            "![Faces, one eye closed by the lever alone, and held](images/locality_wink.jpg)",
            "From above: the faces, the lever of one eye alone, the same pull held.",
            markdown(lines),
            "Changes of openness are in standard deviations over the renderer's portraits.",
        ]
    )


def global_table(levers: Sequence[GlobalLever]) -> str:
    """Entanglement of global levers."""
    lines = [["lever", "found by", "change of the others", "p90", "faces that change less"]]
    for lever in levers:
        summary = summarise(lever.others)
        lines.append(
            [
                lever.name,
                lever.method,
                _interval(summary),
                _number(summary.tail),
                str(lever.unreached),
            ]
        )
    words = (
        "Mean absolute change of all other attributes, in deviations, while the wanted one "
        "changes by one deviation; each "
        "face is pulled towards the mean. *Score* is `ll.score_lever` on the attribute "
        "network, averaged over the faces of "
        "seeds 0 to 63; *logistic normal* is `ll.interfacegan` on 10,000 faces."
    )
    return markdown(lines) + "\n\n" + words


def names_table(names: Sequence[NamedLever]) -> str:
    """Names, and how many faces agree."""
    lines = [["region", "lever", "name", "same sign where it was named", "agrees on the verdict"]]
    for lever in names:
        agrees = f"{lever.agrees:.0%}" if lever.name else ""
        lines.append(
            [lever.part, str(lever.index), lever.name or "(none)", f"{lever.found:.0%}", agrees]
        )
    return markdown(lines)


def seconds_table(verdicts: Sequence[Verdict]) -> str:
    """Seconds of each method; the only figures that differ from run to run."""
    lines = [["method", "Jacobian", "solve", "correction"]]
    for contender in CONTENDERS:
        mine = [v.seconds for v in verdicts if v.method == contender.name]
        cells = [
            _number(float(torch.tensor([s.get(phase, 0.0) for s in mine]).median()), 2)
            for phase in ("jacobian", "solve", "correction")
        ]
        lines.append([contender.name, *cells])
    return (
        markdown(lines)
        + "\n\nMedians over the regions, one thread, eight faces; two tasks run at a time. "
        "These figures differ from run to "
        "run, all others do not. `docs/performance.md` compares speeds side by side."
    )


def slug(name: str) -> str:
    """A region in the name of a file."""
    return name.replace(" ", "_")
