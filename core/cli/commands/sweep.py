"""`sweep`: what levers do, as one labelled page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ...base.parsing import read_indices
from ...edits.sweep import SweepOptions, plan_sweep, report_changes
from ...explorer.previews import stored_region
from ...pictures.lever_labels import with_layer_shares
from ...pictures.pages import PageLayout, draw_sweep, sweep_page
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


class Sweep(AbstractCommand):
    """See `sweep.plan_sweep` and `pages.sweep_page`."""

    example = (
        "latent-levers sweep portraits --levers out/mouth.safetensors --index 0-5 --seeds 0 "
        "--out out/mouth.png"
    )

    def parameters(self) -> list[click.Parameter]:
        """A generator, seeds, levers, a page."""
        return [
            *generator_parameters(),
            *code_parameters("0"),
            *lever_parameters("all"),
            click.Option(
                ["--strength"],
                type=float,
                default=0.0,
                help="how far to both sides; 0 (the default) is as far as is clearly visible",
            ),
            click.Option(["--steps"], type=int, default=5, help="pictures per row; default 5"),
            click.Option(["--scale"], type=int, default=0, help="how many times larger; default 0"),
            click.Option(["--title"], default="", help="words at the top"),
            click.Option(
                ["--out"],
                type=click.Path(path_type=Path),
                default=Path("out/sweep.png"),
                help="a PNG file",
            ),
        ]

    def run(self, options: Options, talk: Talk) -> dict[str, Any]:
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


COMMAND = Sweep()
