"""The commands `ganspace` and `interfacegan`, from the command line to the file."""

from __future__ import annotations

from pathlib import Path

import latent_levers as ll
import pytest
import torch
from cases import tiny
from command_line import complaint, result
from latent_levers.core.base.errors import PackError
from latent_levers.core.files.writing import save_generator
from latent_levers.core.levers.direction_loading import load_directions
from latent_levers.core.measures.labelled_codes import (
    FIRST_SEED,
    label_by_attributes,
    label_by_rows,
)


def test_ganspace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, sheet = str(tmp_path / "found.safetensors"), str(tmp_path / "sheet.png")
    facts = result(
        capsys, "ganspace", "portraits", "--samples", "400", "--count", "2", "--layers", "0-3",
        "--out", out, "--sheet", sheet,
    )  # fmt: skip
    found = load_directions(out)
    expected = ll.ganspace(ll.load_generator("portraits"), 2, 400, "0-3")
    torch.testing.assert_close(found.vectors, expected.vectors)
    assert facts["method"] == found.method == "ganspace"
    assert facts["eigenvalues"] == pytest.approx(expected.eigenvalues.tolist())
    assert facts["files"] == [out, sheet]


def test_ganspace_of_a_class_without_a_mapping_network(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "big.safetensors"
    save_generator(tiny("biggan-deep"), path)
    words = ["ganspace", str(path), "--samples", "100", "--count", "2", "--out"]
    words += [str(tmp_path / "found.safetensors")]
    assert "--label" in complaint(capsys, *words)
    facts = result(capsys, *words, "--label", "1", "--activation", "2")
    assert facts["space"] == "Z"
    assert facts["details"]["activation"] == "synthesis.block0"
    assert "one of 0 (first)" in complaint(
        capsys, *words, "--label", "1", "--activation", "9", "--force"
    )


def test_interfacegan_of_attributes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "smile.safetensors")
    facts = result(
        capsys, "interfacegan", "portraits", "--attribute", "smile, eye_openness",
        "--without", "age", "--samples", "300", "--out", out,
    )  # fmt: skip
    found = load_directions(out)
    assert found.names == ("smile", "eye_openness")
    assert facts["details"]["without"] == ["age"]
    assert min(facts["details"]["accuracy_held_out"]) > 0.6
    gan = ll.load_generator("portraits")
    table = label_by_attributes(gan, ("smile", "eye_openness", "age"), 300)
    assert table.codes.seeds is not None
    assert table.codes.seeds[:2] == (FIRST_SEED, FIRST_SEED + 1)
    age = ll.interfacegan(gan, table.codes, table.labels[:, 2], names=("age",))
    again = ll.interfacegan(gan, table.codes, table.labels[:, :2], condition_on=age)
    torch.testing.assert_close(found.vectors, again.vectors)
    assert float((found.vectors @ age.vectors.T).abs().max()) < 1e-6


def test_interfacegan_of_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gan = ll.load_generator("portraits")
    w = ll.sample_latents(gan, 400, 0, 1.0).values[:, 0]
    first = (w[:, 0] > w[:, 0].mean()).int().tolist()
    rows = tmp_path / "mine.csv"
    text = "seed,label\n" + "\n".join(f"{seed},{label}" for seed, label in enumerate(first))
    rows.write_text(text, encoding="utf-8-sig")
    out = str(tmp_path / "mine.safetensors")
    words = ["interfacegan", "portraits", "--csv", str(rows), "--name", "mine", "--out", out]
    facts = result(capsys, *words, "--classifier", "svm", "--layers", "2-5")
    found = load_directions(out)
    assert (found.names, found.layers) == (("mine",), (2, 3, 4, 5))
    assert facts["details"]["accuracy_held_out"][0] > 0.7
    table = label_by_rows(gan, text, "mine")
    again = ll.interfacegan(gan, table.codes, table.labels, classifier="svm")
    torch.testing.assert_close(found.vectors, again.vectors)


def test_what_interfacegan_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["interfacegan", "portraits", "--out", str(tmp_path / "a.safetensors")]
    rows = tmp_path / "rows.csv"
    rows.write_text("1,0\n2,x\n", encoding="utf-8")
    picture = tmp_path / "rows.png"
    picture.write_bytes(b"\x89PNG\xff")
    for more, part in (
        ([], "Neither --attribute nor --csv"),
        (["--attribute", "smile", "--csv", str(rows)], "--attribute and --csv were given"),
        (["--csv", str(rows), "--without", "age"], "--without and --csv"),
        (["--csv", str(rows)], "Row 2 of the labels"),
        (["--csv", str(tmp_path)], "is no file"),
        (["--csv", str(picture)], "no text in UTF-8"),
        (["--attribute", "wit"], "no attribute 'wit'"),
        (["--attribute", "age", "--without", "age", "--samples", "60"], "without age"),
        (["--attribute", "age", "--samples", "1"], "from 2 to"),
        (["--attribute", "age", "--share", "0.9"], "share is 0.9"),
    ):
        assert part in complaint(capsys, *words, *more)


def test_other_generators_need_labels_of_people() -> None:
    with pytest.raises(
        PackError, match=r"cannot read the images of this generator.*seed and label"
    ):
        label_by_attributes(tiny(), ("smile",))
