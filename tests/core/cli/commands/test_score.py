"""`score`: a lever for an attribute or a pair of pictures, and levers ranked by them."""

from __future__ import annotations

from pathlib import Path

import latent_levers as ll
import pytest
from command_line import complaint, result


@pytest.fixture
def pair(gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Pictures of one seed with the third lever pulled both ways."""
    result(
        capsys, "edit", gan, "--levers", levers, "--seeds", "3", "--index", "2", "--strength=-1,1",
        "--out", str(tmp_path),
    )  # fmt: skip
    return [str(tmp_path / f"seed0003_lever2_{s}.png") for s in ("-1.0", "+1.0")]


def test_a_lever_like_a_pair(
    gan: str, pair: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "pair.safetensors"
    facts = result(capsys, "score", gan, "--like", *pair, "--seeds", "3-4", "--out", str(out))
    assert facts["method"] == "score"
    assert ll.load_directions(out).names == ("like the pair",)


def test_levers_ranked_by_a_pair(
    gan: str, levers: str, pair: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "ranked.safetensors"
    facts = result(
        capsys, "score", gan, "--like", *pair, "--rank", levers, "--seeds", "3-5", "--out", str(out)
    )
    assert facts["ranking"][0]["index"] == 2
    assert ll.load_directions(out).label(0) == "sefa 2"


def test_mistakes(
    gan: str, pair: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "Neither --attribute nor --like" in complaint(capsys, "score", gan)
    both = ("--attribute", "light", "--like", *pair)
    assert "Both --attribute and --like" in complaint(capsys, "score", gan, *both)
    assert "No bundled network" in complaint(capsys, "score", gan, "--attribute", "light")
    missing = str(tmp_path / "none.png")
    assert "There is no file" in complaint(capsys, "score", gan, "--like", missing, missing)
    text = tmp_path / "text.png"
    text.write_text("no picture")
    assert "cannot be read" in complaint(capsys, "score", gan, "--like", str(text), str(text))
    same = ("--like", pair[0], pair[0])
    assert "Nothing changes" in complaint(capsys, "score", gan, *same)
    ranked = ("--like", *pair, "--rank", "levers.safetensors", "--space", "W", "--shrinkage", "5")
    assert "--space and --shrinkage beside --rank" in complaint(capsys, "score", gan, *ranked)
