"""The bench of levers from products alone: its lines, and its random problems."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import torch
from latent_levers.core.solvers.dense import DenseSolver

from bench.__main__ import DOCUMENTS
from bench.children import ROOT
from bench.matrix_free import run
from bench.matrix_free.fast import compare
from bench.matrix_free.rows import Line, Spent, timed
from bench.matrix_free.small import COUNT, GENERATORS, random_problem

ARCHITECTURES = list((ROOT / "core" / "generators" / "architectures").glob("*/architecture.py"))


def test_a_line_ends_in_its_verdict() -> None:
    assert Line("time", 0.1, 0.12, "2 s").text() == "time: 0.1, at most 0.12 (2 s): holds"
    assert Line("time", 0.2, 0.12).text() == "time: 0.2, at most 0.12: falls short"
    assert Line("angle", float("nan"), 1.0).text().endswith("falls short")


def test_time_is_that_of_the_clock_and_of_processors() -> None:
    found, spent = timed(lambda: torch.ones(3).sum())
    assert float(found) == 3
    assert spent.wall > 0
    assert (Spent(1.0, 2.0) + Spent(2.0, 3.0)) * 2 == Spent(6.0, 10.0)


def test_random_problems_have_the_values_of_their_kind() -> None:
    """Three equal ones, a near tie beyond the last pair, and a rank below the number of pairs."""
    first = DenseSolver().solve(random_problem(0), 3).values
    torch.testing.assert_close(first, torch.full((3,), 5.0).double())
    tied = DenseSolver().solve(random_problem(2), COUNT + 1).values
    assert 0 < float(tied[-2] - tied[-1]) < 2e-4
    assert len(DenseSolver().solve(random_problem(4), COUNT).values) == 3


def test_every_architecture_is_measured() -> None:
    assert {path.parent.name for path in ARCHITECTURES} == set(GENERATORS)
    assert DOCUMENTS["matrix-free"] == "bench.matrix_free.run"


def test_one_part_keeps_what_was_measured_of_the_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each part is written when it is done, so that an interrupted run keeps its results."""

    def parts(quick: bool) -> dict[str, run.Measure]:
        return {"a": lambda: iter([Line("a", 1.0, 2.0)]), "b": lambda: iter([Line("b", 3.0, 2.0)])}

    def stops(quick: bool) -> dict[str, run.Measure]:
        return {"a": parts(quick)["b"], "b": lambda: iter([][0])}

    def call(measured: object, *words: str) -> None:
        monkeypatch.setattr(run, "_parts", measured)
        monkeypatch.setattr(sys, "argv", ["bench", "matrix-free", *words])
        assert run.main() == 0

    monkeypatch.setattr(run, "ROOT", tmp_path)
    call(parts, "--part", "a")
    call(parts, "--part", "b")
    path = tmp_path / "out" / "matrix_free.json"
    found = json.loads(path.read_text())["parts"]
    assert [found[name][0]["holds"] for name in ("a", "b")] == [True, False]
    with pytest.raises(IndexError):
        call(stops)
    assert list(json.loads(path.read_text())["parts"]) == ["a"]
    path.write_text(path.read_text().replace('"machine": "', '"machine": "another '))
    call(parts, "--part", "b")
    assert list(json.loads(path.read_text())["parts"]) == ["b"]


def test_a_part_that_a_quick_run_leaves_out_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", "matrix-free", "--quick", "--part", "wide-1024"])
    with pytest.raises(SystemExit):
        run.main()
    assert "--quick leaves out wide-1024" in capsys.readouterr().err


def test_fast_is_compared_with_exact(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What it took is named; how long is no matter of a test."""
    monkeypatch.setenv("LATENT_LEVERS_CACHE", str(tmp_path))
    found = compare("dcgan-64", "Z", "")
    assert min(*found["fast"], *found["float32"]) > 0
    assert found["first"][1] >= found["fast"][1]
    assert found["angle"] < 1e-3
    assert "of exact expected" in found["chosen"]
