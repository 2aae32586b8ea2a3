"""`python -m bench batch`: measure, print, write `out/batch.json`.

`--part` measures one part alone, and keeps what was measured of the others.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from latent_levers.core.base.atomic_files import write_atomically
from latent_levers.core.batch.stored.checking import check_batch
from latent_levers.core.cli import main as command

from bench.children import ROOT, call
from bench.rows import earlier_results, machine

from . import kills, long_plan, sharing

PARTS = ("time", "kills", "together", "million", "shared", "grams")
"""Names of the parts."""

TURNS, LOOP, WHOLE = 15, 64, 1000
"""Turns of each loop, pictures of a turn, and pictures of a whole command with its sheets."""


@dataclass(frozen=True)
class Bound:
    """A figure and what it shall be."""

    what: str
    """What was measured."""
    found: float
    """The figure."""
    bound: float
    """What it shall be at most, or exactly."""
    unit: str = ""
    """Unit of both."""
    exact: bool = False
    """Whether it must be the bound."""

    @property
    def holds(self) -> bool:
        """Whether it is as it shall be."""
        return self.found == self.bound if self.exact else self.found <= self.bound

    def line(self) -> str:
        """The figure in words."""
        relation = "of" if self.exact else "at most"
        verdict = "holds" if self.holds else "falls short"
        return f"{self.what}: {self.found:g} {relation} {self.bound:g}{self.unit}  {verdict}"


def main() -> int:
    """Measure everything; bounds that fail are reported and leave the code at 0.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser("python -m bench batch", description=__doc__)
    parser.add_argument("--part", action="append", choices=PARTS, help="measure this part only")
    chosen = parser.parse_args(sys.argv[2:]).part or PARTS
    begun = time.perf_counter()
    here, path = machine(), ROOT / "out" / "batch.json"
    print(f"{here}, load {os.getloadavg()[0]:.1f}", flush=True)
    kept = {} if chosen is PARTS else dict(earlier_results(path, here).get("parts", {}))
    bounds: list[Bound] = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        levers = str(place / "levers.safetensors")
        command(["sefa", "portraits", "--count", "4", "--out", levers])
        steps: list[Callable[[], list[Bound]]] = [
            lambda: _processor_time(levers),
            lambda: _kills(levers, place),
            lambda: _together(levers, place / "two"),
            lambda: _million(levers, place),
            lambda: _shared(levers, place / "shared"),
            lambda: _averaged(place / "grams"),
        ]
        for name, step in zip(PARTS, steps, strict=True):
            if name not in chosen:
                continue
            load = round(os.getloadavg()[0], 1)
            print(f"\n{name}", flush=True)
            found = step()
            for bound in found:
                print(bound.line(), flush=True)
            bounds += found
            measured = [{**asdict(bound), "holds": bound.holds} for bound in found]
            kept[name] = {"load_before": load, "bounds": measured}
            write_atomically(path, json.dumps({"machine": here, "parts": kept}, indent=1).encode())
    short = sum(not bound.holds for bound in bounds)
    print(f"\n{len(bounds) - short} hold, {short} fall short; load {os.getloadavg()[0]:.1f}")
    print(f"({time.perf_counter() - begun:.0f} s)")
    return 0


def _kills(levers: str, place: Path) -> list[Bound]:
    """Killed and resumed, and rows alone."""
    found = kills.killed(levers, place)
    batch = place / "parts"
    return [
        Bound("kills", found["kills"], kills.KILLS, exact=True),
        Bound("pictures after them", found["pictures"], kills.ROWS, exact=True),
        Bound("pictures that differ from an unbroken run's", found["differing"], 0, exact=True),
        Bound("manifests that differ", found["manifest_differs"], 0, exact=True),
        Bound("unfinished files left", found["unfinished"], 0, exact=True),
        Bound("rows alone, bit-equal", kills.alone(batch), kills.ALONE, exact=True),
        Bound("zeroed pictures that are found", _zeroed(batch), 1, exact=True),
    ]


