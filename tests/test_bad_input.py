"""Common mistakes and their messages: found, expected, what to do."""

from __future__ import annotations

import copy
from pathlib import Path

import latent_levers as ll
import pytest
import torch
from cases import some_code, tiny
from latent_levers.core.base.errors import (
    CheckpointError,
    DirectionsError,
    LatentError,
    PackError,
    RegionError,
    SolveError,
)
from latent_levers.core.levers.factorization import sefa
from safetensors.torch import save_file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A whole generator's file."""
    return ll.save_generator(tiny(), tmp_path / "whole.safetensors")


def test_missing_file(tmp_path: Path) -> None:
    """The message names the file and the bundled generators."""
    with pytest.raises(
        CheckpointError, match=r"no file .*nothing\.pkl.*'portraits'.*Check the spelling"
    ):
        ll.load_generator(tmp_path / "nothing.pkl")


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.5, 0.99])
def test_truncated_file(file: Path, share: float) -> None:
    """A download that stopped is called so, wherever it stopped."""
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(CheckpointError, match="cut off"):
        ll.load_generator(file)


def test_truncated_torch_file(tmp_path: Path) -> None:
    """The same for torch's own files."""
    path = tmp_path / "half.pt"
    torch.save(tiny().network.state_dict(), path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(CheckpointError, match=r"half\.pt cannot be read as a torch file.*again"):
        ll.load_generator(path)


def test_code_in_a_torch_file(tmp_path: Path) -> None:
    """A file that would run code is refused, and the code does not run."""
    marker = tmp_path / "ran"

    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[object, ...]]:
            return Path.touch, (marker,)

    path = tmp_path / "bomb.pt"
    torch.save({"g_ema": Bomb()}, path)
    with pytest.raises(CheckpointError, match="nothing in a file is ever run"):
        ll.load_generator(path)
    assert not marker.exists()


def test_wrong_architecture(tmp_path: Path) -> None:
    """Another network's weights: the nearest architectures, and what each lacked."""
    path = tmp_path / "classifier.safetensors"
    save_file({"conv1.weight": torch.zeros(8, 6, 7, 7), "fc.weight": torch.zeros(10, 8)}, path)
    with pytest.raises(CheckpointError) as error:
        ll.load_generator(path)
    message = str(error.value)
    assert "2 tensors (conv1.weight" in message
    assert "StyleGAN2 (no tensor" in message
    assert "Nearest" in message


def test_a_near_miss_names_the_missing_tensor(tmp_path: Path) -> None:
    """Most of a StyleGAN2 is not a StyleGAN2, and the gap is named."""
    state = {n: t for n, t in tiny().network.state_dict().items() if "fc0" not in n}
    path = tmp_path / "near.safetensors"
    save_file(state, path)
    with pytest.raises(
        CheckpointError, match=r"StyleGAN2 \(no tensor mapping\.fc0\.weight of 2 axes\)"
    ):
        ll.load_generator(path)


def test_a_missing_weight_is_named(tmp_path: Path) -> None:
    """A recognised generator without one of its tensors."""
    state = {n: t for n, t in tiny().network.state_dict().items() if n != "synthesis.b8.conv0.bias"}
    path = tmp_path / "gap.safetensors"
    save_file(state, path)
    with pytest.raises(CheckpointError, match=r"no tensor synthesis\.b8\.conv0\.bias"):
        ll.load_generator(path)


def test_weights_that_are_not_finite(tmp_path: Path) -> None:
    """A diverged training is refused at the door, with the tensor's name."""
    state = {n: t.clone() for n, t in tiny().network.state_dict().items()}
    state["synthesis.b8.conv1.weight"][0, 0, 0, 0] = float("nan")
    path = tmp_path / "nan.safetensors"
    save_file(state, path)
    with pytest.raises(CheckpointError, match=r"b8\.conv1\.weight holds NaN.*earlier checkpoint"):
        ll.load_generator(path)


