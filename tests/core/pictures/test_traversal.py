"""Traversals: frames are the images of the codes they say, loops close, cancelling stops."""

from __future__ import annotations

import pytest
import torch
from latent_levers.core.base.errors import DirectionsError, LatentError, PackError
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.edits.editing import PullOptions, edit
from latent_levers.core.edits.journeys import WAYS, Journey
from latent_levers.core.edits.sweep import SweepOptions, plan_sweep
from latent_levers.core.files.loading import untrained
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings
from latent_levers.core.generators.rendering import render
from latent_levers.core.latents.interpolation import blend
from latent_levers.core.latents.sampling import sample_latents
from latent_levers.core.levers.factorization import sefa
from latent_levers.core.pictures import frames as filming
from latent_levers.core.pictures.frames import draw_frames, tile_images
from latent_levers.core.pictures.gauges import Gauge, with_gauges
from latent_levers.core.pictures.images import to_bytes, to_unit_range
from latent_levers.core.pictures.traversal import LeverMotion, traverse_codes, traverse_levers


@pytest.fixture(scope="module")
def gan() -> Generator:
    """A tiny generator."""
    return untrained("stylegan2", StyleGAN2Settings(8, 8, {4: 8, 8: 6}, mapping_widths=(8, 8)))


def strengths(gan: Generator, traversal, codes, levers, index: int) -> list[float]:
    """How far a lever is pulled in each frame, from the codes."""
    moved = traversal.codes(0, traversal.total).values - codes.values
    return (moved[:, 0] @ levers.vectors[index]).tolist()


def test_a_lever_goes_there_and_back(gan: Generator) -> None:
    codes, levers = sample_latents(gan, 1), sefa(gan, count=2)
    film = traverse_levers(
        gan,
        codes,
        levers,
        [1],
        LeverMotion(-1.0, 3.0, PullOptions("distance")),
        Journey(4, easing="linear"),
    )
    assert film.total == 8
    pulled = strengths(gan, film, codes, levers, 1)
    assert pulled == pytest.approx([-1, 0, 1, 2, 3, 2, 1, 0], abs=1e-5)
    assert film.gauges[0] == Gauge("sefa 1", "-1.00", 0.0, 0.25)
    assert film.gauges[4].place == 1
    assert film.report == ("sefa 1: -1.0 to +3.0 distance",)


@pytest.mark.parametrize("way", WAYS)
def test_levers_in_turn_begin_and_end_at_rest(gan: Generator, way: str) -> None:
    codes, levers = sample_latents(gan, 1), sefa(gan, count=3)
    film = traverse_levers(
        gan,
        codes,
        levers,
        [2, 0],
        LeverMotion(-1.0, 1.0, PullOptions("distance")),
        Journey(4, way, "linear"),
    )
    first, second = (strengths(gan, film, codes, levers, index) for index in (2, 0))
    expected = [0, -0.5, -1, -0.5, 0, 0.5, 1, 0.5]
    assert first[:8] == pytest.approx(expected, abs=1e-5)
    assert second[8:16] == pytest.approx(expected, abs=1e-5)
    assert second[:8] == pytest.approx([0] * 8, abs=1e-5)
    assert film.total == (17 if way == "once" else 16)
    assert [gauge.name for gauge in film.gauges[:16]] == ["sefa 2"] * 8 + ["sefa 0"] * 8


def test_levers_together_move_at_once(gan: Generator) -> None:
    codes, levers = sample_latents(gan, 1), sefa(gan, count=2)
    film = traverse_levers(
        gan,
        codes,
        levers,
        [0, 1],
        LeverMotion(0.0, 2.0, PullOptions("distance"), together=True),
        Journey(2, "once", "linear"),
    )
    for index in (0, 1):
        assert strengths(gan, film, codes, levers, index) == pytest.approx([0, 1, 2], abs=1e-5)
    assert film.gauges[1].name == "sefa 0 + sefa 1"
    assert film.gauges[1].value == "+1.00 / +1.00"


def test_strengths_of_0_are_those_of_a_sweep(gan: Generator) -> None:
    codes, levers = sample_latents(gan, 2), sefa(gan, count=1)
    film = traverse_levers(gan, codes, levers, [0], journey=Journey(2))
    (row, _) = plan_sweep(gan, codes, levers, [0], SweepOptions(0.0, 3))
    assert film.gauges[2].value == f"{row.strengths[-1]:+.2f}"


