"""`python -m bench batch`: measure, print, write `out/batch.json`."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from latent_levers.core.cli import main as command
from PIL import Image

from bench.children import ROOT, call
from bench.rows import machine

from . import kills, long_plan

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
    begun = time.perf_counter()
    here = f"{machine()}; load {os.getloadavg()[0]:.1f}"
    print(here, flush=True)
    bounds: list[Bound] = []

    def add(*found: Bound) -> None:
        for bound in found:
            print(bound.line(), flush=True)
        bounds.extend(found)

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        levers = str(place / "levers.safetensors")
        command(["sefa", "portraits", "--count", "4", "--out", levers])
        steps: dict[str, Callable[[], list[Bound]]] = {
            "processor time": lambda: _processor_time(levers),
            "kills": lambda: _kills(levers, place),
            "two at once": lambda: _together(levers, place / "two"),
            "a million rows": lambda: _million(levers, place),
        }
        for name, step in steps.items():
            print(f"\n{name}", flush=True)
            add(*step())
    out = ROOT / "out"
    out.mkdir(exist_ok=True)
    content: dict[str, Any] = {"machine": here, "bounds": [asdict(bound) for bound in bounds]}
    (out / "batch.json").write_text(json.dumps(content, indent=1) + "\n")
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
    if importlib.util.find_spec("latent_levers.core.batch.checking") is None:
        try:
            with Image.open(path) as picture:
                picture.load()
        except (OSError, SyntaxError, ValueError):
            return 1
        return 0
    checking: Any = importlib.import_module("latent_levers.core.batch.checking")
    report = checking.check_batch(folder)
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
