"""`sweep`: levers at rising strengths on one labelled page."""

from __future__ import annotations

from typing import Any

import click

from ...base.parsing import read_indices
from ...edits.sweep import SweepOptions, plan_sweep, report_changes
from ...levers.stored_region import stored_region
from ...pictures.lever_labels import with_layer_shares
from ...pictures.pages import PageLayout, draw_sweep, sweep_page
from ..codes import CodeSource, code_parameters
from ..command import AbstractCommand, Options, Output
from ..facts import lever_facts, page_facts, sweep_facts
from ..holding import hold_parameters, print_hold, read_hold
from ..options import (
    check_scale,
    generator_parameters,
    guard_parameter,
    lever_parameters,
    open_generator,
    open_levers,
    pull_options,
)
from ..outputs import output_file
from ..sheets import columns_parameter, fitting_tile, scale_facts

_STEPS = 101
"""Most images per row."""


class Sweep(AbstractCommand):
    """Draws the page of `sweep.plan_sweep` and `pages.sweep_page`."""

    example = (
        "latent-levers sweep portraits --levers out/mouth.safetensors --index 0-5 --seeds 0 "
        "--out out/mouth.png"
    )

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            *generator_parameters(),
            *code_parameters("0"),
            *lever_parameters("all"),
            click.Option(
                ["--strength"],
                type=float,
                default=0.0,
                help="largest strength to both sides; default 0, which chooses a visible one",
            ),
            click.Option(
                ["--steps"],
                type=click.IntRange(1, _STEPS),
                default=5,
                help="images per row; default 5",
            ),
            click.Option(
                ["--scale"],
                type=int,
                default=0,
                help="factor by which images are enlarged; default 0, which chooses one",
            ),
            click.Option(["--title"], default="", help="text at the top; default names the unit"),
            *hold_parameters(),
            guard_parameter(),
            *output_file("out/sweep.png", "page", ".png"),
            columns_parameter("the steps"),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        gan = open_generator(options)
        scale = check_scale(gan, options.scale)
        source, levers = CodeSource.of(gan, options), open_levers(gan, options)
        indices = read_indices(options.indices, len(levers))
        shown = len(source.seeds) if len(indices) == 1 else len(indices)
        tile = fitting_tile(gan, shown * options.steps, scale)
        hold = read_hold(gan, options)
        codes = source.draw()
        region = stored_region(gan, levers)
        with output.progress("measuring layers") as progress:
            levers = with_layer_shares(gan, codes, levers, indices, progress)
        with output.progress("drawing") as progress:
            sweep = SweepOptions(options.strength, options.steps, region)
            pull = pull_options(gan, options, None if hold is None else hold.request)
            rows = plan_sweep(gan, codes, levers, indices, sweep, pull, progress)
            images, _ = draw_sweep(gan, codes, levers, rows, pull, options.noise, progress)
            title = options.title or f"Strength in {options.unit}"
            layout = PageLayout(title, scale, tile, options.columns or 0)
            page = sweep_page(images, rows, levers, layout)
        report = report_changes(rows, images, levers, region, options.unit)
        for line in report:
            output.print(line)
        if hold is not None:
            print_hold(hold, output)
        facts = {
            **page_facts(gan, options),
            **sweep_facts(levers, rows, options.unit),
            **lever_facts(gan, options),
            **scale_facts(options),
        }
        output.save_picture(options.out, page, facts)
        strengths = [list(row.strengths) for row in rows]
        return {"rows": report, "strengths": strengths, "unit": options.unit}


COMMAND = Sweep()
