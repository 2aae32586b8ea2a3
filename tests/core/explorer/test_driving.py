"""Pulls from other nodes and from a recording."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from latent_levers.core.base.errors import FieldError
from latent_levers.core.explorer.driving import driven, pull_of_share, recorded_states
from latent_levers.core.explorer.recording import FPS
from latent_levers.core.explorer.state import ExplorerState, read_state
from latent_levers.core.explorer.vectors import write_vector


def lever(**more: Any) -> dict[str, Any]:
    """A lever of a state."""
    return {"vector": write_vector(torch.ones(4) / 2), "shape": [1, 4], "range": [-6, 4], **more}


def state(*levers: dict[str, Any], **more: Any) -> ExplorerState:
    """A state with levers."""
    return read_state({"levers": list(levers), **more})


def test_one_is_the_end_of_the_visible_range():
    (one,) = state(lever()).levers
    assert [pull_of_share(one, share) for share in (-1, -0.5, 0, 0.5, 1)] == [-6, -3, 0, 2, 4]
    (without,) = state(lever(range=[0, 0])).levers
    assert pull_of_share(without, 0.5) == 2.5


def test_inputs_pull_instead_of_sliders():
    given = state(lever(pull=1), lever(pull=2), lever(pull=3, muted=True))
    assert [each.pull for each in given.levers] == [1, 2, 0], "a muted lever rests"
    moved = driven(given, {2: -0.5, 3: 1.0})
    assert [each.pull for each in moved.levers] == [1, -3, 0]
    assert driven(given, {}) == given


@pytest.mark.parametrize(("number", "share"), [(2, 0.0), (1, math.nan), (1, math.inf), (1, 11.0)])
def test_inputs_without_a_lever_and_other_values_are_refused(number: int, share: float):
    with pytest.raises(FieldError, match=f"pull_{number} is"):
        driven(state(lever()), {number: share})


def test_moves_are_frames_along_straight_lines():
    keys = [{"t": 0, "pulls": [0]}, {"t": 1, "pulls": [FPS]}, {"t": 1.5, "pulls": [FPS, 3]}]
    frames = recorded_states(state(lever(), lever(), record=keys))
    assert len(frames) == 1.5 * FPS + 1
    assert [each.levers[0].pull for each in frames[:4]] == pytest.approx([0, 1, 2, 3])
    assert [each.levers[1].pull for each in frames[FPS:]] == pytest.approx(
        [0, 0.5, 1, 1.5, 2, 2.5, 3]
    )
    assert frames[-1].levers[0].pull == FPS


def test_without_a_recording_there_is_one_frame():
    alone = state(lever(pull=2))
    assert recorded_states(alone) == [alone]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ([{"t": 1, "pulls": []}, {"t": 0.5, "pulls": []}], "Keyframe 2 is at 0.5 s"),
        ([{"t": 61, "pulls": []}], "Keyframe 1"),
        ([{"pulls": []}], "Keyframe 1"),
        ([{"t": 0, "pulls": ["far"]}], "Keyframe 1"),
        (["now"], "Keyframe 1"),
    ],
)
def test_recordings_that_cannot_be_read_are_refused(keys: list[Any], words: str):
    with pytest.raises(FieldError, match=words):
        state(lever(), record=keys)
