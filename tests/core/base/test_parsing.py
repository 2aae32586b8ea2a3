"""Numbers typed into one line."""

from __future__ import annotations

import pytest
import torch
from latent_levers.core.base.errors import CheckpointError, DirectionsError, LatentError
from latent_levers.core.base.parsing import (
    read_indices,
    read_numbers,
    read_option,
    read_options,
    read_seeds,
)
from latent_levers.core.concepts.directions import make_directions
from latent_levers.core.concepts.latent_code import LatentSpace

LEVERS = make_directions(torch.eye(6), torch.arange(6.0), space=LatentSpace.W, num_ws=2)


UNIFORM = {"distribution": "uniform"}


def test_numbers():
    assert read_numbers("-2, 0,2.5") == [-2, 0, 2.5]
    assert read_numbers("1 2;3") == [1, 2, 3]


@pytest.mark.parametrize("text", ["", " , ", "a", "1, b", "nan", "1, inf"])
def test_numbers_that_cannot_be_read(text):
    with pytest.raises(DirectionsError, match="numbers between commas"):
        read_numbers(text)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("all", [0, 1, 2, 3, 4, 5]), ("", [0, 1, 2, 3, 4, 5]), ("0-2", [0, 1, 2]), ("4, 1 1", [4, 1])],
)
def test_indices(text, numbers):
    assert read_indices(text, len(LEVERS)) == numbers


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a", "cannot be read"),
        ("-1", "cannot be read"),
        ("3-1", "backwards"),
        ("0-6", "0 to 5"),
        (",", "read"),
        ("1-", "read"),
        ("\u00b2", "read"),
        pytest.param("9" * 5000, "read", id="5000 digits"),
    ],
)
def test_indices_that_cannot_be_read(text, words):
    with pytest.raises(DirectionsError, match=words):
        read_indices(text, len(LEVERS))


def test_seeds():
    assert read_seeds("0-3") == [0, 1, 2, 3]
    assert read_seeds("7") == [7]
    assert read_seeds("5, 0-1; 5 4294967295") == [5, 0, 1, 4294967295]


def test_numbers_of_other_scripts_are_numbers():
    assert read_seeds("\u0663-\u0665") == [3, 4, 5]
    assert read_indices("\u0661", 3) == [1]


def test_seeds_are_bounded():
    for text in ("0-4294967295", "0-999999, 2000000-2000001"):
        with pytest.raises(LatentError, match="more than a million"):
            read_seeds(text)
    assert len(read_seeds("0-99999, 0-99999")) == 100_000


@pytest.mark.parametrize(
    "text",
    [
        *("", ",", "a", "-1", "3-1", "1-", "-", "1.5", "0-4294967296", "\u00b2"),
        pytest.param("9" * 5000, id="5000 digits"),
    ],
)
def test_seeds_that_cannot_be_read(text):
    with pytest.raises(LatentError, match="The seeds .* cannot be read.*0-7"):
        read_seeds(text)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("", {}),
        (" ,\n; ", {}),
        ("c_dim=0", {"c_dim": 0}),
        ("stride=2, c_dim = 0\ndistribution=uniform;", {"stride": 2, "c_dim": 0, **UNIFORM}),
        ("activation=relu,relu,tanh, c_dim=0", {"activation": "relu,relu,tanh", "c_dim": 0}),
        ("stride=[2, 1, 2]; eps=1e-4", {"stride": [2, 1, 2], "eps": 1e-4}),
        ("final_tanh=true,conv_clamp=null", {"final_tanh": True, "conv_clamp": None}),
        ("a=b=c", {"a": "b=c"}),
        ("x=" + "[" * 5000, {"x": "[" * 5000}),
    ],
)
def test_options(text, options):
    assert read_options(text) == options


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("stride", "'stride' has no value. Expected name=value"),
        ("stride=", "no value"),
        ("=2", "no name"),
        ("my stride=2", "no name"),
        ("stride=2, stride=3", "The option stride is given twice"),
        ("eps=NaN", "holds NaN. Expected finite numbers"),
        ("eps=[1, 1e999]", "finite numbers"),
        ("x=" + "1" * 10_000, "at most 10,000"),
    ],
)
def test_options_that_cannot_be_read(text, words):
    with pytest.raises(CheckpointError, match=words):
        read_options(text)


def test_one_option_may_contain_what_separates_several():
    assert read_option("activation=relu, c_dim=0") == ("activation", "relu, c_dim=0")
