"""`vary`: a batch of edited images of any size, which resumes after an interruption."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from ...base.errors import PackError
from ...base.memory import keep_freed_memory
from ...base.wording import warn
from ...batch.drawing import Drawer
from ...batch.entries import ImageEntry
from ...batch.facts import page_facts
from ...batch.manifest import settle_manifest
from ...batch.opening import Places, open_drawer
from ...batch.plan import Plan
from ...batch.plan_file import PLAN, change_image, create_plan, read_plan
from ...batch.row_numbers import read_rows
from ...batch.stored.redrawing import readable_picture
from ...pictures.images import from_bytes
from ...pictures.picture_files import is_complete
from ...pictures.sheet_pages import SheetLayout
from ..batch_options import plan_options, row_parameters
from ..batches.films import film_parameters, plan_film, write_batch_film
from ..codes import was_given
from ..command import AbstractCommand, Options, Output
from ..outputs import output_folder
from ..sharing import (
    FILES,
    add_shards,
    draw_by_engine,
    plan_sharing_parameters,
    share_of_rows,
    shares_work,
)
from ..sheets import close_sheet, columns_parameter, layout_of, open_sheet, page_name

_OUT = "out/vary"

_WITH_PLAN = (
    *("generator", "device", "levers", "plan", "rows", "image", "level", "out", "columns"),
    *("share", "engine", "workers", "address", "pack", "film", "grid", "fps"),
)
"""Parameters that say where a plan is and how it is drawn; all others are in the plan."""


class Vary(AbstractCommand):
    """Draws the rows of a plan that the folder does not hold yet."""

    example = (
        "latent-levers vary portraits --levers out/mouth.safetensors --seeds 0-99 --mode random "
        "--count 1000 --out out/batch"
    )

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            *row_parameters(),
            click.Option(
                ["--plan"],
                type=click.Path(path_type=Path),
                help="draw this plan, in place of options that make one; pictures go beside it, "
                "or into --out",
            ),
            click.Option(
                ["--rows"],
                help="rows that are drawn, such as 137,2000-2999, or the picks.json of a gallery; "
                "default all",
            ),
            output_folder(_OUT),
            columns_parameter("as square as possible, up to 8"),
            *film_parameters("--film", None, 8.0),
            *plan_sharing_parameters(),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        keep_freed_memory()
        batch = _of_options(options) if options.plan is None else _of_plan(options)
        plan, folder, film = batch.plan, batch.folder, plan_film(options)
        if film is not None and options.pack != FILES:
            raise PackError(
                f"--film and --pack {options.pack} were given",
                f"--pack {FILES}, whose pictures a film shows",
            )
        rows = range(batch.count)
        if options.rows is not None:
            rows = read_rows(options.rows, batch.count, plan.digest)
        rows = share_of_rows(plan, rows, options)
        layout, alone = None, options.rows is None and options.share is None
        if alone and options.pack == FILES:  # checked before any work
            sized = Options(columns=options.columns, scale=plan.image.scale)
            layout = layout_of(batch.drawer().gan, sized, batch.count)
        with output.progress("rendering") as progress:
            result = draw_by_engine(batch.drawer, plan, folder, rows, options, progress)
        if result.found:
            output.print(f"{result.found:,} of {len(rows):,} images exist already.")
        if result.busy:
            warn(f"Another run draws {len(result.busy):,} of the shards; this one is done with its")
            rows = [row for row in rows if plan.shard_of(row) not in result.busy]
        add_shards(plan, folder, rows, options, output)
        if options.pack == FILES:
            output.add_file(settle_manifest(plan, folder, rows))
        if layout is not None and not result.busy:
            _draw_sheet(batch, layout, result.drawn > 0, output)
        if film is not None:
            pictures = [folder / plan.file_name(number) for number in rows]
            write_batch_film(film, pictures, page_facts(plan, plan.rows.allowed), output)
        for line in batch.report():
            output.print(line)
        output.print(f"{result.drawn:,} images rendered, {len(rows):,} in {folder}.")
        return {"images": len(rows), "drawn": result.drawn, "folder": str(folder)}


@dataclass(frozen=True)
class _Batch:
    """A plan in a folder."""

    plan: Plan
    """The plan, as its file states it."""
    folder: Path
    """Folder of its pictures."""
    count: int
    """Rows that are asked for, from the first; the plan may have more."""
    open: Callable[[], Drawer]
    """Opens generator and levers."""
    opened: list[Drawer] = field(default_factory=list[Drawer])
    """What it returned."""

    def drawer(self) -> Drawer:
        """The drawer of the plan, opened once."""
        if not self.opened:
            self.opened.append(self.open())
        return self.opened[0]

    def report(self) -> list[str]:
        """What guard and hold did in this process, in sentences."""
        return [line for drawer in self.opened for line in drawer.report()]


def _of_options(options: Options) -> _Batch:
    """A batch whose plan the options make; it is written into the folder, or grows there."""
    file = options.out / PLAN
    made = plan_options(options, file, shares_work(options))
    plan = create_plan(file, made.plan)
    return _Batch(plan, options.out, len(made.plan), partial(made.drawer, plan))


def _of_plan(options: Options) -> _Batch:
    """The batch of `--plan`."""
    typed = [name for name in vars(options) if name not in _WITH_PLAN and was_given(name)]
    if typed:
        raise PackError(
            f"--plan and --{typed[0].replace('_', '-')} were given",
            "one of them; the plan states what its pictures are",
            "Leave it out, or make another plan",
        )
    path = options.plan / PLAN if options.plan.is_dir() else options.plan
    plan = read_plan(path)
    if was_given("out"):
        plan = create_plan(options.out / PLAN, plan)
    if options.image is not None or options.level is not None:
        image = ImageEntry(options.image or plan.image.format, options.level, plan.image.scale)
        plan = change_image(options.out / PLAN if was_given("out") else path, image)
    places = Places(
        path.parent,
        str(options.generator) if was_given("generator") else None,
        None if options.levers is None else str(options.levers),
        options.device,
    )
    folder = options.out if was_given("out") else path.parent
    return _Batch(plan, folder, len(plan), partial(open_drawer, plan, places))


def _draw_sheet(batch: _Batch, layout: SheetLayout, changed: bool, output: Output) -> None:
    """Draw the sheet from the pictures in the folder, one page at a time."""
    plan, size = batch.plan, batch.drawer().gan.spec.img_size
    pages = layout.pages(batch.count, size)
    complete = all(is_complete(batch.folder / page_name(page)) for page in range(pages))
    if complete and not changed:
        return
    # The pictures are enlarged already, if at all by `--scale`.
    stored = replace(layout, scale=min(layout.scale, 1))
    sheet = open_sheet(stored, batch.folder, page_facts(plan, plan.rows.allowed), output)
    shown = min(batch.count, pages * layout.per_page(size))
    for number in range(shown):
        picture = readable_picture(batch.drawer, plan, batch.folder, number)
        sheet.add(from_bytes(picture[None])[0], plan[number].caption)
    sheet.left_out += batch.count - shown
    close_sheet(sheet)


COMMAND = Vary()
