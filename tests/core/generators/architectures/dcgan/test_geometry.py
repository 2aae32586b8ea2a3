"""Strides, paddings and sizes of stacks whose state dict does not state them."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import latent_levers as ll
import pytest
import torch
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.generators.architectures.dcgan.choices import Choice, agreed
from latent_levers.core.generators.architectures.dcgan.geometry import (
    Geometry,
    candidates,
    reached_sizes,
    read_pairs,
)
from stacks import KNOWN, Z_DIM, assert_same_image, names_of
from torch import nn
from torch.nn import BatchNorm2d, ConvTranspose2d

GUESS = "does not state the size of its images"
GREY = "ignore:The file does not state its output activation"
Row = tuple[Any, ...]


def stack(*rows: Row, seed: int = 0) -> nn.Sequential:
    """Transposed convolutions of outputs, kernel, stride, padding, with settled norms and ReLU."""
    torch.manual_seed(seed)
    modules: list[nn.Module] = []
    inputs = Z_DIM
    for index, (outputs, *geometry) in enumerate(rows):
        last = index == len(rows) - 1
        modules.append(ConvTranspose2d(inputs, outputs, *geometry, bias=last))
        modules += [nn.Tanh()] if last else [BatchNorm2d(outputs, momentum=None), nn.ReLU()]
        inputs = outputs
    net = nn.Sequential(*modules)
    with torch.no_grad():
        for _ in range(20):
            net(torch.randn(128, Z_DIM, 1, 1))
    return net.eval()


def saved(net: nn.Module, folder: Path) -> Path:
    """Its state dict in a file."""
    torch.save(net.state_dict(), folder / "net.pt")
    return folder / "net.pt"


CLEAR: dict[str, tuple[Row, ...]] = {
    "digits by kernel 3, padding 1": ((32, 4, 1, 0), (16, 3, 2, 1), (8, 4, 2, 1), (1, 4, 2, 1)),
    "digits by two layers of stride 1": ((32, 4, 1, 0), (16, 4, 1, 0), (8, 4, 2, 1), (1, 4, 2, 1)),
    "digits by a first kernel of 7": ((32, 7, 1, 0), (16, 4, 2, 1), (1, 4, 2, 1)),
    "the usual, 32 pixels": ((32, 4, 1, 0), (16, 4, 2, 1), (8, 4, 2, 1), (3, 4, 2, 1)),
    "the usual, 64": ((32, 4, 1, 0), *((16, 4, 2, 1),) * 3, (3, 4, 2, 1)),
    "kernel 5 with output padding": (
        (32, 4, 1, 0),
        (16, 5, 2, 2, 1),
        (8, 5, 2, 2, 1),
        (3, 5, 2, 2, 1),
    ),
    "a layer that enlarges four times": ((32, 4, 1, 0), (16, 4, 4, 0), (3, 4, 2, 1)),
    "a layer of stride 1 and kernel 3": ((32, 4, 1, 0), (16, 4, 2, 1), (8, 3, 1, 1), (3, 4, 2, 1)),
}
"""What statistics tell, or what is usual: no word about it."""


@pytest.mark.filterwarnings(GREY)
@pytest.mark.parametrize("title", CLEAR)
def test_statistics_tell_strides_and_paddings(title: str, tmp_path: Path) -> None:
    net = stack(*CLEAR[title])
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=f".*{GUESS}")
        gan = ll.load_generator(saved(net, tmp_path))
    assert_same_image(gan, net)
    again = ll.load_generator(ll.save_generator(gan, tmp_path / "own.safetensors"))
    assert again.network.settings == gan.network.settings


GUESSED: dict[str, tuple[Row, ...]] = {
    "digits by kernels 3, 4, 3, 4": ((32, 3, 2, 0), (16, 4, 1, 0), (8, 3, 2, 0), (1, 4, 2, 0)),
    "digits by kernels 1, 7, 4, 4": ((32, 1, 1, 0), (16, 7, 1, 0), (8, 4, 2, 1), (1, 4, 2, 1)),
}
"""What the size of digits tells."""


@pytest.mark.filterwarnings(GREY)
@pytest.mark.parametrize("title", GUESSED)
def test_usual_sizes_tell_the_rest(title: str, tmp_path: Path) -> None:
    net = stack(*GUESSED[title])
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        gan = ll.load_generator(saved(net, tmp_path))
    assert_same_image(gan, net)
    assert gan.spec.img_size == (28, 28)
    if title == "digits by kernels 3, 4, 3, 4":  # nothing but the size tells of the last layer
        assert any(GUESS in str(w.message) and "28 x 28" in str(w.message) for w in told)


@pytest.mark.filterwarnings(GREY)
def test_two_sizes_that_are_as_likely_are_told(tmp_path: Path) -> None:
    """A last kernel of 1 may cut off two pixels at each side, or none."""
    net = stack((32, 4, 1, 0), (16, 4, 2, 1), (8, 4, 2, 1), (8, 4, 2, 1), (1, 1, 1, 2))
    path = saved(net, tmp_path)
    with pytest.warns(UserWarning, match=r"32 x 32 pixels were assumed, but 28 x 28 pixels are as"):
        assert ll.load_generator(path).spec.img_size == (32, 32)
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=f".*{GUESS}")
        for given in (
            {"img_resolution": 28},
            {"img_resolution": "28x28"},
            {"padding": "0,1,1,1,2"},
        ):
            assert_same_image(ll.load_generator(path, **given), net)


def test_a_size_that_nobody_trains_for_is_told(tmp_path: Path) -> None:
    small = stack((16, 4, 1, 0), (3, 4, 2, 1))
    with pytest.warns(UserWarning, match=rf"{GUESS}; 8 x 8 pixels were assumed"):
        ll.load_generator(saved(small, tmp_path))


OPTIONS: list[dict[str, Any]] = [
    {"stride": [1, 3, 1], "padding": [0, 2, 0]},
    {"stride": "1,3,1", "padding": "0,2,0", "output_padding": 0},
    {"stride": [[1, 1], [3, 3], [1, 1]], "padding": [[0, 0], [2, 2], [0, 0]]},
    {"stride": "1,3x3,1", "padding": "0,2x2,0"},
]


@pytest.mark.parametrize("options", OPTIONS)
def test_options_give_what_nothing_tells(options: dict[str, Any], tmp_path: Path) -> None:
    net = stack((16, 4, 1, 0), (8, 5, 3, 2), (3, 3, 1, 0))
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=f".*{GUESS}")
        gan = ll.load_generator(saved(net, tmp_path), **options, **KNOWN)
    assert_same_image(gan, net)


def test_a_single_value_is_meant_for_all_layers_after_the_first(tmp_path: Path) -> None:
    net = stack((16, 4, 1, 0), (8, 4, 2, 0), (3, 4, 2, 0))
    gan = ll.load_generator(saved(net, tmp_path), stride=2, padding="0")
    assert gan.spec.img_size == (22, 22)
    assert_same_image(gan, net)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"stride": "wide"}, r"The stride 'wide' was given\. Expected whole numbers"),
        ({"stride": [1, 2]}, "2 values of stride were given. Expected one for all layers, or 3"),
        ({"stride": 0}, "A stride of 0"),
        ({"stride": 10**9}, r"The stride '1000000000' was given\. Expected whole numbers from 0"),
        ({"stride": True}, "The stride 'True' was given"),
        ({"padding": -1}, "The padding '-1' was given"),
        ({"padding": [0, 50, 0]}, "leaves nothing of an image of 4 x 4 pixels"),
        ({"stride": 500}, "A layer makes"),
        ({"output_padding": [0, 3, 0]}, "was found. Expected less than the stride"),
        ({"img_resolution": 37}, r"make images of 37 x 37 pixels\. Expected one of"),
        ({"img_resolution": "huge"}, "The img_resolution 'huge' was given"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, Any], words: str, tmp_path: Path) -> None:
    path = saved(stack((16, 4, 1, 0), (8, 4, 2, 1), (3, 4, 2, 1)), tmp_path)
    with pytest.raises(CheckpointError, match=words):
        ll.load_generator(path, **options)


def test_the_command_line_takes_them(tmp_path: Path) -> None:
    net = stack((32, 4, 1, 0), (16, 4, 2, 1), (8, 4, 2, 1), (8, 4, 2, 1), (1, 1, 1, 2))
    run = subprocess.run(
        [sys.executable, "-m", "latent_levers.core", "describe", str(saved(net, tmp_path)),
         "--option", "img_resolution=28", "--option", "stride=1,2,2,2,1", "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    facts = json.loads(run.stdout)
    assert facts["image"] == {"height": 28, "width": 28, "channels": 1}
    assert facts["options"]["padding"]["value"] == [[0, 0], [1, 1], [1, 1], [1, 1], [2, 2]]


def test_candidates_are_sizes_that_torch_makes() -> None:
    """Every size by the formula is the size of torch's own layer."""
    for kernel in (1, 2, 3, 4, 5, 6, 7):
        for geometry in candidates((kernel, kernel), True, False):
            stride, padding, extra = geometry.stride, geometry.padding, geometry.output_padding
            layer = ConvTranspose2d(1, 1, kernel, stride, padding, extra)
            size = geometry.output_size((8, 6), (kernel, kernel), True)
            assert tuple(layer(torch.zeros(1, 1, 8, 6)).shape[2:]) == size


