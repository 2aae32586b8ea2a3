"""`python -m bench locality`: measure, draw, write."""

from __future__ import annotations

import pickle
import time

from bench.children import ROOT

from .bars import bars_of
from .document import write_document
from .results import measure


def main() -> int:
    """Measure, draw and write everything; bounds that fail are reported and leave the code at 0.

    Returns:
        The exit code.
    """
    start = time.perf_counter()
    results = measure()
    out = ROOT / "out"
    out.mkdir(exist_ok=True)
    (out / "locality.pkl").write_bytes(pickle.dumps(results))
    document = ROOT / "docs" / "locality.md"
    write_document(results, document, ROOT / "docs" / "images")
    for bar in bars_of(results):
        print(f"{'holds' if bar.holds else 'FAILS'}  {bar.what}: {bar.measured} ({bar.asked})")
    print(f"wrote {document} ({time.perf_counter() - start:.0f} s)")
    return 0
