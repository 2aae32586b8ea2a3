"""`vary`: a batch of any size that resumes where it stopped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from torch import Tensor

from ...base.atomic_files import write_atomically
from ...base.errors import PackError
from ...base.hashing import fingerprint
from ...base.parsing import read_indices, read_numbers, read_seeds
from ...concepts.directions import Directions
from ...concepts.generator import Generator
from ...edits.variations import VARIATION_MODES, Variation, apply_variations, plan_variations
from ...generators.rendering import render
from ...pictures.images import to_bytes
from ..command import AbstractCommand, Options, Talk
from ..motion import NO_MOTION, motion, motion_facts, motion_parameters
from ..options import (
    code_parameters,
    draw_codes,
    generator_parameters,
    open_generator,
    open_levers,
    pull_options,
    pull_parameters,
    pulled_facts,
)
from ..pictures import is_complete, save_png

_SETTINGS, _MANIFEST = "settings.json", "manifest.jsonl"

_CHUNK = 32
"""Images that are drawn between two writings."""


class Vary(AbstractCommand):
    """See `variations.plan_variations`."""

    example = (
        "latent-levers vary portraits --levers out/mouth.safetensors --seeds 0-99 --mode random "
        "--count 1000 --out out/batch"
    )

    def parameters(self) -> list[click.Parameter]:
        """A generator, seeds, levers, a plan, a folder."""
        return [
            *generator_parameters(),
            *code_parameters("0-7"),
            *motion_parameters(),
            *pull_parameters("0-3", "-3,3"),
            click.Option(
                ["--mode"],
                type=click.Choice(VARIATION_MODES),
                default=VARIATION_MODES[0],
                help="every combination (the default), or one to three levers at random strengths",
            ),
            click.Option(["--count"], type=int, help="number of images; a later one may be larger"),
            click.Option(["--seed"], type=int, default=0, help="of the random choices; default 0"),
            click.Option(
                ["--out"], type=click.Path(path_type=Path), default=Path("out/vary"), help="folder"
            ),
        ]

    def run(self, options: Options, talk: Talk) -> dict[str, Any]:
        """Draw what is missing."""
        gan = open_generator(options)
        levers = open_levers(gan, options)
        plan = plan_variations(
            read_seeds(options.seeds),
            levers,
            read_indices(options.indices, len(levers)),
            read_numbers(options.strengths),
            options.mode,
            options.count,
            options.seed,
        )
        folder: Path = options.out
        _claim(folder, _settings(gan, levers, options))
        names = [f"{number:05d}.png" for number in range(len(plan))]
        lines = [
            json.dumps({"file": name, **_line(gan, levers, variation, options)})
            for name, variation in zip(names, plan, strict=True)
        ]
        missing = [n for n, name in enumerate(names) if not is_complete(folder / name)]
        absent, done = set(missing), len(plan) - len(missing)
        beyond = _beyond(folder, set(names))
        there = [line for number, line in enumerate(lines) if number not in absent]
        _write_manifest(folder, [*there, *beyond])
        if done:
            talk.say(f"{done} of {len(plan)} images are there already.")
        with (
            talk.bar("drawing") as bar,
            (folder / _MANIFEST).open("a", encoding="utf-8") as manifest,
        ):
            bar(done, len(plan))
            for start in range(0, len(missing), _CHUNK):
                part = missing[start : start + _CHUNK]
                pictures = _draw(gan, levers, [plan[number] for number in part], options)
                for number, picture in zip(part, pictures, strict=True):
                    facts = _facts(gan, levers, plan[number], options)
                    save_png(folder / names[number], picture, facts)
                    manifest.write(f"{lines[number]}\n")
                    manifest.flush()
                bar(done + start + len(part), len(plan))
        # Once more in the order of the plan, should images have been missing amid others.
        talk.wrote(_write_manifest(folder, [*lines, *beyond]))
        talk.say(f"{len(missing)} images drawn, {len(plan)} in {folder}.")
        return {"images": len(plan), "drawn": len(missing), "folder": str(folder)}


def _facts(
    gan: Generator, levers: Directions, variation: Variation, options: Options
) -> dict[str, Any]:
    """What a picture says of itself."""
    return {**pulled_facts(gan, levers, variation, options), **motion_facts(options)}


def _line(
    gan: Generator, levers: Directions, variation: Variation, options: Options
) -> dict[str, Any]:
    """What the manifest says of an image."""
    facts = _facts(gan, levers, variation, options)
    return {**facts, "pulls": [list(pull) for pull in variation.pulls]}


def _draw(
    gan: Generator, levers: Directions, part: Sequence[Variation], options: Options
) -> Tensor:
    """Pictures `[n, H, W, 3]` uint8; only the codes of these are mapped, however many there are."""
    rows = sorted({variation.row for variation in part})
    seeds = read_seeds(options.seeds)
    codes = draw_codes(gan, options, [seeds[row] for row in rows])
    local = [replace(variation, row=rows.index(variation.row)) for variation in part]
    varied = apply_variations(codes, levers, local, pull_options(options))
    return to_bytes(render(gan, varied, options.noise, **motion(options)))


def _settings(gan: Generator, levers: Directions, options: Options) -> dict[str, Any]:
    """All that decides the pictures; not the count, since a larger one only appends."""
    names = ("seeds", "indices", "strengths", "unit", "layers", "mode", "seed", "label", "noise")
    names += ("truncation", "truncation_cutoff", *NO_MOTION)
    typed = {name: getattr(options, name) for name in names}
    lever_print = fingerprint({"vectors": levers.vectors, "eigenvalues": levers.eigenvalues})
    return {"generator": gan.spec.fingerprint, "levers": lever_print, **typed}


def _claim(folder: Path, settings: dict[str, Any]) -> None:
    """Make sure that a folder holds pictures of this batch or none."""
    path = folder / _SETTINGS
    text = json.dumps(settings, indent=2)
    if not any(folder.glob("[0-9]*.png")):
        write_atomically(path, text.encode())
        return
    another = "Choose another folder with --out"
    try:
        # Batches of older versions say nothing of motion.
        before: Any = {**NO_MOTION, **json.loads(path.read_text(encoding="utf-8"))}
        changed = [name for name in settings if before[name] != settings[name]]
    except (OSError, ValueError, KeyError, TypeError):
        raise PackError(
            f"{folder} holds numbered pictures, but no readable {_SETTINGS}",
            "an empty folder, or one that vary made",
            another,
        ) from None
    if changed:
        differing = ", ".join(
            f"{name} was {before[name]}, now {settings[name]}" for name in changed
        )
        raise PackError(
            f"{folder} holds a batch with other settings ({differing})",
            "the same settings to resume",
            another,
        )


def _beyond(folder: Path, names: set[str]) -> list[str]:
    """Lines of an earlier, larger batch in this folder, which are still true."""
    path = folder / _MANIFEST
    kept: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
        try:
            file = json.loads(line)["file"]
        except (json.JSONDecodeError, KeyError, TypeError):
            continue  # the last line of a run that was killed
        if file not in names and is_complete(folder / file):
            kept.append(line)
    return kept


def _write_manifest(folder: Path, lines: Sequence[str]) -> Path:
    """The manifest as a whole."""
    return write_atomically(folder / _MANIFEST, "".join(f"{line}\n" for line in lines).encode())


COMMAND = Vary()
