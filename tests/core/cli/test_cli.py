"""The command line, through `main`, on a tiny untrained generator."""

from __future__ import annotations

import io
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from latent_levers.core import cli
from latent_levers.core.cli import COMMANDS, main, pictures
from latent_levers.core.cli.commands import vary
from latent_levers.core.cli.progress_bar import Bar
from latent_levers.core.files.loading import load_generator, untrained
from latent_levers.core.files.writing import save_generator
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings
from latent_levers.core.levers.direction_loading import load_directions
from PIL import Image

SETTINGS = StyleGAN2Settings(12, 12, {4: 12, 8: 10, 16: 8, 32: 6}, mapping_widths=(12, 12))


@pytest.fixture(scope="session")
def gan(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file of a tiny generator of 32 x 32 images."""
    path = tmp_path_factory.mktemp("cli") / "tiny.safetensors"
    save_generator(untrained("stylegan2", SETTINGS), path)
    return str(path)


@pytest.fixture(scope="session")
def levers(gan: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file of its levers."""
    path = tmp_path_factory.mktemp("levers") / "sefa.safetensors"
    assert main(["sefa", gan, "--count", "4", "--out", str(path)]) == 0
    return str(path)


def result(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """What a command prints with `--json`, and nothing else."""
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def complaint(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one line in which a command refuses, with exit code 2."""
    capsys.readouterr()
    assert main(words) == 2
    captured = capsys.readouterr()
    (line,) = captured.err.splitlines()
    assert line.startswith("latent-levers: ")
    return line


def text_of(path: str | Path) -> dict[str, str]:
    """Text chunks of a PNG."""
    with Image.open(path) as picture:
        picture.load()
        return dict(picture.text)  # type: ignore[attr-defined]


def pixels(path: Path) -> np.ndarray:
    """A picture as numbers."""
    with Image.open(path) as picture:
        return np.asarray(picture).astype(int)


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


@pytest.mark.parametrize("suffix", [".webp", ".gif", ".png"])
def test_traverse_writes_a_film_that_loops(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: str
) -> None:
    out = tmp_path / f"film{suffix}"
    start = ["traverse", gan, "--frames", "4", "--scale", "2", "--fps", "10", "--out", str(out)]
    facts = result(capsys, *start, "--levers", levers, "--strength=-3,3", "--seeds", "0,1")
    assert (facts["frames"], facts["fps"]) == (16, 10)
    assert facts["moves"] == ["sefa 0: -3.0 to +3.0 sigma"]
    with Image.open(out) as film:
        assert film.n_frames == 16
        assert film.info["loop"] == 0
        assert film.width == 64
    facts = result(capsys, *start, "--seeds", "0-2", "--way", "round", "--no-gauge")
    assert facts["frames"] == 12
    with Image.open(out) as film:
        assert (film.n_frames, film.size) == (12, (64, 64))
    assert "two, from and to" in complaint(
        capsys, *start, "--levers", levers, "--strength", "1,2,3"
    )
    assert ".webp, .gif, .png" in complaint(capsys, *start, "--out", str(tmp_path / "film.mp4"))


def test_combine_makes_levers_of_levers(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = ["combine", gan, "--levers", levers, "--out", str(tmp_path / "new.safetensors")]
    facts = result(capsys, *start, "--index", "0,2", "--sum=2,-1", "--names", "both")
    assert facts["levers"] == ["both"]
    old, new = load_directions(levers), load_directions(tmp_path / "new.safetensors")
    assert old.sigma is not None
    assert new.sigma is not None
    strengths = np.array([2, -1]) * old.sigma[[0, 2]].numpy()
    wanted = strengths @ old.vectors[[0, 2]].double().numpy()
    given = facts["strength"] * float(new.sigma[0]) * new.vectors[0].double().numpy()
    np.testing.assert_allclose(given, wanted, atol=1e-6)
    clean = ["--index", "3", "--without", str(tmp_path / "new.safetensors")]
    facts = result(capsys, *start, *clean)
    assert facts["lost"][0] == pytest.approx(0, abs=1e-6), "SeFa's levers are orthogonal"
    facts = result(capsys, *start, "--index", "1", "--and", levers)
    assert facts["levers"] == ["sefa 1", "sefa 0", "sefa 1", "sefa 2", "sefa 3"]
    assert "3 strengths were given for 1 levers" in complaint(
        capsys, *start, "--index", "1", "--sum=1,2,3"
    )


def test_sample_writes_pictures_that_know_their_seed(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = result(capsys, "sample", gan, "--seeds", "2-3,9", "--out", str(tmp_path))
    assert facts["seeds"] == [2, 3, 9]
    names = [Path(file).name for file in facts["files"]]
    assert names == ["seed0002.png", "seed0003.png", "seed0009.png", "sheet.png"]
    chunks = text_of(tmp_path / "seed0009.png")
    assert chunks["seed"] == "9"
    assert chunks["generator"] == facts["generator"]
    assert chunks["software"] == "Latent Levers"
    assert pixels(tmp_path / "seed0009.png").shape == (32, 32, 3)
    result(capsys, "sample", gan, "--seeds", "9", "--out", str(tmp_path / "alone"))
    same = pixels(tmp_path / "seed0009.png") - pixels(tmp_path / "alone" / "seed0009.png")
    assert abs(same).max() <= 1  # another batch may round another way


def test_sefa_and_resefa_save_levers(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "sheet.png"
    facts = result(
        capsys, "sefa", gan, "--layers", "0-1", "--count", "3", "--out", str(tmp_path / "a"),
        "--sheet", str(sheet),
    )  # fmt: skip
    found = load_directions(tmp_path / "a.safetensors")
    assert found.layers == (0, 1)
    assert facts["eigenvalues"] == pytest.approx(found.eigenvalues.tolist())
    assert facts["files"] == [str(tmp_path / "a.safetensors"), str(sheet)]
    mask = tmp_path / "mask.png"
    picture = np.zeros((32, 32), dtype=np.uint8)
    picture[20:28, 8:24] = 255
    Image.fromarray(picture).save(mask)
    facts = result(
        capsys, "resefa", gan, "--mask", str(mask), "--seeds", "0-1", "--count", "2",
        "--background", '[{"box": [0, 0, 0.5, 1]}]', "--out", str(tmp_path / "b.safetensors"),
    )  # fmt: skip
    found = load_directions(tmp_path / "b.safetensors")
    assert found.method == facts["method"] == "resefa"
    assert found.details["seeds"] == [0, 1]
    assert (
        main(["resefa", gan, "--region", "mouth", "--seeds", "0", "--out", str(tmp_path / "c")])
        == 0
    )
    words = capsys.readouterr().out
    assert "resefa 0" in words
    assert "eigenvalue" in words


def test_resefa_tells_where_levers_live_and_how_steady_they_are(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["resefa", gan, "--region", "mouth", "--seeds", "0-3", "--count", "3"]
    out = str(tmp_path / "found.safetensors")
    facts = result(capsys, *words, "--average-by", "trace", "--out", out)
    details = facts["details"]
    assert details["average_by"] == "trace"
    assert len(details["lives_in"]) == 3
    for row in details["layer_shares"]:
        assert sum(row) == pytest.approx(1, abs=1e-3)
    assert facts["seconds"] > 0
    assert load_directions(out).details["lives_in"] == details["lives_in"]
    assert main([*words, "--average-by", "trace", "--out", out]) == 0
    said = capsys.readouterr().out
    assert "lives in layers" in said
    for index, home in enumerate(details["lives_in"]):
        (line,) = (line for line in said.splitlines() if line.startswith(f"resefa {index} "))
        assert line.endswith(f"  {home}")
    assert "Halves of the codes" in said
    assert "Measured and solved in" in said


def test_resefa_finds_the_same_whatever_it_is_given(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Little memory and another strategy; "fast" corrects what bfloat16 costs."""
    words = ["resefa", gan, "--region", "mouth", "--seeds", "0", "--count", "3"]
    values = [
        result(capsys, *words, *more, "--out", str(tmp_path / "a"))["eigenvalues"]
        for more in (
            (), ("--memory", "0.0001"), ("--strategy", "forward-reverse"), ("--precision", "fast")
        )
    ]  # fmt: skip
    for found in values[1:]:
        assert found == pytest.approx(values[0], rel=1e-3)
    assert "--memory is -1" in complaint(capsys, *words, "--memory=-1")
    assert "gigabytes above 0" in complaint(capsys, *words, "--memory", "nan")
    with pytest.raises(SystemExit):
        main([*words, "--precision", "double"])
    with pytest.raises(SystemExit):
        main([*words, "--average-by", "luck"])


def test_edit_pulls_and_tells(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = result(
        capsys, "edit", gan, "--levers", levers, "--seeds", "3-4", "--index", "1",
        "--strength=-2,0", "--out", str(tmp_path),
    )  # fmt: skip
    assert len(facts["images"]) == 4
    assert (tmp_path / "sheet.png").is_file()
    chunks = text_of(tmp_path / "seed0003_lever1_-2.0.png")
    assert chunks["seed"] == "3"
    assert chunks["direction"] == "sefa 1"
    assert chunks["strength"] == "-2.0"
    assert chunks["unit"] == "sigma"
    assert chunks["caption"] == "seed 3, sefa 1 -2.0"
    assert chunks["levers"] == "sefa.safetensors"
    still = pixels(tmp_path / "seed0003_lever1_0.0.png")
    assert (still != pixels(tmp_path / "seed0003_lever1_-2.0.png")).any()
    result(capsys, "sample", gan, "--seeds", "3-4", "--out", str(tmp_path / "seeds"))
    assert abs(still - pixels(tmp_path / "seeds" / "seed0003.png")).max() <= 1


def test_edit_takes_directions_of_others(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Z and W have 12 numbers each, so the space is assumed; strengths are in sigma still."""
    np.save(tmp_path / "smile.npy", np.linspace(-1, 1, 12)[None])
    words = ["edit", gan, "--levers", str(tmp_path / "smile.npy"), "--seeds", "0"]
    facts = result(capsys, *words, "--out", str(tmp_path / "w"))
    assert facts["images"][0]["direction"] == "smile"
    assert main([*words, "--out", str(tmp_path / "again")]) == 0
    assert "smile.npy does not say in which space" in capsys.readouterr().err
    assert main([*words, "--levers-space", "Z", "--out", str(tmp_path / "z")]) == 0
    assert capsys.readouterr().err == ""
    name = "seed0000_lever0_+3.0.png"
    assert (pixels(tmp_path / "w" / name) != pixels(tmp_path / "z" / name)).any()
    np.save(tmp_path / "long.npy", np.ones((1, 13)))
    words = ["edit", gan, "--levers", str(tmp_path / "long.npy"), "--out", str(tmp_path)]
    assert "13 numbers each in W. Expected 12" in complaint(capsys, *words, "--levers-space", "W")


def batch(gan: str, levers: str, folder: Path, *more: str) -> list[str]:
    """Words of a random batch of twelve."""
    return [
        "vary", gan, "--levers", levers, "--seeds", "0-4", "--mode", "random", "--count", "12",
        "--out", str(folder), *more,
    ]  # fmt: skip


def manifest(folder: Path) -> list[dict[str, Any]]:
    """The lines of a batch's manifest."""
    return [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]


def test_vary_writes_a_manifest(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = result(capsys, *batch(gan, levers, tmp_path))
    assert facts["drawn"] == facts["images"] == 12
    lines = manifest(tmp_path)
    assert [line["file"] for line in lines] == [f"{number:05d}.png" for number in range(12)]
    for line in lines:
        chunks = text_of(tmp_path / line["file"])
        assert chunks["caption"] == line["caption"]
        assert chunks["seed"] == str(line["seed"])
        assert all(-3 <= strength <= 3 for _, strength in line["pulls"])


def test_vary_goes_on_where_it_stopped(
    gan: str,
    levers: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert main(batch(gan, levers, whole)) == 0
    saved = vary.save_png

    def stop_at_seven(path: Path, *rest: Any) -> Path:
        if path.name == "00007.png":
            raise KeyboardInterrupt
        return saved(path, *rest)

    monkeypatch.setattr(vary, "save_png", stop_at_seven)
    capsys.readouterr()
    assert main(batch(gan, levers, parts)) == 130
    captured = capsys.readouterr()
    assert captured.err == "latent-levers: stopped\n"
    monkeypatch.undo()
    assert len(manifest(parts)) == 7
    assert len(list(parts.glob("*.png"))) == 7
    assert not list(parts.glob(".*"))  # nothing half written lies about
    (parts / "00002.png").unlink()
    (parts / "00004.png").write_bytes((parts / "00004.png").read_bytes()[:-20])
    with (parts / "manifest.jsonl").open("a") as book:
        book.write('{"file": "0000')  # as after a loss of power
    facts = result(capsys, *batch(gan, levers, parts))
    assert facts["drawn"] == 12 - 7 + 2
    assert (parts / "manifest.jsonl").read_text() == (whole / "manifest.jsonl").read_text()
    for name in (line["file"] for line in manifest(whole)):
        assert abs(pixels(whole / name) - pixels(parts / name)).max() <= 1
    assert result(capsys, *batch(gan, levers, parts))["drawn"] == 0


def test_vary_may_grow_and_shrink(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert result(capsys, *batch(gan, levers, tmp_path, "--count", "3"))["drawn"] == 3
    assert result(capsys, *batch(gan, levers, tmp_path, "--count", "5"))["drawn"] == 2
    assert result(capsys, *batch(gan, levers, tmp_path, "--count", "4"))["drawn"] == 0
    assert len(manifest(tmp_path)) == 5


def test_vary_refuses_another_batch(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(batch(gan, levers, tmp_path, "--count", "2")) == 0
    words = complaint(capsys, *batch(gan, levers, tmp_path, "--strengths=-1,1"))
    assert "other settings (strengths was -3,3, now -1,1)" in words
    assert "--out" in words
    (tmp_path / "settings.json").write_text("[]")
    assert "no readable settings.json" in complaint(capsys, *batch(gan, levers, tmp_path))


def test_vary_takes_a_grid(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = result(
        capsys, "vary", gan, "--levers", levers, "--seeds", "0-1", "--indices", "0-1",
        "--strengths=-1,1", "--unit", "distance", "--out", str(tmp_path),
    )  # fmt: skip
    assert facts["images"] == 8
    assert manifest(tmp_path)[3]["caption"] == "seed 0, sefa 1 +1.0"


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


def test_demo_names_every_file(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", gan, "--seeds", "0-1", "--out", str(tmp_path)]) == 0
    words = capsys.readouterr().out
    written = sorted(path.name for path in tmp_path.iterdir())
    assert "resefa_mouth_levers.png" in written
    assert "resefa_eyes_lever0_strip.png" in written
    assert "sefa_levers.png" in written
    assert "resefa_eyes.safetensors" in written
    assert all(name in words for name in written)
    assert not [name for name in written if name.startswith(".")]


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


def test_pictures_are_whole_and_readable_by_others(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.png"
    image = load_pixels()
    pictures.save_png(path, image, {"seed": 3, "label": None, "name": "\u00e9"})
    assert text_of(path) == {"seed": "3", "name": "\u00e9", "software": "Latent Levers"}
    assert pictures.is_complete(path)
    assert not pictures.is_complete(tmp_path / "none.png")
    path.write_bytes(path.read_bytes()[:-1])
    assert not pictures.is_complete(path)
    (tmp_path / "plain").write_text("")
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode


def load_pixels() -> Any:
    """A small picture as a tensor."""
    import torch

    return torch.zeros(4, 5, 3, dtype=torch.uint8)