def test_the_search_is_bounded() -> None:
    many = candidates((3, 3), True, False)
    sizes = reached_sizes([((3, 3), True)] * 200, [many] * 200)
    assert len(sizes) <= 20_000
    with pytest.raises(CheckpointError, match="2 values"):
        read_pairs("stride", [1, 2], 3)
    assert read_pairs("stride", "2", 2) == ((2, 2), (2, 2))
    assert str(Geometry((2, 1), (1, 1))) == "stride 2x1, padding 1"


def choice(layer: int, fits: dict[str, float]) -> Choice:
    """The choice of a layer by its own statistics."""
    (value, least), (other, second) = sorted(fits.items(), key=lambda pair: pair[1])[:2]
    return Choice(f"activation of layer {layer}", value, least, other, second / least)


def test_near_ties_prefer_one_activation_for_all_layers() -> None:
    clear = {"relu": 0.001, "leaky_relu:0.1": 0.01, "elu": 0.1}
    tie = {"relu": 0.0015, "leaky_relu:0.1": 0.001, "elu": 0.1}
    other = {"relu": 0.1, "leaky_relu:0.1": 0.2, "elu": 0.001}
    fits = [clear, tie, clear]
    found = agreed([choice(i, f) for i, f in enumerate(fits)], fits)
    assert [c.value for c in found] == ["relu"] * 3
    assert not any(c.doubt for c in found)
    fits = [tie, {"relu": 0.001, "leaky_relu:0.1": 0.0012, "elu": 0.1}]
    found = agreed([choice(i, f) for i, f in enumerate(fits)], fits)
    assert len({c.value for c in found}) == 1
    assert all(c.doubt for c in found)  # no layer is clear
    fits = [other, tie]  # the clear one does not fit the tie
    found = agreed([choice(i, f) for i, f in enumerate(fits)], fits)
    assert [c.value for c in found] == ["elu", "leaky_relu:0.1"]
    assert found[1].doubt


def test_a_doubtful_layer_of_a_network_follows_the_others(tmp_path: Path) -> None:
    """Statistics of few batches leave slopes of 0 and 0.1 close to each other."""
    for seed in range(4):
        net = stack((24, 4, 1, 0), (8, 4, 2, 1), (4, 4, 2, 1), (3, 4, 2, 1), seed=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert names_of(ll.load_generator(saved(net, tmp_path))) == ("relu",) * 3
