"""Levers judged side by side."""

from __future__ import annotations

import re
from collections.abc import Mapping

import latent_levers as ll
import pytest
import torch
from latent_levers.core.base.progress import Progress
from latent_levers.core.concepts.directions import Directions
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.region import Region
from latent_levers.core.latents.sampling import sample_latents
from latent_levers.core.levers.solution_directions import with_seconds
from latent_levers.core.measures import MEASURES
from latent_levers.core.measures.leakage import inside_over_outside
from latent_levers.core.measures.pulls import Goal, Pulls, equal_pulls
from latent_levers.core.measures.reports.measure import AbstractMeasure, Figure, Value
from latent_levers.core.measures.reports.report import Candidate, edit_report, judge
from latent_levers.core.measures.reports.summaries import Summary


class Size(AbstractMeasure):
    """A measure of somebody else: one file and one line."""

    id = "size"
    title = "size"
    figures = (Figure("size", "size", "length of the pull"),)
    ready = 0

    def prepare(self, gan: Generator, progress: Progress) -> None:
        """Reports one step."""
        self.ready += 1
        progress(1, 1)

    def measure(self, pulls: Pulls) -> Mapping[str, Value]:
        """Length in the latent space."""
        return {"size": pulls.strengths.abs()}


def test_every_lever_is_judged_at_the_same_change(
    gan: Generator, levers: Directions, region: Region
) -> None:
    codes = sample_latents(gan, 5)
    report = edit_report(gan, codes, levers, region, index=[0, 2], target=50.0)
    assert [row.lever for row in report.table.rows] == ["sefa 0", "sefa 2"]
    for row, index in zip(report.table.rows, (0, 2), strict=True):
        pulls = equal_pulls(gan, codes, levers, index, region, Goal(50.0))
        ratio = inside_over_outside(pulls.before, pulls.after, region)
        values = row.values["inside_over_outside"]
        assert isinstance(values, torch.Tensor)
        assert torch.allclose(values, ratio)
        inside = row.cells["rms_inside"]
        assert isinstance(inside, Summary)
        assert inside.median == pytest.approx(50, rel=0.02)
        assert row.cells["unreached"] == 0
    assert [curve.lever for curve in report.curves] == ["sefa 0", "sefa 2"]
    assert report.title == "box 4,4 6x6: 50 grey levels rms inside, 5 images"
    assert "| sefa 2 |" in report.to_markdown()


def test_the_same_call_gives_the_same_table(
    gan: Generator, levers: Directions, region: Region
) -> None:
    codes = sample_latents(gan, 3)
    first, second = (edit_report(gan, codes, levers, region).table.to_csv() for _ in range(2))
    assert first == second


def test_levers_of_several_methods_have_names_of_their_own(
    gan: Generator, levers: Directions, region: Region
) -> None:
    codes = sample_latents(gan, 2)
    both = edit_report(gan, codes, {"global": levers, "again": levers}, region, index=1)
    assert [row.lever for row in both.table.rows] == ["global 1", "again 1"]
    twice = judge(gan, codes, [Candidate(levers), Candidate(levers)], region, measures=())
    assert [row.lever for row in twice.table.rows] == ["sefa 0", "sefa 0 (2)"]
    assert twice.table.rows[0].cells == twice.table.rows[1].cells


def test_images_that_never_change_so_much_are_counted_and_told(
    gan: Generator, levers: Directions, region: Region
) -> None:
    assert levers.sigma is not None
    stiff = Candidate(ll.Directions(levers.vectors, levers.eigenvalues, levers.space,
                                    levers.num_ws, sigma=levers.sigma / 200))  # fmt: skip
    goal = Goal(32.0, "forwards")
    report = judge(gan, sample_latents(gan, 6), [stiff], region, goal, measures=())
    (row,), (sentence,) = report.table.rows, report.sentences()
    missed = row.cells["unreached"]
    assert isinstance(missed, float)
    assert 0 < missed < 6
    for value in row.values.values():
        assert not isinstance(value, torch.Tensor) or len(value) == 6, "none is dropped"
    assert re.search(rf"{missed:.0f} of 6 images never change that much\.$", sentence)


def test_a_new_measure_is_a_column(gan: Generator, levers: Directions, region: Region) -> None:
    codes, candidates, size = sample_latents(gan, 2), [Candidate(levers)] * 2, Size()
    steps: list[tuple[int, int]] = []

    def report(*step: int) -> None:
        steps.append(step)

    table = judge(gan, codes, candidates, region, measures=[size], progress=report).table
    assert (size.ready, steps[0]) == (1, (1, 1)), "once for all levers, and with progress"
    known = {figure.id for figure in table.figures}
    assert {"size", "rms_outside", "inside_over_outside", "strength"} <= known
    assert "colour_outside" in known
    assert "attribute" not in known, "effects were not asked for"
    assert len(set(MEASURES.ids)) == len(MEASURES)


def test_seconds_are_those_that_the_levers_state(
    gan: Generator, levers: Directions, region: Region
) -> None:
    known = with_seconds(levers, {"jacobian": 1.23456, "solve": 0.5})
    candidates = [Candidate(known), Candidate(levers)]
    table = judge(gan, sample_latents(gan, 1), candidates, region, measures=[MEASURES["seconds"]])
    assert table.table.rows[0].cells["seconds_jacobian"] == 1.235
    assert "seconds_solve" not in table.table.rows[1].cells
    assert "seconds_correction" not in {figure.id for figure in table.table.figures}


def test_progress_rises_over_all_levers_and_cancels(
    gan: Generator, levers: Directions, region: Region
) -> None:
    seen: list[tuple[int, int]] = []

    def report(done: int, total: int) -> None:
        seen.append((done, total))
        if done > 150:
            raise InterruptedError

    candidates = [Candidate(levers, index) for index in range(2)]
    with pytest.raises(InterruptedError):
        judge(gan, sample_latents(gan, 3), candidates, region, progress=report, measures=())
    assert {total for _, total in seen} == {200}
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1][0] > 150
