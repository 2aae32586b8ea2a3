"""`python -m bench NAME`: each bench that writes files of its own is given its options."""

from __future__ import annotations

import inspect
import sys
from importlib import import_module
from pathlib import Path

import pytest

from bench import __main__ as entry

SAID = {
    "matrix-free": "--part",
    "batch": "--part",
    "diffusion": "--docs",
    "on-cuda": "--seconds",
    "photos": "photos.json",
}
"""What the help of a bench says, of those that say something of their own."""


@pytest.mark.parametrize("name", entry.DOCUMENTS)
def test_help_after_the_name_of_a_bench_is_its_own(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = import_module(entry.DOCUMENTS[name])
    assert (name in entry.WITH_OPTIONS) == ("sys.argv" in inspect.getsource(module))
    monkeypatch.setattr(sys, "argv", ["bench", name, "--help"])
    with pytest.raises(SystemExit) as ended:
        entry.main()
    assert ended.value.code == 0
    words = capsys.readouterr().out
    assert SAID.get(name, name) in words
    assert "--only ONLY" not in words
    assert "--keep" not in words
    named = [line for line in words.splitlines() if line.startswith("  -")]
    assert len(named) > (1 if name in entry.WITH_OPTIONS else 0)


def test_an_unknown_option_of_a_bench_without_any_starts_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", "locality", "--docs", "x.md"])
    with pytest.raises(SystemExit) as ended:
        entry.main()
    assert ended.value.code == 2
    assert "--docs" in capsys.readouterr().err


def test_a_case_that_fails_leaves_the_document_as_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "performance.md"
    path.write_text("as it was")
    monkeypatch.setitem(entry.CASES, "broken", entry.CASES["second-region"])
    words = ["bench", "--only", "broken", "--keep", "--docs", str(path)]
    monkeypatch.setattr(sys, "argv", [*words, "--json", str(tmp_path / "bench.json")])
    assert entry.main() == 1
    assert path.read_text() == "as it was"
