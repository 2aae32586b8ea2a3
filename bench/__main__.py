"""Run all benchmarks, print tables, write `out/bench.json` and `docs/performance.md`.

Each case runs in a process of its own. A threshold that does not hold is reported and
leaves the exit code at 0.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from . import on_cuda
from .cases import CASES
from .children import ROOT, call
from .report import case_lines, screen, threshold_lines, write
from .rows import Row, earlier_results, machine, row_of

DOCUMENTS = {
    "batch": "bench.batch.run",
    "batch-scale": "bench.batch.scale",
    "diffusion": "bench.diffusion.run",
    "locality": "bench.locality.run",
    "matrix-free": "bench.matrix_free.run",
    "on-cuda": "bench.on_cuda",
    "photos": "bench.photos.run",
    "photos-tuning": "bench.photos.tuning",
}
"""Benches that write files of their own, and the module that runs each."""

WITH_OPTIONS = ("batch", "diffusion", "matrix-free", "on-cuda")
"""Those of them that read options of their own."""


def main() -> int:
    """Run the cases; the exit code is 1 if a case failed."""
    if sys.argv[1:2] and sys.argv[1] in DOCUMENTS:
        return _own(sys.argv[1])
    parser = argparse.ArgumentParser("python -m bench", description="Run the benchmarks.")
    parser.add_argument(
        "name", nargs="?", choices=(*CASES, *DOCUMENTS), help="run this one only; default all cases"
    )
    parser.add_argument(
        "--only", action="append", choices=tuple(CASES), help="run this case only; may be repeated"
    )
    parser.add_argument("--quick", action="store_true", help="run fewer and shorter cases")
    parser.add_argument(
        "--keep",
        action="store_true",
        help="keep the rows of other cases in the JSON file, if they are from this machine, and "
        "their sections in the document",
    )
    parser.add_argument(
        "--json",
        type=Path,
        default=ROOT / "out" / "bench.json",
        help="file of the results; default out/bench.json",
    )
    parser.add_argument(
        "--docs",
        type=Path,
        help="document to write; default docs/performance.md if all cases run, else none",
    )
    options = parser.parse_args()
    if options.name in DOCUMENTS:
        parser.error(f"{options.name} was given after options: it comes first, then its own")
    if options.name is not None:
        options.only = [options.name, *(options.only or ())]
    chosen = [
        name
        for name, case in CASES.items()
        if (name in options.only if options.only else case.quick or not options.quick)
    ]
    here, load = machine(), _load()
    earlier = earlier_results(options.json, here).get("rows", []) if options.keep else []
    kept = [row for row in map(row_of, earlier) if row.case not in chosen]
    rows: list[Row] = []
    failed: list[str] = []
    print(f"{here}{load}", flush=True)
    for name in chosen:
        print(f"\n{name}: {CASES[name].title}", flush=True)
        start = time.perf_counter()
        try:
            found = [row_of(row) for row in call("bench.cases:run", name, options.quick)]
        except subprocess.CalledProcessError as error:
            found = []
            print(f"  failed: {error}")
            failed.append(name)
        print(screen(case_lines(found)) if found else "  nothing to measure here")
        print(f"  ({time.perf_counter() - start:.0f} s)", flush=True)
        rows += found
        _save(options.json, here, kept + rows)
    print()
    cases = list(dict.fromkeys(row.case for row in kept + rows))
    print(screen(threshold_lines(kept + rows, cases)))
    docs, whole = options.docs, len(chosen) == len(CASES)
    if docs is None and whole:
        docs = ROOT / "docs" / "performance.md"
    if docs is not None and rows:  # nothing measured replaces nothing
        write(docs, here + load, _in_order(rows), options.keep)
        print(f"\nwrote {docs}", flush=True)
    if docs is not None and whole:
        on_cuda.main(["--docs", str(docs)])
    return int(bool(failed))


def _own(name: str) -> int:
    """Run a bench that writes files of its own, which reads what follows its name."""
    module = importlib.import_module(DOCUMENTS[name])
    if name not in WITH_OPTIONS:  # only --help, which must not start it
        parser = argparse.ArgumentParser(f"python -m bench {name}", description=module.__doc__)
        parser.parse_args(sys.argv[2:])
    return module.main()


def _load() -> str:
    """How busy the machine is before the run, where the system tells."""
    return f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""


def _in_order(rows: list[Row]) -> list[Row]:
    """Sort rows by the order of the cases."""
    order = list(CASES)
    return sorted(rows, key=lambda row: order.index(row.case) if row.case in order else len(order))


def _save(path: Path, here: str, rows: list[Row]) -> None:
    """Write all rows so far, so that an interrupted run keeps its results."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"machine": here, "rows": [row.as_json() for row in _in_order(rows)]}
    path.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
