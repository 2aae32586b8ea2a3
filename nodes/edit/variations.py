"""GANVariations: many edits of many images at once."""

from __future__ import annotations

from comfy_api.latest import io, ui
from torch import Tensor

from ...core.base.parsing import read_numbers
from ...core.concepts.directions import Directions
from ...core.concepts.latent_code import LatentCode
from ...core.edits.editing import PullOptions
from ...core.edits.variations import apply_variations, plan_variations
from ...core.generators.rendering import render
from ...core.pictures.captions import with_captions
from ...core.pictures.contact_sheet import contact_sheet
from ...core.pictures.images import (
    display_scale,
    enlarged,
    pictures_for_sheet,
    size_on_sheet,
    to_unit_range,
)
from .. import host
from ..inputs import (
    chosen_layers,
    directions_input,
    gan_input,
    latents_output,
    scale_input,
    transparency_output,
)
from ..masks import hold_input, notes_on_hold, read_hold
from ..previews import channel_notes, image_outputs, on_node, sheet_columns, to_image
from ..sockets import CATEGORY, GAN_LATENT, LoadedGAN
from ..variation_inputs import read_levers, variation_inputs
from .chosen_rows import check_memory, read_rows, rows_entry, rows_input, rows_of

_TILE = 384
"""Side of the pictures on the sheet in pixels; wide enough for captions of two levers."""


class GANVariations(io.ComfyNode):
    """Calls `variations.plan_variations` and `variations.apply_variations`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANVariations",
            display_name="GAN Variations",
            category=f"{CATEGORY}/edit",
            description="Many edits at once: images times levers times strengths, all combinations "
            "or a random choice, each with a caption. For more pictures than memory holds (8 GiB), "
            "use GAN Save Batch.",
            is_output_node=True,
            inputs=[
                gan_input(),
                GAN_LATENT.Input("latents", tooltip="The images to vary."),
                directions_input(),
                *variation_inputs(
                    io.Int.Input(
                        "count",
                        default=12,
                        min=1,
                        max=4096,
                        tooltip="Number of pictures; in a grid, the largest number.",
                    )
                ),
                scale_input("the pictures"),
                io.Boolean.Input(
                    "captioned",
                    default=False,
                    optional=True,
                    tooltip="Whether each picture of images has its caption below it, for files "
                    "and videos.",
                ),
                io.Int.Input(
                    "columns",
                    default=0,
                    min=0,
                    max=64,
                    optional=True,
                    tooltip="Pictures per row of the sheet; 0 chooses automatically. In a grid, "
                    "the number of strengths gives one lever per row.",
                ),
                io.String.Input(
                    "title",
                    default="",
                    optional=True,
                    tooltip="Title of the sheet.",
                ),
                hold_input("About a second per picture of 64 pixels."),
                rows_input(),
            ],
            outputs=[
                io.Image.Output(
                    "images", display_name="images", tooltip="One picture per variation."
                ),
                io.Image.Output(
                    "sheet", display_name="sheet", tooltip="All pictures on one labelled sheet."
                ),
                io.String.Output(
                    "captions",
                    display_name="captions",
                    tooltip='One line per picture, such as "seed 3, resefa 0 +2.0".',
                ),
                latents_output("varied", "The latent codes of the pictures."),
                transparency_output(),
            ],
        )

    @classmethod
    def validate_inputs(cls, count: int | None) -> bool:
        """Leave the range of the count to the run, which stops the whole graph and says so.

        ComfyUI's own check only leaves this node out, and calls the run a success.

        Returns:
            True.
        """
        return True

    @classmethod
    def execute(
        cls,
        gan: LoadedGAN,
        latents: LatentCode,
        directions: Directions,
        arrange: str,
        count: int,
        seed: int,
        indices: str,
        strengths: str,
        unit: str,
        layers: str,
        scale: int,
        captioned: bool = False,
        columns: int = 0,
        title: str = "",
        hold: Tensor | None = None,
        rows: str = "",
    ) -> io.NodeOutput:
        """Plan the variations, pull the levers, render."""
        with host.session(gan) as work:
            levers, numbers = read_levers(indices, len(directions)), read_numbers(strengths)
            chosen = read_rows(rows)
            spec = work.generator.spec
            factor = scale or display_scale(spec.img_size)
            tile = size_on_sheet(spec.img_size, scale, _TILE)
            if chosen is None:
                seeds = latents.seeds or (None,) * len(latents)
                plan = plan_variations(seeds, directions, levers, numbers, arrange, count, seed)
                check_memory(spec, len(plan), factor, tile)
            else:
                check_memory(spec, len(chosen), factor, tile)
                entry = rows_entry(arrange, seed, levers, numbers)
                plan = rows_of(latents, directions, chosen, entry)
            request = read_hold(hold, work.generator, work.notes)
            pull = PullOptions(unit, chosen_layers(layers), request)
            varied = apply_variations(latents, directions, plan, pull, host.progress())
            work.notes.extend(notes_on_hold(request))
            drawn = render(work.generator, varied, progress=host.progress())
            captions = [variation.caption for variation in plan]
            large = enlarged(drawn, factor)
            finished = with_captions(large, captions) if captioned else large
            images, transparency = image_outputs(to_unit_range(finished, alpha=True))
            work.notes.extend(channel_notes(spec))
            tiles = pictures_for_sheet(drawn, scale, _TILE)
            across = min(columns, len(plan)) or sheet_columns(len(plan))
            page = to_image(contact_sheet(tiles, across, captions, title=title))
        outputs = (
            images,
            host.to_intermediate_device(page),
            "\n".join(captions),
            varied,
            transparency,
        )
        return io.NodeOutput(*outputs, ui=on_node(work.notes, ui.PreviewImage(page)))
