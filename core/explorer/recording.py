"""Recorded moves of levers: keyframes, and the pulls at every frame between them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from ..base.errors import FieldError
from ..base.json_fields import Fields

FPS = 12
"""Frames per second of what is recorded."""

MOST_KEYS = 2000
"""Most keyframes of a recording."""

MOST_SECONDS = 60.0
"""Longest recording."""


@dataclass(frozen=True)
class Keyframe:
    """The pulls of all levers at a time."""

    seconds: float
    """Time since the start of the recording."""
    pulls: tuple[float, ...]
    """Latent distances, in the order of the pinned levers; missing ones count as 0."""


@dataclass(frozen=True)
class Recording:
    """Keyframes, in order."""

    keys: tuple[Keyframe, ...] = ()
    """Times do not fall."""

    def __bool__(self) -> bool:
        """Whether anything was recorded."""
        return bool(self.keys)

    def frames(self, levers: int) -> list[tuple[float, ...]]:
        """The pulls at each frame, along straight lines between the keyframes.

        Args:
            levers: Number of levers.

        Returns:
            For each frame one pull per lever, `FPS` frames a second, the first and the last
            keyframe included; empty where nothing was recorded.
        """
        if not self.keys:
            return []
        times = [key.seconds for key in self.keys]
        count = round((times[-1] - times[0]) * FPS) + 1
        return [self._at(times, times[0] + number / FPS, levers) for number in range(count)]

    def _at(self, times: list[float], seconds: float, levers: int) -> tuple[float, ...]:
        """The pulls at a time."""
        after = min(bisect_right(times, seconds), len(times) - 1)
        before = max(after - 1, 0)
        span = times[after] - times[before]
        share = min(max((seconds - times[before]) / span, 0.0), 1.0) if span > 0 else 1.0
        one, two = (self._padded(self.keys[at], levers) for at in (before, after))
        return tuple(a + share * (b - a) for a, b in zip(one, two, strict=True))

    @staticmethod
    def _padded(key: Keyframe, levers: int) -> list[float]:
        """The pulls of a keyframe, one per lever."""
        return [*key.pulls, *[0.0] * levers][:levers]


def read_recording(fields: Fields, most_levers: int, max_pull: float) -> Recording:
    """Read the field "record" of a state: a list of `{"t": seconds, "pulls": [...]}`.

    Args:
        fields: The fields of the state.
        most_levers: Most pulls of a keyframe.
        max_pull: Largest pull.

    Returns:
        The recording; empty where the field is absent.

    Raises:
        FieldError: A keyframe cannot be read, or one comes before the one above it.
    """
    keys: list[Keyframe] = []
    for number, entry in enumerate(fields.array("record", MOST_KEYS, ()), 1):
        one = Fields.of(entry, f"Keyframe {number}")
        seconds = one.number("t", 0.0, MOST_SECONDS)
        if keys and seconds < keys[-1].seconds:
            raise FieldError(
                f"Keyframe {number} is at {seconds:g} s, after one at {keys[-1].seconds:g} s",
                "times that do not fall",
            )
        listed = one.array("pulls", most_levers)
        named = Fields({str(at): pull for at, pull in enumerate(listed)}, f"Keyframe {number}")
        pulls = (named.number(key, -max_pull, max_pull) for key in named.values)
        keys.append(Keyframe(seconds, tuple(pulls)))
    return Recording(tuple(keys))
