"""`vary`: a batch of edited images of any size, which resumes after an interruption."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from torch import Tensor

from ...base.hashing import fingerprint
from ...base.parsing import read_indices, read_numbers
from ...concepts.directions import Directions
from ...concepts.generator import Generator
from ...concepts.latent_code import concatenate
from ...edits.variations import VARIATION_MODES, Variation, apply_variations, plan_variations
from ...generators.rendering import render
from ...pictures.images import enlarged, from_bytes, to_bytes
from ...pictures.picture_files import is_complete, read_png, save_png
from ...pictures.sheet_pages import SheetLayout
from ..batch_folder import MANIFEST, check_settings, claim, extra_lines, write_manifest
from ..codes import CodeSource, code_parameters
from ..command import AbstractCommand, Options, Output
from ..facts import edit_facts, pulled_facts
from ..holding import Hold, hold_parameters, hold_settings, read_hold
from ..motion import NO_MOTION, motion, motion_parameters
from ..options import (
    generator_parameters,
    guard_parameter,
    open_generator,
    open_levers,
    pull_options,
    pull_parameters,
)
from ..outputs import output_folder
from ..sheets import (
    close_sheet,
    layout_of,
    open_sheet,
    page_name,
    sheet_parameters,
)

_CHUNK = 32
"""Images that are rendered at a time, and then written."""


class Vary(AbstractCommand):
    """Renders the edits of `variations.plan_variations` that the folder does not hold yet."""

    example = (
        "latent-levers vary portraits --levers out/mouth.safetensors --seeds 0-99 --mode random "
        "--count 1000 --out out/batch"
    )

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            *generator_parameters(),
            *code_parameters("0-7"),
            *motion_parameters(),
            *pull_parameters("0-3", "-3,3"),
            *hold_parameters(with_composite=True),
            click.Option(
                ["--mode"],
                type=click.Choice(VARIATION_MODES),
                default=VARIATION_MODES[0],
                help="all combinations of seeds, levers and strengths (grid), or one to three "
                "levers at random strengths (random); default grid",
            ),
            click.Option(
                ["--count"],
                type=int,
                help="number of images; default the whole grid, or one per seed; can be "
                "raised later",
            ),
            click.Option(
                ["--seed"], type=int, default=0, help="seed of the random choices; default 0"
            ),
            guard_parameter(),
            output_folder("out/vary"),
            *sheet_parameters("as square as possible, up to 8"),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        gan = open_generator(options)
        levers = open_levers(gan, options)
        source = CodeSource.of(gan, options)
        plan = plan_variations(
            source.seeds,
            levers,
            read_indices(options.indices, len(levers)),
            read_numbers(options.strengths),
            options.mode,
            options.count,
            options.seed,
        )
        layout = layout_of(gan, options, len(plan))
        hold = read_hold(gan, options)
        lock = claim(options.out)
        try:
            return self._draw(source, levers, plan, layout, output, hold)
        finally:
            lock.release()

    @staticmethod
    def _draw(
        source: CodeSource,
        levers: Directions,
        plan: Sequence[Variation],
        layout: SheetLayout,
        output: Output,
        hold: Hold | None,
    ) -> dict[str, Any]:
        """Render what the folder lacks; no other run may write to it."""
        gan, options = source.gan, source.options
        folder: Path = options.out
        check_settings(folder, _settings(source, levers, hold))
        names = [f"{number:05d}.png" for number in range(len(plan))]
        lines = [
            json.dumps({"file": name, **_entry(gan, levers, variation, options)})
            for name, variation in zip(names, plan, strict=True)
        ]
        missing = [n for n, name in enumerate(names) if not is_complete(folder / name)]
        absent, done = set(missing), len(plan) - len(missing)
        extra = extra_lines(folder, set(names))
        present = [line for number, line in enumerate(lines) if number not in absent]
        write_manifest(folder, [*present, *extra])
        if done:
            output.print(f"{done} of {len(plan)} images exist already.")
        with (
            output.progress("rendering") as progress,
            (folder / MANIFEST).open("a", encoding="utf-8") as manifest,
        ):
            progress(done, len(plan))
            for start in range(0, len(missing), _CHUNK):
                part = missing[start : start + _CHUNK]
                pictures = _render(source, levers, [plan[number] for number in part], hold)
                for number, picture in zip(part, pictures, strict=True):
                    facts = pulled_facts(gan, levers, plan[number], options)
                    save_png(folder / names[number], picture, facts)
                    manifest.write(f"{lines[number]}\n")
                    manifest.flush()
                progress(done + start + len(part), len(plan))
        # Again, in the order of the plan: resumed images were appended at the end.
        output.add_file(write_manifest(folder, [*lines, *extra]))
        pages = [folder / page_name(n) for n in range(layout.pages(len(plan), _size(source)))]
        if missing or not all(map(is_complete, pages)):
            _draw_sheet(source, levers, plan, layout, output)
        if hold is not None:
            hold.report(output)
        output.print(f"{len(missing)} images rendered, {len(plan)} in {folder}.")
        return {"images": len(plan), "drawn": len(missing), "folder": str(folder)}


def _entry(
    gan: Generator, levers: Directions, variation: Variation, options: Options
) -> dict[str, Any]:
    """Entry of an image in the manifest."""
    facts = pulled_facts(gan, levers, variation, options)
    return {**facts, "pulls": [list(pull) for pull in variation.pulls]}


def _render(
    source: CodeSource, levers: Directions, variations: Sequence[Variation], hold: Hold | None
) -> Tensor:
    """Render some of the images, `[n, H, W, 3]` uint8; maps only the codes of their seeds."""
    gan, options = source.gan, source.options
    rows = sorted({variation.row for variation in variations})
    codes = source.draw(rows)
    local = [replace(variation, row=rows.index(variation.row)) for variation in variations]
    pull = pull_options(gan, options, None if hold is None else hold.request)
    varied = apply_variations(codes, levers, local, pull)
    images = render(gan, varied, options.noise, **motion(options))
    if hold is not None and hold.composite:
        before = concatenate([codes[variation.row] for variation in local])
        images = hold.finish(render(gan, before, options.noise, **motion(options)), images)
    return to_bytes(enlarged(images, options.scale or 1), alpha=True)


def _draw_sheet(
    source: CodeSource,
    levers: Directions,
    plan: Sequence[Variation],
    layout: SheetLayout,
    output: Output,
) -> None:
    """Draw the sheet from the pictures in the folder, one page at a time."""
    gan, options = source.gan, source.options
    indices = read_indices(options.indices, len(levers))
    strengths = read_numbers(options.strengths)
    about = {**edit_facts(gan, levers, indices, strengths, options), "mode": options.mode}
    # The pictures are enlarged already, if at all by `--scale`.
    stored = replace(layout, scale=min(layout.scale, 1))
    sheet = open_sheet(stored, options.out, about, output)
    shown = layout.pages(len(plan), _size(source)) * layout.per_page(_size(source))
    for number, variation in enumerate(plan[:shown]):
        picture = read_png(options.out / f"{number:05d}.png")
        sheet.add(from_bytes(picture[None])[0], variation.caption)
    sheet.left_out += max(0, len(plan) - shown)
    close_sheet(sheet)


def _size(source: CodeSource) -> tuple[int, int]:
    """Height and width of an image of the generator."""
    return source.gan.spec.img_size


def _settings(source: CodeSource, levers: Directions, hold: Hold | None) -> dict[str, Any]:
    """The settings that determine the images; not the count, since a larger one only appends."""
    names = ("seeds", "indices", "strengths", "unit", "layers", "mode", "seed", "label", "noise")
    names += ("scale", "truncation", "truncation_cutoff", *NO_MOTION)
    values = {name: getattr(source.options, name) for name in names}
    values["option"] = list(source.options.option)
    values["guard"] = source.options.guard
    stored = source.stored
    values["latents"] = None if stored is None else fingerprint({"values": stored.values})
    lever_hash = fingerprint({"vectors": levers.vectors, "eigenvalues": levers.eigenvalues})
    held = hold_settings(hold, source.options)
    return {"generator": source.gan.spec.fingerprint, "levers": lever_hash, **values, **held}


COMMAND = Vary()
