"""`invert`: latents, reconstructions and words from pictures."""

from __future__ import annotations

from pathlib import Path

import latent_levers as ll
import pytest
import torch
from command_line import complaint, pixels, result
from latent_levers.core.cli import main
from PIL import Image


@pytest.fixture
def photo(gan: str, tmp_path: Path) -> str:
    """A sample of the tiny generator as a picture."""
    network = ll.load_generator(gan)
    image = ll.render(network, ll.sample_latents(network, 1, 4, 1.0)).clamp(-1, 1)[0]
    values = ((image.permute(1, 2, 0) + 1) * 127.5).round().to(torch.uint8)
    path = tmp_path / "me.png"
    Image.fromarray(values.numpy()).save(path)
    return str(path)


def test_what_it_writes_and_says(
    gan: str, photo: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, kept = tmp_path / "codes.safetensors", tmp_path / "kept.safetensors"
    words = ("invert", gan, photo, photo, "--steps", "12", "--out", str(out))
    told = result(capsys, *words, "--inverter", str(kept))
    assert kept.is_file()
    first, second = told["photos"]
    assert first["photo"] == second["photo"] == "me.png"
    assert first["psnr"] == second["psnr"] > 25
    assert "The reconstruction is" in first["verdict"]
    codes = ll.load_latents(out)
    assert len(codes) == 2
    drawn = pixels(tmp_path / "codes_0_me.png")
    assert abs(drawn - pixels(Path(photo))).mean() < 8
    again = result(capsys, *words, "--inverter", str(kept), "--force")
    assert again["photos"][0]["psnr"] == pytest.approx(first["psnr"], abs=0.5)
    assert complaint(capsys, *words).endswith("give another name with --out.")
    assert main([*words, "--force"]) == 0
    assert "me.png: The reconstruction is" in capsys.readouterr().out


def test_masks_and_refusals(
    gan: str, photo: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ("--steps", "2", "--out", str(tmp_path / "c.safetensors"), "--force")
    mask = tmp_path / "mask.png"
    Image.fromarray((torch.eye(32) * 255).byte().numpy()).save(mask)
    plain = result(capsys, "invert", gan, photo, *out)["photos"][0]
    masked = result(capsys, "invert", gan, photo, "--mask", str(mask), *out)["photos"][0]
    assert masked["psnr"] != plain["psnr"]
    masks = ("--mask", str(mask), "--mask", str(mask))
    assert "2 masks were given for 1" in complaint(capsys, "invert", gan, photo, *masks, *out)
    wide = tmp_path / "wide.png"
    Image.new("RGB", (64, 32)).save(wide)
    assert "Crop the face first" in complaint(capsys, "invert", gan, str(wide), *out)
    dot = tmp_path / "dot.png"
    Image.new("RGB", (1, 1)).save(dot)
    assert "1 x 1 pixels" in complaint(capsys, "invert", gan, str(dot), *out)
    line = complaint(capsys, "invert", gan, photo, "--inverter", photo, *out)
    assert "cannot be read as an inverter" in line
