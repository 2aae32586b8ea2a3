"""`evaluate`: how local and how strong levers are, side by side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from ...base.errors import DirectionsError, PackError, RegionError
from ...base.extras import import_extra
from ...base.parsing import read_indices
from ...concepts.directions import Directions
from ...concepts.generator import Generator
from ...concepts.region import Region
from ...edits.strength import VISIBLE_CHANGE
from ...levers.stored_region import stored_region
from ...measures.attribute_network import reader_for
from ...measures.faces import FaceNetworkMeasure
from ...measures.identity import face_features
from ...measures.pulls import SIGNS, Goal
from ...measures.reports.report import Candidate, EditReport, judge, measures_that
from ...measures.reports.summaries import Summary
from ...measures.reports.table import save_table
from ...pictures.picture_files import read_mask
from ...pictures.plots import report_plot
from ...regions.presets import presets_for
from ...regions.shapes import region_from_shapes
from ..codes import code_parameters, draw_codes
from ..command import AbstractCommand, Options, Output
from ..facts import page_facts
from ..options import generator_parameters, load_levers, open_generator, space_parameter
from ..outputs import OutputFile, output_file

_MOST = 64
"""Most levers of one table."""

_WIDE = 4
"""Most levers that are printed side by side, with intervals."""


class Evaluate(AbstractCommand):
    """Judges levers with `measures.reports.report.judge`."""

    example = (
        "latent-levers evaluate portraits --levers out/mouth.safetensors --levers "
        "out/sefa.safetensors --region mouth --seeds 100-115 --out out/evaluate.md"
    )

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            *generator_parameters(),
            click.Option(
                ["--levers"],
                multiple=True,
                required=True,
                type=click.Path(path_type=Path),
                help="file of levers, or of directions from other programs; may be repeated, to "
                "compare several",
            ),
            space_parameter("--levers-space", "--levers"),
            click.Option(
                ["--index", "--indices", "indices"],
                default="0",
                help="numbers of levers of each file, such as 0, 0-3 or all; default 0",
            ),
            click.Option(
                ["--region"],
                default="",
                help="where the images shall change: parts such as mouth, or shapes; default the "
                "region that the first file of levers stores",
            ),
            click.Option(
                ["--mask"],
                type=click.Path(path_type=Path),
                help="picture of the region, or of more of it: white inside, black outside",
            ),
            click.Option(
                ["--target"],
                type=float,
                default=VISIBLE_CHANGE,
                help="root mean square change inside to reach on every image, in grey levels of "
                f"255; default {VISIBLE_CHANGE:g}",
            ),
            click.Option(
                ["--sign"],
                type=click.Choice(SIGNS),
                default=SIGNS[0],
                help="which way levers are pulled; easier is, on each image, the way that needs "
                f"the smaller strength; default {SIGNS[0]}",
            ),
            click.Option(
                ["--broken"],
                is_flag=True,
                help="also count broken faces, on generators of the bundled portraits; half a "
                "minute more",
            ),
            click.Option(
                ["--face-network"],
                type=click.Path(path_type=Path),
                help="ONNX file of a network of faces, such as ArcFace, for the identity of faces "
                "aligned as those of FFHQ; needs onnxruntime",
            ),
            *code_parameters("100-115"),
            *output_file("out/evaluate.md", "table", ".md", ".csv"),
            click.Option(
                ["--plot"],
                type=OutputFile(".png"),
                help="PNG file; also draws curves of the change and the leakage of every image, "
                "which needs matplotlib",
            ),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        if options.plot is not None:  # before minutes of work
            import_extra("matplotlib.figure", "matplotlib", "--plot")
        goal = Goal(options.target, options.sign)
        measures = measures_that(costly=options.broken)
        if options.face_network is not None:
            features = face_features(options.face_network)
            measures.append(FaceNetworkMeasure(features, options.face_network.name))
        gan = open_generator(options)
        if options.broken and reader_for(gan) is None:
            raise PackError(
                "--broken was given, and no network knows what this generator's pictures look like",
                "a generator of the bundled portraits",
                "Leave --broken out",
            )
        files = [load_levers(gan, path, options.levers_space) for path in options.levers]
        candidates = _candidates(options, files)
        region = _region(gan, options, files[0])
        codes = draw_codes(gan, options)
        with output.progress("judging") as progress:
            report = judge(gan, codes, candidates, region, goal, measures, progress)
        _print(report, output)
        output.add_file(save_table(report.table, options.out))
        if options.plot is not None:
            facts = {**page_facts(gan, options), "target": goal.target, "sign": goal.sign}
            output.save_picture(options.plot, report_plot(report), facts)
        return {
            "region": report.region,
            "target": goal.target,
            "sign": goal.sign,
            "images": report.images,
            "levers": [{"lever": row.lever, **_numbers(row.cells)} for row in report.table.rows],
        }


def _candidates(options: Options, files: list[Directions]) -> list[Candidate]:
    """The levers of all files, named after file and number, or file and name."""
    found: list[Candidate] = []
    for path, levers in zip(options.levers, files, strict=True):
        for index in read_indices(options.indices, len(levers)):
            given = levers.names[index] if levers.names else ""
            found.append(Candidate(levers, index, f"{path.stem} {given or index}"))
    if len(found) > _MOST:
        raise DirectionsError(
            f"{len(found)} levers were asked for", f"at most {_MOST}", "Choose some with --index"
        )
    return found


def _region(gan: Generator, options: Options, levers: Directions) -> Region:
    """The region of `--region` and `--mask`, else the one that levers store."""
    if options.region or options.mask is not None:
        painted = None if options.mask is None else read_mask(options.mask)
        presets = presets_for(gan.details)
        return region_from_shapes(options.region, gan.spec.img_size, presets, painted)
    region = stored_region(gan, levers)
    if region is None:
        raise RegionError(
            f"{options.levers[0].name} stores no region, and none was given",
            "the region in which the levers are compared",
            "Give parts such as --region mouth, or a --mask",
        )
    known = levers.details.get("region")
    return replace(region, name=known) if isinstance(known, str) and known else region


def _print(report: EditReport, output: Output) -> None:
    """Print the table: a column per lever, or a row of medians per lever where there are many."""
    output.print(report.title)
    grid = report.table.grid()
    if len(report.table.rows) > _WIDE:
        medians = [[cell.split("\n")[0] for cell in line] for line in grid]
        grid = [list(line) for line in zip(*medians, strict=True)]
    grid = [[" ".join(cell.split()) for cell in line] for line in grid]
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    for first, *rest in grid:
        cells = (cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))
        output.print("  ".join([first.ljust(widths[0]), *cells]))
    for sentence in report.table.legend:
        output.print(sentence)


def _numbers(cells: Any) -> dict[str, Any]:
    """Cells as JSON."""
    return {name: vars(cell) if isinstance(cell, Summary) else cell for name, cell in cells.items()}


COMMAND = Evaluate()
