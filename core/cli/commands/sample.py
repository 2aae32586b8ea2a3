"""`sample`: images of seeds, one PNG each."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import click

from ...generators.rendering import render
from ...pictures.contact_sheet import contact_sheet
from ...pictures.images import sized_for_sheet, to_bytes
from ..command import AbstractCommand, Options, Output
from ..motion import motion, motion_facts, motion_parameters
from ..options import code_parameters, draw_codes, generator_parameters, open_generator


class Sample(AbstractCommand):
    """Renders the codes of `sampling.sample_latents`."""

    example = "latent-levers sample portraits --seeds 0-7 --out out/seeds"

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            *generator_parameters(),
            *code_parameters("0-7"),
            *motion_parameters(),
            click.Option(
                ["--out"],
                type=click.Path(path_type=Path),
                default=Path("out/seeds"),
                help="folder; default out/seeds",
            ),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        gan = open_generator(options)
        codes = draw_codes(gan, options)
        seeds = codes.seeds or ()
        with output.progress("rendering") as progress:
            images = render(gan, codes, options.noise, progress, **motion(options))
        facts = {
            "generator": gan.spec.fingerprint,
            "truncation": options.truncation,
            **motion_facts(options),
        }
        for seed, picture in zip(seeds, to_bytes(images), strict=True):
            path = options.out / f"seed{seed:04d}.png"
            output.save_picture(path, picture, {"seed": seed, "label": options.label, **facts})
        labels = [f"seed {seed}" for seed in seeds]
        columns = min(8, math.ceil(math.sqrt(len(seeds))))
        page = contact_sheet(sized_for_sheet(images, side=192), columns, labels)
        output.save_picture(options.out / "sheet.png", page, {"seeds": options.seeds, **facts})
        return {"seeds": list(seeds), **facts}


COMMAND = Sample()
