"""The command line as a whole: help, `describe`, `convert`, mistakes, warnings, progress."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import time
import warnings
from pathlib import Path

import click
import latent_levers
import pytest
from command_line import SETTINGS, complaint, parsed, result
from latent_levers.core.cli import COMMANDS, load_command, main
from latent_levers.core.cli.progress_bar import ProgressBar
from latent_levers.core.files.bundled import BUNDLED
from latent_levers.core.files.loading import load_generator, untrained
from latent_levers.core.files.writing import save_generator


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    words = capsys.readouterr().out
    assert all(name in words for name in COMMANDS)
    assert all(
        " ".join(summary.split()) in " ".join(words.split()) for summary in COMMANDS.values()
    )
    assert set(COMMANDS) == {
        "demo", "describe", "sample", "sefa", "resefa", "edit", "sweep", "traverse", "vary",
        "combine", "convert", "show", "evaluate",
        "lowrankgan", "stylespace", "ganspace", "interfacegan", "score", "explore", "tune",
        "invert", "plan", "check", "gallery", "export",
    }  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_parses(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    program, *words = load_command(name).example.split()
    assert (program, words[0]) == ("latent-levers", name)
    named = parsed(words).get("generator", "portraits")  # not every command needs one
    assert named in BUNDLED or named.endswith((".pt", ".pkl"))
    assert main([name, "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert " ".join(load_command(name).example.split()) in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_help_texts_have_one_style(name: str) -> None:
    """A phrase without a full stop per option, which states its default at most once."""
    for parameter in load_command(name).parameters():
        if isinstance(parameter, click.Option):
            text = parameter.help or ""
            assert text, parameter.name
            assert text[0] == text[0].lower() or not text[1].islower(), text
            assert not text.endswith("."), text
            assert text.count("default") <= 1, text
            assert "%(" not in text, text


def test_ctrl_c_while_a_command_is_imported(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("latent_levers.core.cli.load_command", interrupt)
    assert main(["sefa"]) == 130
    assert "latent-levers: stopped" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(
    shell: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_LATENT_LEVERS_COMPLETE", f"{shell}_source")
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 0
    assert "_LATENT_LEVERS_COMPLETE" in capsys.readouterr().out


def test_help_imports_no_torch() -> None:
    """People read it within the blink of an eye."""
    code = (
        "import sys\nfrom latent_levers.core.cli import main\n"
        "assert main(['--help']) == 0\n"
        "assert 'torch' not in sys.modules"
    )
    search = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": search},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Usage: " in done.stdout


def test_typing_errors_get_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    for words, better in ((["smaple"], "sample"), (["sample", "--sedes", "3"], "--seeds")):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("latent-levers: ")
        assert better in line
        assert line.endswith(" --help.")


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert latent_levers.__version__ in capsys.readouterr().out


def test_combine_takes_one_way(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["combine", gan, "--levers", levers, "--out", str(tmp_path / "new.safetensors")]
    for more in ([], ["--sum=1", "--and", levers]):
        with pytest.raises(SystemExit) as ended:
            main([*words, *more])
        assert ended.value.code == 2
        assert "Give exactly one of --sum, --without and --and." in capsys.readouterr().err


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
    half = result(capsys, "convert", gan, "--out", str(out), "--half", "--force")
    assert half["bytes"] < 0.7 * facts["bytes"]
    assert "ends in .safetensors" in complaint(capsys, "convert", gan, "--out", "copy.pt")
    words = ["convert", str(out), "--out", str(out), "--licence", "CC0-1.0"]
    forced = complaint(capsys, *words, "--force")
    assert "is the file that this generator was loaded from" in forced
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


def test_absurd_sizes_are_refused_before_work(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw = ["--levers", levers, "--seeds", "0", "--out"]
    for scale in ("-2", "1000000"):
        page, film = str(tmp_path / "a.png"), str(tmp_path / "a.gif")
        assert f"--scale is {scale}" in complaint(
            capsys, "sweep", gan, *draw, page, f"--scale={scale}"
        )
        assert f"--scale is {scale}" in complaint(
            capsys, "traverse", gan, *draw, film, f"--scale={scale}"
        )
    with pytest.raises(SystemExit) as ended:
        main(["sweep", gan, *draw, str(tmp_path / "a.png"), "--steps", "1000000"])
    assert ended.value.code == 2
    many = ["vary", gan, *draw, str(tmp_path / "b"), "--mode", "random", "--count", str(10**12 + 1)]
    assert "1,000,000,000,001 rows" in complaint(capsys, *many)
    assert "'meta'" in complaint(capsys, "describe", gan, "--device", "meta")
    words = ["sample", gan, "--latents-space", "W", "--out", str(tmp_path)]
    assert "without --latents" in complaint(capsys, *words)


def test_an_unexpected_error_is_one_line(
    gan: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("a\nb")

    monkeypatch.setattr("latent_levers.core.cli.options.describe", fail)
    assert main(["describe", gan]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "ZeroDivisionError: a b" in line
    assert "--debug" in line
    with pytest.raises(ZeroDivisionError):
        main(["describe", gan, "--debug"])


@pytest.mark.parametrize(
    "words",
    [
        ["--truncation", "9e99"], ["--truncation", "nan"], ["--seeds", "0-4294967295"],
        ["--seeds", "0-999999"], ["--option", "distribution=" + "[" * 100_000],
        ["--option", "lr_multiplier=" + "9" * 5000], ["--truncation-cutoff", "99"],
    ],
)  # fmt: skip
def test_absurd_values_are_one_line(
    words: list[str], gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(complaint(capsys, "sample", gan, *words, "--out", str(tmp_path))) < 1000
    assert not list(tmp_path.iterdir())


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
    assert "latent-levers: note: The levers are made for" in capsys.readouterr().err
    assert warnings.showwarning is shown


def test_the_bar_draws_on_stderr_only(capsys: pytest.CaptureFixture[str]) -> None:
    bar = ProgressBar("drawing", shown=True)
    for done in (1, 2, 4):
        time.sleep(0.15)  # tqdm draws at most ten times a second
        bar(done, 4)
    bar.close()
    captured = capsys.readouterr()
    assert captured.out == ""
    drawn = [part for part in captured.err.split("\r") if "drawing" in part]
    counts = [re.search(r"(\d)/4 \[\d\d:\d\d<", part) for part in drawn]
    assert [found[1] for found in counts if found] == ["1", "2", "4"]  # with the time that is left
    assert captured.err.split("\r")[-1].strip() == ""  # wiped
    ProgressBar("quiet", shown=False)(1, 2)
    assert capsys.readouterr().err == ""


def test_options_of_one_source_of_labels_are_refused_beside_the_other(
    gan: str, capsys: pytest.CaptureFixture[str]
) -> None:
    by_file = ("interfacegan", gan, "--csv", "labels.csv")
    assert "--samples and --csv" in complaint(capsys, *by_file, "--samples", "5")
    by_name = ("interfacegan", gan, "--attribute", "smile")
    assert "--name and --attribute" in complaint(capsys, *by_name, "--name", "grin")
