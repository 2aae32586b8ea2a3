"""Inputs and outputs that several nodes share, and how their values are read."""

from __future__ import annotations

from comfy_api.latest import io

from ..core.concepts.latent_code import LatentSpace
from .sockets import GAN, GAN_DIRECTIONS, GAN_LATENT

LARGEST_SEED = 2**64 - 1
"""Largest seed of ComfyUI's own nodes; core reduces seeds modulo 2^32."""

SEED_RULE = "Seeds are those of NVIDIA's scripts, of 32 bits: larger ones count modulo 2^32."
"""Appended to tooltips of seeds."""


def gan_input() -> io.Input:
    """The generator.

    Returns:
        The input "gan".
    """
    return GAN.Input("gan", tooltip="The generator, from Load GAN.")


def directions_input(optional: bool = False) -> io.Input:
    """The levers.

    Args:
        optional: Whether the node also works without them.

    Returns:
        The input "directions".
    """
    return GAN_DIRECTIONS.Input(
        "directions", optional=optional, tooltip="The levers, from SeFa, ReSeFa or a file."
    )


def latents_output(name: str, tooltip: str) -> io.Output:
    """Latent codes, shown as "latents".

    Args:
        name: Id of the output.
        tooltip: Its tooltip.

    Returns:
        The output.
    """
    return GAN_LATENT.Output(name, display_name="latents", tooltip=tooltip)


def transparency_output() -> io.Mask.Output:
    """The transparency of images, which ComfyUI passes on as a mask.

    Returns:
        The output "transparency".
    """
    return io.Mask.Output(
        "transparency",
        display_name="transparency",
        tooltip="White where the images are transparent, as the mask of Load Image; black where "
        "the generator draws no opacity. Join Image with Alpha puts both into one picture.",
    )


def report_output(tooltip: str) -> io.String.Output:
    """A report in words.

    Args:
        tooltip: What it says.

    Returns:
        The output "report".
    """
    return io.String.Output("report", display_name="report", tooltip=tooltip)


def layers_input(tooltip: str, default: str = "auto") -> io.String.Input:
    """Layers, as text.

    Args:
        tooltip: What the layers are for.
        default: "auto", "all", or a range.

    Returns:
        The input "layers".
    """
    text = f'{tooltip} Write "all", a range such as "0-3" (coarse layers come first), or "1, 4-5".'
    return io.String.Input("layers", default=default, tooltip=text)


def chosen_layers(layers: str) -> str | None:
    """Read the input "layers" of a node whose default is "auto".

    Args:
        layers: The text.

    Returns:
        The text, or none for "auto": the layers that the direction was found for.
    """
    return None if layers.strip().lower() in ("", "auto") else layers


def unit_input() -> io.Combo.Input:
    """The unit of strengths.

    Returns:
        The input "unit".
    """
    return io.Combo.Input(
        "unit",
        options=["sigma", "distance"],
        default="sigma",
        tooltip="Unit of strengths. sigma: one standard deviation of random images along the "
        "lever, so that strengths of different levers compare. distance: 1 in the latent space.",
    )


def strength_input(name: str, tooltip: str, default: float = 0.0) -> io.Float.Input:
    """How far a lever is pulled, in either direction.

    Args:
        name: Name of the input.
        tooltip: Its tooltip.
        default: Its default.

    Returns:
        The input.
    """
    return io.Float.Input(
        name, default=default, min=-1000.0, max=1000.0, step=0.1, round=0.001, tooltip=tooltip
    )


def index_input(tooltip: str) -> io.Int.Input:
    """Number of a lever.

    Args:
        tooltip: Which lever is meant.

    Returns:
        The input "index".
    """
    return io.Int.Input("index", default=0, min=0, max=100_000, tooltip=tooltip)


def amount_input(tooltip: str, default: float) -> io.Float.Input:
    """How much of a second image is used.

    Args:
        tooltip: What 0 and 1 mean.
        default: Its default.

    Returns:
        The input "amount".
    """
    return io.Float.Input(
        "amount", default=default, min=-2.0, max=3.0, step=0.05, round=0.001, tooltip=tooltip
    )


def scale_input(what: str) -> io.Int.Input:
    """Factor by which pictures are enlarged.

    Args:
        what: The pictures, for the tooltip.

    Returns:
        The input "scale".
    """
    return io.Int.Input(
        "scale",
        default=0,
        min=0,
        max=16,
        tooltip=f"Factor by which {what} are enlarged. 0 chooses automatically: small images are "
        "enlarged, large ones stay as they are. 1 keeps the generator's own pixels.",
    )


def seed_input(tooltip: str) -> io.Int.Input:
    """A seed, with ComfyUI's choice of the seed of the next run.

    Args:
        tooltip: What it decides.

    Returns:
        The input "seed".
    """
    return io.Int.Input(
        "seed",
        default=0,
        min=0,
        max=LARGEST_SEED,
        control_after_generate=True,
        tooltip=f"{tooltip} {SEED_RULE}",
    )


def class_input(tooltip: str) -> io.Int.Input:
    """The class of a conditional generator.

    Args:
        tooltip: What the class is for, as the beginning of a sentence.

    Returns:
        The input "class_index".
    """
    return io.Int.Input(
        "class_index",
        default=-1,
        min=-1,
        max=1_000_000,
        tooltip=f"{tooltip}, for a generator with classes; -1 for one without.",
    )


def chosen_class(class_index: int) -> int | None:
    """Read the input "class_index".

    Args:
        class_index: Its value.

    Returns:
        The class; none for negative numbers.
    """
    return None if class_index < 0 else class_index


def spaced(first: float, last: float, steps: int) -> list[float]:
    """Equally spaced numbers.

    Args:
        first: The first, if there are several.
        last: The last.
        steps: How many.

    Returns:
        From `first` to `last`; a single one is `last`.
    """
    if steps == 1:
        return [last]
    return [first + (last - first) * step / (steps - 1) for step in range(steps)]


AUTO = "auto"
"""List entry for what the node chooses."""


def file_space_input(what: str, rule: str) -> io.Combo.Input:
    """The latent space of a file of another program.

    Args:
        what: What the file contains.
        rule: How the space is found by default, as the end of a sentence.

    Returns:
        The input "space".
    """
    return io.Combo.Input(
        "space",
        options=[AUTO, *(space.value for space in LatentSpace)],
        default=AUTO,
        optional=True,
        tooltip=f"Latent space of {what} from other programs, whose files do not state it. Z: the "
        "random vectors. W: the output of the mapping network. A plus means one vector per layer. "
        f"S: the style channels of a StyleGAN. auto: {rule}; the node tells what it chose.",
    )


def chosen_space(space: str) -> str | None:
    """Read an input "space".

    Args:
        space: Its value.

    Returns:
        The space, or none for "auto".
    """
    return None if space == AUTO else space


def before_and_after_inputs() -> list[io.Image.Input]:
    """Two pictures to compare.

    Returns:
        The inputs "before" and "after".
    """
    return [
        io.Image.Input("before", tooltip="The picture before: one for all, or a batch."),
        io.Image.Input("after", tooltip="The picture after, of the same size: one, or as many."),
    ]
