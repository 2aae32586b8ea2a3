"""GANTraverse: animations of levers or between images, as frames for a video."""

from __future__ import annotations

from comfy_api.latest import io, ui
from torch import Tensor

from ...core.base.errors import DirectionsError
from ...core.base.parsing import read_indices
from ...core.concepts.directions import Directions
from ...core.concepts.latent_code import LatentCode
from ...core.edits.easing import EASINGS
from ...core.edits.editing import PullOptions
from ...core.edits.journeys import WAYS, Journey
from ...core.latents.interpolation import BLENDS
from ...core.pictures.frames import draw_frames, enlarge_frames
from ...core.pictures.traversal import LeverMotion, traverse_codes, traverse_levers
from .. import host
from ..inputs import (
    chosen_layers,
    directions_input,
    gan_input,
    latents_output,
    layers_input,
    report_output,
    scale_input,
    strength_input,
    transparency_output,
    unit_input,
)
from ..masks import read_optional_region
from ..previews import animation, channel_notes, image_outputs, on_node
from ..sockets import CATEGORY, GAN_LATENT, LoadedGAN

_LEVERS, _IMAGES = "levers", "images"
_IN_TURN, _TOGETHER = "in turn", "together"
_ONE_BY_ONE, _SIDE_BY_SIDE = "one after another", "side by side"


class GANTraverse(io.ComfyNode):
    """Calls `traversal.traverse_levers` or `traversal.traverse_codes`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANTraverse",
            display_name="GAN Traverse (morph, animation)",
            category=f"{CATEGORY}/show",
            description="Moves levers from one strength to another, or morphs images into each "
            "other, frame by frame: connect Save Animated WEBP or a video node.",
            is_output_node=True,
            inputs=[
                gan_input(),
                GAN_LATENT.Input(
                    "latents",
                    tooltip="The images on which levers are pulled, or between which frames are "
                    "interpolated.",
                ),
                io.Combo.Input(
                    "move",
                    options=[_LEVERS, _IMAGES],
                    default=_LEVERS,
                    tooltip="levers: pulls levers on every image. images: interpolates from each "
                    "image of the batch to the next; needs no levers.",
                ),
                io.String.Input(
                    "indices",
                    default="0",
                    tooltip='Which levers: "0", a range such as "0-3", or "all".',
                ),
                io.Combo.Input(
                    "several",
                    options=[_IN_TURN, _TOGETHER],
                    default=_IN_TURN,
                    tooltip="Several levers. in turn: each from rest and back to it. together: all "
                    "at once.",
                ),
                strength_input("from_strength", "Strength at one end."),
                strength_input(
                    "to_strength",
                    "Strength at the other end. If both are 0, each lever moves in both directions "
                    "until the change is clearly visible.",
                ),
                unit_input(),
                layers_input(
                    "Layers that are changed; auto means those that each lever was found for."
                ),
                io.Int.Input(
                    "frames",
                    default=24,
                    min=1,
                    max=10_000,
                    tooltip="Frames from one end to the other, or from image to image; there and "
                    "back takes twice as many.",
                ),
                io.Combo.Input(
                    "easing",
                    options=list(EASINGS),
                    default=next(iter(EASINGS)),
                    tooltip="How the movement starts and ends. linear: at constant speed. sine, "
                    "cubic and quintic slow down at both ends, each more than the one before.",
                ),
                io.Combo.Input(
                    "way",
                    options=list(WAYS),
                    default=WAYS[0],
                    tooltip="there and back, and round (from the last image directly to the "
                    "first), loop without a repeated frame. once ends at the last one.",
                ),
                io.Combo.Input(
                    "blend",
                    options=list(BLENDS),
                    default=BLENDS[0],
                    tooltip="Interpolation between images. linear: along a straight line. "
                    "spherical: around the average image.",
                ),
                io.Combo.Input(
                    "arrange",
                    options=[_ONE_BY_ONE, _SIDE_BY_SIDE],
                    default=_ONE_BY_ONE,
                    tooltip="Levers on several images. one after another: each image by itself. "
                    "side by side: all images in every frame.",
                ),
                io.Boolean.Input(
                    "gauge",
                    default=True,
                    tooltip="Whether a gauge below each frame shows what moves and how far.",
                ),
                scale_input("the frames"),
                io.Float.Input(
                    "fps",
                    default=24.0,
                    min=1.0,
                    max=120.0,
                    step=1.0,
                    round=0.01,
                    tooltip="Frames per second on this node, and of the output fps.",
                ),
                directions_input(optional=True),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="The region of the levers: strengths of 0 are then chosen by the "
                    "change inside it.",
                ),
            ],
            outputs=[
                io.Image.Output("images", display_name="images", tooltip="The frames in order."),
                latents_output(
                    "traversed", "Their latent codes; with side by side, all codes of each frame."
                ),
                io.Float.Output(
                    "rate", display_name="fps", tooltip="Frames per second, for video nodes."
                ),
                report_output("What moves, how far and how long."),
                transparency_output(),
            ],
        )

    @classmethod
    def execute(
        cls,
        gan: LoadedGAN,
        latents: LatentCode,
        move: str,
        indices: str,
        several: str,
        from_strength: float,
        to_strength: float,
        unit: str,
        layers: str,
        frames: int,
        easing: str,
        way: str,
        blend: str,
        arrange: str,
        gauge: bool,
        scale: int,
        fps: float,
        directions: Directions | None = None,
        mask: Tensor | None = None,
    ) -> io.NodeOutput:
        """Plan the animation, and render it in chunks."""
        with host.session(gan) as work:
            spec = work.generator.spec
            journey = Journey(frames, way, easing)
            if move == _IMAGES:
                plan = traverse_codes(work.generator, latents, journey, blend)
            else:
                levers = _connected(directions)
                region = read_optional_region(mask, spec.img_size, work.notes)
                motion = LeverMotion(
                    from_strength,
                    to_strength,
                    PullOptions(unit, chosen_layers(layers)),
                    several == _TOGETHER,
                    arrange == _SIDE_BY_SIDE,
                    region,
                )
                chosen = read_indices(indices, len(levers))
                plan = traverse_levers(
                    work.generator, latents, levers, chosen, motion, journey, host.progress()
                )
            finish = enlarge_frames(work.generator, scale, gauge)
            drawn, codes = draw_frames(
                work.generator, plan, finish, progress=host.progress(), alpha=True
            )
            seconds = plan.total / fps
            work.notes += [*plan.report, f"{plan.total} frames, {seconds:.1f} s at {fps:g} fps."]
            work.notes.extend(channel_notes(spec))
            shown: ui.SavedImages = animation(drawn, fps)
        images, transparency = image_outputs(drawn)
        outputs = (images, codes, fps, work.report, transparency)
        return io.NodeOutput(*outputs, ui=on_node(work.notes, shown))


def _connected(directions: Directions | None) -> Directions:
    """Check that levers are connected, which interpolation between images does not need."""
    if directions is None:
        raise DirectionsError(
            "No levers are connected",
            "directions where levers move",
            f'Connect SeFa, ReSeFa or a file, or set move to "{_IMAGES}"',
        )
    return directions
