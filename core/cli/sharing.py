"""Options of commands whose work is shared by several processes."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import click

from ..base.errors import PackError
from ..base.memory import Memory
from ..base.parsing import read_option
from ..batch.engines import ENGINES
from ..batch.engines.engine import MOST_WORKERS, EngineOptions
from ..batch.engines.pool import cores
from ..batch.generator_file import GeneratorFile
from ..batch.gram_job import measure_gram_sum, prepare_gram_job
from ..levers.gram_sum import GramSum
from ..levers.region_grams import RegionTask
from .command import Options, Output


def engine_parameters(default: str | None) -> list[click.Parameter]:
    """Declare the options that choose who does the work.

    Args:
        default: Engine that is used where none is named; none means no engine.

    Returns:
        The options.
    """
    return [
        click.Option(
            ["--engine"],
            type=click.Choice(ENGINES.ids),
            default=default,
            help="who does the work: local (this process), pool (several processes) or ray (a Ray "
            f"cluster; pip install ray); default {default or 'this process, without shards'}",
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
        with output.progress("measuring in shards") as progress:
            return measure_gram_sum(job, chosen, engine, progress)


def _share(task: RegionTask, engine: EngineOptions) -> Memory:
    """Memory of each of several processes of this machine, which must share it."""
    count = engine.workers or cores()
    free = Memory.free(task.gan.device)
    return Memory(free.device // count, free.host // count, free.file // count)
