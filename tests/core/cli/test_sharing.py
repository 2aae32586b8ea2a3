"""Options that share work: what they refuse, and that they change no bit."""

from __future__ import annotations

from pathlib import Path

import latent_levers as ll
import pytest
import torch
from cases import wide
from command_line import complaint, result
from latent_levers.core.base.errors import PackError
from latent_levers.core.cli import main, sharing


@pytest.fixture
def gan(tmp_path: Path) -> str:
    """File of a tiny generator."""
    return str(ll.save_generator(wide(), tmp_path / "gan.safetensors"))


BOX = '[{"box": [0.2, 0.2, 0.4, 0.4]}]'


def test_levers_in_shards_are_those_without(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a folder that is kept, again from it, and in a temporary one."""
    words = ["resefa", gan, "--region", BOX, "--seeds", "0-19", "--count", "3"]
    found = []
    for number, more in enumerate(
        ([], ["--checkpoint", str(tmp_path / "kept")], ["--checkpoint", str(tmp_path / "kept")],
         ["--engine", "local"])
    ):  # fmt: skip
        out = tmp_path / f"{number}.safetensors"
        told = result(capsys, *words, *more, "--out", str(out))
        assert told["details"]["codes"] == 20
        found.append(ll.load_directions(out))
    for levers in found[1:]:
        assert torch.equal(levers.vectors, found[0].vectors)
        assert torch.equal(levers.eigenvalues, found[0].eigenvalues)
    assert sorted(path.suffix for path in (tmp_path / "kept").glob("gram-*")) == [
        ".safetensors",
        ".safetensors",
    ]
    words[5] = "0-18"
    said = complaint(capsys, *words, "--checkpoint", str(tmp_path / "kept"))
    assert "other codes, regions or settings" in said


def test_what_shards_take_is_said_before_they_are_measured(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = list[str]()

    def measured(*_: object) -> None:
        told.append(capsys.readouterr().out)
        raise PackError("stop", "no work")

    monkeypatch.setattr(sharing, "measure_gram_sum", measured)
    words = ["resefa", gan, "--region", BOX, "--seeds", "0-1", "--space", "W"]
    assert main([*words, "--engine", "local", "--out", str(tmp_path / "l.safetensors")]) == 2
    columns = ll.load_generator(gan).spec.w_dim
    assert f"about {columns} columns of the Jacobian per code" in told[0]
    assert told[0].startswith("Dense, since shards measure Grams")


def test_options_that_contradict_each_other_are_refused(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["resefa", gan, "--region", BOX, "--seeds", "0-1"]
    said = complaint(capsys, *words, "--workers", "2")
    assert "--workers was given. Expected it with --engine pool or ray" in said
    said = complaint(capsys, *words, "--engine", "pool", "--address", "auto")
    assert "--address was given. Expected it with --engine ray" in said
    said = complaint(capsys, *words, "--engine", "ray", "--address", "auto")
    assert "--address was given without --checkpoint" in said


def test_shares_of_a_plan_make_the_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two runs of an array write the tars and pictures that one run would."""
    levers = str(
        ll.save_directions(ll.sefa(ll.load_generator("portraits"), count=2), tmp_path / "l")
    )
    plan = str(tmp_path / "batch" / "plan.json")
    words = ["--levers", levers, "--indices", "0-1", "--seeds", "0-4"]
    result(capsys, "plan", "portraits", *words, "--shard-size", "8", "--out", plan)
    for share, images in (("1/2", 8), ("0/2", 12)):
        told = result(capsys, "vary", "--plan", plan, "--shard", share)
        assert (told["images"], told["drawn"]) == (images, images)
    assert len(list((tmp_path / "batch").glob("0*.png"))) == 20
    assert result(capsys, "vary", "--plan", plan, "--rows", "3-9", "--shard", "1/2")["images"] == 2
    tars = ["vary", "--plan", plan, "--out", str(tmp_path / "tars"), "--pack", "webdataset"]
    told = result(capsys, *tars, "--shard", "2/3")
    assert [path.name for path in (tmp_path / "tars").glob("*.tar")] == ["shard-000002.tar"]
    assert told["files"] == [str(tmp_path / "tars" / "shard-000002.tar")]
    assert told["drawn"] == 4
    assert "i/n with i from 0" in complaint(capsys, "vary", "--plan", plan, "--shard", "2/2")
    said = complaint(capsys, *tars, "--rows", "3")
    assert "whole shards of 8 rows" in said
