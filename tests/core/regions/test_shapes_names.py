"""A region is named after what was asked for, so that its levers are."""

from __future__ import annotations

import pytest
import torch
from latent_levers.core.regions.shapes import region_from_shapes


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("mouth", "mouth"),
        ("left_eye, nose, left_eye", "left eye, nose"),
        ('[{"box": [0, 0, 0.5, 0.5]}]', "1 shape"),
        ('[{"preset": "eyes"}, {"box": [0, 0, 1, 1]}, {"box": [0, 0, 1, 1]}]', "eyes, 2 shapes"),
        ('[{"box": [0, 0, 1, 1]}, {"preset": "nose", "mode": "subtract"}]', "1 shape without nose"),
    ],
)
def test_a_region_is_named_after_what_was_asked_for(text: str, name: str) -> None:
    assert region_from_shapes(text, (64, 64)).name == name


def test_a_painted_region_and_names_of_a_file() -> None:
    mask = torch.zeros(64, 64)
    mask[:8] = 1
    assert region_from_shapes("", (64, 64), mask=mask).name == "mask"
    assert region_from_shapes("nose", (64, 64), mask=mask).name == "mask, nose"
    presets = {"a\x1b[2J" * 50: (0.0, 0.0, 0.5, 0.5)}
    name = region_from_shapes([*presets], (64, 64), presets).name
    assert name.isprintable()
    assert len(name) <= 83
