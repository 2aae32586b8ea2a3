"""Grids of films: each cell is the film that it would be alone."""

from __future__ import annotations

import pytest
import torch
from latent_levers.core.base.errors import PackError
from latent_levers.core.edits.journeys import Journey
from latent_levers.core.files.loading import untrained
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings
from latent_levers.core.latents.sampling import sample_latents
from latent_levers.core.pictures.films.film_grid import Grid, grid_of, read_grid
from latent_levers.core.pictures.frames import draw_frames
from latent_levers.core.pictures.traversal import traverse_codes


def test_cells_are_films_of_their_own() -> None:
    gan = untrained("stylegan2", StyleGAN2Settings(8, 8, {4: 8, 8: 6}, mapping_widths=(8, 8)))
    codes = sample_latents(gan, 10)
    runs = [codes[first : first + 2] for first in range(0, 10, 2)]
    films = [traverse_codes(gan, run, Journey(3)) for run in runs]
    grid = grid_of(films, Grid(3, 2))
    frames, _ = draw_frames(gan, grid)
    assert frames.shape == (films[0].total, 16, 24, 3)
    for cell, film in enumerate(films):
        row, column = divmod(cell, 3)
        alone, _ = draw_frames(gan, film)
        part = frames[:, 8 * row : 8 * row + 8, 8 * column : 8 * column + 8]
        torch.testing.assert_close(part, alone)
    empty = frames[:, 8:, 16:]  # the sixth cell
    assert (empty == empty[0, 0, 0]).all()
    with pytest.raises(PackError, match="one for each cell"):
        grid_of(films, Grid(2, 2))
    with pytest.raises(PackError, match="one for each cell"):
        grid_of([films[0], traverse_codes(gan, runs[1], Journey(4))], Grid(2, 2))


def test_texts() -> None:
    assert read_grid(" 4 x 2 ") == Grid(4, 2)
    assert read_grid("4X2").cells == 8
    for text in ("4", "0x2", "4x", "x", "11x10", "4x2x1", "-1x2", "9" * 50):
        with pytest.raises(PackError, match="at most 100 cells"):
            read_grid(text)
