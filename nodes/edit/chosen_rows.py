"""Which variations a node draws, and whether all of them fit into memory at once."""

from __future__ import annotations

from collections.abc import Sequence

from comfy_api.latest import io

from ...core.base.errors import PackError
from ...core.base.number_runs import NumberRuns
from ...core.base.seeds import counted_seed
from ...core.batch.rows import MOST_ROWS, RowsEntry
from ...core.concepts.directions import Directions
from ...core.concepts.latent_code import LatentCode
from ...core.concepts.network import GeneratorSpec
from ...core.edits.variations import VARIATION_MODES, Variation, caption

MOST_BYTES = 8 << 30
"""Most bytes that the pictures of one GAN Variations may take, with their sheet."""

_NUMBER = 4
"""Bytes of a float32."""


def rows_input() -> io.String.Input:
    """Which rows are drawn.

    Returns:
        The optional input "rows".
    """
    return io.String.Input(
        "rows",
        default="",
        optional=True,
        tooltip='Only these pictures, numbered from 0, such as "100-199" or "7, 20-22": a part of '
        "a larger batch, or one of its pictures again. Empty draws count pictures from 0; with "
        "rows, count is not read.",
    )


def read_rows(rows: str) -> NumberRuns | None:
    """Read the input "rows".

    Args:
        rows: Its value.

    Returns:
        The rows, without a list of them; none for an empty text.

    Raises:
        PackError: The text cannot be read.
    """
    return NumberRuns.parse(rows, MOST_ROWS, "rows") if rows.strip() else None


def rows_of(
    latents: LatentCode,
    directions: Directions,
    rows: NumberRuns,
    entry: RowsEntry,
) -> list[Variation]:
    """The variations of some rows; no other row is planned.

    Args:
        latents: The codes.
        directions: The levers.
        rows: From `read_rows`.
        entry: Mode, levers, strengths and seed; its count is not read.

    Returns:
        A variation per row, rising.

    Raises:
        PackError: A row does not exist.
    """
    numbers = sorted(rows)
    grid = len(latents) * len(entry.indices) * len(entry.strengths)
    if entry.mode == VARIATION_MODES[0] and numbers[-1] >= grid:
        raise PackError(
            f"Row {numbers[-1]:,} was asked for",
            f"a row from 0 to {grid - 1:,}: the grid has {grid:,}",
        )
    seeds: Sequence[int | None] = latents.seeds or (None,) * len(latents)
    drawn = (entry.row(number, len(latents)) for number in numbers)
    return [
        Variation(row, seeds[row], pulls, caption(row, seeds[row], directions, pulls))
        for row, pulls in drawn
    ]


def rows_entry(
    arrange: str, seed: int, indices: Sequence[int], strengths: Sequence[float]
) -> RowsEntry:
    """How rows are arranged.

    Args:
        arrange: Value of the input "arrange".
        seed: Seed of the random choices; reduced modulo 2^32, with a warning.
        indices: Levers that may be pulled.
        strengths: Their strengths.

    Returns:
        The entry, of one row.
    """
    counted = counted_seed(seed) if arrange != VARIATION_MODES[0] else 0
    return RowsEntry(arrange, 1, tuple(indices), tuple(strengths), counted)


def check_memory(spec: GeneratorSpec, count: int, factor: int, tile: tuple[int, int]) -> None:
    """Refuse pictures that take more than `MOST_BYTES` together, before any work.

    Counted are the images as drawn, enlarged and as ComfyUI's, their transparency, and the sheet
    as bytes and as an image; not the codes and the network.

    Args:
        spec: Of the generator.
        count: Number of pictures.
        factor: By which they are enlarged.
        tile: Height and width of a picture on the sheet.

    Raises:
        PackError: They take more.
    """
    height, width = spec.img_size
    drawn = spec.img_channels * height * width
    shown = (2 * max(3, spec.img_channels) + 1) * height * width * factor**2
    sheet = 3 * tile[0] * tile[1]
    needed = count * (_NUMBER * (drawn + shown + sheet) + 2 * sheet)
    if needed <= MOST_BYTES:
        return
    fitting = max(1, MOST_BYTES * count // needed)
    raise PackError(
        f"{count:,} pictures at once take about {needed / 2**30:.1f} GiB",
        f"at most {MOST_BYTES >> 30} GiB, which are {fitting:,} of them",
        "Connect GAN Save Batch instead, which draws and saves one after the other; or draw a part "
        f"of them with rows, such as 0-{fitting - 1}, or set scale to 1",
    )