def test_a_web_page_saved_as_a_model(tmp_path: Path) -> None:
    """The most common wrong file of all."""
    path = tmp_path / "model.pkl"
    path.write_text("<!DOCTYPE html><html></html>")
    with pytest.raises(CheckpointError, match="model.pkl is a web page"):
        ll.load_generator(path)


def test_unknown_option(file: Path) -> None:
    """A misspelt keyword names the ones there are."""
    with pytest.raises(CheckpointError, match="Unknown option clamp.*conv_clamp"):
        ll.load_generator(file, clamp=3)
    with pytest.raises(CheckpointError, match="Unknown distribution 'gauss'.*normal"):
        ll.load_generator(file, distribution="gauss")


def test_empty_region() -> None:
    """A mask without a pixel, and a box beside the image."""
    with pytest.raises(RegionError, match="is empty: no pixel is inside"):
        ll.Region.from_mask(torch.zeros(8, 8))
    with pytest.raises(RegionError, match="is empty"):
        ll.Region.box(9, 9, 2, 2, 8)


def test_full_region() -> None:
    """Nothing remains as background."""
    codes = ll.sample_latents(tiny(), 1)
    with pytest.raises(RegionError, match="whole image: nothing remains as background.*use SeFa"):
        ll.resefa(tiny(), codes, ll.Region.from_mask(torch.ones(8, 8)))


def test_region_that_is_not_finite() -> None:
    """NaN, infinity, and weights beyond 0 and 1."""
    with pytest.raises(RegionError, match="NaN or infinite"):
        ll.Region.from_mask(torch.full((8, 8), float("nan")))
    with pytest.raises(RegionError, match=r"weights from 0 to 255.*0 \(outside\) to 1 \(inside\)"):
        ll.Region.from_mask(torch.eye(8) * 255)
    with pytest.raises(RegionError, match=r"shape \[8\]"):
        ll.Region.from_mask(torch.ones(8))


def test_region_of_another_size() -> None:
    """A mask of another image."""
    codes = ll.sample_latents(tiny(), 1)
    with pytest.raises(RegionError, match=r"16x16 pixels.*8x8, the size of the generator's image"):
        ll.resefa(tiny(), codes, ll.Region.box(1, 1, 3, 3, 16))
    with pytest.raises(RegionError, match="proportions of the 8x8 image"):
        ll.Region.box(1, 1, 3, 3, (16, 64)).resized((8, 8))


def test_direction_of_another_generator() -> None:
    """Of another size: refused. Of the same size: used, with a warning."""
    codes = ll.sample_latents(tiny(), 1)
    other = sefa(tiny("stylegan2-resnet"))
    with pytest.raises(
        DirectionsError, match=r"6 numbers for .*\[1, 1, 5\].*same kind of generator"
    ):
        ll.edit(codes, other, unit="distance")
    relative = sefa(tiny("stylegan2-wide"))
    with pytest.warns(UserWarning, match="made for .*They fit in size"):
        ll.edit(codes, relative, unit="distance")


def test_codes_of_another_generator() -> None:
    """Rendering with the wrong generator."""
    codes = ll.sample_latents(tiny(), 1)
    with pytest.raises(LatentError, match="6 numbers per code.*Sample or map the codes"):
        ll.render(tiny("stylegan2-resnet"), codes)


def test_index_out_of_range() -> None:
    """The message states the number of directions."""
    levers = ll.sefa(tiny(), count=3)
    with pytest.raises(DirectionsError, match="Direction 3 was asked for.*0 to 2.*find more"):
        ll.edit(ll.sample_latents(tiny(), 1), levers, index=3, unit="distance")


