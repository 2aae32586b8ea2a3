"""Options and output of the commands that find levers."""

from __future__ import annotations

from typing import Any

import click

from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode
from ..concepts.region import Region
from ..edits.sweep import SweepOptions, plan_sweep
from ..files.writing import save_directions
from ..levers.methods import METHODS
from ..measures.naming import name_levers, naming_text
from ..pictures.pages import PageLayout, draw_sweep, sweep_page
from ..solvers import SOLVERS
from .codes import code_parameters
from .command import Options, Output
from .facts import page_facts, sweep_facts
from .outputs import OutputFile, output_file
from .wording import COMMAND_LINE


def search_parameters(out: str, seeds: str, count: bool = True) -> list[click.Parameter]:
    """Declare the options of commands that find levers.

    Args:
        out: Default file.
        seeds: Default seeds.
        count: Whether the number of levers can be chosen.

    Returns:
        The options.
    """
    number = click.Option(
        ["--count"], type=click.IntRange(min=1), default=10, help="number of levers; default 10"
    )
    return [
        *code_parameters(seeds),
        *([number] if count else []),
        *output_file(out, "file of levers", ".safetensors", keep=True),
        click.Option(
            ["--sheet"],
            type=OutputFile(".png"),
            help="PNG file; also draws the levers on the first seed",
        ),
        click.Option(
            ["--names"],
            is_flag=True,
            help="name the levers after what they do to 16 other faces, and turn them so that + "
            "means more of it; for generators of the bundled drawings",
        ),
    ]


def solver_parameter() -> click.Parameter:
    """Declare the option of the solver, for methods that pose an eigenproblem.

    Returns:
        The option.
    """
    return click.Option(
        ["--solver"],
        type=click.Choice(SOLVERS.ids),
        default=SOLVERS.ids[0],
        help=f"eigenvalue solver; default {SOLVERS.ids[0]}, the cheapest for the problem; davidson "
        "is for large spaces such as W+; in W of a small generator the columns are quicker",
    )


def finish_levers(
    gan: Generator,
    levers: Directions,
    options: Options,
    output: Output,
    codes: LatentCode,
    region: Region | None = None,
) -> dict[str, Any]:
    """Save levers, print a table of them, and draw them if `--sheet` is given.

    Args:
        gan: The generator.
        levers: The directions.
        options: Parsed options of `search_parameters`.
        output: Output of the command.
        codes: Codes of the seeds; the sheet shows the first.
        region: Where the change must be visible on the sheet; none means the whole image.

    Returns:
        The object that `--json` prints.
    """
    if options.names:
        with output.progress("naming") as progress:
            levers = name_levers(gan, levers, progress=progress)
        output.print(naming_text(levers))
    output.add_file(save_directions(levers, options.out))
    output.print(COMMAND_LINE.word(levers.details.get("explanation", "")))
    output.print(f"eigenvalue: {METHODS[levers.method].eigenvalue}")
    layers: list[str] = levers.details.get("lives_in", [])
    head = "  lives in layers" if layers else ""
    width = max(14, *(len(levers.label(index)) + 2 for index in range(len(levers))))
    output.print(f"{'lever':<{width}}{'eigenvalue':>12}{'1 sigma':>10}{head}")
    spread = [] if levers.sigma is None else levers.sigma.tolist()
    for index, value in enumerate(levers.eigenvalues.tolist()):
        sigma = f"{spread[index]:>10.3g}" if spread else ""
        acts_in = f"  {layers[index]}" if layers else ""
        output.print(f"{levers.label(index):<{width}}{value:>12.4g}{sigma}{acts_in}")
    if options.sheet is not None:
        with output.progress("drawing") as progress:
            sweep = SweepOptions(region=region)
            rows = plan_sweep(gan, codes[0], levers, range(len(levers)), sweep, progress=progress)
            images, _ = draw_sweep(gan, codes[0], levers, rows)
        page = sweep_page(images, rows, levers, PageLayout("Strength in sigma"))
        facts = {**page_facts(gan, options), **sweep_facts(levers, rows, "sigma")}
        output.save_picture(options.sheet, page, {**facts, "method": levers.method})
    return {
        "method": levers.method,
        "space": levers.space.value,
        "eigenvalues": levers.eigenvalues.tolist(),
        "sigma": spread,
        "details": dict(levers.details),
    }
