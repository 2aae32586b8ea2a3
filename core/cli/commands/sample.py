"""`sample`: images by seed."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import click

from ...generators.rendering import render
from ...pictures.contact_sheet import contact_sheet
from ...pictures.images import sized_for_sheet, to_bytes
from ..command import AbstractCommand, Options, Talk
from ..motion import motion, motion_facts, motion_parameters
from ..options import code_parameters, draw_codes, generator_parameters, open_generator


class Sample(AbstractCommand):
    """See `sampling.sample_latents`."""

    example = "latent-levers sample portraits --seeds 0-7 --out out/seeds"

    def parameters(self) -> list[click.Parameter]:
        """A generator, seeds, a folder."""
        return [
            *generator_parameters(),
            *code_parameters("0-7"),
            *motion_parameters(),
            click.Option(
                ["--out"], type=click.Path(path_type=Path), default=Path("out/seeds"), help="folder"
            ),
        ]

    def run(self, options: Options, talk: Talk) -> dict[str, Any]:
        """Draw and write."""
        gan = open_generator(options)
        codes = draw_codes(gan, options)
        seeds = codes.seeds or ()
        with talk.bar("drawing") as bar:
            images = render(gan, codes, options.noise, bar, **motion(options))
        facts = {
            "generator": gan.spec.fingerprint,
            "truncation": options.truncation,
            **motion_facts(options),
        }
        for seed, picture in zip(seeds, to_bytes(images), strict=True):
            path = options.out / f"seed{seed:04d}.png"
            talk.picture(path, picture, {"seed": seed, "label": options.label, **facts})
        labels = [f"seed {seed}" for seed in seeds]
        columns = min(8, math.ceil(math.sqrt(len(seeds))))
        page = contact_sheet(sized_for_sheet(images, wanted=192), columns, labels)
        talk.picture(options.out / "sheet.png", page, {"seeds": options.seeds, **facts})
        return {"seeds": list(seeds), **facts}


COMMAND = Sample()
