"""`invert`: latents, reconstructions and words from pictures."""

from __future__ import annotations

from pathlib import Path

import latent_levers as ll
import pytest
import torch
from command_line import complaint, pixels, result
from latent_levers.core.cli import main
from latent_levers.core.files.loading import untrained
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings
from photo_encoders import HEADS, W_DIM, write_encoder
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


def test_a_trained_encoder_says_where_the_search_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    channels = {4: 4, 8: 4, 16: 4, 32: 4, 64: 4}  # as many layers as the encoder has heads
    settings = StyleGAN2Settings(z_dim=4, w_dim=W_DIM, channels=channels, mapping_widths=(W_DIM,))
    network = untrained("stylegan2", settings)
    path = str(ll.save_generator(network, tmp_path / "g.safetensors"))
    assert network.w_avg is not None
    mean = network.w_avg.expand(HEADS, -1).clone()
    encoder = write_encoder(tmp_path / "e4e.pt", "e4e", {}, latent_avg=mean)
    Image.new("RGB", (64, 64), (90, 120, 60)).save(tmp_path / "me.png")
    out = tmp_path / "c.safetensors"
    words = ("invert", path, str(tmp_path / "me.png"), "--space", "W+", "--steps", "0")
    words += ("--out", str(out), "--force")
    assert "--encoder-kind e4e" in complaint(capsys, *words, "--encoder", str(encoder))
    assert "without --encoder" in complaint(capsys, *words, "--encoder-kind", "e4e")
    result(capsys, *words, "--encoder", str(encoder), "--encoder-kind", "e4e")
    photo = torch.tensor([90, 120, 60]).reshape(1, 3, 1, 1).expand(1, 3, 64, 64) / 127.5 - 1
    expected = ll.load_encoder(encoder, kind="e4e").encode(photo, network)
    torch.testing.assert_close(ll.load_latents(out).values, expected.values, atol=1e-3, rtol=1e-3)