def test_frames_are_the_images_of_their_codes_whatever_the_chunk(
    gan: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes, levers = sample_latents(gan, 2), sefa(gan, count=1)
    film = traverse_levers(
        gan, codes, levers, [0], LeverMotion(-2.0, 2.0, PullOptions(layers="0-1")), Journey(3)
    )
    assert film.total == 12
    frames, drawn = draw_frames(gan, film)
    assert frames.shape == (12, 8, 8, 3)
    assert frames.dtype == torch.float32
    torch.testing.assert_close(frames, to_unit_range(render(gan, drawn)), atol=1e-5, rtol=0)
    alone = edit(codes[1], levers, 0, 2.0, "sigma", "0-1")
    torch.testing.assert_close(frames[9], to_unit_range(render(gan, alone))[0], atol=1e-5, rtol=0)
    monkeypatch.setattr(filming, "_CHUNK", 5)
    again, _ = draw_frames(gan, film)
    torch.testing.assert_close(again, frames, atol=1e-5, rtol=0)


def test_all_images_may_be_seen_in_each_frame(gan: Generator) -> None:
    codes, levers = sample_latents(gan, 3), sefa(gan, count=1)
    film = traverse_levers(
        gan, codes, levers, [0], LeverMotion(-1.0, 1.0, side_by_side=True), Journey(2)
    )
    assert (film.total, film.group) == (4, 3)
    frames, drawn = draw_frames(gan, film)
    assert frames.shape == (4, 8, 24, 3)
    assert len(drawn) == 12
    third = to_unit_range(render(gan, edit(codes[2], levers, 0, -1.0, "sigma")))
    torch.testing.assert_close(frames[0, :, 16:], third[0], atol=1e-5, rtol=0)


def test_tiles_fill_row_after_row() -> None:
    images = torch.arange(10.0).reshape(10, 1, 1, 1) / 10
    page = tile_images(images, 5)
    assert page.shape == (2, 1, 2, 3)
    assert page[1, 0].flatten().tolist() == pytest.approx([0.5, 0.6, 0.7, 0.8, 0.9, -0.8])
    assert tile_images(images, 1) is images


@pytest.mark.parametrize("how", ["linear", "spherical"])
def test_images_turn_into_each_other(gan: Generator, how: str) -> None:
    codes = sample_latents(gan, 3, seed=5)
    film = traverse_codes(gan, codes, Journey(4, "round", "linear"), how)
    assert film.total == 12
    made = film.codes(0, 12)
    torch.testing.assert_close(made.values[[0, 4, 8]], codes.values)
    middle = blend(gan, codes[2], codes[0], [0.5], how)
    torch.testing.assert_close(made.values[10], middle.values[0])
    parts = torch.cat([film.codes(0, 3).values, film.codes(3, 9).values, film.codes(9, 12).values])
    assert torch.equal(parts, made.values), "chunks may begin anywhere"
    assert film.gauges[1].name == "seed 5 to seed 6"
    assert film.gauges[2].value == "50%"
    assert film.report == (f"seed 5, seed 6, seed 7: {how}",)
    once = traverse_codes(gan, codes, Journey(4, "once", "sine"), how)
    torch.testing.assert_close(once.codes(8, 9).values, codes.values[2:])
    assert once.gauges[-1].name == "seed 7"


def test_cancelling_stops_within_a_chunk(gan: Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filming, "_CHUNK", 2)
    film = traverse_codes(gan, sample_latents(gan, 2), Journey(10))
    seen: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        seen.append((done, total))
        if done >= 4:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        draw_frames(gan, film, progress=stop)
    assert seen == [(0, 20), (2, 20), (4, 20)]


def test_too_many_frames_for_the_memory_are_refused_early(
    gan: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = traverse_codes(gan, sample_latents(gan, 2), Journey(50))
    monkeypatch.setattr(
        filming.psutil, "virtual_memory", lambda: type("Free", (), {"available": 1000})()
    )
    with pytest.raises(PackError, match="100 frames of 8 x 8 pixels take.*free.*smaller scale"):
        draw_frames(gan, film)


def test_gauges_keep_their_size_and_their_places() -> None:
    images = torch.zeros(3, 3, 40, 128)
    gauges = [
        Gauge("smile", "-2.00", 0.0, 0.5),
        Gauge("smile", "+2.00", 1.0, 0.5),
        Gauge("a name that is far too long to be read below a picture", "+12345.00", 2.0),
    ]
    pages = to_bytes(with_gauges(images, gauges))
    assert len({page.shape for page in pages}) == 1
    knobs = [(page[40:] == torch.tensor([255, 140, 26])).all(dim=2).nonzero() for page in pages]
    centres = [float(knob[:, 1].float().mean()) for knob in knobs]
    assert centres[0] < 12
    assert centres[1] > 116
    assert centres[2] == centres[1], "no knob leaves its track"
    assert (pages[:, 40:, [0, -1]] == pages[0, 41, 0]).all(), "nothing touches the edges"
    changed = (pages[0] != pages[1]).any(dim=2)[40:]
    assert not changed[:10, :60].any(), "the name stays where it is"


def test_errors_say_what_is_wrong(gan: Generator) -> None:
    codes, levers = sample_latents(gan, 1), sefa(gan, count=2)
    with pytest.raises(DirectionsError, match="from 2 to 2.*two different.*0 and 0"):
        traverse_levers(gan, codes, levers, [0], LeverMotion(2.0, 2.0))
    with pytest.raises(DirectionsError, match="No lever was named"):
        traverse_levers(gan, codes, levers, [])
    with pytest.raises(DirectionsError, match="0 to 1"):
        traverse_levers(gan, codes, levers, [7])
    with pytest.raises(DirectionsError, match="Unknown unit"):
        traverse_levers(gan, codes, levers, [0], LeverMotion(pull=PullOptions("miles")))
    with pytest.raises(PackError, match="1 image.*two or more.*more codes"):
        traverse_codes(gan, codes)
    with pytest.raises(LatentError, match="Unknown blend"):
        traverse_codes(gan, sample_latents(gan, 2), how="jump").codes(0, 1)
    with pytest.raises(PackError, match="1 gauges.*one gauge per image"):
        with_gauges(torch.zeros(2, 3, 8, 8), [Gauge("", "", 0.0)])
