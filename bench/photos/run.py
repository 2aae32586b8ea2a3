"""`python -m bench photos`: measure, print, write `out/photos.json`."""

from __future__ import annotations

import json
import time

import torch

from bench.children import ROOT, call
from bench.rows import machine

from .faces import COUNT, JUDGED, OWN, Subject
from .inversion_rows import inversion_bars, inversion_rows
from .large import large_bars


def main() -> int:
    """Measure everything; bounds that fail are reported and leave the code at 0.

    Returns:
        The exit code.
    """
    start = time.perf_counter()
    torch.set_num_threads(1)
    here = machine()
    print(here)
    print(f"{COUNT} renders of seeds from {JUDGED}, own samples of seeds from {OWN}", flush=True)
    rows = inversion_rows(Subject.load())
    bars = inversion_bars(rows)
    large = call("bench.photos.large:run")
    for row in large:
        peak = "" if row["peak_mb"] is None else f", {row['peak_mb']:.0f} MB beyond the network"
        print(f"StyleGAN2, 1,024 px, {row['space']}: {row['seconds']:.1f} s each{peak}")
    bars += large_bars(large)
    for bar in bars:
        print(bar.line())
    out = ROOT / "out"
    out.mkdir(exist_ok=True)
    content = {"machine": here, "rows": [row.as_json() for row in rows], "large": large}
    (out / "photos.json").write_text(json.dumps(content, indent=1) + "\n")
    print(f"({time.perf_counter() - start:.0f} s)")
    return 0
