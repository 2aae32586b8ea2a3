"""`traverse`: levers in motion, as a picture that moves."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import torch
from PIL import Image
from torch import Tensor

from ...base.atomic_files import write_atomically
from ...base.errors import PackError
from ...base.parsing import read_indices, read_numbers
from ...edits.easing import EASINGS
from ...edits.journeys import WAYS, Journey
from ...explorer.previews import stored_region
from ...pictures.frames import draw_frames
from ...pictures.gauges import Gauge, with_gauges
from ...pictures.images import display_scale, enlarged
from ...pictures.traversal import LeverMotion, traverse_codes, traverse_levers
from ..command import AbstractCommand, Options, Talk
from ..options import (
    code_parameters,
    draw_codes,
    generator_parameters,
    lever_parameters,
    open_generator,
    open_levers,
    pull_options,
)

_FORMATS = {".webp": "WEBP", ".gif": "GIF", ".png": "PNG"}
"""Kinds of pictures that move."""


class Traverse(AbstractCommand):
    """See `traversal.traverse_levers`."""

    example = (
        "latent-levers traverse portraits --levers out/mouth.safetensors --index 0 --seeds 0 "
        "--out out/mouth.webp"
    )

    def parameters(self) -> list[click.Parameter]:
        """A generator, seeds, levers, a film."""
        return [
            *generator_parameters(),
            *code_parameters("0"),
            *lever_parameters("0", required=False),
            click.Option(
                ["--strength"],
                default="0,0",
                help="from and to: write --strength=-2,2; 0,0 (the default) goes to both sides as "
                "far as is clearly visible",
            ),
            click.Option(["--frames"], type=int, default=24, help="from end to end; default 24"),
            click.Option(
                ["--easing"], type=click.Choice(list(EASINGS)), default=next(iter(EASINGS))
            ),
            click.Option(["--way"], type=click.Choice(WAYS), default=WAYS[0]),
            click.Option(["--together"], is_flag=True, help="all levers at once"),
            click.Option(["--side-by-side"], is_flag=True, help="all seeds in each frame"),
            click.Option(["--no-gauge"], is_flag=True, help="pictures alone"),
            click.Option(["--scale"], type=int, default=0, help="how many times larger; default 0"),
            click.Option(["--fps"], type=float, default=24.0, help="default 24"),
            click.Option(
                ["--out"],
                type=click.Path(path_type=Path),
                default=Path("out/traverse.webp"),
                help=".webp, .gif or .png",
            ),
        ]

    def run(self, options: Options, talk: Talk) -> dict[str, Any]:
        """Plan, draw, write."""
        kind = _FORMATS.get(options.out.suffix.lower())
        if kind is None or not 0 < options.fps <= 1000:
            raise PackError(
                f"{options.out.name!r} at {options.fps:g} frames per second was asked for",
                f"a name that ends in {', '.join(_FORMATS)}, and a rate of 1000 at most",
            )
        gan = open_generator(options)
        codes = draw_codes(gan, options)
        journey = Journey(options.frames, options.way, options.easing)
        with talk.bar("planning") as bar:
            if options.levers is None:
                plan = traverse_codes(gan, codes, journey)
            else:
                levers = open_levers(gan, options)
                ends = read_numbers(options.strength)
                if len(ends) != 2:
                    raise PackError(f"{len(ends)} strengths were given", "two, from and to")
                motion = LeverMotion(
                    ends[0],
                    ends[1],
                    pull_options(options),
                    options.together,
                    options.side_by_side,
                    stored_region(gan, levers),
                )
                indices = read_indices(options.indices, len(levers))
                plan = traverse_levers(gan, codes, levers, indices, motion, journey, bar)
        factor = options.scale or display_scale(gan.spec.img_size)

        def finish(pictures: Tensor, gauges: Sequence[Gauge]) -> Tensor:
            larger = enlarged(pictures, factor)
            return larger if options.no_gauge else with_gauges(larger, gauges)

        with talk.bar("drawing") as bar:
            frames, _ = draw_frames(gan, plan, finish, options.noise, bar)
        for line in plan.report:
            talk.say(line)
        _save(options.out, frames, options.fps, kind)
        talk.wrote(options.out)
        return {"frames": plan.total, "fps": options.fps, "moves": list(plan.report)}


def _save(path: Path, frames: Tensor, fps: float, kind: str) -> None:
    """A film that starts again at its end, whole or not at all."""
    pictures = [Image.fromarray((frame * 255).round().to(torch.uint8).numpy()) for frame in frames]
    buffer = io.BytesIO()
    first, *rest = pictures
    quality = {"quality": 90} if kind == "WEBP" else {}
    first.save(
        buffer, kind, save_all=True, append_images=rest, duration=1000 / fps, loop=0, **quality
    )
    write_atomically(path, buffer.getvalue())


COMMAND = Traverse()
