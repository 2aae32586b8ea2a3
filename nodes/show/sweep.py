"""GANSweep: one lever on all images, or the first levers on one image, on a sheet."""

from __future__ import annotations

from dataclasses import replace

from comfy_api.latest import io, ui
from torch import Tensor

from ...core.concepts.directions import Directions
from ...core.concepts.latent_code import LatentCode
from ...core.edits.editing import PullOptions
from ...core.edits.sweep import SweepOptions, plan_sweep, report_changes
from ...core.pictures.images import to_unit_range
from ...core.pictures.lever_labels import with_layer_shares
from ...core.pictures.pages import PageLayout, draw_sweep, sweep_page
from .. import host
from ..inputs import (
    chosen_layers,
    directions_input,
    gan_input,
    index_input,
    latents_output,
    layers_input,
    report_output,
    scale_input,
    transparency_output,
    unit_input,
)
from ..masks import hold_input, notes_on_hold, read_hold, read_optional_region
from ..previews import channel_notes, image_outputs, on_node, to_image
from ..sockets import CATEGORY, GAN_LATENT, LoadedGAN

_ONE, _FIRST = "one lever", "first levers"

_UNIT_WORDS = {"sigma": "standard deviations of random images", "distance": "latent distance"}
"""Units in words, for the title of the sheet."""


class GANSweep(io.ComfyNode):
    """Calls `sweep.plan_sweep` and `pages.sweep_page`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANSweep",
            display_name="GAN Sweep",
            category=f"{CATEGORY}/show",
            description="Shows what levers do: one lever at increasing strength on every image, or "
            "the first levers on the first image, with number, name, share and layers of each.",
            is_output_node=True,
            inputs=[
                gan_input(),
                GAN_LATENT.Input("latents", tooltip="The images to pull the levers on."),
                directions_input(),
                io.Combo.Input(
                    "show",
                    options=[_FIRST, _ONE],
                    default=_FIRST,
                    tooltip="first levers: one row per lever, on the first image. one lever: one "
                    "row per image.",
                ),
                index_input("Which lever; with first levers, the one in the first row."),
                io.Int.Input(
                    "count",
                    default=6,
                    min=1,
                    max=512,
                    tooltip="How many levers are shown, with first levers.",
                ),
                io.Float.Input(
                    "strength",
                    default=0.0,
                    min=0.0,
                    max=1000.0,
                    step=0.1,
                    round=0.001,
                    tooltip="Largest strength in both directions. 0 chooses for each lever: until "
                    "the change is clearly visible, without breaking the image.",
                ),
                io.Int.Input(
                    "steps",
                    default=5,
                    min=1,
                    max=101,
                    tooltip="Pictures from one end to the other; an odd number has the unchanged "
                    "image in the middle.",
                ),
                unit_input(),
                layers_input(
                    "Layers that are changed; auto means those that each lever was found for."
                ),
                scale_input("the pictures on the sheet"),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="The region of the levers: a strength of 0 is then chosen by the "
                    "change inside it, and the report compares the change inside and outside.",
                ),
                io.Boolean.Input(
                    "tell_layers",
                    default=True,
                    optional=True,
                    tooltip="Computes in which layers each lever acts, on the first image, unless "
                    "the levers state it. Costs one derivative per lever and layer.",
                ),
                hold_input("About a second per picture of 64 pixels."),
            ],
            outputs=[
                io.Image.Output(
                    "sheet", display_name="sheet", tooltip="All pictures on one labelled sheet."
                ),
                io.Image.Output(
                    "images",
                    display_name="images",
                    tooltip="The pictures alone, in the generator's own size, row by row.",
                ),
                latents_output("swept", "The latent codes of the pictures."),
                report_output("The strengths, and how much changed where."),
                transparency_output(),
            ],
        )

    @classmethod
    def execute(
        cls,
        gan: LoadedGAN,
        latents: LatentCode,
        directions: Directions,
        show: str,
        index: int,
        count: int,
        strength: float,
        steps: int,
        unit: str,
        layers: str,
        scale: int,
        mask: Tensor | None = None,
        tell_layers: bool = True,
        hold: Tensor | None = None,
    ) -> io.NodeOutput:
        """Plan the sweep, pull the levers, render."""
        pull = PullOptions(unit, chosen_layers(layers))
        directions.check_index(index)
        last = index + 1 if show == _ONE else min(index + count, len(directions))
        with host.session(gan) as work:
            size = work.generator.spec.img_size
            region = read_optional_region(mask, size, work.notes)
            request = read_hold(hold, work.generator, work.notes)
            pull = replace(pull, hold=request)
            if tell_layers:
                directions = with_layer_shares(
                    work.generator, latents, directions, range(index, last), host.progress()
                )
            rows = plan_sweep(
                work.generator,
                latents,
                directions,
                range(index, last),
                SweepOptions(strength, steps, region),
                pull,
                host.progress(),
            )
            what = f"{directions.label(index)}: " if show == _ONE else "Levers: "
            drawn, swept = draw_sweep(
                work.generator, latents, directions, rows, pull, progress=host.progress()
            )
            layout = PageLayout(f"{what}strength in {_UNIT_WORDS[unit]}", scale)
            page = sweep_page(drawn, rows, directions, layout)
            report = report_changes(rows, drawn, directions, region, unit)
            work.notes.extend(report if region is not None else ())
            held = notes_on_hold(request)
            work.notes.extend(held)
            report += held
            work.notes.extend(channel_notes(work.generator.spec))
        sheet = to_image(page)
        images, transparency = image_outputs(to_unit_range(drawn, alpha=True))
        words = "\n".join(report)
        outputs = (host.to_intermediate_device(sheet), images, swept, words, transparency)
        return io.NodeOutput(*outputs, ui=on_node(work.notes, ui.PreviewImage(sheet)))
