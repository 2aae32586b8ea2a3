"""The inputs by which nodes say what varies, and how."""

from __future__ import annotations

from comfy_api.latest import io

from ..core.edits.variations import VARIATION_MODES
from .inputs import layers_input, seed_input, unit_input


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
            default="0-3",
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
