"""`sample`: images by seed."""

from __future__ import annotations

import math
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from ...generators.rendering import render
from ...pictures.contact_sheet import contact_sheet
from ...pictures.images import sized_for_sheet, to_bytes
from ..command import AbstractCommand, Talk
from ..motion import add_motion, motion, motion_facts
from ..options import add_codes, add_generator, draw_codes, open_generator


class Sample(AbstractCommand):
    """See `sampling.sample_latents`."""

    id = "sample"
    summary = "Draw images from seeds, one PNG each, and a contact sheet."
    example = "latent-levers sample portraits --seeds 0-7 --out out/seeds"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A generator, seeds, a folder."""
        add_generator(parser)
        add_codes(parser, "0-7")
        add_motion(parser)
        parser.add_argument("--out", type=Path, default=Path("out/seeds"), help="folder")

    def run(self, options: Namespace, talk: Talk) -> dict[str, Any]:
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
