"""`vary`: a batch of edited images of any size, which resumes after an interruption."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from ...base.errors import PackError
from ...base.memory import keep_freed_memory
from ...base.wording import counted, warn
from ...batch.drawing import Drawer
from ...batch.entries import ImageEntry
from ...batch.facts import page_facts
from ...batch.manifest import settle_manifest
from ...batch.opening import Places, open_drawer
from ...batch.packs import PACKS
from ...batch.plan import Plan
from ...batch.plan_file import PLAN, change_image, create_plan, plan_file, read_plan
from ...batch.row_numbers import read_rows
from ...batch.running import by_shard
from ...batch.stored.redrawing import readable_picture
from ...pictures.images import from_bytes
from ...pictures.picture_files import is_complete, read_written
from ...pictures.sheet_pages import SheetLayout
from ..batch_options import plan_options, row_parameters
from ..batches.films import BatchFilm, film_parameters, plan_film, write_batch_film
from ..batches.shares import check_sharing, share_of_rows
from ..codes import was_given
from ..command import AbstractCommand, Options, Output
from ..outputs import output_folder
from ..sharing import FILES, add_shards, draw_by_engine, plan_sharing_parameters, shares_work
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
        film = _checked_film(options)
        check_sharing(options)
        batch = _of_options(options) if options.plan is None else _of_plan(options)
        plan, folder = batch.plan, batch.folder
        rows = _asked(options, plan, batch.count, plan.digest)
        if not rows:
            output.print(_nothing_to_share(options, plan))
            return {"images": 0, "drawn": 0, "folder": str(folder)}
        layout, alone = None, options.rows is None and options.share is None
        if alone and options.pack == FILES:  # checked before any work
            layout = batch.layout(options.columns)
        with output.progress("rendering") as progress:
            result = draw_by_engine(batch.drawer, plan, folder, rows, options, progress)
        asked = len(rows)
        if result.found:
            output.print(f"{result.found:,} of {counted(asked, 'image')} exist already.")
        if result.busy:
            rows = _drawn_by_now(batch, rows, result.busy, options.pack)
            warn(
                f"Another run was drawing {counted(len(result.busy), 'shard')} when this one came "
                "to them, and this one drew all others. Run it again if pictures are missing when "
                "the other has ended"
            )
        if options.pack == FILES:
            output.add_file(settle_manifest(plan, folder, rows))
        add_shards(plan, folder, rows, options, output)
        if layout is not None and not result.busy:
            _draw_sheet(batch, layout, result.drawn > 0, output)
        if film is not None:
            pictures = [folder / plan.file_name(number) for number in rows]
            write_batch_film(film, pictures, page_facts(plan, plan.rows.allowed), output)
        for line in batch.report():
            output.print(line)
        more = f", whose plan has {counted(len(plan), 'row')}" if len(plan) > asked else ""
        output.print(
            f"{counted(result.drawn, 'image')} rendered; {len(rows):,} of the {asked:,} that were "
            f"asked for are in {folder}{more}."
        )
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

    def layout(self, columns: int | None) -> SheetLayout:
        """The layout of the sheet; the size of a picture that is there needs no generator.

        Args:
            columns: Columns that were asked for; none chooses.

        Returns:
            The layout.
        """
        sized = Options(columns=columns, scale=self.plan.image.scale)
        named = was_given("generator") or was_given("levers")  # which may be others than the plan's
        if named or self._complete(0) is None:
            return layout_of(self.drawer().gan, sized, self.count)
        layout = SheetLayout(columns or 0, sized.scale)
        return layout.for_images(self.count, self.size())

    def size(self) -> tuple[int, int]:
        """The size of the generator's images, by a picture that is there, or by the generator.

        Returns:
            Height and width in pixels.
        """
        first = self._complete(0)
        if first is not None:
            with contextlib.suppress(PackError):  # one that is damaged is drawn again
                height, width, _ = read_written(first).shape
                scale = max(1, self.plan.image.scale)
                return height // scale, width // scale
        return self.drawer().gan.spec.img_size

    def _complete(self, number: int) -> Path | None:
        """The picture of a row, if it is there."""
        path = self.folder / self.plan.file_name(number)
        return path if is_complete(path) else None

    def report(self) -> list[str]:
        """What guard and hold did in this process, in sentences."""
        return [line for drawer in self.opened for line in drawer.report()]


def _of_options(options: Options) -> _Batch:
    """A batch whose plan the options make; it is written into the folder, or grows there."""
    file = options.out / PLAN
    made = plan_options(options, file, shares_work(options))
    _asked(options, made.plan, len(made.plan))  # refuses what cannot be read before it is written
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
    path = plan_file(options.plan)
    plan = read_plan(path)
    _asked(options, plan, len(plan))
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


def _checked_film(options: Options) -> BatchFilm | None:
    """The film that was asked for, checked before anything is written."""
    film = plan_film(options)
    if film is not None and options.pack != FILES:
        raise PackError(
            f"--film and --pack {options.pack} were given",
            f"--pack {FILES}, whose pictures a film shows",
        )
    return film


def _asked(options: Options, plan: Plan, count: int, digest: str = "") -> Sequence[int]:
    """Rows that this run draws; a digest is compared with that of the picks."""
    rows: Sequence[int] = range(count)
    if options.rows is not None:
        rows = read_rows(options.rows, count, digest)
    return share_of_rows(plan, rows, options)


def _nothing_to_share(options: Options, plan: Plan) -> str:
    """Why there is nothing to draw."""
    among = "" if options.rows is None else " among --rows"
    has = f"The plan has {counted(plan.shards, 'shard')} of {counted(plan.shard_size, 'row')}"
    more = "" if options.rows is not None else "; a smaller --shard-size gives more"
    return f"{has}; the share {options.share} has none{among}{more}. Nothing is drawn."


def _drawn_by_now(batch: _Batch, rows: Sequence[int], busy: Sequence[int], pack: str) -> list[int]:
    """Rows whose pictures are there, also of shards that another process draws."""
    plan, shards = batch.plan, set(busy)
    there = [row for row in rows if plan.shard_of(row) not in shards]
    for part in by_shard(plan, [row for row in rows if plan.shard_of(row) in shards]):
        lacking = set(PACKS[pack].missing(plan, batch.folder, part))
        there += [row for row in part if row not in lacking]
    return sorted(there)


def _draw_sheet(batch: _Batch, layout: SheetLayout, changed: bool, output: Output) -> None:
    """Draw the sheet from the pictures in the folder, one page at a time."""
    plan, size = batch.plan, batch.size()
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
