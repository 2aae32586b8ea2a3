"""`sample`: images of seeds, one PNG each."""

from __future__ import annotations

import math
from typing import Any

import click

from ...generators.rendering import render
from ...pictures.contact_sheet import contact_sheet
from ...pictures.images import sized_for_sheet, to_bytes
from ..codes import code_facts, code_file, code_name, code_parameters, draw_codes, seeds_of
from ..command import AbstractCommand, Options, Output
from ..motion import motion, motion_facts, motion_parameters
from ..options import (
    generator_parameters,
    open_generator,
)
from ..outputs import output_folder


class Sample(AbstractCommand):
    """Renders the codes of `sampling.sample_latents`."""

    example = "latent-levers sample portraits --seeds 0-7 --out out/seeds"

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            *generator_parameters(),
            *code_parameters("0-7"),
            *motion_parameters(),
            output_folder("out/seeds"),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        gan = open_generator(options)
        codes = draw_codes(gan, options)
        seeds = seeds_of(codes)
        with output.progress("rendering") as progress:
            images = render(gan, codes, options.noise, progress, **motion(options))
        facts = {
            "generator": gan.spec.fingerprint,
            **code_facts(options),
            **motion_facts(options),
        }
        pictures = to_bytes(images, alpha=True)
        for row, (seed, picture) in enumerate(zip(seeds, pictures, strict=True)):
            path = options.out / f"{code_file(seed, row)}.png"
            output.save_picture(path, picture, {"seed": seed, **facts})
        labels = [code_name(seed, row) for row, seed in enumerate(seeds)]
        columns = min(8, math.ceil(math.sqrt(len(seeds))))
        page = contact_sheet(sized_for_sheet(images, side=192), columns, labels)
        shown = None if options.latents else options.seeds
        output.save_picture(options.out / "sheet.png", page, {"seeds": shown, **facts})
        return {"seeds": seeds, **facts}


COMMAND = Sample()
