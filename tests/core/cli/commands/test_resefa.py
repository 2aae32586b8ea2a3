"""`resefa`, beside `sefa`: levers found and saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from command_line import complaint, result
from latent_levers.core.cli import main
from latent_levers.core.cli.commands import resefa as command
from latent_levers.core.levers.direction_loading import load_directions
from PIL import Image


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
    assert main([*words, "--average-by", "trace", "--out", out, "--force"]) == 0
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
        result(capsys, *words, *more, "--out", str(tmp_path / "a"), "--force")["eigenvalues"]
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


def test_resefa_takes_a_locality_instead_of_space_and_shrinkage(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["resefa", gan, "--region", "mouth", "--seeds", "0", "--out", str(tmp_path / "a")]
    line = complaint(capsys, *words, "--locality", "strict", "--space", "W")
    assert "space W were given" in line
    assert "Leave --locality out" in line
    assert "shrinkage 0.001" in complaint(
        capsys, *words, "--locality", "strict", "--shrinkage", "0.001"
    )
    facts = result(capsys, *words, "--locality", "strict", "--count", "2")
    assert facts["space"] == "W+"
    assert facts["details"]["shrinkage"] == 1e-6
    assert main([*words, "--locality", "standard", "--count", "2", "--force"]) == 0
    assert "about 102 columns of the Jacobian (" in capsys.readouterr().out


def test_what_davidson_does_not_go_with_is_refused_before_any_work(
    gan: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def worked(*_: object, **__: object) -> None:
        raise AssertionError("work began")

    monkeypatch.setattr(command, "shared_grams", worked)
    monkeypatch.setattr(command, "resefa", worked)
    kept = tmp_path / "kept"
    words = ["resefa", gan, "--region", "mouth", "--seeds", "0-1", "--solver", "davidson"]
    said = complaint(capsys, *words, "--engine", "pool", "--checkpoint", str(kept))
    assert "--solver davidson and --engine pool were given" in said
    assert "Leave out --engine, or choose --solver auto" in said
    said = complaint(capsys, *words, "--checkpoint", str(kept))
    assert f"--solver davidson and --checkpoint {kept} were given" in said
    assert not kept.exists()


def test_davidson_goes_with_nothing_that_needs_columns(
    gan: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["resefa", gan, "--region", "mouth", "--seeds", "0-1", "--solver", "davidson"]
    said = complaint(capsys, *words, "--average-by", "trace")
    assert "The solver davidson and average by trace were chosen" in said
    said = complaint(capsys, *words, "--strategy", "reverse")
    assert "The solver davidson and the strategy reverse were chosen" in said


def test_products_alone_need_no_memory_for_columns(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither are columns counted, which are not computed."""
    words = ["resefa", gan, "--region", "mouth", "--seeds", "0", "--out", str(tmp_path / "a")]
    words += ["--space", "W+", "--memory", "0.00001"]
    said = complaint(capsys, *words)
    assert "would be computed more than 64 times" in said
    assert "--solver davidson, which computes no columns" in said
    assert main([*words, "--count", "2", "--solver", "davidson"]) == 0
    said = capsys.readouterr().out
    assert "columns of the Jacobian per code" not in said
    assert "Matrix-free, since the solver was chosen" in said
