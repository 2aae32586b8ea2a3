"""`check`: whether every picture of a batch is whole and where it belongs; and the repair."""

from __future__ import annotations

from typing import Any

import click

from ....base.errors import PackError
from ....base.wording import warn
from ....batch.stored.checking import BatchReport, check_batch
from ....batch.stored.findings import KINDS
from ....batch.stored.repair import DAMAGED_FOLDER, Repair, repair_batch
from ...batches.folders import batch_argument, batch_folder, expected_files
from ...command import AbstractCommand, Options, Output, harmless

_SHOWN = 20
"""Most findings of a kind that are printed; `--json` holds all."""

FOUND = 3
"""Exit code where something is wrong; 1 and 2 are those of a check that failed."""


class Check(AbstractCommand):
    """Calls `checking.check_batch` and `checking.repair_batch`."""

    example = "latent-levers check out/batch --repair"

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            batch_argument(),
            click.Option(
                ["--repair"],
                is_flag=True,
                help=f"move what is wrong into {DAMAGED_FOLDER} in the folder, and write the "
                "manifest anew; vary then draws these rows again. Pictures that are not of the "
                "batch are left alone",
            ),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        folder = batch_folder(options)
        with output.progress("checking") as progress:
            report = check_batch(folder, expected_files(folder), progress)
        self._print(report, output)
        repair = repair_batch(report) if options.repair and report.findings else Repair()
        if repair.moved:
            output.print(
                f"{len(repair.moved):,} files moved to {folder / DAMAGED_FOLDER}; to bring one "
                "back, move it into the folder again."
            )
        if repair.busy:
            warn(f"A run draws {len(repair.busy):,} of the shards, in which nothing was moved")
        mended = options.repair and report.findings and not repair.left
        if mended:
            output.print("Repaired; draw them again with vary and the same settings.")
        elif repair.left:
            output.print(f"{len(repair.left):,} findings are left, which the repair cannot mend.")
        output.exit_code = FOUND if report.findings and not mended else 0
        return {
            "folder": str(folder),
            "sound": report.sound,
            "unproven": report.unproven,
            "found": report.counts(),
            "findings": [
                {"kind": one.kind, "file": one.file, "words": one.words} for one in report.findings
            ],
            "foreign": list(report.foreign),
            "moved": [str(path) for path in repair.moved],
        }

    @staticmethod
    def _print(report: BatchReport, output: Output) -> None:
        """Print findings by kind, the first of each."""
        for kind, count in report.counts().items():
            output.print(f"{kind}: {count:,} ({KINDS[kind]})")
            those = [finding for finding in report.findings if finding.kind == kind]
            for finding in those[:_SHOWN]:
                words = f"{finding.file} {finding.words}".strip()
                output.print(harmless(f"  {words}"))
            if len(those) > _SHOWN:
                output.print(f"  and {len(those) - _SHOWN:,} more; --json lists all")
        if not report.sound and not report.findings:
            raise PackError(f"{str(report.folder)!r} holds no picture", "a folder that vary wrote")
        if report.foreign:
            named = ", ".join(report.foreign[:_SHOWN])
            more = len(report.foreign) - _SHOWN
            named += f" and {more:,} more" if more > 0 else ""
            output.print(harmless(f"not of this batch, left alone: {named}"))
        proven = report.sound - report.unproven
        words = "" if report.findings or report.unproven else "Nothing is wrong: "
        if proven or not report.unproven:
            output.print(f"{words}{proven:,} pictures are whole and where they belong.")
        if report.unproven:
            output.print(
                f"{report.unproven:,} pictures: each decodes; not checked bit by bit, since their "
                "lines hold no digest."
            )


COMMAND = Check()
