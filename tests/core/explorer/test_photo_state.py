"""The photograph in the text of a state: read, written, refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
from latent_levers.core.base.errors import FieldError
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.explorer.photo_state import FoundCode, PhotoState
from latent_levers.core.explorer.state import read_state

CODE = FoundCode(
    "photo generator",
    (0.1, 1 / 3, -2.0, 0.0, 0.1, 5.0),
    LatentSpace.W_PLUS,
    torch.arange(12.0).reshape(3, 4) / 7 - 1,
    2,
    "The reconstruction is close.",
)


def test_states_without_a_photograph_load_unchanged() -> None:
    assert read_state("").photo == read_state('{"photo": null}').photo == PhotoState()
    assert read_state('{"photo": {}}').photo == PhotoState()


def test_a_code_comes_back_to_the_bit() -> None:
    text = json.dumps({"photo": {"box": [0.1, 0.2, 0.3, 0.4], "found": CODE.entry()}})
    photo = read_state(text).photo
    assert photo.box == (0.1, 0.2, 0.3, 0.4)
    found = photo.found
    assert found is not None
    assert found.same(CODE)
    assert (found.matrix, found.report) == (CODE.matrix, CODE.report)
    assert not found.same(FoundCode("other", *[getattr(CODE, name) for name in (
        "matrix", "space", "values", "label", "report")]))  # fmt: skip


def test_settings_are_read() -> None:
    given = {"space": "W+", "trust": 0.2, "rough": True, "inside": True}
    photo = read_state({"photo": given}).photo
    assert (photo.space, photo.trust, photo.rough, photo.inside) == (
        LatentSpace.W_PLUS,
        0.2,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("photo", "said"),
    [
        ([], "The photo is"),
        ({"box": [0, 0, 1]}, "height"),
        ({"box": [0, 0, 0, 1]}, "0 wide"),
        ({"box": [0, 0, 1, 3]}, "height"),
        ({"box": [0, float("nan"), 1, 1]}, "top"),
        ({"space": "S"}, "'S' as 'space'"),
        ({"trust": 0}, "trust"),
        ({"inside": 1}, "inside"),
        ({"found": 3}, "The photo's code is 3"),
        ({"found": {**CODE.entry(), "matrix": [1] * 5}}, "The photo's matrix has no '5'"),
        ({"found": {**CODE.entry(), "matrix": [1] * 7}}, "a list of at most 6"),
        ({"found": {**CODE.entry(), "matrix": [1e99] * 6}}, "'0'"),
        ({"found": {**CODE.entry(), "space": "S"}}, "'S' as 'space'"),
        ({"found": {**CODE.entry(), "shape": [3, 5]}}, "48 bytes"),
        ({"found": {**CODE.entry(), "label": -1}}, "label"),
        ({"found": {**CODE.entry(), "of": "x" * 65}}, "of"),
    ],
)
def test_wrong_fields_are_refused_in_words(photo: Any, said: str) -> None:
    with pytest.raises(FieldError) as refused:
        read_state({"photo": photo})
    assert said in str(refused.value)
