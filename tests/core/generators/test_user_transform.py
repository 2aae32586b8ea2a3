"""Rotation and translation of a StyleGAN3's input, as the user asks for them."""

from __future__ import annotations

from pathlib import Path

import latent_levers as ll
import pytest
import torch
from cases import tiny
from golden import assert_close, golden
from latent_levers.core.cli import main
from latent_levers.core.generators.architectures.stylegan3.settings import StyleGAN3Settings
from PIL import Image
from safetensors.torch import save_file
from stylegan3_references import ARCHITECTURE, NVLABS, header, opened


def test_a_given_transform_replaces_the_stored_one(tmp_path: Path) -> None:
    """The identity undoes the motion that this file holds."""
    data, gan = golden("nvlabs_stylegan3_r"), opened("nvlabs_stylegan3_r", tmp_path)
    codes = ll.map_latents(gan, data["in.z"], data["in.label"])
    ws = gan.layer_codes(codes)
    assert_close(gan.draw(ws, codes, "const", torch.eye(3)), data["out.image_identity"])
    assert_close(gan.draw(ws, codes, "const"), data["out.image"])


@pytest.mark.parametrize("name", NVLABS[2:])
def test_motion_equals_the_published_one(name: str, tmp_path: Path) -> None:
    """Degrees and image widths mean what they mean to the published scripts."""
    data, gan = golden(name), opened(name, tmp_path)
    codes = ll.map_latents(gan, data["in.z"], data.get("in.label"))
    rotation, x, y = header(name, "move")
    moved = ll.render(gan, codes, rotation=rotation, translation=(x, y))
    assert_close(moved, data["out.image_moved"])
    assert (moved - data["out.image"]).abs().max() > 0.1


@pytest.fixture
def round_one(tmp_path: Path) -> ll.Generator:
    """A StyleGAN3-R with margins as wide as usual, so that borders stay out of the image."""
    torch.manual_seed(3)
    settings = StyleGAN3Settings(
        5, 6, 16, (5, 4, 4), conv_kernel=1, use_radial_filters=True, output_scale=1.0
    )
    path = tmp_path / "round.safetensors"
    save_file(ARCHITECTURE.build(settings).state_dict(), path)
    return ll.load_generator(path, output_scale=1.0)


def test_a_shift_moves_right_and_down(round_one: ll.Generator) -> None:
    """By a quarter of the image, exactly: all sampling rates are multiples of four."""
    gan, codes, step = round_one, ll.sample_latents(round_one, 2), 4
    images = ll.render(gan, codes)
    right = ll.render(gan, codes, translation=(0.25, 0.0))
    torch.testing.assert_close(right[..., step:], images[..., :-step], atol=1e-5, rtol=0)
    up = ll.render(gan, codes, translation=(0.0, -0.25))
    torch.testing.assert_close(up[:, :, :-step], images[:, :, step:], atol=1e-5, rtol=0)
    assert (right - images).abs().max() > 0.05


def test_a_rotation_is_counterclockwise_and_comes_before_the_shift(
    round_one: ll.Generator,
) -> None:
    """By a right angle, exactly: -R treats rows and columns alike."""
    gan, codes, step = round_one, ll.sample_latents(round_one, 2), 4
    turned = torch.rot90(ll.render(gan, codes), 1, (2, 3))
    torch.testing.assert_close(ll.render(gan, codes, rotation=90), turned, atol=1e-5, rtol=0)
    both = ll.render(gan, codes, rotation=90, translation=(0.25, 0.0))
    torch.testing.assert_close(both[..., step:], turned[..., :-step], atol=1e-5, rtol=0)


def test_motion_comes_on_top_of_the_stored_one(round_one: ll.Generator, tmp_path: Path) -> None:
    """A file that is turned by 90 degrees already, turned by 90 more, is upside down."""
    gan, codes = round_one, ll.sample_latents(round_one, 1)
    quarter = torch.tensor([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])  # where the image samples
    save_file(
        {**gan.network.state_dict(), "synthesis.input.transform": quarter},
        tmp_path / "turned.safetensors",
    )
    turned = ll.load_generator(tmp_path / "turned.safetensors", output_scale=1.0)
    expected = torch.rot90(ll.render(gan, codes), 1, (2, 3))
    torch.testing.assert_close(ll.render(turned, codes), expected, atol=1e-5, rtol=0)
    expected = torch.rot90(expected, 1, (2, 3))
    torch.testing.assert_close(ll.render(turned, codes, rotation=90), expected, atol=1e-5, rtol=0)


def test_motion_is_refused_in_words() -> None:
    """By other generators, and where it is no number."""
    other, codes = tiny(), ll.sample_latents(tiny(), 1)
    with pytest.raises(ll.PackError, match="A stylegan2 generator cannot be rotated or translated"):
        ll.render(other, codes, rotation=10)
    gan = tiny("stylegan3-t")
    with pytest.raises(ll.PackError, match="nan.*Expected finite numbers"):
        ll.render(gan, ll.sample_latents(gan, 1), translation=(float("nan"), 0.0))


def test_commands_take_rotate_and_shift(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Pictures move and say so; a batch does not go on with another motion."""
    gan = tiny("stylegan3-t")
    file = str(ll.save_generator(gan, tmp_path / "tiny.safetensors"))
    levers = str(ll.save_directions(ll.sefa(gan, count=2), tmp_path / "levers.safetensors"))
    words = ["--seeds", "3", "--out"]
    assert main(["sample", file, *words, str(tmp_path / "still")]) == 0
    moving = ["--rotate", "30", "--shift=-0.25,0.1"]
    assert main(["sample", file, *words, str(tmp_path / "moved"), *moving]) == 0
    assert main(["edit", file, "--levers", levers, *words, str(tmp_path / "edit"), *moving]) == 0
    still, moved = (tmp_path / folder / "seed0003.png" for folder in ("still", "moved"))
    with Image.open(still) as before, Image.open(moved) as after:
        assert before.tobytes() != after.tobytes()
        assert (after.info["rotate"], after.info["shift"]) == ("30.0", "-0.25,0.1")
        assert "rotate" not in before.info
    vary = ["vary", file, "--levers", levers, "--index", "0", *words, str(tmp_path / "vary")]
    assert main([*vary, *moving]) == 0
    capsys.readouterr()
    assert main(vary) == 2
    assert "rotate was 30.0, now 0.0" in capsys.readouterr().err
    assert main(["sample", file, *words, str(tmp_path / "odd"), "--shift", "1,2,3"]) == 2
    assert "is 3 numbers. Expected two" in capsys.readouterr().err
