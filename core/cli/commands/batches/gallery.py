"""`gallery`: a page to look through a batch, keep pictures and drop others."""

from __future__ import annotations

import shlex
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ....base.errors import PackError
from ....batch.export.image_folder import MOST_FILES
from ....batch.gallery.columns import GALLERY, write_gallery
from ....batch.stored.records import Record
from ....batch.stored.stored_pictures import open_batch
from ...batches.folders import (
    batch_argument,
    batch_folder,
    chosen_records,
    expected_files,
    plan_of,
    rows_parameter,
)
from ...command import AbstractCommand, Options, Output
from ...outputs import OutputFile


class Gallery(AbstractCommand):
    """Calls `gallery.columns.write_gallery`."""

    example = "latent-levers gallery out/batch --open"

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            batch_argument(),
            rows_parameter("show"),
            click.Option(["--open"], is_flag=True, help="open the page in the browser"),
            click.Option(
                ["--out"],
                type=OutputFile(".html"),
                help=f"the page; default {GALLERY} in the folder of the batch",
            ),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        folder = batch_folder(options)
        stored = open_batch(folder, expected_files(folder))
        plan = plan_of(folder) or _stated_plan(stored.records)
        records = chosen_records(stored, options, plan)
        if not any(map(stored.is_file, records)):
            _refuse_shards(folder, len(records), options)
        path: Path = options.out or folder / GALLERY
        shown = write_gallery(path, folder, records, plan)
        if absent := len(records) - shown:
            output.print(f"{absent:,} pictures that the manifest names are not there.")
        if lines := stored.unread.lines:
            output.print(f"{lines:,} lines of the manifest say nothing.")
        output.print(f"{shown:,} pictures. Open it in a browser; press ? for the keys.")
        output.add_file(path)
        if options.open:
            webbrowser.open(path.resolve().as_uri())
        return {"pictures": shown, "absent": absent}


def _stated_plan(records: Sequence[Record]) -> str:
    """The plan of an exported batch, by its pictures, so that picks fit the batch itself."""
    plans = {str(record.facts.get("plan", "")) for record in records}
    return plans.pop() if len(plans) == 1 else ""


def _refuse_shards(folder: Path, count: int, options: Options) -> None:
    """Refuse a batch in shards, with the command that makes files of it."""
    rows = options.rows or ("" if count <= MOST_FILES else f"0-{MOST_FILES - 1}")
    pictures = folder.resolve().with_name(f"{folder.resolve().name}-pictures")
    words = ["latent-levers", "export", str(folder), "--to", "imagefolder"]
    words += ["--rows", str(rows)] if rows else []
    export = shlex.join([*words, "--out", str(pictures)])
    raise PackError(
        f"{str(folder)!r} holds its pictures in shards, which a page cannot show",
        "a folder of pictures",
        f"Run {export}, then latent-levers gallery {shlex.quote(str(pictures))}",
    )


COMMAND = Gallery()
