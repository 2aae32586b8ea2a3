"""Files that hold no generator are named for what they are, with the next step."""

from __future__ import annotations

import tarfile
import warnings
from pathlib import Path

import latent_levers as ll
import numpy as np
import pytest
import torch
from cases import CASES, tiny
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.concepts.checkpoint import Checkpoint
from latent_levers.core.files.other_contents import other_content
from torch import Tensor, nn
from torch.nn import BatchNorm2d, Conv2d


def refusal(path: Path | str) -> str:
    """Why a file is no generator."""
    with pytest.raises(CheckpointError) as caught:
        ll.load_generator(path)
    return str(caught.value)


def discriminator(inputs: int, prefix: str = "main.") -> dict[str, Tensor]:
    """Convolutions that end in one number, as the tutorials have them."""
    net = nn.Sequential(
        Conv2d(inputs, 8, 4, 2, 1, bias=False), nn.LeakyReLU(0.2),
        Conv2d(8, 16, 4, 2, 1, bias=False), BatchNorm2d(16), nn.LeakyReLU(0.2),
        Conv2d(16, 1, 4, 1, 0, bias=False),
    )  # fmt: skip
    return {f"{prefix}{name}": tensor for name, tensor in net.state_dict().items()}


HALVES: dict[str, tuple[dict[str, Tensor], str]] = {
    "discriminator of colour": (discriminator(3), "a discriminator, which judges pictures"),
    "discriminator of grey": (discriminator(1), "a discriminator, which judges pictures"),
    "critic in a dictionary": (discriminator(3, "module.critic."), "a discriminator"),
    "discriminator with a linear end": (
        {"c.weight": torch.zeros(8, 3, 4, 4), "d.weight": torch.zeros(16, 8, 4, 4),
         "fc.weight": torch.zeros(1, 64)},
        "a discriminator",
    ),
    "pictures to pictures": (
        {"model.0.weight": torch.zeros(8, 3, 7, 7), "model.2.weight": torch.zeros(3, 8, 7, 7)},
        "a generator that turns pictures into pictures",
    ),
    "a U-Net": (
        {"model.model.0.weight": torch.zeros(64, 3, 4, 4),
         "model.model.1.model.3.weight": torch.zeros(8, 64, 4, 4),
         "model.model.3.weight": torch.zeros(128, 3, 4, 4), "model.model.3.bias": torch.zeros(3)},
        "a generator that turns pictures into pictures",
    ),
    "an encoder": (
        {"a.weight": torch.zeros(8, 3, 4, 4), "fc.weight": torch.zeros(100, 8)},
        "an encoder or a classifier",
    ),
    "an encoder with its decoder": (
        {"state_dict.encoder.input_layer.0.weight": torch.zeros(8, 3, 3, 3),
         "state_dict.decoder.x": torch.zeros(2)},
        "an encoder of pictures into latents",
    ),
}  # fmt: skip


@pytest.mark.parametrize("title", HALVES)
def test_the_wrong_half_is_named(title: str, tmp_path: Path) -> None:
    tensors, words = HALVES[title]
    torch.save(tensors, tmp_path / "net.pth")
    message = refusal(tmp_path / "net.pth")
    assert f"net.pth is {words}" in message
    assert "Choose the generator" in message or "no latent code" in message


def test_levers_codes_and_arrays(tmp_path: Path) -> None:
    gan = tiny()
    levers = ll.sefa(gan, count=2)
    codes = ll.sample_latents(gan, count=2, seed=0)
    ll.save_directions(levers, tmp_path / "levers.safetensors")
    ll.save_latents(codes, tmp_path / "codes.safetensors")
    torch.save({"age": torch.zeros(1, 512), "smile": torch.zeros(18, 512)}, tmp_path / "age.pt")
    torch.save(torch.zeros(1, 18, 512), tmp_path / "projected.pt")
    np.save(tmp_path / "w.npy", np.zeros((1, 512)))
    assert "is a file of levers, by" in refusal(tmp_path / "levers.safetensors")
    assert "is a file of latent codes, by" in refusal(tmp_path / "codes.safetensors")
    for name in ("age.pt", "projected.pt"):
        assert f"{name} is a file of directions or latent codes" in refusal(tmp_path / name)
    assert "w.npy is a NumPy array" in refusal(tmp_path / "w.npy")
    assert "Arrays are for" in refusal(tmp_path / "w.npy")


@pytest.mark.parametrize(
    "address",
    ["https://example.org/a.pkl", "HTTP://x.org/a", "hf://NVlabs/x", "gdrive:networks/a.pkl",
     "www.example.org/a.pkl", "s3://bucket/a.pt"],
)  # fmt: skip
def test_an_address_is_no_name(address: str) -> None:
    message = refusal(address)
    assert "is an address on the web, and nothing is downloaded here" in message
    assert "Download the file and give its name" in message


def test_a_tar_of_today(tmp_path: Path) -> None:
    (tmp_path / "a.pt").write_bytes(b"x")
    with tarfile.open(tmp_path / "a.tar", "w", format=tarfile.USTAR_FORMAT) as archive:
        archive.add(tmp_path / "a.pt", "a.pt")
    assert "a.tar is a tar archive. Expected a model. Unpack it" in refusal(tmp_path / "a.tar")


@pytest.mark.parametrize("name", CASES)
def test_generators_are_not_taken_for_others(name: str) -> None:
    assert other_content(Checkpoint(tiny(name).network.state_dict(), "x")) is None


@pytest.mark.parametrize(
    ("roots", "taken", "guessed"),
    [
        (("netG", "avgG"), "avgG", False),
        (("g", "g_ema"), "g_ema", False),
        (("netG", "netG_ema"), "netG_ema", False),
        (("generator", "netG"), "generator", True),
        (("G",), "G", False),
    ],
)
def test_which_of_two_generators_is_taken_is_told(
    roots: tuple[str, ...], taken: str, guessed: bool, tmp_path: Path
) -> None:
    gan = tiny("stylegan2-resnet")
    state = gan.network.state_dict()
    other = {name: tensor * 2 for name, tensor in state.items()}
    torch.save({r: state if r == taken else other for r in roots}, tmp_path / "x.pt")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        loaded = ll.load_generator(tmp_path / "x.pt")
    assert loaded.spec.fingerprint == gan.spec.fingerprint
    assert loaded.details["root"] == taken
    others = [root for root in roots if root != taken]
    assert loaded.details.get("other generators", "") == ", ".join(others)
    assert any(f"{taken} was taken, not" in str(w.message) for w in told) == guessed
