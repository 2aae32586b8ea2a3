"""`traverse`: moving levers or interpolated seeds as an animation."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import torch
from PIL import ExifTags, Image
from torch import Tensor

from ...base.atomic_files import write_atomically
from ...base.errors import PackError
from ...base.parsing import read_indices, read_numbers
from ...edits.easing import EASINGS
from ...edits.journeys import WAYS, Journey
from ...edits.variations import signed
from ...levers.stored_region import stored_region
from ...pictures.frames import check_memory, draw_frames, enlarge_frames
from ...pictures.picture_files import facts_as_text, text_chunks
from ...pictures.traversal import LeverMotion, traverse_codes, traverse_levers
from ..codes import CodeSource, code_parameters
from ..command import AbstractCommand, Options, Output
from ..facts import lever_facts, page_facts
from ..holding import hold_parameters, print_hold, read_hold
from ..options import (
    check_scale,
    generator_parameters,
    lever_parameters,
    open_generator,
    open_levers,
    pull_options,
)
from ..outputs import output_file

_FORMATS = {".webp": "WEBP", ".gif": "GIF", ".png": "PNG"}
"""Formats of animations by file extension."""


class Traverse(AbstractCommand):
    """Renders the frames of `traversal.traverse_levers`, or of `traverse_codes` without levers."""

    example = (
        "latent-levers traverse portraits --levers out/mouth.safetensors --index 0 --seeds 0 "
        "--out out/mouth.webp"
    )

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            *generator_parameters(),
            *code_parameters("0"),
            *lever_parameters("0", required=False),
            click.Option(
                ["--strength"],
                default="0,0",
                help="first and last strength, such as --strength=-2,2; default 0,0, which "
                "chooses a visible one to both sides",
            ),
            click.Option(
                ["--frames"],
                type=int,
                default=24,
                help="frames from one end to the other, or from seed to seed; default 24",
            ),
            click.Option(
                ["--easing"],
                type=click.Choice(list(EASINGS)),
                default=next(iter(EASINGS)),
                help=f"how the motion accelerates; default {next(iter(EASINGS))}",
            ),
            click.Option(
                ["--way"],
                type=click.Choice(WAYS),
                default=WAYS[0],
                help=f'loop back and forth, loop to the start, or once; default "{WAYS[0]}"',
            ),
            click.Option(["--together"], is_flag=True, help="move all levers at once, not in turn"),
            click.Option(
                ["--side-by-side"], is_flag=True, help="show all seeds in each frame, not in turn"
            ),
            click.Option(["--no-gauge"], is_flag=True, help="omit the gauge below the images"),
            click.Option(
                ["--scale"],
                type=int,
                default=0,
                help="factor by which images are enlarged; default 0, which chooses one",
            ),
            click.Option(["--fps"], type=float, default=24.0, help="frames per second; default 24"),
            *hold_parameters(),
            *output_file("out/traverse.webp", "animation", *_FORMATS),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        if not 0 < options.fps <= 1000:
            raise PackError(f"--fps is {options.fps:g}", "a number above 0 and up to 1000")
        gan = open_generator(options)
        scale = check_scale(gan, options.scale)
        source = CodeSource.of(gan, options)
        check_memory(gan, len(source.seeds) * max(1, options.frames - 1), scale)
        hold = read_hold(gan, options)
        if hold is not None and options.levers is None:
            raise PackError("--hold was given without --levers", "levers to pull")
        codes = source.draw()
        journey = Journey(options.frames, options.way, options.easing)
        with output.progress("planning") as progress:
            if options.levers is None:
                plan = traverse_codes(gan, codes, journey)
                moved: dict[str, Any] = {}
            else:
                levers = open_levers(gan, options)
                ends = read_numbers(options.strength)
                if len(ends) != 2:
                    raise PackError(
                        f"--strength holds {len(ends)} numbers", "two, from and to, such as -3,3"
                    )
                motion = LeverMotion(
                    ends[0],
                    ends[1],
                    pull_options(gan, options, None if hold is None else hold.request),
                    options.together,
                    options.side_by_side,
                    stored_region(gan, levers),
                )
                indices = read_indices(options.indices, len(levers))
                plan = traverse_levers(gan, codes, levers, indices, motion, journey, progress)
                moved = {
                    "direction": "; ".join(levers.label(index) for index in indices),
                    "strength": "; ".join(", ".join(map(signed, pair)) for pair in plan.ends),
                    "unit": options.unit,
                    **lever_facts(gan, options),
                }
        finish = enlarge_frames(gan, scale, not options.no_gauge)
        with output.progress("rendering") as progress:
            frames, _ = draw_frames(gan, plan, finish, options.noise, progress)
        for line in plan.report:
            output.print(line)
        if hold is not None:
            print_hold(hold, output)
        facts = {
            **page_facts(gan, options),
            **moved,
            "frames": options.frames,
            "way": options.way,
            "easing": options.easing,
        }
        _save(options.out, frames, options.fps, facts)
        output.add_file(options.out)
        ends = {"strengths": [list(ends) for ends in plan.ends]} if plan.ends else {}
        moves = list(plan.report)
        return {"frames": plan.total, "fps": options.fps, "moves": moves, **ends}


def _save(path: Path, frames: Tensor, fps: float, facts: Mapping[str, object]) -> None:
    """Write an endlessly looping animation atomically, with facts in its metadata."""
    pictures = [Image.fromarray((frame * 255).round().to(torch.uint8).numpy()) for frame in frames]
    buffer = io.BytesIO()
    first, *rest = pictures
    kind = _FORMATS[path.suffix.lower()]
    about: dict[str, Any] = {}
    if kind == "PNG":
        about = {"pnginfo": text_chunks(facts)}
    else:
        text = facts_as_text(facts)
        exif = Image.Exif()
        exif[ExifTags.Base.ImageDescription] = text
        about = {"comment": text} if kind == "GIF" else {"exif": exif, "quality": 90}
    first.save(
        buffer, kind, save_all=True, append_images=rest, duration=1000 / fps, loop=0, **about
    )
    write_atomically(path, buffer.getvalue())


COMMAND = Traverse()
