"""`python -m bench photos`: measure, print, write `out/photos.json`."""

from __future__ import annotations

import json
import time

import latent_levers as ll
import torch
from PIL import Image

from bench.children import ROOT, call
from bench.rows import machine

from .composite_rows import COMPOSITED, composite_bars, composite_rows, sharpness
from .crop_rows import CROPPED, crop_bars, crop_rows
from .faces import COUNT, JUDGED, OWN, Subject
from .inversion_rows import inversion_bars, inversion_rows
from .large import large_bars
from .leakage_rows import leakage_bars
from .table import Bar


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
    subject = Subject.load()
    rows = inversion_rows(subject)
    bars = inversion_bars(rows) + _onto_photos(subject)
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


def _onto_photos(subject: Subject) -> list[Bar]:
    """Levers on photographs: leakage, composites and crops; a sheet is `out/composites.png`."""
    gan = subject.gan
    inverter = ll.prepare_inversion(gan)
    bars = leakage_bars(subject, inverter)
    print(f"composites: renders of seeds from {COMPOSITED}", flush=True)
    rows, sheet = composite_rows(gan, inverter)
    out = ROOT / "out"
    out.mkdir(exist_ok=True)
    Image.fromarray(sheet.numpy()).save(out / "composites.png")
    sharp = sharpness(gan, inverter)
    print(f"sharpness of a large photo after over before: {sharp}", flush=True)
    print(f"crops: scenes of seeds from {CROPPED}; boxes that are off, then right", flush=True)
    bars += composite_bars(rows, sharp)
    return bars + crop_bars(crop_rows(gan, inverter), crop_rows(gan, inverter, off=0.0))
