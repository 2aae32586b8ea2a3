"""Train the bundled generator on rendered portraits.

    python -m training.dataset --count 60000
    python -m training.train_gan --out run --images 400000
    python -m training.train_gan --out run --images 800000 --resume
    python -m training.train_gan --out run_128 --grow assets/portraits.safetensors --enlarger enlarger.pt

It runs one process per core, or one on a GPU with `--device cuda`. A stopped run resumes from its last checkpoint with
`--resume`. `--grow` adds a block to a finished generator and trains that alone. `kill -STOP` and `kill -CONT` on the
number in `run/pid` pause and continue it; `kill -TERM` writes a checkpoint and ends it.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from PIL import Image

from core.files.loading import load_generator
from core.generators.architectures.stylegan2.network import StyleGAN2

from . import parallel
from .adversary import Adversary, Portraits, read_checkpoint
from .dataset import FIRST_SEED, PortraitCache, cache_folder, default_cache, render_cache, to_bytes
from .enlarger import load_enlarger
from .growth import GrowingAdversary
from .portraits import contact_sheet
from .sampling import draw_seeds
from .settings import GROWN, TrainingSettings, decay, read_settings

CHECKPOINT = "checkpoint.pt"


@contextmanager
def interruptible() -> Iterator[list[int]]:
    """Collect SIGTERM and SIGINT instead of dying from them.

    Yields:
        The signals received so far.
    """
    received: list[int] = []
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, lambda got, _: received.append(got)) for number in numbers]
    try:
        yield received
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def save(adversary: Adversary, out: Path, notes: dict[str, Any]) -> None:
    """Write the checkpoint and a grid of the average generator's samples.

    Args:
        adversary: The state.
        out: Folder of the run.
        notes: Facts for the checkpoint.
    """
    if parallel.rank() != 0:
        return
    adversary.save(out / CHECKPOINT, notes)
    images = to_bytes(draw_seeds(adversary.average, range(96)).cpu())
    grid: Image.Image = contact_sheet(images, 12)
    grid.save(out / f"samples_{adversary.images:08d}.png")


def train(
    adversary: Adversary,
    portraits: Portraits,
    out: Path,
    images: int,
    minutes: float,
    notes: dict[str, Any],
    checkpoint_minutes: float = 5.0,
) -> None:
    """Run steps until as many images were seen, the time is up, or a signal asks to end.

    Args:
        adversary: The state, changed in place.
        portraits: Real images.
        out: Folder for `checkpoint.pt`, `samples_*.png` and `log.jsonl`.
        images: Total images to see, those before a resume included; the learning rate falls towards it.
        minutes: Wall-clock bound on this call.
        notes: Facts for the checkpoint.
        checkpoint_minutes: Minutes between checkpoints.
    """
    out.mkdir(parents=True, exist_ok=True)
    start = written = time.monotonic()
    sums: dict[str, list[float]] = {}
    mark, mark_images = start, adversary.images
    with interruptible() as received, (out / f"log{parallel.rank() or ''}.jsonl").open("a") as log:
        while adversary.images < images:
            if parallel.any_process(bool(received) or time.monotonic() - start > minutes * 60):
                break
            adversary.set_learning_rate(decay(adversary.images, images))
            for name, value in adversary.step(portraits).items():
                sums.setdefault(name, []).append(value)
            if adversary.steps % 100 == 0:
                now = time.monotonic()
                line = {"images": adversary.images, "per_second": (adversary.images - mark_images) / (now - mark)}
                line |= {name: float(np.mean(values)) for name, values in sums.items()}
                log.write(json.dumps({name: round(value, 4) for name, value in line.items()}) + "\n")
                log.flush()
                sums, mark, mark_images = {}, now, adversary.images
            if time.monotonic() - written > checkpoint_minutes * 60:
                save(adversary, out, notes)
                written = time.monotonic()
    save(adversary, out, notes)


def main(arguments: list[str] | None = None) -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--resume", action="store_true", help="resume from the folder's checkpoint")
    parser.add_argument("--images", type=int, default=400_000, help="images to see in all")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="folder of the renders")
    parser.add_argument("--renders", type=int, default=60_000, help="portraits to render when the cache has fewer")
    parser.add_argument("--grow", type=Path, help="weights of a generator to enlarge: one block is trained above it")
    parser.add_argument("--enlarger", type=Path, help="what training.enlarger wrote, to teach the new block")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, ...")
    parser.add_argument("--processes", type=int, help="that share a batch (default: one per core, one on a GPU)")
    tuned = {f.name: f for f in fields(TrainingSettings) if f.type in ("int", "float")}
    for name, field in tuned.items():
        kind = int if field.type == "int" else float
        parser.add_argument("--" + name.replace("_", "-"), type=kind, help=f"default {field.default}")
    options = parser.parse_args(arguments)

    begin = GROWN if options.grow is not None else TrainingSettings()
    settings = read_settings(read_checkpoint(options.out / CHECKPOINT)) if options.resume else begin
    given = {name: getattr(options, name) for name in tuned if getattr(options, name) is not None}
    settings = replace(settings, **given)
    processes = options.processes or (os.cpu_count() or 1 if options.device == "cpu" else 1)
    _renders(settings, options)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "pid").write_text(str(os.getpid()))
    parallel.run(work, (settings, options), processes)


def _renders(settings: TrainingSettings, options: argparse.Namespace) -> PortraitCache:
    """The portraits to train on, of the generator's size; drawn where they are missing."""
    folder = cache_folder(options.cache, "train", settings.side)
    return render_cache(folder, options.renders, FIRST_SEED, size=settings.side)


def work(settings: TrainingSettings, options: argparse.Namespace) -> None:
    """Train in one of the processes.

    Args:
        settings: What decides the run.
        options: As `main` parses them.
    """
    small = None if options.grow is None else load_generator(options.grow)
    if settings.grown:
        enlarger = None if options.enlarger is None else load_enlarger(options.enlarger)
        network = None if small is None else cast(StyleGAN2, small.network)
        adversary = GrowingAdversary(settings, options.device, network, enlarger)
    else:
        adversary = Adversary(settings, options.device)
    given = {name: value for name in asdict(settings) if (value := getattr(options, name, None)) is not None}
    portraits = _renders(settings, options)
    notes = adversary.load(options.out / CHECKPOINT) if options.resume else {}
    if small is not None:
        notes["grown_from"] = {"file": small.details["file"], "fingerprint": small.spec.fingerprint}
    notes |= {"renders": len(portraits), "renderer": portraits.renderer, "first_seed": FIRST_SEED}
    stage = {"from_images": adversary.images, "renders": len(portraits), "renderer": notes["renderer"]}
    notes["stages"] = [*notes.get("stages", []), stage | given | {"images": options.images}]
    train(adversary, portraits, options.out, options.images, options.minutes, notes)


if __name__ == "__main__":
    main()
