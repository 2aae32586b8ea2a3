"""Tables as pictures."""

from __future__ import annotations

import pytest
import torch
from latent_levers.core.base.errors import PackError
from latent_levers.core.pictures.table_page import message_page, table_page
from latent_levers.core.pictures.text import INK, PAPER, QUIET

GRID = [["", "resefa 0", "sefa 0"], ["rms outside", "1.85\n(1.4 to 3.5; p90 8)", "22"]]


def coloured(page: torch.Tensor, colour: tuple[int, int, int]) -> torch.Tensor:
    """Which pixels have exactly a colour."""
    return (page == torch.tensor(colour, dtype=torch.uint8)).all(dim=2)


def test_every_cell_is_drawn() -> None:
    page = table_page(GRID)
    empty = table_page([["", "resefa 0", "sefa 0"], ["rms outside", "", "22"]])
    assert coloured(page, INK).sum() > coloured(empty, INK).sum() > 0
    assert coloured(page, QUIET).any()
    edge = torch.cat([page[0], page[-1], page[:, 0], page[:, -1]])
    assert (edge == torch.tensor(PAPER, dtype=torch.uint8)).all(), "nothing is cut off"


def test_small_text_makes_its_row_taller_and_columns_align_at_the_right() -> None:
    bare = [["", "resefa 0", "sefa 0"], ["rms outside", "1.85", "22"]]
    assert table_page(GRID).shape[0] > table_page(bare).shape[0]
    page = table_page([["a", "1"], ["a", "11111"], ["a", "1"]])
    ink = coloured(page, INK).nonzero()
    right = [int(ink[ink[:, 0] == row][:, 1].max()) for row in ink[:, 0].unique().tolist()]
    assert max(right) - min(right) <= 12  # letters end where the column ends


def test_title_and_note_take_room_and_lines_are_broken() -> None:
    page = table_page(GRID)
    titled = table_page(GRID, "What was compared", "one sentence\nanother sentence")
    assert titled.shape[0] > page.shape[0] + 60
    assert titled.shape[1] == page.shape[1]
    long = table_page(GRID, note="many words " * 60)
    assert long.shape[0] > titled.shape[0]


def test_a_long_name_is_shortened() -> None:
    page = table_page([["", "x" * 300], ["rms", "1"]])
    assert page.shape[1] < 1200


def test_rows_of_different_lengths_are_refused() -> None:
    for grid in ([["a"], ["b", "c"]], [], [[]]):
        with pytest.raises(PackError, match="rows of equal length"):
            table_page(grid)


def test_a_message_is_broken_into_lines() -> None:
    short, long = message_page("Install it"), message_page("Install it with pip. " * 20)
    assert short.shape[1] == long.shape[1] == 900
    assert long.shape[0] > short.shape[0] + 60
    assert coloured(long, INK).any()
    assert message_page("Install it", least_height=400).shape[0] == 400
