"""`python -m bench batch-scale`: what 1e9 pictures take, from what one takes on one core."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import latent_levers as ll
import numpy as np
import torch
from latent_levers.core.batch.stored.picture_checks import picture_state
from latent_levers.core.pictures.images import enlarged, to_bytes
from PIL import Image

from bench.children import ROOT
from bench.networks import load_workload
from bench.rows import machine

from .scale_page import page

ENCODERS: dict[str, tuple[str, dict[str, int | bool]]] = {
    "PNG, level 6": ("PNG", {"compress_level": 6}),
    "PNG, level 4": ("PNG", {"compress_level": 4}),
    "PNG, level 1": ("PNG", {"compress_level": 1}),
    "WebP, 90": ("WEBP", {"quality": 90, "method": 4}),
    "WebP, lossless": ("WEBP", {"quality": 0, "method": 0, "lossless": True}),
    "JPEG, 95": ("JPEG", {"quality": 95, "subsampling": 0}),
}
"""How pictures are written."""

_SEEDS, _GRAIN = 32, 3.0
"""Pictures of the bundled generator, and grey levels of a photograph's grain."""


@dataclass(frozen=True)
class Drawn:
    """What one picture takes to draw."""

    side: int
    """Pixels of a side."""
    network: str
    """What draws it."""
    seconds: float
    """Processor seconds."""


@dataclass(frozen=True)
class Encoded:
    """What one picture takes to encode, to store and to check."""

    side: int
    """Pixels of a side."""
    content: str
    """What it shows."""
    encoder: str
    """One of `ENCODERS`."""
    seconds: float
    """Processor seconds."""
    bytes: float
    """Bytes of the file, without facts."""
    check: float
    """Processor seconds of a check of every byte."""


def rows() -> tuple[list[Drawn], list[Encoded]]:
    """Measure one core.

    Returns:
        What pictures of 64 and 1,024 pixels take.
    """
    torch.set_num_threads(1)
    small = ll.load_generator("portraits")
    codes = ll.sample_latents(small, _SEEDS, 0)
    faces = ll.render(small, codes)
    drawn = [Drawn(64, "`portraits`", _best(lambda: ll.render(small, codes), 5) / _SEEDS)]
    drawn.append(Drawn(1024, "StyleGAN2, config F", _large()))
    middle = ll.load_generator("portraits-128")
    smooth = ll.render(middle, ll.sample_latents(middle, 1, 0))
    contents = [
        (64, "bundled portraits", to_bytes(faces).numpy()),
        (1024, "smooth", to_bytes(enlarged(smooth, 8)).numpy()),
        (1024, "photograph with grain", _photograph(1024)[None]),
    ]
    return drawn, [
        _encoded(side, content, name, pictures)
        for side, content, pictures in contents
        for name in ENCODERS
    ]


def _large() -> float:
    """Processor seconds of a picture of 1,024 pixels; the network is freed again."""
    gan = load_workload("stylegan2-1024").gan
    code = ll.sample_latents(gan, 1, 0)
    ll.render(gan, code)
    return _best(lambda: ll.render(gan, code), 2)


def _photograph(side: int) -> np.ndarray:
    """A photograph with the detail of its size, `[side, side, 3]` uint8."""
    with Image.open(ROOT / "assets" / "example_photo.jpg") as photo:
        least = min(photo.size)
        cut = photo.convert("RGB").crop((0, 0, least, least)).resize((side, side))
    grain = np.random.RandomState(0).randn(side, side, 3) * _GRAIN
    return np.clip(np.asarray(cut) + grain, 0, 255).round().astype(np.uint8)


def _encoded(side: int, content: str, name: str, pictures: np.ndarray) -> Encoded:
    """Encode pictures, and check them."""
    kind, options = ENCODERS[name]
    images = [Image.fromarray(picture) for picture in pictures]
    files: list[bytes] = []

    def encode() -> None:
        files.clear()
        for image in images:
            buffer = io.BytesIO()
            image.save(buffer, kind, **options)
            files.append(buffer.getvalue())

    seconds = _best(encode, 2) / len(images)
    check = _best(lambda: [picture_state(data) for data in files], 3) / len(images)
    return Encoded(side, content, name, seconds, sum(map(len, files)) / len(files), check)


def _best(work: Callable[[], object], times: int) -> float:
    """Processor seconds of the quickest of several calls."""
    found: list[float] = []
    for _ in range(times):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def main() -> int:
    """Measure, print, write `out/scale.json` and `docs/scale.md`.

    Returns:
        The exit code.
    """
    drawn, encoded = rows()
    here = machine()
    for one in drawn:
        print(f"{one.side:>5} px, {one.network}: {one.seconds * 1000:.1f} ms to draw")
    for two in encoded:
        print(
            f"{two.side:>5} px, {two.content}, {two.encoder}: {two.seconds * 1000:.2f} ms, "
            f"{two.bytes / 1000:.1f} kB, check {two.check * 1000:.2f} ms"
        )
    out: Path = ROOT / "out"
    out.mkdir(exist_ok=True)
    content = {"machine": here, "drawn": [*map(asdict, drawn)], "encoded": [*map(asdict, encoded)]}
    (out / "scale.json").write_text(json.dumps(content, indent=1) + "\n")
    (ROOT / "docs" / "scale.md").write_text(page(content), encoding="utf-8")
    return 0
