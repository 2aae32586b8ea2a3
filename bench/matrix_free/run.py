"""`python -m bench matrix-free`: levers from products alone against those from all columns.

With `--quick`, columns of W+ at 256 pixels are sampled and their time extrapolated, and 1,024
pixels are left out; `--part` measures one part alone, and keeps what was measured of the others.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from latent_levers.core.base.atomic_files import write_atomically

from bench.children import ROOT
from bench.rows import earlier_results, machine

from . import explorer, fast, large, portraits, small
from .rows import Line, timed

Measure = Callable[[], Iterator[Line]]
"""Measures a part, line by line."""

_BOUNDS = {1e-3: 0.12, 1e-4: 0.15}
"""Largest share of the dense way's time in W+, by angle."""


def _parts(quick: bool) -> Mapping[str, Measure]:
    """What is measured, by name."""
    found: dict[str, Measure] = {
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
    parser = argparse.ArgumentParser("python -m bench matrix-free", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="sample the columns of W+, and leave out 1,024 pixels"
    )
    parser.add_argument(
        "--part", action="append", choices=tuple(_parts(False)), help="measure this part only"
    )
    options = parser.parse_args(sys.argv[2:])
    parts = _parts(options.quick)
    left_out = [name for name in options.part or () if name not in parts]
    if left_out:
        parser.error(f"--quick leaves out {', '.join(left_out)}: expected one of the two")
    here, path = machine(), ROOT / "out" / "matrix_free.json"
    print(here, flush=True)
    chosen = {name: parts[name] for name in parts if not options.part or name in options.part}
    kept: dict[str, Any] = {}
    if options.part:
        kept |= earlier_results(path, here).get("parts", {})
    for name, measure in chosen.items():
        lines: list[Line] = []

        def run(lines: list[Line] = lines, measure: Measure = measure) -> None:
            for line in measure():
                print(line.text(), flush=True)
                lines.append(line)

        _, spent = timed(run)
        print(f"  ({name}: {spent.text()})", flush=True)
        kept[name] = [{**asdict(line), "holds": line.holds} for line in lines]
        write_atomically(path, json.dumps({"machine": here, "parts": kept}, indent=1).encode())
    return 0
