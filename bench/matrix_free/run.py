"""`python -m bench matrix-free`: levers from products alone against those from all columns.

With `--quick`, columns of W+ at 256 pixels are sampled and their time extrapolated, and 1,024
pixels are left out; `--part` measures one part alone.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict

from bench.children import ROOT
from bench.rows import machine

from . import explorer, fast, large, portraits, small
from .rows import Line, timed

_BOUNDS = {1e-3: 0.12, 1e-4: 0.15}
"""Largest share of the dense way's time in W+, by angle."""


def _parts(quick: bool) -> Mapping[str, Callable[[], Iterator[Line]]]:
    """What is measured, by name."""
    found: dict[str, Callable[[], Iterator[Line]]] = {
        "architectures": small.architecture_lines,
        "random": small.random_lines,
        "portraits": portraits.lines,
        "fast": lambda: fast.lines(quick),
        "w": large.w_lines,
        "wide": lambda: large.wide_lines("stylegan2-256", "W+", _BOUNDS, quick),
    }
    found["explorer"] = lambda: explorer.lines(quick)
    if not quick:
        found["wide-1024"] = lambda: large.wide_lines(
            "stylegan2-1024", "W+", {1e-3: 0.12}, True, ("mouth",)
        )
    return found


def main() -> int:
    """Measure everything; bounds that fail are reported and leave the code at 0.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser("python -m bench matrix-free")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--part", action="append", choices=tuple(_parts(False)))
    options = parser.parse_args(sys.argv[2:])
    here = machine()
    print(here, flush=True)
    lines: list[Line] = []
    for name, measure in _parts(options.quick).items():
        if options.part and name not in options.part:
            continue

        def run(measure: Callable[[], Iterator[Line]] = measure) -> None:
            for line in measure():
                print(line.text(), flush=True)
                lines.append(line)

        _, spent = timed(run)
        print(f"  ({name}: {spent.text()})", flush=True)
    path = ROOT / "out" / "matrix_free.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"machine": here, "lines": [{**asdict(x), "holds": x.holds} for x in lines]}
    path.write_text(json.dumps(content, indent=1) + "\n")
    return 0
