"""`traverse`: moving levers or interpolated seeds as an animation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from ...base.errors import PackError
from ...base.parsing import read_indices, read_numbers
from ...concepts.generator import Generator
from ...concepts.latent_code import LatentCode
from ...edits.easing import EASINGS
from ...edits.journeys import WAYS, Journey
from ...edits.variations import signed
from ...levers.stored_region import stored_region
from ...pictures.films.film_files import check_film, is_streamed, write_film
from ...pictures.films.film_grid import Grid, grid_of, read_grid
from ...pictures.frames import Traversal, check_memory, enlarge_frames, frame_parts
from ...pictures.picture_files import facts_as_text
from ...pictures.traversal import LeverMotion, traverse_codes, traverse_levers
from ..batches.films import film_parameters, to_frames
from ..codes import CodeSource, code_parameters
from ..command import AbstractCommand, Options, Output
from ..facts import lever_facts, page_facts
from ..holding import hold_parameters, print_hold, read_hold
from ..options import (
    check_scale,
    generator_parameters,
    lever_parameters,
    open_generator,
    open_levers,
    pull_options,
)


class Traverse(AbstractCommand):
    """Renders the frames of `traversal.traverse_levers`, or of `traverse_codes` without levers."""

    example = (
        "latent-levers traverse portraits --levers out/mouth.safetensors --index 0 --seeds 0 "
        "--out out/mouth.webp"
    )

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            *generator_parameters(),
            *code_parameters("0"),
            *lever_parameters("0", required=False),
            click.Option(
                ["--strength"],
                default="0,0",
                help="first and last strength, such as --strength=-2,2; default 0,0, which "
                "chooses a visible one to both sides",
            ),
            click.Option(
                ["--frames"],
                type=int,
                default=24,
                help="frames from one end to the other, or from seed to seed; default 24",
            ),
            click.Option(
                ["--easing"],
                type=click.Choice(list(EASINGS)),
                default=next(iter(EASINGS)),
                help=f"how the motion accelerates; default {next(iter(EASINGS))}",
            ),
            click.Option(
                ["--way"],
                type=click.Choice(WAYS),
                default=WAYS[0],
                help=f'loop back and forth, loop to the start, or once; default "{WAYS[0]}"',
            ),
            click.Option(["--together"], is_flag=True, help="move all levers at once, not in turn"),
            click.Option(
                ["--side-by-side"], is_flag=True, help="show all seeds in each frame, not in turn"
            ),
            click.Option(["--no-gauge"], is_flag=True, help="omit the gauge below the images"),
            click.Option(
                ["--scale"],
                type=int,
                default=0,
                help="factor by which images are enlarged; default 0, which chooses one",
            ),
            *hold_parameters(),
            *film_parameters("--out", "out/traverse.webp", 24.0),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        check_film(options.out)
        grid = None if options.grid is None else read_grid(options.grid)
        gan = open_generator(options)
        scale = check_scale(gan, options.scale)
        source = CodeSource.of(gan, options)
        if not is_streamed(options.out):
            check_memory(gan, len(source.seeds) * max(1, options.frames - 1), scale)
        hold = read_hold(gan, options)
        if hold is not None and options.levers is None:
            raise PackError("--hold was given without --levers", "levers to pull")
        codes = source.draw()
        journey = Journey(options.frames, options.way, options.easing)
        with output.progress("planning") as progress:
            if options.levers is None:
                plan = _between(gan, codes, journey, grid)
                moved: dict[str, Any] = {}
            else:
                levers = open_levers(gan, options)
                ends = read_numbers(options.strength)
                if len(ends) != 2:
                    raise PackError(
                        f"--strength holds {len(ends)} numbers", "two, from and to, such as -3,3"
                    )
                motion = LeverMotion(
                    ends[0],
                    ends[1],
                    pull_options(gan, options, None if hold is None else hold.request),
                    options.together,
                    options.side_by_side or grid is not None,
                    stored_region(gan, levers),
                )
                indices = read_indices(options.indices, len(levers))
                if grid is not None and len(codes) > grid.cells:
                    raise PackError(
                        f"{len(codes)} seeds were given for --grid {options.grid}",
                        f"at most {grid.cells} seeds, one for each cell",
                    )
                plan = traverse_levers(gan, codes, levers, indices, motion, journey, progress)
                if grid is not None:
                    plan = replace(plan, columns=grid.columns)
                moved = {
                    "direction": "; ".join(levers.label(index) for index in indices),
                    "strength": "; ".join(", ".join(map(signed, pair)) for pair in plan.ends),
                    "unit": options.unit,
                    **lever_facts(gan, options),
                }
        finish = enlarge_frames(gan, scale, not options.no_gauge)
        facts = {
            **page_facts(gan, options),
            **moved,
            "frames": options.frames,
            "way": options.way,
            "easing": options.easing,
            **({} if options.grid is None else {"grid": options.grid}),
        }
        with output.progress("rendering") as progress:
            parts = frame_parts(gan, plan, finish, options.noise, progress)
            frames = (frame for part, _ in parts for frame in to_frames(part))
            write_film(options.out, frames, options.fps, facts_as_text(facts))
        for line in plan.report:
            output.print(line)
        if hold is not None:
            print_hold(hold, output)
        output.add_file(options.out)
        ends = {"strengths": [list(ends) for ends in plan.ends]} if plan.ends else {}
        moves = list(plan.report)
        return {"frames": plan.total, "fps": options.fps, "moves": moves, **ends}


def _between(gan: Generator, codes: LatentCode, journey: Journey, grid: Grid | None) -> Traversal:
    """Frames from code to code; in a grid, each cell has a run of codes of its own."""
    if grid is None:
        return traverse_codes(gan, codes, journey)
    stops, rest = divmod(len(codes), grid.cells)
    if stops < 2 or rest:
        raise PackError(
            f"{len(codes)} seeds were given for a grid of {grid.cells} cells",
            f"two or more seeds for each cell, such as {2 * grid.cells}",
        )
    runs = [codes[first : first + stops] for first in range(0, len(codes), stops)]
    return grid_of([traverse_codes(gan, run, journey) for run in runs], grid)


COMMAND = Traverse()
