"""GANInvertPhoto: the latent codes of photographs."""

from __future__ import annotations

import torch
from comfy_api.latest import io, ui
from torch import Tensor
from torch.nn import functional as F

from ...core.base.errors import PackError
from ...core.concepts.generator import Generator
from ...core.concepts.latent_code import LatentCode
from ...core.photos.focus import focus_on
from ...core.photos.inversion import MOST_STEPS, invert
from ...core.photos.inverter import prepared
from ...core.photos.trained_encoders.encoder import Encoder
from ...core.pictures.images import display_scale, enlarged, to_unit_range
from .. import host
from ..inputs import chosen_class, class_input, gan_input, latents_output, report_output
from ..previews import SHOWN, on_node
from ..sockets import CATEGORY, GAN_ENCODER, GAN_LATENT, LoadedGAN
from .images import read_photos

_SPACES = ("W", "W+", "S")


class GANInvertPhoto(io.ComfyNode):
    """Calls `inversion.invert`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANInvertPhoto",
            display_name="GAN Invert Photo",
            category=f"{CATEGORY}/photos",
            description="Finds the latent code whose image is most like a photo, so that levers "
            "can be pulled on it. The photo must show what the generator draws, cut as its own "
            "images are (GAN Crop Photo).",
            is_output_node=True,
            inputs=[
                gan_input(),
                io.Image.Input(
                    "photo",
                    tooltip="The cut photo, from GAN Crop Photo, or any picture with the "
                    "proportions of the generator's images; other sizes are resized. A batch "
                    "gives one code for each.",
                ),
                io.Combo.Input(
                    "space",
                    options=list(_SPACES),
                    default="W",
                    tooltip="How free the code is. W: one vector for all layers; levers work as on "
                    "random images. W+: one per layer, closer to the photo. S: style channels, "
                    "closest. Without a mapping network W means Z, W+ one z per layer.",
                ),
                _number(
                    "trust",
                    0.5,
                    0.05,
                    "How much the photo may differ from what the generator draws: smaller is "
                    "closer to the photo, larger more like random images.",
                ),
                _number(
                    "cohesion",
                    0.3,
                    0.05,
                    "How far the layers may differ in W+ and S; 0 is the same as W.",
                    least=0.0,
                ),
                io.Int.Input(
                    "steps",
                    default=40,
                    min=0,
                    max=MOST_STEPS,
                    tooltip="Steps of the search for each photo; 0 is a first estimate at once.",
                ),
                class_input("Class of the photo; without one the class that fits best"),
                io.Mask.Input(
                    "ignore",
                    optional=True,
                    tooltip="What does not count: white where a hand or a hat covers the face, in "
                    "the cut photo. One mask, or one per photo.",
                ),
                GAN_LATENT.Input(
                    "start",
                    optional=True,
                    tooltip="Codes to begin with, one per photo, such as those that a projector "
                    "wrote (GAN Load Latents), or of an earlier run.",
                ),
                io.Mask.Input(
                    "focus",
                    optional=True,
                    tooltip="What will be changed, such as the mask of the lever's region: white "
                    "there, in the cut photo. It is found more exactly; the rest counts a quarter.",
                ),
                GAN_ENCODER.Input(
                    "encoder",
                    optional=True,
                    tooltip="An encoder that was trained for this generator, from GAN Load "
                    "Encoder: the search begins with what it says. With 0 steps it is the result.",
                ),
            ],
            outputs=[
                latents_output("latents", "The codes of the photos, not truncated."),
                io.Image.Output(
                    "reconstruction",
                    display_name="reconstruction",
                    tooltip="What the generator draws of these codes.",
                ),
                report_output("How close each is to its photo, and how typical its code is."),
            ],
        )

    @classmethod
    def execute(
        cls,
        gan: LoadedGAN,
        photo: Tensor,
        space: str,
        trust: float,
        cohesion: float,
        steps: int,
        class_index: int,
        ignore: Tensor | None = None,
        start: LatentCode | None = None,
        focus: Tensor | None = None,
        encoder: Encoder | None = None,
    ) -> io.NodeOutput:
        """Search."""
        label = chosen_class(class_index)
        with host.session(gan, measuring=True) as work:
            generator = work.generator
            photos = read_photos(photo, work.notes)
            start = _start(start, encoder, photos, generator)
            _note_size(photos, generator.spec.img_size, work.notes)
            # Without a class each photo may get another one, and an inverter is of one class.
            known = generator.spec.c_dim == 0 or label is not None
            inverter = prepared(generator, label, host.progress()) if known else None
            found = invert(
                generator, photos, space, trust, cohesion, steps, _mask(ignore, focus),
                inverter, host.progress(), label=label, start=start,
            )  # fmt: skip
            lines = found.report(generator)
            several = len(lines) > 1
            work.notes.extend(
                f"Photo {number}: {line}" if several else line for number, line in enumerate(lines)
            )
            shown = _beside(photos, found.reconstruction)
        images = host.to_intermediate_device(to_unit_range(found.reconstruction))
        return io.NodeOutput(found.codes, images, work.report, ui=on_node(work.notes, shown))


def _start(
    start: LatentCode | None, encoder: Encoder | None, photos: Tensor, gan: Generator
) -> LatentCode | None:
    """The codes to begin with: those that were connected, or an encoder's."""
    if encoder is None:
        return start
    if start is not None:
        raise PackError(
            "Latents are connected at start, and an encoder at encoder",
            "one of them to begin with",
            "Disconnect the other",
        )
    return encoder.encode(photos, gan, host.progress())


def _number(
    name: str, default: float, step: float, tooltip: str, least: float = 0.001
) -> io.Float.Input:
    """A number of the search."""
    return io.Float.Input(
        name, default=default, min=least, max=100.0, step=step, round=0.001, tooltip=tooltip
    )


def _mask(ignored: Tensor | None, focus: Tensor | None) -> Tensor | None:
    """What does not count, or counts less, where anything was connected."""
    if focus is None:
        return ignored
    if ignored is not None and ignored.shape[-2:] != focus.shape[-2:]:
        ignored = F.interpolate(ignored[:, None], focus.shape[-2:], mode="area")[:, 0]
    return focus_on(focus, ignored)


def _note_size(photos: Tensor, size: tuple[int, int], notes: list[str]) -> None:
    """Say that photos are reduced; core says that they are enlarged."""
    height, width = photos.shape[2:]
    if height > size[0]:
        notes.append(
            f"The photo was reduced from {width} x {height} to the {size[1]} x {size[0]} pixels "
            "of the generator."
        )


def _beside(photos: Tensor, images: Tensor) -> ui.PreviewImage:
    """Photos and what the generator draws of them, side by side."""
    size = (images.shape[2], images.shape[3])
    some = F.interpolate(photos[: SHOWN // 2], size, mode="bicubic", antialias=True)
    drawn = images[: SHOWN // 2]
    drawn = drawn[:, :1].expand(-1, 3, -1, -1) if drawn.shape[1] < 3 else drawn[:, :3]
    scale = display_scale(size)
    sides = [enlarged(side.clamp(-1, 1), scale) for side in (some, drawn)]
    return ui.PreviewImage(to_unit_range(torch.cat(sides, dim=3)))
