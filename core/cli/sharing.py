"""Options of commands whose work is shared by several processes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import click

from ..base.errors import PackError
from ..base.memory import Memory
from ..base.number_runs import NumberRuns
from ..base.parsing import read_option
from ..base.progress import Progress
from ..batch.drawing import Drawer
from ..batch.engines import ENGINES
from ..batch.engines.engine import MOST_WORKERS, EngineOptions
from ..batch.engines.pool import cores
from ..batch.jobs.generator_file import GeneratorFile
from ..batch.jobs.gram_job import measure_gram_sum, prepare_gram_job
from ..batch.jobs.plan_job import PlanJob, draw_shards
from ..batch.opening import Places
from ..batch.packs import PACKS
from ..batch.plan import Plan
from ..batch.plan_file import plan_file
from ..batch.running import Drawn, by_shard, draw_rows
from ..levers.grams.gram_sum import GramSum
from ..levers.grams.region_grams import RegionTask
from ..levers.routes.route import shared_route
from .batches.processes import engine_for_threads
from .codes import was_given
from .command import Options, Output

FILES = PACKS.ids[0]
"""The pack of a file per picture, with a manifest and sheets."""

_MOST_FILES = 8
"""Most files of shards that are listed one by one."""


def engine_parameters(default: str | None) -> list[click.Parameter]:
    """Declare the options that choose who does the work.

    Args:
        default: Engine that is used where none is named; none means no engine.

    Returns:
        The options.
    """
    note = "" if default else "; a few seeds, such as 0-7, are not measured quicker in shards"
    return [
        click.Option(
            ["--engine"],
            type=click.Choice(ENGINES.ids),
            default=default,
            help="who does the work: local (this process), pool (several processes) or ray (a Ray "
            f"cluster; pip install ray); default {default or 'this process, without shards'}{note}",
        ),
        click.Option(
            ["--workers"],
            type=click.IntRange(1, MOST_WORKERS),
            help="processes of --engine pool or ray; default one per core",
        ),
        click.Option(
            ["--address"],
            help="address of a running Ray cluster, such as auto; default one that is started here",
        ),
    ]


def read_engine(options: Options) -> EngineOptions:
    """Read where an engine finds its processes.

    Args:
        options: Parsed options of `engine_parameters`.

    Returns:
        The value.

    Raises:
        PackError: Options were given that the engine does not use.
    """
    uses: Sequence[str] = () if options.engine is None else ENGINES[options.engine].uses
    for name in ("workers", "address"):
        if getattr(options, name) is not None and name not in uses:
            fitting = " or ".join(engine.id for engine in ENGINES if name in engine.uses)
            raise PackError(f"--{name} was given", f"it with --engine {fitting}, or left out")
    return EngineOptions(options.workers, options.address)


def plan_sharing_parameters() -> list[click.Parameter]:
    """Declare the options that share the drawing of a plan.

    Returns:
        The options.
    """
    return [
        click.Option(
            ["--shard", "share"],
            metavar="I/N",
            help="draw every N-th shard from the I-th on, I from 0 to N - 1 (0/4 to 3/4 for four "
            "runs at once), such as --shard $SLURM_ARRAY_TASK_ID/8",
        ),
        *engine_parameters("local"),
        click.Option(
            ["--pack"],
            type=click.Choice(PACKS.ids),
            default=FILES,
            help="how pictures are stored: files (one each), webdataset (a tar per shard) or "
            "parquet (a tar and a table of labels per shard; pip install pyarrow); default files",
        ),
    ]


def shares_work(options: Options) -> bool:
    """Whether several processes draw a batch.

    Args:
        options: Parsed options of `plan_sharing_parameters`.

    Returns:
        Whether an engine has processes of its own, or this run draws a share.
    """
    return bool(ENGINES[options.engine].uses) or options.share is not None


def draw_by_engine(
    opened: Callable[[], Drawer],
    plan: Plan,
    folder: Path,
    rows: Sequence[int],
    options: Options,
    progress: Progress,
) -> Drawn:
    """Draw what a folder lacks of some rows, with the engine and into the pack that were chosen.

    Args:
        opened: Returns a drawer of the plan in this process.
        plan: The plan.
        folder: The folder of the batch, which holds the plan.
        rows: Rows, rising.
        options: Parsed options, those of `plan_sharing_parameters` among them.
        progress: Called with (done, total) rows; may raise to cancel.

    Returns:
        What was drawn.

    Raises:
        PackError: Options contradict each other, or something cannot be drawn.
    """
    engine, pack = read_engine(options), PACKS[options.pack]
    if not ENGINES[options.engine].uses:
        return draw_rows(opened, pack, plan, folder, rows, progress)
    pack.check_folder(folder)
    places = Places(
        (folder if options.plan is None else plan_file(options.plan).parent).resolve(),
        _absolute(options.generator) if was_given("generator") else None,
        None if options.levers is None else _absolute(options.levers),
        options.device,
    )
    parts = list(by_shard(plan, rows))
    missing = sum(len(pack.missing(plan, folder, part)) for part in parts)
    runs = NumberRuns.joined([(rows.start, rows.stop)]) if isinstance(rows, range) else rows
    job = PlanJob.of(
        plan, folder, places, pack.id, runs if isinstance(runs, NumberRuns) else NumberRuns.of(runs)
    )
    shards = [plan.shard_of(part[0]) for part in parts]
    if missing:
        engine = engine_for_threads(engine, plan.threads)
    draw_shards(ENGINES[options.engine], job, shards, engine, progress)
    return Drawn(missing, len(rows) - missing)


def add_shards(
    plan: Plan, folder: Path, rows: Sequence[int], options: Options, output: Output
) -> None:
    """Record the files of whole shards, of many only the first and the last.

    Args:
        plan: The plan.
        folder: The folder of the batch.
        rows: Rows that were asked for, rising.
        options: Parsed options of `plan_sharing_parameters`.
        output: Output of the command.
    """
    pack = PACKS[options.pack]
    if pack.id == FILES:
        return
    shards = [plan.shard_of(part[0]) for part in by_shard(plan, rows)]
    files = [file for shard in shards for file in pack.files(folder, shard)]
    if len(files) > _MOST_FILES:
        output.print(f"{len(files):,} files hold the rows; the first and the last are listed.")
        ends = pack.files(folder, shards[0]) + pack.files(folder, shards[-1])
        files = list(dict.fromkeys(ends))
    for file in files:
        output.add_file(file)


def _absolute(file: str | Path) -> str:
    """A path for processes that may run elsewhere; a bundled name stays as it is."""
    place = Path(file).expanduser()
    return str(place.resolve()) if place.exists() else str(file)


def checkpoint_parameter() -> click.Parameter:
    """Declare the option for the folder of what has been measured.

    Returns:
        The option.
    """
    return click.Option(
        ["--checkpoint"],
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="folder in which --engine keeps what is measured, so that an interrupted run resumes; "
        "on several machines one that all of them see",
    )


def shared_grams(task: RegionTask, options: Options, output: Output) -> GramSum | None:
    """Measure the Grams of a task with the engine that was chosen, if any.

    Args:
        task: What is measured.
        options: Parsed options, those of the functions above and of the generator among them.
        output: Output of the command.

    Returns:
        The sum over all codes; none without an engine.

    Raises:
        PackError: Options contradict each other, or a shard cannot be measured.
    """
    engine, folder = read_engine(options), options.checkpoint
    if options.engine is None and folder is None:
        return None
    if folder is None and options.address is not None:
        raise PackError(
            "--address was given without --checkpoint", "a folder that all machines see"
        )
    chosen = ENGINES[options.engine or "local"]
    if chosen.uses and options.address is None and task.options.memory is None:
        task = replace(task, effort=replace(task.options, memory=_share(task, engine)))
    settings = dict(map(read_option, options.option))
    origin = task.gan.spec.fingerprint
    file = GeneratorFile.of(options.generator, settings, options.device, origin)
    temporary = tempfile.TemporaryDirectory(prefix="latent_levers_")
    with temporary if folder is None else nullcontext(folder) as place:
        job = prepare_gram_job(task, file, Path(place).resolve())
        output.print(f"{shared_route(task).sentence}.")
        with output.progress("measuring in shards") as progress:
            return measure_gram_sum(job, chosen, engine, progress)


def _share(task: RegionTask, engine: EngineOptions) -> Memory:
    """Memory of each of several processes of this machine, which must share it."""
    count = engine.workers or cores()
    free = Memory.free(task.gan.device)
    return Memory(free.device // count, free.host // count, free.file // count)
