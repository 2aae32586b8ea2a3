"""Weights get from files into networks whole, unshared, and without work for nothing."""

from __future__ import annotations

import hashlib
from pathlib import Path

import latent_levers as ll
import pytest
import torch
from cases import CASES, tiny
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.concepts.checkpoint import Blueprint
from latent_levers.core.files.loading import assemble
from latent_levers.core.files.writing import save_generator
from latent_levers.core.generators.architectures import ARCHITECTURES
from latent_levers.core.generators.lazy_init import build_empty
from safetensors.torch import load_file, save_file
from torch import Tensor


def write(name: str, folder: Path) -> Path:
    """A case as a file of ours."""
    return save_generator(tiny(name), folder / f"{name}.safetensors")


@pytest.mark.parametrize("name", CASES)
def test_every_tensor_arrives(name: str, tmp_path: Path) -> None:
    """What networks draw at first is never what they end with, and no random number is drawn."""
    path = write(name, tmp_path)
    before = torch.get_rng_state()
    gan = ll.load_generator(path)
    assert torch.equal(torch.get_rng_state(), before)
    expected = tiny(name).network.state_dict()
    found = gan.network.state_dict()
    assert set(found) == set(expected)
    for key, tensor in found.items():
        if not key.endswith("w_avg"):  # of which the generator's own counts
            torch.testing.assert_close(tensor, expected[key], atol=0, rtol=0, msg=key)
    torch.testing.assert_close(gan.w_avg, tiny(name).w_avg, atol=0, rtol=0)
    assert gan.spec == tiny(name).spec


@pytest.mark.parametrize("name", CASES)
def test_constants_survive_an_empty_building(name: str) -> None:
    """Filters and the like have their values, though files may leave them out."""
    id_, settings = CASES[name]
    empty = build_empty(ARCHITECTURES[id_], settings).state_dict()
    whole = ARCHITECTURES[id_].build(settings).state_dict()
    assert {n: t.shape for n, t in empty.items()} == {n: t.shape for n, t in whole.items()}
    for key in whole:
        if key.endswith(("_filter", "w_avg", "num_batches_tracked")):
            torch.testing.assert_close(empty[key], whole[key], atol=0, rtol=0, msg=key)


def test_a_network_owns_its_weights(tmp_path: Path) -> None:
    """Whoever overwrites a file that is mapped does not change a network in use."""
    path = write("stylegan2-skip", tmp_path)
    gan = ll.load_generator(path)
    codes = ll.sample_latents(gan, 1)
    before = ll.render(gan, codes)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * (size // 2))
    torch.testing.assert_close(ll.render(gan, codes), before, atol=0, rtol=0)


def test_two_generators_of_one_blueprint_share_nothing() -> None:
    state = tiny().network.state_dict()
    first, second = (assemble(Blueprint("stylegan2", state, {})) for _ in range(2))
    places = [{t.data_ptr() for t in gan.network.state_dict().values()} for gan in (first, second)]
    assert not places[0] & places[1]
    assert not places[0] & {tensor.data_ptr() for tensor in state.values()}


def test_loading_in_inference_mode(tmp_path: Path) -> None:
    """ComfyUI runs nodes so; the network must be differentiable afterwards."""
    path = write("stylegan2-skip", tmp_path)
    with torch.inference_mode():
        gan = ll.load_generator(path)
    assert not any(tensor.is_inference() for tensor in gan.network.state_dict().values())
    assert gan.w_avg is not None
    assert not gan.w_avg.is_inference()
    code = ll.sample_latents(gan, 1)
    image = gan.as_function(code, code.space)
    start = torch.zeros(gan.spec.latent_dim)
    change = torch.func.jvp(image, (start,), (torch.ones_like(start),))[1]
    assert change.abs().max() > 0


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_become_single(dtype: torch.dtype, tmp_path: Path) -> None:
    tensors = {n: t.to(dtype) for n, t in tiny().network.state_dict().items()}
    save_file(tensors, tmp_path / "x.safetensors")
    gan = ll.load_generator(tmp_path / "x.safetensors")
    for key, tensor in gan.network.state_dict().items():
        assert tensor.dtype == torch.float32
        torch.testing.assert_close(tensor, tensors[key].to(torch.float32), atol=0, rtol=0)


def loaded(tensors: dict[str, Tensor], folder: Path) -> ll.Generator:
    """A generator of these tensors."""
    save_file(tensors, folder / "x.safetensors")
    return ll.load_generator(folder / "x.safetensors")


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32])
def test_weights_whose_sum_overflows_are_finite(dtype: torch.dtype, tmp_path: Path) -> None:
    """Weights are told to be finite by their sum, unless it is too large."""
    tensors = {n: t.to(dtype).clone() for n, t in tiny().network.state_dict().items()}
    tensors["synthesis.b8.conv1.noise_const"].fill_(torch.finfo(dtype).max)
    assert loaded(tensors, tmp_path).spec.img_resolution == 8


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32])
@pytest.mark.parametrize("bad", ["nan", "inf", "-inf", "both"])
def test_weights_that_are_not_finite_are_found(
    bad: str, dtype: torch.dtype, tmp_path: Path
) -> None:
    """Also where two infinities cancel."""
    tensors = {n: t.to(dtype).clone() for n, t in tiny().network.state_dict().items()}
    weight = tensors["synthesis.b8.conv1.weight"]
    weight[0, 0, 0, 0] = float("inf" if bad == "both" else bad)
    weight[1, 0, 0, 0] = float("-inf" if bad == "both" else 0)
    with pytest.raises(CheckpointError, match=r"b8\.conv1\.weight holds NaN or infinite weights"):
        loaded(tensors, tmp_path)


def test_the_fingerprint_is_that_of_the_weights(tmp_path: Path) -> None:
    """SHA-256 over names, shapes and float32 values, whatever the file; the mean w is left out."""
    path = write("stylegan2-skip", tmp_path)
    digest = hashlib.sha256()
    for name, tensor in sorted(load_file(path).items()):
        if name not in ("mapping.w_avg", "w_covariance"):
            digest.update(f"{name}{tuple(tensor.shape)}".encode() + tensor.numpy().tobytes())
    assert ll.load_generator(path).spec.fingerprint == digest.hexdigest()[:16]
    torch.save({"g_ema": load_file(path)}, tmp_path / "x.pt")
    again = ll.load_generator(tmp_path / "x.pt")
    assert again.spec.fingerprint == digest.hexdigest()[:16]


def test_what_is_left_over_is_ignored(tmp_path: Path) -> None:
    """Averages of magnitudes and the like have no part in the network."""
    state = {**tiny().network.state_dict(), "synthesis.b8.conv1.magnitude_ema": torch.ones([])}
    assert loaded(state, tmp_path).spec == tiny().spec
