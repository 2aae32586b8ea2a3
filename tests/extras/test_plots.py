"""Plots of reports, drawn by matplotlib."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
import torch
from cases import tiny
from latent_levers.core.cli import main
from latent_levers.core.concepts.region import Region
from latent_levers.core.files.writing import save_directions, save_generator
from latent_levers.core.latents.sampling import sample_latents
from latent_levers.core.levers.factorization import sefa
from latent_levers.core.measures.reports.report import Candidate, EditReport, judge
from latent_levers.core.pictures.plots import (
    _COLOURS,
    change_plot,
    leakage_plot,
    plot_or_reason,
    report_plot,
)
from latent_levers.core.pictures.text import PAPER
from PIL import ImageColor


@pytest.fixture(scope="module")
def report() -> EditReport:
    """Two levers of a tiny generator."""
    gan = tiny()
    levers, region = sefa(gan, count=2), Region.box(0, 0, 4, 4, gan.spec.img_size)
    candidates = [Candidate(levers, 0), Candidate(levers, 1)]
    return judge(gan, sample_latents(gan, 4), candidates, region, measures=())


def drawn(picture: torch.Tensor, colour: str) -> int:
    """Number of pixels of a colour."""
    wanted = torch.tensor(ImageColor.getrgb(colour), dtype=torch.uint8)
    return int((picture == wanted).all(dim=2).sum())


@pytest.mark.parametrize("kind", ["report", "change", "leakage"])
def test_every_lever_is_drawn_in_its_own_colour_and_nothing_is_cut_off(
    report: EditReport, kind: str
) -> None:
    draw = {
        "report": lambda: report_plot(report),
        "change": lambda: change_plot(report.curves, report.title),
        "leakage": lambda: leakage_plot(report.table, report.title),
    }[kind]
    picture = draw()
    assert picture.dtype == torch.uint8
    if kind != "leakage":  # points and bars are translucent
        assert drawn(picture, _COLOURS[0]) > 30
        assert drawn(picture, _COLOURS[1]) > 30
    assert drawn(picture, _COLOURS[2]) == 0
    edge = torch.cat([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    assert (edge == torch.tensor(PAPER, dtype=torch.uint8)).all()
    assert torch.equal(draw(), picture), "the same report gives the same picture"


def test_a_curve_that_changes_more_is_drawn_higher(report: EditReport) -> None:
    curve = report.curves[0]
    double = [curve, replace(curve, lever="twice", inside=2 * curve.inside)]
    picture = change_plot(double)[:, : 1050 // 2]
    rows = [
        (picture == torch.tensor(ImageColor.getrgb(colour), dtype=torch.uint8))
        .all(dim=2)[:430]
        .nonzero()[:, 0]
        .double()
        .mean()
        for colour in _COLOURS[:2]
    ]
    assert rows[1] < rows[0]


def test_many_levers_fit(report: EditReport) -> None:
    many = replace(report, curves=report.curves * 5)
    picture, reason = plot_or_reason(many)
    assert not reason
    assert picture.shape == report_plot(report).shape


def test_pyplot_is_not_touched(report: EditReport) -> None:
    """Its figures belong to one thread, and ComfyUI runs nodes in another."""
    report_plot(report)
    assert "matplotlib.pyplot" not in sys.modules


def test_evaluate_draws_a_plot(tmp_path) -> None:
    gan = tiny()
    save_generator(gan, tmp_path / "gan.safetensors")
    save_directions(sefa(gan, count=2), tmp_path / "sefa.safetensors")
    words = ["evaluate", str(tmp_path / "gan.safetensors"), "--seeds", "0-1", "--region"]
    words += ['[{"box": [0, 0, 0.5, 0.5]}]', "--levers", str(tmp_path / "sefa.safetensors")]
    plot = tmp_path / "plot.png"
    assert main([*words, "--out", str(tmp_path / "t.md"), "--plot", str(plot)]) == 0
    assert plot.stat().st_size > 10_000
