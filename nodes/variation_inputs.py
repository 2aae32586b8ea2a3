"""The inputs by which nodes say what varies, and how."""

from __future__ import annotations

from comfy_api.latest import io

from ..core.base.parsing import read_indices
from ..core.base.wording import warn
from ..core.edits.variations import VARIATION_MODES
from .inputs import layers_input, seed_input, unit_input

_USUAL = "0-3"
"""Levers that may be pulled where nobody chose any."""


def variation_inputs(count: io.Int.Input) -> list[io.Input]:
    """The inputs of variations of images.

    Args:
        count: The input for their number.

    Returns:
        "arrange", the number, "seed", "indices", "strengths", "unit" and "layers".
    """
    return [
        io.Combo.Input(
            "arrange",
            options=list(VARIATION_MODES),
            default="random",
            tooltip="random: each picture is one of the images with one to three random "
            "levers pulled. grid: every image with every lever at every strength.",
        ),
        count,
        seed_input("Decides the random choices; the same seed gives the same pictures."),
        io.String.Input(
            "indices",
            default=_USUAL,
            tooltip='Levers that may be pulled: "all", a range such as "0-3", or "0, 2, 5".',
        ),
        io.String.Input(
            "strengths",
            default="-2, 2",
            tooltip="Strengths between commas. With random, any value from the smallest to "
            "the largest.",
        ),
        unit_input(),
        layers_input("Layers that are changed; auto means those that each lever was found for."),
    ]


def read_levers(text: str, count: int) -> list[int]:
    """Read the widget "indices"; its default means all levers where there are fewer.

    Args:
        text: What stands in the widget.
        count: Number of levers.

    Returns:
        Unique indices, at least one.

    Raises:
        DirectionsError: The text cannot be parsed, or a lever that was chosen does not exist.
    """
    last = int(_USUAL.rpartition("-")[2])
    if text.strip() == _USUAL and count <= last:
        warn(f"indices is {_USUAL}, and the last lever is {count - 1}: all of them may be pulled.")
        return list(range(count))
    return read_indices(text, count)
