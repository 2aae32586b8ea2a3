"""`gallery`: a page to look through a batch, keep pictures and drop others."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Any

import click

from ....batch.gallery.columns import GALLERY, write_gallery
from ....batch.stored.stored_pictures import open_batch
from ...batches.folders import batch_argument, batch_folder, chosen_records, plan_of, rows_parameter
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
        plan, stored = plan_of(folder), open_batch(folder)
        records = chosen_records(stored, options, plan)
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


COMMAND = Gallery()
