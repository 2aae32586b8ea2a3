"""What is drawn of a report where matplotlib is missing; `tests/extras` draws the plots."""

from __future__ import annotations

import sys

import pytest
from cases import tiny
from latent_levers.core.base.errors import PackError
from latent_levers.core.concepts.region import Region
from latent_levers.core.latents.sampling import sample_latents
from latent_levers.core.levers.factorization import sefa
from latent_levers.core.measures.reports.report import Candidate, EditReport, judge
from latent_levers.core.pictures.plots import change_plot, plot_or_reason, report_page, report_plot


@pytest.fixture(scope="module")
def report() -> EditReport:
    """Two levers of a tiny generator."""
    gan = tiny()
    levers, region = sefa(gan, count=2), Region.box(0, 0, 4, 4, gan.spec.img_size)
    candidates = [Candidate(levers, 0), Candidate(levers, 1)]
    return judge(gan, sample_latents(gan, 3), candidates, region, measures=())


def test_the_picture_says_what_to_install(
    report: EditReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("matplotlib", "matplotlib.figure"):
        monkeypatch.setitem(sys.modules, name, None)
    page, reason = plot_or_reason(report)
    assert page.shape == (500, 1500, 3), "the size of the plot"
    assert reason.endswith("Install it with: pip install matplotlib.")
    for draw in (lambda: report_plot(report), lambda: change_plot(report.curves)):
        with pytest.raises(PackError, match="needs the package matplotlib"):
            draw()


def test_the_table_needs_no_package(report: EditReport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    page = report_page(report)
    assert page.shape[0] > 300
    assert page.float().std() > 10
