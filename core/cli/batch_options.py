"""Options of a batch, and the plan that they make."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from ..base.errors import DirectionsError, LatentError, PackError
from ..base.number_runs import NumberRuns
from ..base.parsing import read_indices, read_numbers
from ..base.seeds import SEEDS, counted_seed
from ..base.wording import warn
from ..batch.codes_entry import CodesEntry
from ..batch.drawing import Drawer
from ..batch.entries import FORMATS, ImageEntry, PullEntry
from ..batch.file_names import USUAL, without_ending
from ..batch.opening import generator_entry, levers_entry, stored_entry, usual_chunk
from ..batch.plan import SHARD, Plan
from ..batch.plan_file import PLAN
from ..batch.rendering.held_region import Hold
from ..batch.rows import RowsEntry
from ..batch.tables import FORM, Table, read_table
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode
from ..edits.variations import VARIATION_MODES
from ..files.latent_files import load_latents
from .batches.picture_formats import PictureFormat
from .codes import code_parameters, note_ignored_options, was_given
from .command import Options
from .holding import hold_parameters, read_hold
from .motion import motion_parameters
from .options import (
    check_scale,
    generator_parameters,
    guard_parameter,
    lever_parameters,
    open_generator,
    open_levers,
)
from .sheets import scale_parameter


def row_parameters() -> list[click.Parameter]:
    """Declare the options that say which pictures a batch has, and what makes them.

    Returns:
        The parameters, the generator first.
    """
    return [
        *generator_parameters(),
        *code_parameters("0-7"),
        *motion_parameters(),
        *lever_parameters("0-3", required=False, note=", or all of fewer than four"),
        click.Option(
            ["--strength", "--strengths", "strengths"],
            default="-3,3",
            help="one or more strengths, such as --strength=-3,3; default -3,3",
        ),
        *hold_parameters(with_composite=True),
        click.Option(
            ["--mode"],
            type=click.Choice(VARIATION_MODES),
            default=VARIATION_MODES[0],
            help="all combinations of seeds, levers and strengths (grid), or one to three "
            "levers at random strengths (random); default grid",
        ),
        click.Option(
            ["--count"],
            type=int,
            help="number of images; default the whole grid, or one per seed; can be raised later",
        ),
        click.Option(["--seed"], type=int, default=0, help="seed of the random choices; default 0"),
        click.Option(
            ["--table"],
            type=click.Path(path_type=Path),
            help="rows from a table (CSV) in place of --seeds, --index, --mode and --strengths: "
            f"{FORM}",
        ),
        guard_parameter(),
        scale_parameter(" and leaves single pictures at their own size"),
        *file_parameters(),
    ]


def file_parameters() -> list[click.Parameter]:
    """Declare the options of the files of a batch.

    Returns:
        The parameters.
    """
    return [
        click.Option(
            ["--image"],
            type=PictureFormat(list(FORMATS)),
            help="format of the pictures: png (lossless), webp or jpeg; default png",
        ),
        click.Option(
            ["--level"],
            type=int,
            help="compression of png from 0 to 9, with the same pixels, or quality of webp (100 is "
            "lossless) and jpeg from 1 to 100; default 1, 90 and 95",
        ),
        click.Option(
            ["--names"],
            default=USUAL,
            help="pattern of file names with {n} or {row} (the row), {seed} and {lever}, such as "
            f"seed{{seed}}_{{lever}}_{{n}}; default {USUAL}",
        ),
        click.Option(
            ["--batch-size"],
            type=int,
            help="pictures that are drawn at once; it decides the last bits of each; default by "
            "the generator's size, up to 8 (on a CPU) or 16",
        ),
        click.Option(
            ["--threads"],
            type=int,
            help="threads of a CPU that compute a picture; they decide its last bits, too; default "
            "all where this process draws alone, 1 where work is shared",
        ),
        click.Option(
            ["--shard-size"],
            type=int,
            default=SHARD,
            help=f"rows that one process draws at a time; default {SHARD:,}",
        ),
    ]


_FIRST = 4
"""Most levers that are taken where none are named."""

_NO_TABLE = ("seeds", "indices", "mode", "count", "strengths", "seed")
"""Options that a table replaces."""


@dataclass(frozen=True)
class PlannedBatch:
    """A plan that options make, and what was opened for it."""

    plan: Plan
    """The plan."""
    gan: Generator
    """Its generator."""
    levers: Directions
    """Its levers."""
    stored: LatentCode | None
    """The codes of its file, if it names one."""
    hold: Hold | None
    """What it holds."""

    def drawer(self, plan: Plan) -> Drawer:
        """A drawer of its rows.

        Args:
            plan: This plan, or a longer one.

        Returns:
            The drawer.
        """
        return Drawer(plan, self.gan, self.levers, self.stored, self.hold)


def plan_options(options: Options, file: Path, shared: bool) -> PlannedBatch:
    """Make a plan of options.

    Args:
        options: Parsed options of `row_parameters`.
        file: The file of the plan, whether it exists or not.
        shared: Whether several processes may draw it.

    Returns:
        The plan, with what it names opened and checked.

    Raises:
        PackError: An option cannot be read, or does not fit the others or the generator.
    """
    _refuse_plan(str(options.generator))
    if options.levers is None:
        raise PackError("No levers were given", "--levers, or a plan", "Add --levers FILE")
    gan = open_generator(options)
    levers = open_levers(gan, options)
    stored, table = _stored(gan, options), None
    image = ImageEntry(options.image or "png", options.level, options.scale)
    labels = [levers.label(index) for index in range(len(levers))]
    if options.table is not None:
        given = [name for name in _NO_TABLE if was_given(name)]
        if given:
            raise PackError(
                f"--table and --{given[0]} were given",
                "one of them; the table states seeds, levers and strengths of each row",
            )
        table = read_table(options.table, labels, stored is not None, image.format)
    codes = _codes(options, stored, table)
    check_scale(gan, options.scale)
    hold = read_hold(gan, options)
    batch_size, threads = usual_chunk(gan, file, 1 if shared else None)
    plan = Plan(
        generator_entry(gan, str(options.generator), tuple(options.option)),
        levers_entry(levers, str(options.levers), options.levers_space),
        codes,
        PullEntry(
            options.unit,
            options.layers,
            None if hold is None else str(options.hold),
            None if hold is None else hold.fingerprint,
            bool(options.composite),
            options.guard,
        ),
        _rows(options, len(codes), len(levers)) if table is None else table.rows,
        batch_size if options.batch_size is None else options.batch_size,
        image,
        options.shard_size,
        without_ending(options.names, image.format),
        threads if options.threads is None else options.threads,
    )
    batch = PlannedBatch(plan, gan, levers, stored, hold)
    Drawer(plan, gan, levers, stored).try_pull(plan[0])
    return batch


def _refuse_plan(generator: str) -> None:
    """Say how a plan is given, to those who give it in place of a generator."""
    place = Path(generator)
    if place.name.endswith(".json") or (place / PLAN).is_file():
        raise PackError(
            f"{generator!r} was given as the generator, and looks like a plan",
            "a generator, or the plan by its option",
            f"Draw a plan with: latent-levers vary --plan {generator}",
        )


def _stored(gan: Generator, options: Options) -> LatentCode | None:
    """The codes of `--latents`."""
    note_ignored_options(gan, options)
    if options.latents is None:
        return None
    return load_latents(options.latents, gan, space=options.latents_space)


def _codes(options: Options, stored: LatentCode | None, table: Table | None) -> CodesEntry:
    """What the plan states of the codes."""
    entry = None
    if stored is not None:
        entry = stored_entry(stored, str(options.latents), options.latents_space)
    seeds = None
    if stored is None:
        seeds = table.seeds if table is not None else _seeds(options.seeds)
    codes = CodesEntry(
        seeds,
        entry,
        options.truncation,
        options.truncation_cutoff,
        options.label,
        options.noise,
        options.rotate,
        options.shift,
    )
    _ = codes.motion  # refuses what is no shift
    return codes


def _seeds(text: str) -> NumberRuns:
    """Seeds, of which there may be billions."""
    try:
        return NumberRuns.parse(text, SEEDS, "seeds")
    except PackError as error:
        raise LatentError(error.found, error.expected, error.remedy) from None


def _rows(options: Options, codes: int, levers: int) -> RowsEntry:
    """What the plan states of the rows of a grid, or of random ones."""
    named = was_given("indices")
    indices = read_indices(options.indices, levers) if named else range(min(_FIRST, levers))
    strengths = read_numbers(options.strengths)
    count: int | None = options.count
    if count is not None and count < 1:
        raise DirectionsError(f"count is {count}", "at least 1 variation")
    total = codes if options.mode == "random" else codes * len(indices) * len(strengths)
    if options.mode == "grid" and count is not None and count > total:
        warn(f"The grid has {total:,} variations, fewer than the {count:,} that were asked for")
        count = total
    seed = counted_seed(options.seed) if options.mode == "random" else options.seed % SEEDS
    number = total if count is None else count
    return RowsEntry(options.mode, number, tuple(indices), tuple(strengths), seed)
