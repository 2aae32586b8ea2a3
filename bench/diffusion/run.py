"""`python -m bench diffusion`: measure, print, write."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from latent_levers.core.base.errors import PackError
from latent_levers.core.diffusion.flow_model import DEFAULT_FILE, load_flow_model

from bench.children import ROOT
from bench.locality.workers import run_all
from bench.rows import machine

from .drawn import Drawn, draw
from .keeping import folder_for, measure_once
from .results import Measured, merged
from .rule import judge
from .subject import JUDGED, QUICK
from .tables import alike, whole

BEGIN, END = "<!-- diffusion: begin -->", "<!-- diffusion: end -->"
"""Around what is measured in the document."""


def main() -> int:
    """Measure everything; a rule that does not hold leaves the exit code at 0.

    Returns:
        The exit code: 1 if the model cannot be loaded.
    """
    parser = argparse.ArgumentParser("python -m bench diffusion")
    parser.add_argument("--quick", action="store_true", help="four pictures of other seeds")
    parser.add_argument("--seeds", type=int, metavar="N", help="the first N pictures only")
    parser.add_argument("--again", action="store_true", help="also pictures that were kept")
    parser.add_argument("--model", type=Path, default=DEFAULT_FILE, help="file of the flow model")
    parser.add_argument("--json", type=Path, default=ROOT / "out" / "diffusion.json")
    parser.add_argument("--docs", type=Path, help="document whose tables are replaced")
    options = parser.parse_args(sys.argv[2:])
    if options.seeds is not None and options.seeds < 1:
        parser.error("--seeds: expected at least 1")
    seeds = (QUICK if options.quick else JUDGED)[: options.seeds]
    try:
        subject = describe(options.model)
    except PackError as error:
        print(error)
        return 1
    print(f"{machine()}\n{subject}; seeds {seeds.start} to {seeds.stop - 1}", flush=True)
    start, folder = time.perf_counter(), folder_for(options.model)
    kept = [] if options.again else [seed for seed in seeds if (folder / f"{seed}.json").exists()]
    if kept:
        print(f"{len(kept)} pictures are kept from an earlier run; --again measures them too")
    tasks: list[tuple[str, Any, tuple[Any, ...]]] = [
        (f"picture {seed}", measure_once, (options.model, seed, folder, options.again))
        for seed in seeds
    ]
    found = run_all([("drawn portraits", draw, ()), *tasks])
    drawn = found.pop("drawn portraits")
    measured = merged(list(found.values()))
    tables = whole(measured, drawn)
    print(f"\n{tables}\n\n({time.perf_counter() - start:.0f} s)")
    digest = hashlib.sha256(alike(measured, drawn).encode()).hexdigest()
    facts = {"model": subject, "seeds": list(seeds), "tables_sha256": digest}
    write(options.json, measured, drawn, facts)
    print(f"wrote {options.json}; two runs agree in tables_sha256: {digest}")
    if options.docs is not None:
        write_document(options.docs, tables, seeds, subject)
        print(f"wrote {options.docs}")
    return 0


def describe(path: Path) -> str:
    """Name a model.

    Args:
        path: Its file.

    Returns:
        Its name, how long it was trained, and its hash.
    """
    model = load_flow_model(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    return f"{path.name} ({digest}), {model.training.get('images', 0):,} images seen"


def write(path: Path, measured: Measured, drawn: Sequence[Drawn], facts: Mapping[str, Any]) -> None:
    """Write all rows.

    Args:
        path: A JSON file.
        measured: Of all pictures.
        drawn: What is read where the renderer moves an attribute.
        facts: What belongs to all rows.
    """
    content = {
        "machine": machine(),
        **facts,
        "rule": [asdict(line) for line in judge(measured)],
        **asdict(measured),
        "drawn": [asdict(each) for each in drawn],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n")


def write_document(path: Path, tables: str, seeds: Sequence[int], subject: str) -> None:
    """Replace what is measured in the document, and keep the rest.

    Args:
        path: The document.
        tables: Markdown.
        seeds: Of the pictures.
        subject: The model.
    """
    text = path.read_text()
    before, rest = text.split(BEGIN, 1)
    _, after = rest.split(END, 1)
    first = (
        f"Measured on: {machine()}. {subject}; {len(seeds)} pictures, seeds {seeds[0]} to "
        f"{seeds[-1]}."
    )
    path.write_text(f"{before}{BEGIN}\n\n{first}\n\n{tables}\n\n{END}{after}")
