"""Names that an explorer suggests for levers, and the part of an image that thumbnails show."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from cases import tiny
from latent_levers.core.concepts.region import Region
from latent_levers.core.edits.editing import edit
from latent_levers.core.explorer.cards import STRIP_HEIGHT, crop_around, show_levers
from latent_levers.core.explorer.lever_names import suggest_names
from latent_levers.core.explorer.levers import explored_region, find_levers
from latent_levers.core.explorer.session import truncated
from latent_levers.core.explorer.state import read_state
from latent_levers.core.files.loading import load_generator
from latent_levers.core.generators.rendering import render
from latent_levers.core.latents.sampling import sample_latents
from latent_levers.core.measures.attribute_network import reader_for
from latent_levers.core.regions.presets import presets_for


def test_a_suggested_name_is_what_a_pull_to_the_right_means_more_of():
    gan = load_generator("portraits")
    code = truncated(gan, sample_latents(gan, 1, truncation_psi=0.7), 1.0)
    presets = presets_for(gan.details)
    region = explored_region([{"preset": "brows"}], gan.spec.img_size, presets)
    levers = find_levers(gan, code, region, count=4)
    cards = show_levers(gan, code, levers, region, "brows")
    named = [card.entry for card in cards if not card.entry["name"].startswith("brows")]
    assert "brow height" in [entry["name"] for entry in named]
    reader = reader_for(gan)
    assert reader is not None
    for entry in named:
        state = read_state({"levers": [entry]})
        vector = state.levers[0].vector
        signed = torch.stack([vector[0], -vector[0]])
        row = int((levers.vectors @ signed.T).abs().max(dim=1).values.argmax())
        sign = float(torch.sign(levers.vectors[row] @ vector[0]))
        pulled = [edit(code, levers, row, sign * end, "distance") for end in entry["range"]]
        low, high = (reader.scores(render(gan, one))[0] for one in pulled)
        column = reader.index(entry["name"].rstrip(" 23").replace(" ", "_"))
        assert high[column] > low[column], entry["name"]


def test_other_generators_get_numbers():
    gan = tiny()
    code = truncated(gan, sample_latents(gan, 1), 1.0)
    cards = show_levers(gan, code, find_levers(gan, code, None, count=2), None, "global")
    assert [card.entry["name"] for card in cards] == ["global 1", "global 2"]
    assert cards[0].strip.shape[0] == STRIP_HEIGHT


@pytest.mark.parametrize(
    ("rows", "columns", "expected"),
    [
        ((40, 50), (20, 40), (29, 14, 32)),  # the longer side and margins
        ((0, 2), (62, 64), (0, 42, 22)),  # not smaller than a third, inside the image
        ((0, 64), (0, 64), (0, 0, 0)),  # the whole image
    ],
)
def test_thumbnails_show_the_region_with_a_margin(rows, columns, expected):
    mask = torch.zeros(1, 64, 64)
    mask[0, slice(*rows), slice(*columns)] = 1
    assert crop_around(Region(mask, "box"), (64, 64)) == expected


def test_without_a_region_thumbnails_show_the_whole_image():
    assert crop_around(None, (64, 32)) == (0, 0, 0)


def test_codes_of_files_and_of_photographs_are_named_too():
    gan = load_generator("portraits")
    code = sample_latents(gan, 1, truncation_psi=0.7)
    levers = find_levers(gan, code, None, count=2)
    bare = replace(code, z=None, seeds=None, truncation_psi=1.0)
    assert suggest_names(gan, bare, levers) == suggest_names(gan, code, levers)