def test_label_missing_for_a_conditional_model() -> None:
    """Labels missing, superfluous, out of range and of the wrong shape."""
    gan = tiny("stylegan2-conditional")
    with pytest.raises(LatentError, match="No label was given.*class from 0 to 2.*with labels"):
        ll.sample_latents(gan, 2)
    with pytest.raises(LatentError, match=r"Class 3 was requested.*0 to 2"):
        ll.sample_latents(gan, 2, labels=3)
    with pytest.raises(LatentError, match=r"Labels of shape \[1, 3\].*\[2, 3\]"):
        ll.sample_latents(gan, 2, labels=torch.eye(3)[:1])
    with pytest.raises(LatentError, match="without classes"):
        ll.sample_latents(tiny(), 2, labels=0)


def test_latents_that_do_not_fit() -> None:
    """Z of the wrong size, no codes, an impossible cutoff."""
    with pytest.raises(LatentError, match=r"z has shape \[2, 7\].*\[N, 6\]"):
        ll.map_latents(tiny(), torch.zeros(2, 7))
    with pytest.raises(LatentError, match="count is 0"):
        ll.sample_latents(tiny(), 0)
    with pytest.raises(LatentError, match="truncation_cutoff is 9.*0 to 4"):
        ll.sample_latents(tiny(), 1, truncation_cutoff=9)
    with pytest.raises(LatentError, match="Unknown distribution 'cauchy'"):
        ll.sample_latents(tiny(), 1, distribution="cauchy")
    with pytest.raises(LatentError, match="NaN"):
        ll.map_latents(tiny(), torch.full((1, 6), float("nan")))
    with pytest.raises(LatentError, match="Unknown noise_mode 'fixed'"):
        ll.render(tiny(), ll.sample_latents(tiny(), 1), noise_mode="fixed")


def test_directions_files(tmp_path: Path, file: Path) -> None:
    """Missing, cut off, and of another kind."""
    with pytest.raises(DirectionsError, match="no file .*none"):
        ll.load_directions(tmp_path / "none.safetensors")
    with pytest.raises(DirectionsError, match="format 'generator/1'.*load_generator"):
        ll.load_directions(file)
    path = ll.save_directions(ll.sefa(tiny()), tmp_path / "levers")
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DirectionsError, match="cannot be read"):
        ll.load_directions(path)


def test_shrinkage_that_makes_no_sense() -> None:
    """Negative, of an unknown kind, and absent where the route needs it."""
    codes, box = ll.sample_latents(tiny(), 1), ll.Region.box(1, 1, 3, 3, 8)
    with pytest.raises(PackError, match="shrinkage is -1"):
        ll.resefa(tiny(), codes, box, shrinkage=-1)
    with pytest.raises(PackError, match="Unknown shrinkage_by 'max'.*trace, mean"):
        ll.resefa(tiny(), codes, box, shrinkage_by="max")
    with pytest.raises(PackError, match="without shrinkage"):
        ll.resefa(tiny(), codes, box, shrinkage=0, solver="low-rank")
    with pytest.raises(PackError, match="Unknown solver 'qr'.*auto, dense, krylov, rows, low-rank"):
        ll.resefa(tiny(), codes, box, solver="qr")


def test_every_error_is_of_one_kind() -> None:
    """Fronts catch `PackError` and show its message."""
    for kind in (CheckpointError, LatentError, RegionError, DirectionsError):
        assert issubclass(kind, PackError)
    error = PackError("Found this.", "that", "Do so.")
    assert str(error) == "Found this. Expected that. Do so."


def test_a_network_that_ignores_its_latent() -> None:
    """Each method says so in its own terms: SeFa has no region to choose."""
    gan = copy.deepcopy(tiny())
    for name, tensor in gan.network.named_parameters():
        if "affine.weight" in name:
            tensor.data.zero_()
    words = "weights that read the latent are zero.*checkpoint"
    with pytest.raises(SolveError, match=words) as caught:
        ll.sefa(gan)
    assert "region" not in str(caught.value)
    with pytest.raises(SolveError, match="Nothing in the region changes.*Choose another region"):
        ll.resefa(gan, some_code(gan), ll.Region.box(1, 1, 3, 3, 8))
