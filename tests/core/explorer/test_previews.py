"""Ranges, thumbnails and regions of levers, and what files keep of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from cases import tiny
from latent_levers.core.base.errors import DirectionsError
from latent_levers.core.base.parsing import read_names
from latent_levers.core.concepts.directions import Directions
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.concepts.region import Region
from latent_levers.core.edits.editing import edit
from latent_levers.core.explorer.previews import (
    THUMBNAIL,
    add_previews,
    range_sentence,
    thumbnail_strip,
)
from latent_levers.core.files.writing import save_directions
from latent_levers.core.generators.rendering import render
from latent_levers.core.latents.sampling import sample_latents
from latent_levers.core.levers.compatibility import Fit, compatibility, rank_files
from latent_levers.core.levers.direction_loading import load_directions
from latent_levers.core.levers.factorization import resefa, sefa
from latent_levers.core.pictures.images import sized_for_sheet, to_bytes
from safetensors import safe_open
from safetensors.torch import load_file, save_file


@pytest.fixture(scope="module")
def levers() -> Directions:
    """Two levers of a region, with all that is known of them."""
    gan = tiny()
    codes = sample_latents(gan, 2)
    found = resefa(gan, codes, Region.box(2, 2, 3, 3, 8), count=2)
    return add_previews(gan, codes, replace(found, names=("open", "")))


def test_a_thumbnail_is_the_image_at_the_end_of_its_range(levers: Directions) -> None:
    gan = tiny()
    assert levers.ranges is not None
    assert levers.thumbnails is not None
    assert levers.thumbnails.shape == (2, 2, THUMBNAIL, THUMBNAIL, 3)
    low, high = levers.ranges[1].tolist()
    assert low == -high < 0
    ends = [
        edit(sample_latents(gan, 1), levers, 1, strength, unit="distance")
        for strength in (low, high)
    ]
    for end, thumbnail in zip(ends, levers.thumbnails[1], strict=True):
        image = to_bytes(sized_for_sheet(render(gan, end), side=THUMBNAIL))[0]
        assert (image.int() - thumbnail.int()).abs().max() <= 1
    assert not torch.equal(levers.thumbnails[1, 0], levers.thumbnails[1, 1])


def test_the_region_is_stored(levers: Directions) -> None:
    assert levers.mask is not None
    expected = torch.zeros(8, 8, dtype=torch.uint8)
    expected[2:5, 2:5] = 255
    assert torch.equal(levers.mask, expected)
    wide = torch.zeros(2, 128, 256)
    wide[0, :, :128] = 1.0
    wide[1] = 1.0
    small = Region.from_mask(wide).thumbnail()
    assert small.shape == (32, 64)
    assert small[:, :32].unique().tolist() == [255]
    assert small[:, 32:].unique().tolist() == [128]


def test_files_keep_names_pictures_ranges_region_and_generator(
    levers: Directions, tmp_path: Path
) -> None:
    path = save_directions(levers, tmp_path / "mouth")
    again = load_directions(path)
    for name in ("vectors", "eigenvalues", "sigma", "ranges", "thumbnails", "mask"):
        assert torch.equal(getattr(again, name), getattr(levers, name)), name
    assert again.names == ("open", "")
    assert again.method == "resefa"
    assert again.origin == again.details["generator"]["fingerprint"] == tiny().spec.fingerprint
    assert again.details["generator"]["architecture"] == "stylegan2"
    one = again.pick(1)
    assert one.thumbnails is not None
    assert levers.thumbnails is not None
    assert torch.equal(one.thumbnails[0], levers.thumbnails[1])
    plain = save_directions(sefa(tiny(), count=1), tmp_path / "plain")
    assert set(load_file(plain)) == {"vectors", "eigenvalues", "sigma"}
    assert load_directions(plain).thumbnails is None


def test_ranges_are_told_in_sigma_where_it_is_known(levers: Directions) -> None:
    assert levers.ranges is not None
    assert levers.sigma is not None
    reach = float(f"{float(levers.ranges[0, 1] / levers.sigma[0]):.2g}")
    told = range_sentence(levers, 0)
    assert told.startswith("open: -")
    assert told.endswith(" sigma")
    assert f"+{reach:.3f}".rstrip("0").rstrip(".") in told
    assert range_sentence(replace(levers, sigma=None), 1).endswith(" distance")
    assert range_sentence(replace(levers, ranges=None), 1) == "resefa 1"


def test_a_strip_shows_both_ways(levers: Directions) -> None:
    strip = thumbnail_strip(levers)
    assert strip is not None
    assert strip.shape == (2, 3, THUMBNAIL, 2 * THUMBNAIL)
    assert levers.thumbnails is not None
    assert torch.equal(to_bytes(strip)[0, :, THUMBNAIL:], levers.thumbnails[0, 1])
    assert thumbnail_strip(sefa(tiny(), count=1)) is None


@pytest.mark.parametrize(
    ("name", "tensor", "words"),
    [
        ("ranges", torch.zeros(2, 3), "Ranges of shape"),
        ("ranges", torch.tensor([[0.0, 1.0], [1.0, 0.0]]), "Ranges of shape"),
        ("ranges", torch.tensor([[0.0, torch.inf], [0.0, 1.0]]), "Ranges of shape"),
        ("thumbnails", torch.zeros(2, 2, 4, 4, 3), "thumbnails have shape"),
        ("thumbnails", torch.zeros(1, 2, 4, 4, 3, dtype=torch.uint8), "Thumbnails of shape"),
        ("thumbnails", torch.zeros(2, 2, 513, 1, 3, dtype=torch.uint8), "at most 512 pixels"),
        ("thumbnails", torch.zeros(2, 2, 0, 4, 3, dtype=torch.uint8), "at most 512 pixels"),
        ("mask", torch.zeros(4, dtype=torch.uint8), "mask have shape"),
        ("mask", torch.zeros(600, 4, dtype=torch.uint8), "at most 512 pixels"),
    ],
)
def test_pictures_that_a_file_must_not_hold(
    name: str, tensor: torch.Tensor, words: str, levers: Directions, tmp_path: Path
) -> None:
    with pytest.raises(DirectionsError, match=words):
        replace(levers, **{name: tensor})
    path = save_directions(levers, tmp_path / "good")
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    save_file({**load_file(path), name: tensor}, tmp_path / "bad.safetensors", metadata)
    with pytest.raises(DirectionsError, match="is damaged"):
        load_directions(tmp_path / "bad.safetensors")


def test_names_are_read(levers: Directions) -> None:
    assert read_names("", len(levers), levers.names) == ("open", "")
    assert read_names("smile, age", len(levers), levers.names) == ("smile", "age")
    assert read_names(" big\tsmile ", len(levers), levers.names) == ("big smile", "")
    assert read_names(";teeth", len(levers), levers.names) == ("open", "teeth")
    assert read_names("a\nb", 3) == ("a", "b", "")
    with pytest.raises(DirectionsError, match="3 names were given for 2"):
        read_names("a,b,c", len(levers), levers.names)
    with pytest.raises(DirectionsError, match="too long"):
        read_names("a" * 81, len(levers), levers.names)


def test_compatibility_is_told(levers: Directions) -> None:
    gan, other = tiny(), tiny("stylegan2-conditional")
    assert compatibility(levers, gan).fit is Fit.OWN
    relative = replace(levers, origin="0123")
    assert compatibility(relative, gan).fit is Fit.SIZE
    named = replace(relative, details={"generator": {"file": "ffhq.pkl"}})
    assert "ffhq.pkl" in compatibility(named, gan).sentence
    assert compatibility(replace(levers, origin=""), gan).fit is Fit.UNKNOWN
    in_z = sefa(tiny("dcgan"), count=1)
    for wrong, words in (
        (sefa(tiny("stylegan2-resnet"), count=1), "6 numbers each in W, it takes 5"),
        (replace(levers, num_ws=9), "they are for 9 layers, it has 4"),
        (replace(in_z, space=LatentSpace.Z_PLUS), "they are in Z+, it has Z, W, W+"),
    ):
        verdict = compatibility(wrong, gan)
        assert verdict.fit is Fit.NOT
        assert words in verdict.sentence
    assert compatibility(levers, other).fit in (Fit.SIZE, Fit.NOT)
    channels = gan.spec.direction_dim(LatentSpace.S)
    in_s = replace(
        levers,
        vectors=torch.ones(2, channels) / channels**0.5,
        space=LatentSpace.S,
        styles=(*reversed(gan.spec.styles),),
    )
    assert "styles are of other layers" in compatibility(in_s, gan).sentence


def test_a_survey_sorts_the_best_first(levers: Directions, tmp_path: Path) -> None:
    files = [
        ("broken", tmp_path / "broken.safetensors"),
        ("a", save_directions(replace(levers, origin="0123"), tmp_path / "a")),
        ("wide", save_directions(sefa(tiny("stylegan2-resnet"), count=1), tmp_path / "wide")),
        ("own", save_directions(levers, tmp_path / "own")),
    ]
    files[0][1].write_bytes(b"no")
    found = rank_files(files, tiny())
    assert [name for name, _ in found] == ["own", "a", "wide", "broken"]
    assert [verdict.fit for _, verdict in found] == [Fit.OWN, Fit.SIZE, Fit.NOT, Fit.UNREADABLE]
