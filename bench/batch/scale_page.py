"""The page docs/scale.md, from the figures of `scale.rows`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PICTURES = 10**9

SHARDS = {64: 10_000, 1024: 1_000}
"""Pictures of a shard by their side: tens of megabytes to a gigabyte, minutes to an hour."""

CHOSEN = {64: ("bundled portraits", "PNG, level 4"), 1024: ("photograph with grain", "JPEG, 95")}
"""Content and encoder of the worked examples by the side of a picture."""

DAYS = 30

ASSUMED_PRICE, ASSUMED_STORE = 0.04, 0.02
"""Of a core hour, and of a gigabyte and month: assumptions of an example, in any currency."""


_PAGE = """\
# A thousand million pictures

What 1,000,000,000 pictures of 64 and of 1,024 pixels take: shards, bytes, cores, encoders, cost.
Nobody drew them for this page. `python -m bench batch-scale` measures *one* picture and writes
this page; all else is arithmetic on these figures, which scales because rows do not know each
other: a plan of a billion rows is a file of a few kilobytes, a row is found in a time that does
not depend on their number, and a shard is a function of the plan and of its number.

Measured on: {machine}. Processor seconds of one core, the best of several turns.

## One picture

| side | network | to draw |
| --- | --- | --- |
{drawn}

| side | content | encoder | to encode | bytes | to check |
| --- | --- | --- | --- | --- | --- |
{encoded}

*Smooth* is a picture of `portraits-128` enlarged eight times, *photograph with grain* the bundled
photograph enlarged, with grain of 3 grey levels: pictures of a real generator lie between the
two. The network of 1,024 pixels has random weights, which cost what trained ones do.
Bytes are those of the pixels; the facts that `vary` writes into each file come on top.
`latent-levers check` needs the last column, and computes the SHA-256 of each file besides.

Where a GPU draws *r* pictures a second, 1,000,000,000 take 11,574 / *r* days of it, and the cores
only encode: then the encoder decides, and a quick one is worth its bytes.

## 1,000,000,000 pictures

| | {heads} |
| --- | --- | --- |
{all}

So many files are slow to list, to copy and to delete: for more than some hundred thousand pictures
use shards (`--pack webdataset` or `--pack parquet`), of which each machine takes
its part (`--shard 3/100`).

## Cost

With *p* the price of a core hour and *s* that of a gigabyte and month, a batch costs core hours x
*p* once, and gigabytes x *s* each month. As an example only, and **assumed**, not measured or
quoted: *p* = {price:g} and *s* = {store:g}.

| | to draw, once | to keep, a month |
| --- | --- | --- |
{cost}

What is kept need not be pictures: the plan draws any row again, alone and bit for bit on the same
kind of machine with the threads that the plan states. Where drawing a row again costs less than
keeping it for as long as it is needed, keep the plan and the picks.
"""


def page(content: Mapping[str, Any]) -> str:
    """Write the page.

    Args:
        content: `machine`, `drawn` and `encoded`, as `out/scale.json` holds them.

    Returns:
        Markdown.
    """
    drawn = [
        f"| {one['side']:,} px | {one['network']} | {_time(one['seconds'])} |"
        for one in content["drawn"]
    ]
    encoded = [
        f"| {one['side']:,} px | {one['content']} | {one['encoder']} | {_time(one['seconds'])} | "
        f"{one['bytes'] / 1000:,.1f} kB | {_time(one['check'])} |"
        for one in content["encoded"]
    ]
    cost = [
        f"| {_head(side)} | {_hours(content, side) * ASSUMED_PRICE:,.0f} | "
        f"{_bytes(content, side) / 1e9 * ASSUMED_STORE:,.0f} |"
        for side in SHARDS
    ]
    return _PAGE.format(
        machine=content["machine"],
        drawn="\n".join(drawn),
        encoded="\n".join(encoded),
        heads=" | ".join(map(_head, SHARDS)),
        all="\n".join(_table(content)),
        cost="\n".join(cost),
        price=ASSUMED_PRICE,
        store=ASSUMED_STORE,
    )


def _head(side: int) -> str:
    """The example of a side in words."""
    return f"{side:,} px, {CHOSEN[side][1]}"


def _chosen(content: Mapping[str, Any], side: int) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What the worked example draws and encodes with."""
    drawn = next(one for one in content["drawn"] if one["side"] == side)
    encoded = next(
        one
        for one in content["encoded"]
        if one["side"] == side and (one["content"], one["encoder"]) == CHOSEN[side]
    )
    return drawn, encoded


def _hours(content: Mapping[str, Any], side: int) -> float:
    """Core hours of all pictures."""
    drawn, encoded = _chosen(content, side)
    return PICTURES * (drawn["seconds"] + encoded["seconds"]) / 3600


def _bytes(content: Mapping[str, Any], side: int) -> float:
    """Bytes of all pictures."""
    return PICTURES * _chosen(content, side)[1]["bytes"]


def _table(content: Mapping[str, Any]) -> list[str]:
    """Rows of the table of all pictures, a column per side."""
    rows: dict[str, list[str]] = {}

    def add(name: str, text: str) -> None:
        rows.setdefault(name, []).append(text)

    for side, size in SHARDS.items():
        drawn, encoded = _chosen(content, side)
        hours = _hours(content, side)
        add("pictures of a shard", f"{size:,}")
        add("shards", f"{PICTURES // size:,}")
        add("bytes of a shard", f"{size * encoded['bytes'] / 1e6:,.0f} MB")
        add("bytes", f"{_bytes(content, side) / 1e12:,.1f} TB")
        add("a shard on one core", _time(size * (drawn["seconds"] + encoded["seconds"])))
        add("core hours to draw", f"{PICTURES * drawn['seconds'] / 3600:,.0f}")
        add("core hours to encode", f"{PICTURES * encoded['seconds'] / 3600:,.0f}")
        add(f"cores for {DAYS} days", f"{hours / (24 * DAYS):,.1f}")
        add("core hours of a check", f"{PICTURES * encoded['check'] / 3600:,.0f}")
        add("bytes a second, with these cores", f"{_rate(content, side) / 1e6:,.1f} MB")
    return [f"| {name} | {' | '.join(cells)} |" for name, cells in rows.items()]


def _rate(content: Mapping[str, Any], side: int) -> float:
    """Bytes a second where all is written within `DAYS`."""
    return _bytes(content, side) / (DAYS * 24 * 3600)


def _time(seconds: float) -> str:
    """A time with a unit that suits it."""
    if seconds < 1:
        return f"{seconds * 1000:.2g} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.1f} hours"
