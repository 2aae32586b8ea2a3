"""GANTunePhoto: a generator fitted to photographs."""

from __future__ import annotations

from comfy_api.latest import io
from torch import Tensor

from ...core.concepts.latent_code import LatentCode
from ...core.files.tuned_files import TUNED
from ...core.photos.tuning import LOCALITY, tune
from .. import host
from ..inputs import gan_input, report_output
from ..previews import on_node, preview_codes
from ..sockets import CATEGORY, GAN, GAN_LATENT, LoadedGAN
from .images import read_photos

_COPIES = 4
"""Sizes of the weights that tuning takes beside the generator: the new ones, their gradients, and
two numbers of Adam for each."""


class GANTunePhoto(io.ComfyNode):
    """Calls `tuning.tune`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANTunePhoto",
            display_name="GAN Tune to Photo",
            category=f"{CATEGORY}/photos",
            description="Fits the generator to photos, so that their codes draw them with all "
            "details (pivotal tuning): for edits that change everything, such as pose or hair. "
            "Edits of a region need no tuning; use GAN Composite Photo.",
            is_output_node=True,
            inputs=[
                gan_input(),
                GAN_LATENT.Input(
                    "latents", tooltip="The codes of the photos, from GAN Invert Photo."
                ),
                io.Image.Input(
                    "photo",
                    tooltip="The cut photos that GAN Invert Photo was given, in the same order.",
                ),
                io.Int.Input(
                    "steps",
                    default=150,
                    min=1,
                    max=100_000,
                    tooltip="Steps of tuning; each draws up to four photos and one other image.",
                ),
                io.Float.Input(
                    "locality",
                    default=LOCALITY,
                    min=0.0,
                    max=100.0,
                    step=0.05,
                    round=0.001,
                    tooltip="How much images near the photos should stay as they are, so that "
                    "levers keep working; 0 is closer to the photos and takes half the time.",
                ),
                io.Mask.Input(
                    "ignore",
                    optional=True,
                    tooltip="What does not count: white there, as for GAN Invert Photo.",
                ),
            ],
            outputs=[
                GAN.Output(
                    "tuned",
                    display_name="gan",
                    tooltip="The tuned generator, for all other nodes; GAN Save Model keeps it.",
                ),
                report_output("How close it draws the photos before and after, and its memory."),
            ],
        )

    @classmethod
    def execute(
        cls,
        gan: LoadedGAN,
        latents: LatentCode,
        photo: Tensor,
        steps: int,
        locality: float,
        ignore: Tensor | None = None,
    ) -> io.NodeOutput:
        """Tune it."""
        weights = sum(p.numel() * p.element_size() for p in gan.generator.network.parameters())
        with host.session(gan, measuring=True, extra=_COPIES * weights) as work:
            photos = read_photos(photo, work.notes)
            tuned = tune(
                work.generator,
                latents,
                photos,
                steps,
                locality=locality,
                mask=ignore,
                progress=host.progress(),
            )
            facts = tuned.details[TUNED]
            pairs = zip(facts["psnr_before"], facts["psnr_after"], strict=True)
            for number, (before, after) in enumerate(pairs):
                which = f"Photo {number}: " if len(photos) > 1 else ""
                work.notes.append(f"{which}{before:.1f} dB before, {after:.1f} dB after.")
            work.notes.append(
                f"Tuning took {_COPIES * weights / 2**20:,.0f} MB beside the images for copies of "
                f"the weights; the tuned generator takes {weights / 2**20:,.0f} MB of its own."
            )
            shown = preview_codes(host.Session(tuned, work.notes), latents)
        name = f"{gan.label.split(':')[0]}, tuned"
        result = host.loaded_gan(tuned.to(device="cpu"), name)
        return io.NodeOutput(result, work.report, ui=on_node(work.notes, shown))
