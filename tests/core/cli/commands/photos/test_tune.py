"""`tune`: a file that opens as a generator, draws the photograph, and takes its base's levers."""

from __future__ import annotations

import shutil
from pathlib import Path

import latent_levers as ll
import numpy as np
import pytest
import torch
from command_line import complaint, pixels, result
from latent_levers.core.cli import main
from PIL import Image


@pytest.fixture
def own(gan: str, tmp_path: Path) -> tuple[str, str, str]:
    """The generator in a folder of its own, a photograph, and a file of its latents."""
    here = tmp_path / "base.safetensors"
    shutil.copy(gan, here)
    network = ll.load_generator(here)
    codes = ll.sample_latents(network, 1, 4)
    image = ll.render(network, codes).clamp(-1, 1)[0] * 0.5
    values = ((image.permute(1, 2, 0) + 1) * 127.5).round().to(torch.uint8)
    photo = tmp_path / "me.png"
    Image.fromarray(values.numpy()).save(photo)
    return str(here), str(photo), str(ll.save_latents(codes, tmp_path / "me.safetensors"))


def test_what_it_writes_and_says(
    own: tuple[str, str, str],
    levers: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    gan, photo, latents = own
    out = tmp_path / "mine.safetensors"
    words = ("tune", gan, photo, "--latents", latents, "--steps", "20", "--out", str(out))
    told = result(capsys, *words)
    row = told["photos"][0]
    assert row["psnr_after"] > row["psnr_before"] + 3
    assert told["files"] == [str(out)]
    assert "exists already" in complaint(capsys, *words)
    assert main([*words, "--force", "--rate", "0.01", "--locality", "0"]) == 0
    said = capsys.readouterr().out
    assert f"me.png: {row['psnr_before']:.1f} dB before" in said
    assert "opened together with base.safetensors" in said

    again = result(capsys, *words, "--force")
    assert again["fingerprint"] == told["fingerprint"]
    after = again["photos"][0]["psnr_after"]

    facts = result(capsys, "describe", str(out))
    assert facts["details"]["tuned"]["base"] == told["base"] != facts["fingerprint"]
    assert facts["fingerprint"] == told["fingerprint"]
    sheet = tmp_path / "drawn"
    drawn = ("sample", str(out), "--latents", latents, "--out", str(sheet))
    result(capsys, *drawn)
    (picture,) = sheet.glob("*0004.png")
    error = ((pixels(picture) - pixels(Path(photo))) ** 2).mean()
    assert 10 * np.log10(255**2 / error) == pytest.approx(after, abs=0.2)

    shown = result(capsys, "show", str(out))
    assert shown["tuned from"] == "base.safetensors"
    assert main(["edit", str(out), "--levers", levers, "--seeds", "0", "--out", str(sheet)]) == 0
    assert "sefa.safetensors: made for a generator that differs" in capsys.readouterr().err


def test_its_base_is_named_or_missed(
    own: tuple[str, str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gan, photo, latents = own
    (tmp_path / "far").mkdir()
    out = str(tmp_path / "far" / "mine.safetensors")
    result(capsys, "tune", gan, photo, "--latents", latents, "--steps", "1", "--out", out)
    line = complaint(capsys, "describe", out)
    assert "tuned from, base.safetensors" in line
    assert "--option base=FILE" in line
    found = result(capsys, "describe", out, "--option", f"base={gan}")
    assert found["details"]["tuned"]["base_file"] == "base.safetensors"


def test_refusals(
    own: tuple[str, str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gan, photo, latents = own
    rest = ("--latents", latents, "--out", str(tmp_path / "x.safetensors"))
    assert "1 codes were given for 2" in complaint(capsys, "tune", gan, photo, photo, *rest)
    assert "steps is 0" in complaint(capsys, "tune", gan, photo, "--steps", "0", *rest)
    assert "rate is 2" in complaint(capsys, "tune", gan, photo, "--rate", "2", *rest)
    masks = ("--mask", photo, "--mask", photo)
    assert "2 masks were given for 1" in complaint(capsys, "tune", gan, photo, *masks, *rest)
    assert not (tmp_path / "x.safetensors").exists()
