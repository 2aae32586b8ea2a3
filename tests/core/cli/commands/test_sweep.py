"""`sweep`: a labelled page."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import pixels, result


def test_sweep_draws_a_labelled_page(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "page.png"
    start = ["sweep", gan, "--levers", levers, "--steps", "3", "--scale", "1", "--out", str(out)]
    facts = result(capsys, *start, "--index", "0-1", "--strength", "2")
    assert facts["rows"] == ["sefa 0 up to +2.0 sigma", "sefa 1 up to +2.0 sigma"]
    assert min(pixels(out).shape[:2]) > 64
    facts = result(capsys, *start, "--index", "1", "--seeds", "0-2")
    assert [row.split(" up")[0] for row in facts["rows"]] == [
        "sefa 1 on seed 0", "sefa 1 on seed 1", "sefa 1 on seed 2",
    ]  # fmt: skip
