"""Measure everything, print tables, write `out/bench.json` and `docs/performance.md`.

Each case runs in a process of its own. A threshold that does not hold is reported and
leaves the exit code at 0.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

from .cases import CASES
from .children import ROOT, call
from .report import case_lines, screen, threshold_lines, write
from .rows import Row, machine, row_of


def main() -> int:
    """Measure; 1 where a case failed."""
    parser = argparse.ArgumentParser("python -m bench", description="Measure all.")
    parser.add_argument("--only", action="append", choices=tuple(CASES), help="may be repeated")
    parser.add_argument("--quick", action="store_true", help="fewer cases, shorter")
    parser.add_argument(
        "--keep",
        action="store_true",
        help="rows of other cases that the JSON file holds stay; the machine must be the same",
    )
    parser.add_argument("--json", type=Path, default=ROOT / "out" / "bench.json")
    parser.add_argument(
        "--docs",
        type=Path,
        help="document to write; docs/performance.md when all cases run, else none",
    )
    options = parser.parse_args()
    chosen = [
        name
        for name, case in CASES.items()
        if (name in options.only if options.only else case.quick or not options.quick)
    ]
    where = machine()
    rows = _kept(options.json, where, chosen) if options.keep else []
    broken: list[str] = []
    print(where, flush=True)
    for name in chosen:
        print(f"\n{name}: {CASES[name].title}", flush=True)
        start = time.perf_counter()
        try:
            found = [row_of(row) for row in call("bench.cases:run", name, options.quick)]
        except subprocess.CalledProcessError as error:
            found = []
            print(f"  failed: {error}")
            broken.append(name)
        print(screen(case_lines(found)) if found else "  nothing to measure here")
        print(f"  ({time.perf_counter() - start:.0f} s)", flush=True)
        rows += found
        _save(options.json, where, rows)
    print()
    print(screen(threshold_lines(rows, list(dict.fromkeys(row.case for row in rows)))))
    docs = options.docs
    if docs is None and len(chosen) == len(CASES):
        docs = ROOT / "docs" / "performance.md"
    if docs is not None:
        write(docs, where, _in_order(rows))
        print(f"\nwrote {docs}")
    return int(bool(broken))


def _kept(path: Path, where: str, chosen: list[str]) -> list[Row]:
    """Rows of an earlier run on this machine, of cases that are not run now."""
    if not path.exists():
        return []
    content = json.loads(path.read_text())
    if content["machine"] != where:
        return []
    rows = [row_of(row) for row in content["rows"]]
    return [row for row in rows if row.case not in chosen]


def _in_order(rows: list[Row]) -> list[Row]:
    """Rows in the order of the cases."""
    order = list(CASES)
    return sorted(rows, key=lambda row: order.index(row.case) if row.case in order else len(order))


def _save(path: Path, where: str, rows: list[Row]) -> None:
    """Write all rows so far, so that a run that is broken off leaves what it found."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"machine": where, "rows": [row.as_json() for row in _in_order(rows)]}
    path.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