def _zeroed(folder: Path) -> int:
    """Zero the middle of a picture, and count what is found of it."""
    path = folder / "00007.png"
    data = path.read_bytes()
    third = len(data) // 3
    path.write_bytes(data[:third] + bytes(third) + data[2 * third :])
    report = check_batch(folder)
    return sum(one.kind == "damaged" and one.file == path.name for one in report.findings)


def _together(levers: str, place: Path) -> list[Bound]:
    """Two plans at once."""
    place.mkdir()
    one, said = kills.together(levers, place)
    return [
        Bound("two plans at once, of which exactly one goes on", one, kills.TRIES, exact=True),
        Bound("the other is refused with words", said, kills.TRIES, exact=True),
    ]


def _million(levers: str, place: Path) -> list[Bound]:
    """A long plan."""
    seconds, peak = long_plan.first_picture(levers, place / "first")
    early, late = long_plan.flat_memory(levers, place / "flat")
    spent, clock = long_plan.resumed(levers, place / "flat")
    print(f"  memory {early:.0f} MiB early, {late:.0f} MiB late; resumed in {clock:.1f} s")
    return [
        Bound("first picture of 1,000,000 rows", round(seconds, 2), 5, " s of processor time"),
        Bound("memory with it", round(peak), 350, " MiB"),
        Bound("memory from 1,000 to 20,000 pictures", round(late - early, 1), 30, " MiB more"),
        Bound("20,000 finished pictures resumed", round(spent, 2), 5, " s of processor time"),
    ]


def _shared(levers: str, place: Path) -> list[Bound]:
    """One batch by one and two processes, and by some that are killed."""
    sharing.by("local", None, levers, place / "local")
    whole = {sharing.digest(place / "local")}
    bounds: list[Bound] = []
    for engine in ("pool", "ray"):
        if engine == "ray" and not sharing.has_ray():
            print("  ray is not installed: not measured")
            continue
        load = os.getloadavg()[0]
        ratio, found = sharing.speed(engine, levers, place / engine)
        most = 1 / 1.6  # on two idle cores
        what = f"{engine}: time of two workers over one, from load {load:.1f}"
        bounds.append(Bound(what, round(ratio, 3), most))
        same = len(whole | found)
        bounds.append(Bound(f"{engine}: digests by 1 and 2 workers and none", same, 1, exact=True))
    for victim in ("worker", "driver") if sharing.has_ray() else ():
        same = len(whole | {sharing.killed(victim, levers, place / victim)})
        bounds.append(Bound(f"digests after a {victim} was killed", same, 1, exact=True))
    return bounds


def _averaged(place: Path) -> list[Bound]:
    """Sums of Grams in shards."""
    found = sharing.averaged(place)
    return [
        Bound(f"of {found['sums']} sums, those that differ", found["differing"], 0, exact=True),
        Bound("entries of directions that differ", found["entries"], 0, exact=True),
    ]


def _processor_time(levers: str) -> list[Bound]:
    """Loops of before and now take turns; medians count."""
    timed = call("bench.batch.processor_time:side_by_side", levers, TURNS, LOOP)
    usual = {name: statistics.median(turns) for name, turns in timed.items()}
    whole = {
        "before": call("bench.batch.processor_time:before_with_sheets", levers, WHOLE),
        "now": call("bench.batch.processor_time:now_with_sheets", levers, WHOLE),
    }
    print(f"  ms a picture, medians of {TURNS} turns: {_shown(usual)}")
    print(f"  with contact sheets of {WHOLE:,} pictures: {_shown(whole)}")
    return [
        Bound("processor time a picture, over before", _ratio(usual), 0.7),
        Bound("the same with loading and contact sheets", _ratio(whole), 0.7),
    ]


def _ratio(found: dict[str, float]) -> float:
    """Now over before."""
    return round(found["now"] / found["before"], 3)


def _shown(timed: dict[str, float]) -> str:
    """Both figures."""
    return ", ".join(f"{name} {found:.1f}" for name, found in timed.items())
