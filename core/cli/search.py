"""What the commands that find levers share: their options, and how their levers are saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode
from ..concepts.region import Region
from ..edits.sweep import SweepOptions, plan_sweep
from ..files.writing import save_directions
from ..levers.methods import METHODS
from ..pictures.pages import PageLayout, draw_sweep, sweep_page
from ..solvers import SOLVERS
from .command import Options, Talk
from .options import code_parameters


def search_parameters(out: str, seeds: str) -> list[click.Parameter]:
    """Parameters of commands that find levers.

    Args:
        out: Default file.
        seeds: Default seeds.

    Returns:
        The parameters.
    """
    return [
        *code_parameters(seeds),
        click.Option(["--count"], type=int, default=10, help="number of levers; default 10"),
        click.Option(["--solver"], type=click.Choice(SOLVERS.ids), default=SOLVERS.ids[0]),
        click.Option(
            ["--out"],
            type=click.Path(path_type=Path),
            default=Path(out),
            help="a .safetensors file",
        ),
        click.Option(
            ["--sheet"],
            type=click.Path(path_type=Path),
            help="also draw the levers on the first seed, as a PNG of this name",
        ),
    ]


def finish_levers(
    gan: Generator,
    levers: Directions,
    options: Options,
    talk: Talk,
    codes: LatentCode,
    region: Region | None = None,
) -> dict[str, Any]:
    """Save levers that were found, print them, draw them where that was asked for.

    Args:
        gan: The generator.
        levers: The directions.
        options: What was typed for `search_parameters`.
        talk: Where words go.
        codes: Codes of the seeds that were named.
        region: Where the levers shall show; none means everywhere.

    Returns:
        Plain data for `--json`.
    """
    talk.wrote(save_directions(levers, options.out))
    talk.say(str(levers.details.get("explanation", "")))
    talk.say(f"eigenvalue: {METHODS[levers.method].eigenvalue}")
    homes: list[str] = levers.details.get("lives_in", [])
    head = "  lives in layers" if homes else ""
    talk.say(f"{'lever':<14}{'eigenvalue':>12}{'1 sigma':>10}{head}")
    spread = [] if levers.sigma is None else levers.sigma.tolist()
    for index, value in enumerate(levers.eigenvalues.tolist()):
        sigma = f"{spread[index]:>10.3g}" if spread else ""
        home = f"  {homes[index]}" if homes else ""
        talk.say(f"{levers.label(index):<14}{value:>12.4g}{sigma}{home}")
    if options.sheet is not None:
        with talk.bar("drawing") as bar:
            sweep = SweepOptions(region=region)
            rows = plan_sweep(gan, codes[0], levers, range(len(levers)), sweep, progress=bar)
            images, _ = draw_sweep(gan, codes[0], levers, rows)
        page = sweep_page(images, rows, levers, PageLayout("Strength in sigma"))
        talk.picture(options.sheet, page, {"generator": gan.spec.fingerprint})
    return {
        "method": levers.method,
        "space": levers.space.value,
        "eigenvalues": levers.eigenvalues.tolist(),
        "sigma": spread,
        "details": dict(levers.details),
    }
