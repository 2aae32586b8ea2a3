"""Regions that would take minutes to draw are refused at once."""

from __future__ import annotations

import json

import pytest
from latent_levers.core.base.errors import RegionError
from latent_levers.core.regions.rasterize import drawing_work
from latent_levers.core.regions.shapes import read_shapes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(", ".join(["mouth"] * 100_000), "100,000 shapes", id="names"),
        pytest.param(json.dumps(["mouth"] * 1001), "1,001 shapes", id="list"),
        pytest.param(" " * 4_000_001, "4,000,001 characters", id="length"),
        pytest.param("[" * 100_000, "nested too deeply", id="depth"),
        pytest.param('[{"box": [0, 0, 1, ' + "9" * 5000 + "]}]", "huge number", id="digits"),
        pytest.param(
            json.dumps([{"polygon": [[0, 0], [0, 1], [1, 1]] * 1600, "feather": 0.5}]),
            "times the work",
            id="soft polygon",
        ),
        pytest.param(
            json.dumps([{"stroke": [[0, 0], [1, 1]] * 2500, "width": 1}] * 40),
            "times the work",
            id="strokes",
        ),
    ],
)
def test_hostile_text_is_refused_at_once(text, words):
    with pytest.raises(RegionError) as caught:
        read_shapes(text)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 400


def test_work_counts_what_is_computed():
    """Edges of a hard polygon cost a row each, of a soft one the pixels within reach."""
    hard, soft = read_shapes(
        json.dumps(
            [
                {"polygon": [[0.2, 0.2], [0.2, 0.8], [0.8, 0.5]]},
                {"polygon": [[0.2, 0.2], [0.2, 0.8], [0.8, 0.5]], "feather": 0.1},
            ]
        )
    )
    assert drawing_work(hard) < 1.1
    assert drawing_work(soft) == pytest.approx(1 + 0.2 * 0.8 + 2 * 0.8 * 0.5 + 3 / 64)
