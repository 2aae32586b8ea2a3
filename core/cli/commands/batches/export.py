"""`export`: a batch as a data set with a column for each lever."""

from __future__ import annotations

from typing import Any

import click

from ....base.number_runs import NumberRuns
from ....base.wording import warn
from ....batch.export import EXPORTS
from ....batch.export.columns import LeverColumns
from ....batch.export.writer import Export, prepare, write_readme
from ....batch.stored.stored_pictures import open_batch
from ...batches.folders import (
    batch_argument,
    batch_folder,
    chosen_records,
    expected_files,
    missing_rows,
    rows_parameter,
)
from ...command import AbstractCommand, Options, Output, harmless
from ...outputs import OutputFolder

_SHOWN = 5
"""Most files that are left out and named."""

_LONGEST = 200
"""Characters of the longest list of missing rows."""

FOUND = 3
"""Exit code where something was left out, as `check` has it."""


class ExportBatch(AbstractCommand):
    """Calls an export of `batch.export`."""

    example = "latent-levers export out/batch --to imagefolder --rows picks.json --out out/faces"

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            batch_argument(),
            click.Option(
                ["--to"],
                type=click.Choice(EXPORTS.ids),
                default=EXPORTS.ids[0],
                help="pictures and metadata.jsonl (imagefolder), tar files (webdataset), or tables "
                "with the pictures in them (parquet, which needs pyarrow); default imagefolder",
            ),
            rows_parameter("export"),
            click.Option(
                ["--copy"],
                is_flag=True,
                help="copy pictures of an imagefolder; otherwise they are hard links, which take "
                "no room, and change where the batch's files are changed in place",
            ),
            click.Option(
                ["--shard-size"],
                type=click.IntRange(1, 1_000_000),
                default=1000,
                help="pictures of a tar file or table; default 1000",
            ),
            click.Option(["--out"], type=OutputFolder(), required=True, help="folder"),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        kind = EXPORTS[options.to]
        kind.check()
        folder = batch_folder(options)
        expected = expected_files(folder)
        count, plan = (0, "") if expected is None else (expected.count, expected.digest)
        stored = open_batch(folder, expected)
        records = chosen_records(stored, options, plan, count)
        missing = missing_rows(stored, options, expected)
        columns = LeverColumns.of(records)
        export = Export(
            stored,
            records,
            options.out,
            columns,
            options.copy,
            options.shard_size,
            plan=plan,
        )
        prepare(export, kind, plan)
        with output.progress("exporting") as progress:
            files = kind.write(export, progress)
        files.append(write_readme(export, kind))
        self._say(export, missing, output)
        lost = bool(stored.unread.shards) and expected is None  # a plan says which rows are
        if export.left_out or missing or lost:
            output.exit_code = FOUND
        for file in files:
            output.add_file(file)
        return {
            "pictures": len(records) - len(export.left_out),
            "linked": export.linked,
            "left_out": [list(one) for one in export.left_out],
            "missing": str(missing),
            "damaged_shards": [list(one) for one in stored.unread.shards],
            "columns": dict(zip(columns.names, (n for _, n in columns.levers), strict=True)),
            "load": kind.loads.format(options.out),
        }

    @staticmethod
    def _say(export: Export, missing: NumberRuns, output: Output) -> None:
        """Print what became of the pictures."""
        total = len(export.records) - len(export.left_out)
        how = f"{total:,} pictures"
        if export.linked:
            how += f", {export.linked:,} of them hard links that share their bytes with the batch"
        output.print(f"{how}; columns {', '.join(export.columns.names) or 'of no lever'}.")
        if export.left_out:
            named = ", ".join(f"{file} {why}" for file, why in export.left_out[:_SHOWN])
            warn(harmless(f"{len(export.left_out):,} pictures are left out: {named}"))
        if shards := export.stored.unread.shards:
            named = ", ".join(f"{file} {why}" for file, why in shards[:_SHOWN])
            warn(harmless(f"{len(shards):,} shards are damaged: {named}"))
        if missing:
            rows = str(missing)
            if len(rows) > _LONGEST:
                rows = f"{rows[:_LONGEST].rpartition(',')[0]} and more"
            aside = "check --repair moves damaged shards aside, and " if shards else ""
            warn(f"rows {rows} of the plan are missing ({len(missing):,}); {aside}vary draws them")
        if lines := export.stored.unread.lines:
            warn(f"{lines:,} lines of the manifest say nothing")


COMMAND = ExportBatch()
