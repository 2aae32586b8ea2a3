"""`sweep`: what levers do, as one labelled page."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from ...base.parsing import read_indices
from ...edits.sweep import SweepOptions, plan_sweep, report_changes
from ...explorer.previews import stored_region
from ...pictures.lever_labels import with_layer_shares
from ...pictures.pages import PageLayout, draw_sweep, sweep_page
from ..command import AbstractCommand, Talk
from ..options import (
    add_codes,
    add_generator,
    add_levers,
    draw_codes,
    open_generator,
    open_levers,
    pull_options,
)


class Sweep(AbstractCommand):
    """See `sweep.plan_sweep` and `pages.sweep_page`."""

    id = "sweep"
    summary = "Draw levers at rising strength: several on the first seed, or one on every seed."
    example = (
        "latent-levers sweep portraits --levers out/mouth.safetensors --index 0-5 --seeds 0 "
        "--out out/mouth.png"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A generator, seeds, levers, a page."""
        add_generator(parser)
        add_codes(parser, "0")
        add_levers(parser, "all")
        parser.add_argument(
            "--strength", type=float, default=0.0,
            help="how far to both sides; 0 (the default) is as far as is clearly visible",
        )  # fmt: skip
        parser.add_argument("--steps", type=int, default=5, help="pictures per row; default 5")
        parser.add_argument("--scale", type=int, default=0, help="how many times larger; default 0")
        parser.add_argument("--title", default="", help="words at the top")
        parser.add_argument("--out", type=Path, default=Path("out/sweep.png"), help="a PNG file")

    def run(self, options: Namespace, talk: Talk) -> dict[str, Any]:
        """Plan, pull, draw."""
        gan = open_generator(options)
        codes, levers = draw_codes(gan, options), open_levers(gan, options)
        indices = read_indices(options.indices, len(levers))
        region = stored_region(gan, levers)
        with talk.bar("finding layers") as bar:
            levers = with_layer_shares(gan, codes, levers, indices, bar)
        with talk.bar("drawing") as bar:
            sweep = SweepOptions(options.strength, options.steps, region)
            pull = pull_options(options)
            rows = plan_sweep(gan, codes, levers, indices, sweep, pull, bar)
            images, _ = draw_sweep(gan, codes, levers, rows, pull, options.noise, bar)
            layout = PageLayout(options.title or f"Strength in {options.unit}", options.scale)
            page = sweep_page(images, rows, levers, layout)
        report = report_changes(rows, images, levers, region, options.unit)
        for line in report:
            talk.say(line)
        talk.picture(options.out, page, {"generator": gan.spec.fingerprint})
        return {"rows": report}
