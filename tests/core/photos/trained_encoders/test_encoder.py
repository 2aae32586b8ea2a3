"""Encoders of photographs: equal to the published code, and refused in words."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import latent_levers as ll
import pytest
import torch
from cases import tiny
from golden import FOLDER, assert_close
from latent_levers.core.base.errors import CheckpointError, LatentError, PackError
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.files.loading import untrained
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings
from photo_encoders import HEADS, SIDE, W_DIM, number, photos, weights, write_encoder
from torch import Tensor

EXPECTED = json.loads((FOLDER / "photo_encoders.json").read_text())
"""What the blocks of the published code say of `photos` with the same weights, by kind."""


@pytest.mark.parametrize("kind", ["e4e", "pSp", "W"])
def test_codes_are_those_of_the_published_code(kind: str, tmp_path: Path) -> None:
    encoder = ll.load_encoder(write_encoder(tmp_path / "e.pt", kind))
    assert (encoder.kind, encoder.side) == (kind, SIDE if kind != "W" else 256)
    codes = encoder.encode(photos()) if kind != "W" else None
    found = encoder.network(photos()) if codes is None else codes.values
    expected = torch.tensor(EXPECTED[kind])
    assert float(expected.std()) > 0.1
    assert float((expected[0] - expected[1]).std()) > 0.05  # they depend on the photograph
    assert_close(found, expected)
    if codes is not None:
        assert codes.space is LatentSpace.W_PLUS
        assert codes.values.shape == (2, HEADS, W_DIM)


@pytest.mark.parametrize("rows", [1, HEADS])
def test_the_mean_w_is_added(rows: int, tmp_path: Path) -> None:
    mean = number("mean", (rows, W_DIM))
    kinds: tuple[str, ...] = ("e4e", "pSp")
    for kind in kinds:
        path = write_encoder(tmp_path / f"{kind}.pt", kind, latent_avg=mean)
        assert_close(
            ll.load_encoder(path).encode(photos()).values, torch.tensor(EXPECTED[kind]) + mean
        )
    off = {"encoder_type": "GradualStyleEncoder", "start_from_latent_avg": False}
    path = write_encoder(tmp_path / "off.pt", "pSp", off, latent_avg=mean)
    assert_close(ll.load_encoder(path).encode(photos()).values, torch.tensor(EXPECTED["pSp"]))


def test_photographs_are_reduced_and_progress_is_told(tmp_path: Path) -> None:
    encoder = ll.load_encoder(write_encoder(tmp_path / "e.pt", "pSp"))
    large = photos().repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    told: list[tuple[int, int]] = []
    found = encoder.encode(large, progress=lambda done, total: told.append((done, total)))
    size = {"size": (SIDE, SIDE), "mode": "bilinear", "antialias": True}
    small = torch.nn.functional.interpolate(large, **size)
    assert_close(found.values, encoder.encode(small).values)
    assert told == [(2, 2)]
    for wrong in (torch.zeros(1, 3, 32, 40), torch.zeros(3, 32, 32), torch.zeros(1, 1, 32, 32)):
        with pytest.raises(PackError, match="in colour and square"):
            encoder.encode(wrong)


def test_other_nestings_and_safetensors(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    state = weights("pSp")
    save_file(state, tmp_path / "bare.safetensors")
    bare = ll.load_encoder(tmp_path / "bare.safetensors", kind="pSp")
    assert_close(bare.encode(photos()).values, torch.tensor(EXPECTED["pSp"]))
    wrapped = {f"module.encoder.{name}": tensor.half() for name, tensor in state.items()}
    torch.save({"state_dict": wrapped}, tmp_path / "w.pt")
    half = ll.load_encoder(tmp_path / "w.pt", kind="pSp").encode(photos()).values
    assert half.dtype == torch.float32
    assert float((half - torch.tensor(EXPECTED["pSp"])).abs().max()) < 0.1


def refusal(path: Path, **options: Any) -> str:
    """Why a file is no encoder."""
    with pytest.raises(CheckpointError) as caught:
        ll.load_encoder(path, **options)
    return str(caught.value)


def test_a_kind_is_stated_or_given(tmp_path: Path) -> None:
    path = write_encoder(tmp_path / "e.pt", "e4e", {})
    words = refusal(path)
    assert "states no kind" in words
    assert "the same tensors" in words
    assert "kind='e4e'" in words
    assert ll.load_encoder(path, kind="e4e").kind == "e4e"
    assert "the kind 'x'" in refusal(path, kind="x")
    assert "no encoder of kind W has" in refusal(path, kind="W")
    strange = write_encoder(tmp_path / "s.pt", "e4e", {"encoder_type": "Newest"})
    assert "the kind 'Newest', which is unknown" in refusal(strange)
    one = write_encoder(tmp_path / "w.pt", "W", {})
    assert ll.load_encoder(one).kind == "W"
    assert "has one head" in refusal(one, kind="pSp")


def spoiled(change: Callable[[dict[str, Tensor]], None], path: Path) -> Path:
    """A file of pSp with changed tensors."""
    state = weights("pSp")
    change(state)
    torch.save(
        {"state_dict": {f"encoder.{n}": t for n, t in state.items()},
         "opts": {"encoder_type": "GradualStyleEncoder"}},
        path,
    )  # fmt: skip
    return path


CHANGES: dict[str, Callable[[dict[str, Tensor]], Any]] = {
    "holds no tensor latlayer2.bias": lambda s: s.pop("latlayer2.bias"),
    "holds [20, 20, 1, 1] for body.4.res_layer.3.weight": lambda s: s.update(
        {"body.4.res_layer.3.weight": torch.zeros(20, 20, 1, 1)}
    ),
    "NaN or infinite": lambda s: s["styles.3.linear.bias"].fill_(float("nan")),
    "reads 6 channels": lambda s: s.update({"input_layer.0.weight": torch.zeros(16, 6, 3, 3)}),
    "fit no layer of an encoder": lambda s: s.update({"styles.0.more.weight": torch.zeros(3)}),
    "halves the picture": lambda s: s.update(
        {f"styles.{h}.convs.{2 * k}.weight": torch.zeros(W_DIM, 12, 3, 3)
         for h in range(HEADS) for k in range(12)}
    ),
    "heads at 2 sizes of features, and 0": lambda s: [
        s.pop(n) for n in list(s) if n.startswith(("latlayer", "styles.7", "styles.8", "styles.9"))
    ],
    "without heads, as networks that compare faces": lambda s: [
        s.pop(n) for n in list(s) if n.startswith(("latlayer", "styles"))
    ],
}  # fmt: skip


@pytest.mark.parametrize("words", CHANGES)
def test_files_that_fit_no_encoder_are_refused(words: str, tmp_path: Path) -> None:
    assert words in refusal(spoiled(CHANGES[words], tmp_path / "e.pt"))


def test_a_mean_w_that_lacks_or_does_not_fit_is_said(tmp_path: Path) -> None:
    states = {"encoder_type": "Encoder4Editing", "start_from_latent_avg": True}
    assert "lacks latent_avg" in refusal(write_encoder(tmp_path / "a.pt", "e4e", states))
    wrong = write_encoder(tmp_path / "b.pt", "e4e", latent_avg=torch.zeros(3, W_DIM))
    assert "latent_avg of b.pt is [3, 12]" in refusal(wrong)


def test_generators_and_encoders_are_told_apart(tmp_path: Path) -> None:
    alone = write_encoder(tmp_path / "e.pt", "e4e")
    with pytest.raises(CheckpointError) as caught:
        ll.load_generator(alone)
    assert "is an encoder of pictures into latents" in str(caught.value)
    assert "load_encoder" in str(caught.value)
    ll.save_generator(tiny("stylegan2-skip"), tmp_path / "g.safetensors")
    assert "holds no encoder of photographs" in refusal(tmp_path / "g.safetensors")
    assert "no file" in refusal(tmp_path / "nothing.pt")


def test_codes_are_checked_against_the_generator(tmp_path: Path) -> None:
    channels = {4: 4, 8: 4, 16: 4, 32: 4, 64: 4}  # ten layers
    settings = StyleGAN2Settings(z_dim=4, w_dim=W_DIM, channels=channels, mapping_widths=(W_DIM,))
    gan = untrained("stylegan2", settings)
    assert gan.spec.num_ws == HEADS
    assert gan.w_avg is not None
    mean = gan.w_avg.expand(HEADS, -1)
    near = ll.load_encoder(write_encoder(tmp_path / "n.pt", "e4e", latent_avg=mean.clone()))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        codes = near.encode(photos(), gan)
    assert codes.origin == gan.spec.fingerprint
    assert ll.render(gan, codes).shape == (2, 3, 64, 64)
    far = ll.load_encoder(write_encoder(tmp_path / "f.pt", "e4e", latent_avg=mean + 5.0))
    with pytest.warns(UserWarning, match="trained for another generator"):
        far.encode(photos(), gan)
    with pytest.raises(LatentError, match="does not fit this generator"):
        near.encode(photos(), tiny("stylegan2-skip"))
