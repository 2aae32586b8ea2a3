"""Train the flow-matching model on rendered portraits.

    python -m training.dataset --count 50000
    python -m training.flow.train --out run_flow --minutes 110
    python -m training.flow.train --out run_flow --resume

The learning rate follows the clock: it falls to 0 at the end of `--minutes`, whatever pace the machine had, pauses
included. `kill -STOP` and `kill -CONT` on the number in `run_flow/pid` pause and continue a run; `kill -TERM` writes a
checkpoint and ends it, and `--resume` then goes on towards the same end, or towards a new one with `--minutes`.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.diffusion.rectified_flow import sample, seeded_noise, to_images

from .. import parallel
from ..dataset import FIRST_SEED, PortraitCache, default_cache, render_cache, to_bytes
from ..portraits import contact_sheet
from ..train_gan import interruptible
from .trainer import FlowSettings, FlowTrainer, read_checkpoint, read_settings

CHECKPOINT = "checkpoint.pt"
SHAPE = (12, 32, 32)
"""Of a latent picture of 64 px."""
SHOWN = 48
"""Samples drawn at every checkpoint."""


@dataclass(frozen=True)
class Span:
    """Begin and end of a run, in seconds of the system's clock."""

    begin: float
    end: float

    def progress(self, now: float) -> float:
        """Share of the run that has passed, at most 1."""
        return min((now - self.begin) / (self.end - self.begin), 1.0)


def save(trainer: FlowTrainer, out: Path, notes: dict[str, Any]) -> None:
    """Write the checkpoint and a grid of the average network's samples.

    Args:
        trainer: The state.
        out: Folder of the run.
        notes: Facts for the checkpoint; "processor_seconds" of earlier calls are added to.
    """
    if parallel.rank() != 0:
        return
    spent = float(notes.get("processor_seconds", 0.0)) + time.process_time() * parallel.world_size()
    trainer.save(out / CHECKPOINT, notes | {"processor_seconds": spent})
    with torch.no_grad():
        latents = sample(trainer.average, seeded_noise(range(SHOWN), SHAPE), steps=15)
    contact_sheet(to_bytes(to_images(latents)), 12).save(out / f"samples_{trainer.images:08d}.png")


def train(
    trainer: FlowTrainer,
    portraits: PortraitCache,
    out: Path,
    span: Span,
    notes: dict[str, Any],
    checkpoint_minutes: float = 5.0,
) -> None:
    """Run steps until the time is up or a signal asks to end.

    Args:
        trainer: The state, changed in place.
        portraits: What it learns from.
        out: Folder for `checkpoint.pt`, `samples_*.png` and `log.jsonl`.
        span: When the run began and ends; the learning rate falls towards its end.
        notes: Facts for the checkpoint.
        checkpoint_minutes: Minutes between checkpoints.
    """
    out.mkdir(parents=True, exist_ok=True)
    notes |= {"begin": span.begin, "end": span.end}
    losses: list[float] = []
    written, mark, mark_images = time.time(), time.process_time(), trainer.images
    with interruptible() as received, (out / f"log{parallel.rank() or ''}.jsonl").open("a") as log:
        while not parallel.any_process(bool(received) or time.time() > span.end):
            trainer.progress = parallel.shared_mean(span.progress(time.time()))
            losses.append(trainer.step(portraits))
            if trainer.steps % 100 == 0:
                now = time.process_time()
                line = {
                    "images": trainer.images,
                    "progress": round(trainer.progress, 4),
                    "per_processor_second": round(
                        (trainer.images - mark_images) / (now - mark) / parallel.world_size(), 1
                    ),
                    "loss": round(float(np.mean(losses)), 5),
                }
                log.write(json.dumps(line) + "\n")
                log.flush()
                losses, mark, mark_images = [], now, trainer.images
            if time.time() - written > checkpoint_minutes * 60:
                save(trainer, out, notes)
                written = time.time()
    save(trainer, out, notes)


def main(arguments: list[str] | None = None) -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--resume", action="store_true", help="resume from the folder's checkpoint")
    parser.add_argument("--minutes", type=float, help="from now to the end (default: 110, or as before)")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="folder of the renders")
    parser.add_argument("--renders", type=int, default=50_000, help="portraits to render when the cache has fewer")
    parser.add_argument("--processes", type=int, help="of one thread, that share a batch (default: one per core)")
    tuned = {f.name: f for f in fields(FlowSettings) if f.type in ("int", "float")}
    for name, field in tuned.items():
        kind = int if field.type == "int" else float
        parser.add_argument("--" + name.replace("_", "-"), type=kind, help=f"default {field.default}")
    options = parser.parse_args(arguments)

    state = read_checkpoint(options.out / CHECKPOINT) if options.resume else None
    settings = FlowSettings() if state is None else read_settings(state)
    given = {name: getattr(options, name) for name in tuned if getattr(options, name) is not None}
    portraits = render_cache(options.cache / "train", options.renders, FIRST_SEED)
    notes: dict[str, Any] = {"renders": len(portraits), "renderer": portraits.renderer}
    now = time.time()
    span = Span(now, now + 60 * (options.minutes or 110.0))
    if state is not None:
        notes = json.loads(state["notes"]) | notes
        span = Span(notes["begin"], notes["end"] if options.minutes is None else span.end)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "pid").write_text(str(os.getpid()))
    parallel.run(work, (replace(settings, **given), options, span, notes), options.processes or os.cpu_count() or 1)


def work(settings: FlowSettings, options: argparse.Namespace, span: Span, notes: dict[str, Any]) -> None:
    """Train in one of the processes.

    Args:
        settings: What decides the run.
        options: As `main` parses them.
        span: When the run began and ends.
        notes: Facts for the checkpoint.
    """
    trainer = FlowTrainer(settings)
    if options.resume:
        trainer.load(read_checkpoint(options.out / CHECKPOINT))
    train(trainer, render_cache(options.cache / "train", options.renders, FIRST_SEED), options.out, span, notes)


if __name__ == "__main__":
    main()
