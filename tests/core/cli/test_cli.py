"""The command line as a whole: help, `describe`, `convert`, mistakes, warnings, progress."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import pytest
from command_line import SETTINGS, complaint, result
from latent_levers.core import cli
from latent_levers.core.cli import COMMANDS, main
from latent_levers.core.cli.progress_bar import Bar
from latent_levers.core.files.loading import load_generator, untrained
from latent_levers.core.files.writing import save_generator


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    words = capsys.readouterr().out
    assert all(name in words for name in COMMANDS.ids)
    assert set(COMMANDS.ids) == {
        "demo", "describe", "sample", "sefa", "resefa", "edit", "sweep", "traverse", "vary",
        "combine", "convert",
    }  # fmt: skip


@pytest.mark.parametrize("command", list(COMMANDS), ids=COMMANDS.ids)
def test_every_example_parses(command: Any) -> None:
    program, *words = command.example.split()
    assert program == "latent-levers"
    assert cli.build_parser().parse_args(words).command == command.id


def test_describe(gan: str, capsys: pytest.CaptureFixture[str]) -> None:
    facts = result(capsys, "describe", gan)
    assert facts["image"] == {"height": 32, "width": 32, "channels": 3}
    assert len(facts["layers"]) == facts["num_ws"]
    assert main(["describe", gan]) == 0
    words = capsys.readouterr().out
    assert "StyleGAN2" in words
    assert "32 x 32 pixels" in words
    assert facts["fingerprint"] in words
    assert facts["sha256"] in words


def test_convert_keeps_the_generator(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "copy.safetensors"
    facts = result(capsys, "convert", gan, "--out", str(out))
    assert facts["fingerprint"] == load_generator(out).spec.fingerprint
    half = result(capsys, "convert", gan, "--out", str(out), "--half")
    assert half["bytes"] < 0.7 * facts["bytes"]
    assert "ends in .safetensors" in complaint(capsys, "convert", gan, "--out", "copy.pt")
    words = ["convert", str(out), "--out", str(out), "--licence", "CC0-1.0"]
    assert "is the file that this generator was loaded from" in complaint(capsys, *words)
    result(capsys, *words, "--replace-source")
    assert load_generator(out).details["licence"] == "CC0-1.0"


def test_mistakes_are_one_line(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    assert "no file 'nothing.pt'" in complaint(capsys, "describe", "nothing.pt")
    assert "no value" in complaint(capsys, "describe", gan, "--option", "distribution")
    assert "Unknown option sparkle" in complaint(capsys, "describe", gan, "--option", "sparkle=1")
    assert "'warp'" in complaint(capsys, "describe", gan, "--device", "warp")
    assert "seeds 'x'" in complaint(capsys, "sample", gan, "--seeds", "x", "--out", out)
    assert "region is empty" in complaint(capsys, "resefa", gan, "--out", out)
    assert "preset 'tail'" in complaint(capsys, "resefa", gan, "--region", "tail", "--out", out)
    assert "mask" in complaint(capsys, "resefa", gan, "--mask", levers, "--out", out)
    assert "0 to 3" in complaint(capsys, "edit", gan, "--levers", levers, "--index", "4")
    assert "strengths 'far'" in complaint(
        capsys, "edit", gan, "--levers", levers, "--strength", "far"
    )
    assert "format 'generator/1'" in complaint(capsys, "edit", gan, "--levers", gan)
    (tmp_path / "file").write_text("in the way")
    blocked = complaint(capsys, "sample", gan, "--out", str(tmp_path / "file" / "seeds"))
    assert "file" in blocked
    with pytest.raises(SystemExit) as ended:
        main(["edit", gan])
    assert ended.value.code == 2


def test_a_reader_that_goes_away_is_no_mistake(
    gan: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stdout", Closed())
    assert main(["describe", gan]) == 141
    assert capsys.readouterr().err == ""


def test_option_reaches_the_generator(gan: str, capsys: pytest.CaptureFixture[str]) -> None:
    facts = result(capsys, "describe", gan, "--option", "distribution=uniform")
    assert facts["distribution"] == "uniform"


def test_warnings_become_notes(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.safetensors"
    save_generator(untrained("stylegan2", SETTINGS, seed=5), other)
    shown = warnings.showwarning
    words = ["edit", str(other), "--levers", levers, "--seeds", "0", "--out", str(tmp_path)]
    assert main(words) == 0
    assert "latent-levers: note: These directions were found with another" in (
        capsys.readouterr().err
    )
    assert warnings.showwarning is shown


def test_the_bar_draws_on_stderr_only(capsys: pytest.CaptureFixture[str]) -> None:
    now = iter([0.0, 1.0, 1.01, 2.0, 4.0])
    bar = Bar("drawing", shown=True, clock=lambda: next(now))
    bar(1, 4)
    bar(2, 4)  # too soon after the last to be drawn
    bar(2, 4)
    bar(4, 4)
    bar.close()
    captured = capsys.readouterr()
    assert captured.out == ""
    drawn = captured.err.split("\r")
    assert [part.split(",")[0].split("]")[-1].strip() for part in drawn[1:4]] == [
        "1/4",
        "2/4",
        "4/4",
    ]
    assert "3 s left" in drawn[1]
    assert drawn[-1] == ""
    Bar("quiet", shown=False)(1, 2)
    assert capsys.readouterr().err == ""
