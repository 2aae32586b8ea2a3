"""GANLoadDirections: levers from a file, ours or those of other programs."""

from __future__ import annotations

import contextlib

from comfy_api.latest import io

from ...core.concepts.latent_code import LatentSpace, format_layers
from ...core.explorer.previews import range_sentence, thumbnail_strip
from ...core.levers.compatibility import compatibility, rank_files
from ...core.levers.direction_loading import load_directions
from .. import folders, host
from ..folders import DIRECTIONS, NEWEST
from ..sockets import CATEGORY, GAN, GAN_DIRECTIONS, LoadedGAN
from ..widgets import on_node, preview

_AUTO = "auto"

_SURVEYED = 100
"""Most files whose compatibility is told."""


class GANLoadDirections(io.ComfyNode):
    """See `core.load_directions`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What ComfyUI draws."""
        return io.Schema(
            node_id="GANLoadDirections",
            display_name="GAN Load Directions",
            category=CATEGORY,
            description="Loads levers from models/gan_directions: saved ones, and directions of "
            "others (.npy, .npz, .pt, safetensors). They fit the generator that they were found "
            "with, and often its fine-tuned relatives.",
            inputs=[
                io.Combo.Input(
                    "saved",
                    options=DIRECTIONS.names(),
                    default=NEWEST,
                    tooltip="The file, in models/gan_directions; (newest) is the one saved last.",
                ),
                io.String.Input(
                    "file",
                    optional=True,
                    force_input=True,
                    tooltip="Name of a file, from GAN Save Directions; it wins over the list.",
                ),
                io.Combo.Input(
                    "space",
                    options=[_AUTO, *(space.value for space in LatentSpace)],
                    default=_AUTO,
                    optional=True,
                    tooltip="Latent space of directions of others, whose files do not tell: Z is "
                    "what is drawn at random, W what the mapping network makes of it, a plus means "
                    "a vector per layer, S the style channels of a StyleGAN. auto goes by shape "
                    "and generator, else takes W.",
                ),
                io.Int.Input(
                    "num_ws",
                    default=0,
                    min=0,
                    max=1000,
                    optional=True,
                    tooltip="Number of the generator's layers, for directions of others; 0 goes by "
                    "the file and the generator.",
                ),
                GAN.Input(
                    "gan",
                    optional=True,
                    tooltip="The generator that they shall fit. The node then says which files "
                    "do; directions of others learn their space, their layers and how far one "
                    "sigma is.",
                ),
            ],
            outputs=[
                GAN_DIRECTIONS.Output(
                    "directions", display_name="directions", tooltip="The levers."
                ),
                io.String.Output(
                    "report", display_name="report", tooltip="What the file says of them."
                ),
            ],
        )

    @classmethod
    def validate_inputs(cls, saved: str) -> bool | str:
        """Say which file is missing and where it belongs, before anything runs."""
        return DIRECTIONS.why_not(saved)

    @classmethod
    def fingerprint_inputs(cls, saved: str, file: str | None = None, **_: object) -> str:
        """Load again when the file has changed."""
        return DIRECTIONS.stamp(file or saved)

    @classmethod
    def execute(
        cls,
        saved: str,
        file: str | None = None,
        space: str = _AUTO,
        num_ws: int = 0,
        gan: LoadedGAN | None = None,
    ) -> io.NodeOutput:
        """Read the file."""
        path = DIRECTIONS.path(file or saved)
        with contextlib.ExitStack() as stack:
            if gan is None:
                notes, generator = stack.enter_context(host.plainly()), None
            else:
                work = stack.enter_context(host.session(gan))
                notes, generator = work.notes, work.generator
            with folders.reading(path):
                levers = load_directions(
                    path,
                    space=None if space == _AUTO else space,
                    num_ws=num_ws or None,
                    gan=generator,
                )
            layers = format_layers(levers.layers, levers.num_ws)
            count = f"{len(levers)} direction{'s' if len(levers) > 1 else ''}"
            notes.append(
                f"{path.name}: {count} of {levers.method or 'unknown origin'} in "
                f"{levers.space.value}, layers {layers}"
            )
            notes.extend(
                f"{key}: {value}" for key, value in levers.details.items() if key == "region"
            )
            told: list[str] = []
            if levers.ranges is not None:
                told += [range_sentence(levers, index) for index in range(len(levers))]
            elif any(levers.names):
                told += [", ".join(levers.label(index) for index in range(len(levers)))]
            if generator is not None:
                told += [f"This file: {compatibility(levers, generator).sentence}"]
                listed = rank_files(DIRECTIONS.files()[:_SURVEYED], generator)
                told += [f"{name}: {verdict.sentence}" for name, verdict in listed]
            strip = thumbnail_strip(levers)
            shown = None if strip is None else preview(strip)
        notes += told  # behind the warnings, which are about the file that was chosen
        return io.NodeOutput(levers, "\n".join(notes), ui=on_node(notes, shown))
