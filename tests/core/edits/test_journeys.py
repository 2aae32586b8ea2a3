"""Journeys and easing: gentle ends, loops without a stutter."""

from __future__ import annotations

import itertools

import pytest
from latent_levers.core.base.errors import PackError
from latent_levers.core.edits.easing import EASINGS, eased
from latent_levers.core.edits.journeys import WAYS, Journey, Step, plan_journey


@pytest.mark.parametrize("name", EASINGS)
def test_easing_goes_from_0_to_1_and_is_the_same_from_both_ends(name: str) -> None:
    values = [eased(name, i / 64) for i in range(65)]
    assert values[0] == 0
    assert values[-1] == pytest.approx(1, abs=1e-15)
    assert values == sorted(values)
    assert values == pytest.approx([1 - value for value in reversed(values)], abs=1e-12)


def test_eased_ends_are_at_rest_each_more_than_the_one_before() -> None:
    first_steps = [eased(name, 0.02) for name in ("linear", "sine", "cubic", "quintic")]
    assert first_steps[0] == 0.02
    assert first_steps[1] < 0.002
    assert first_steps[3] < 0.0002
    assert first_steps[0] > first_steps[2] > first_steps[3]
    assert abs(first_steps[1] - first_steps[2]) < 0.001


def place(step: Step) -> float:
    """Where a frame is, on a line of stops at 0, 1, 2, ..."""
    return step.first + (step.second - step.first) * step.amount


@pytest.mark.parametrize("easing", EASINGS)
@pytest.mark.parametrize("stops", [2, 3, 5])
def test_there_and_back_loops_without_a_repeated_frame(easing: str, stops: int) -> None:
    frames = 6
    places = [
        place(step) for step in plan_journey(stops, Journey(frames, "there and back", easing))
    ]
    assert len(places) == 2 * (stops - 1) * frames
    half = len(places) // 2
    assert places[0] == 0
    assert places[half] == stops - 1
    assert places.count(0) == places.count(stops - 1) == 1, "the ends are shown once in a loop"
    around = [*places, places[0]]
    assert all(one != other for one, other in itertools.pairwise(around))
    assert places[1:half] == pytest.approx(places[:half:-1]), "back as it came"


def test_round_goes_straight_from_the_last_stop_to_the_first() -> None:
    steps = plan_journey(3, Journey(4, "round", "linear"))
    assert len(steps) == 12
    assert (steps[8].first, steps[8].second, steps[8].amount) == (2, 0, 0)
    assert steps[-1].amount == 0.75, "the frame after the last one is the first one"


def test_once_ends_at_the_last_stop() -> None:
    steps = plan_journey(3, Journey(4, "once", "sine"))
    assert len(steps) == 9
    assert place(steps[-1]) == 2
    assert [place(step) for step in steps if step.amount == 0] == [0, 1, 2], "each stop is hit"


@pytest.mark.parametrize("way", WAYS)
def test_a_single_stop_is_a_single_frame(way: str) -> None:
    assert plan_journey(1, Journey(24, way)) == [Step(0, 0, 0.0)]


def test_short_ways_take_fewer_frames() -> None:
    steps = plan_journey(3, Journey(10, "round", "linear"), [1.0, 0.5, 0.05])
    counts = [sum(step.first == stop for step in steps) for stop in range(3)]
    assert counts == [10, 5, 1]


def test_errors_say_what_is_wrong() -> None:
    with pytest.raises(PackError, match="Unknown way 'up'.*there and back"):
        plan_journey(2, Journey(4, "up"))
    with pytest.raises(PackError, match="Unknown easing 'jump'.*sine"):
        plan_journey(2, Journey(4, easing="jump"))
    with pytest.raises(PackError, match="0 frames between 2 stops"):
        plan_journey(2, Journey(0))
    with pytest.raises(PackError, match="Lengths.*2 from 0 to 1"):
        plan_journey(3, Journey(4), lengths=[1.0, 2.0])
    with pytest.raises(PackError, match="200000 frames.*at most 100000.*fewer"):
        plan_journey(2, Journey(100_000))
