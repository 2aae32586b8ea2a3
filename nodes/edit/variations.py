"""GANVariations: many edits of many images in one go."""

from __future__ import annotations

from comfy_api.latest import io, ui

from ...core.base.parsing import read_indices, read_numbers
from ...core.concepts.directions import Directions
from ...core.concepts.latent_code import LatentCode
from ...core.edits.editing import PullOptions
from ...core.edits.variations import VARIATION_MODES, apply_variations, plan_variations
from ...core.generators.rendering import render
from ...core.pictures.contact_sheet import contact_sheet, with_captions
from ...core.pictures.images import display_scale, enlarged, sized_for_sheet, to_unit_range
from .. import host
from ..sockets import CATEGORY, GAN, GAN_DIRECTIONS, GAN_LATENT, LoadedGAN
from ..widgets import (
    chosen_layers,
    layers_input,
    on_node,
    scale_input,
    seed_input,
    sheet_columns,
    to_image,
    unit_input,
)

_TILE = 384
"""Side of the pictures on the page in pixels; wide enough for captions of two levers."""


class GANVariations(io.ComfyNode):
    """See `core.varying`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What ComfyUI draws."""
        return io.Schema(
            node_id="GANVariations",
            display_name="GAN Variations",
            category=CATEGORY,
            description="A creative batch: images times levers times strengths, all of them or "
            "drawn at random, with a caption each.",
            is_output_node=True,
            inputs=[
                GAN.Input("gan", tooltip="The generator, from Load GAN."),
                GAN_LATENT.Input("latents", tooltip="The images to vary."),
                GAN_DIRECTIONS.Input(
                    "directions", tooltip="The levers, from SeFa, ReSeFa or a file."
                ),
                io.Combo.Input(
                    "arrange",
                    options=list(VARIATION_MODES),
                    default="random",
                    tooltip="random: each picture is one of the images with one to three levers "
                    "pulled by chance. grid: every image with every lever at every strength.",
                ),
                io.Int.Input(
                    "count",
                    default=12,
                    min=1,
                    max=4096,
                    tooltip="Number of pictures at random; in a grid, at most as many.",
                ),
                seed_input("Decides the random choices; the same seed gives the same pictures."),
                io.String.Input(
                    "indices",
                    default="0-3",
                    tooltip='Levers that may be pulled: "all", a range such as "0-3", or "0, 2, '
                    '5".',
                ),
                io.String.Input(
                    "strengths",
                    default="-2, 2",
                    tooltip="Strengths between commas. At random, anything between the smallest "
                    "and the largest.",
                ),
                unit_input(),
                layers_input(
                    "Layers that are changed; auto means those that each lever was found for."
                ),
                scale_input("the pictures"),
                io.Boolean.Input(
                    "captioned",
                    default=False,
                    optional=True,
                    tooltip="Whether each picture of images carries its caption below it, for "
                    "files and videos that shall explain themselves.",
                ),
                io.Int.Input(
                    "columns",
                    default=0,
                    min=0,
                    max=64,
                    optional=True,
                    tooltip="Pictures per row of the sheet; 0 chooses by itself. In a grid, as "
                    "many as there are strengths puts one lever into each row.",
                ),
                io.String.Input(
                    "title",
                    default="",
                    optional=True,
                    tooltip="Words at the top of the sheet.",
                ),
            ],
            outputs=[
                io.Image.Output(
                    "images", display_name="images", tooltip="One picture per variation."
                ),
                io.Image.Output("sheet", display_name="sheet", tooltip="All on one labelled page."),
                io.String.Output(
                    "captions",
                    display_name="captions",
                    tooltip='One line per picture, such as "seed 3, resefa 0 +2.0".',
                ),
                GAN_LATENT.Output(
                    "varied", display_name="latents", tooltip="The latent codes of the pictures."
                ),
            ],
        )

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
    ) -> io.NodeOutput:
        """Plan, pull, draw."""
        with host.session(gan) as work:
            plan = plan_variations(
                latents.seeds or (None,) * len(latents),
                directions,
                read_indices(indices, len(directions)),
                read_numbers(strengths),
                arrange,
                count,
                seed,
            )
            pull = PullOptions(unit, chosen_layers(layers))
            varied = apply_variations(latents, directions, plan, pull)
            drawn = render(work.generator, varied, progress=host.progress())
            factor = scale or display_scale(work.generator.spec.img_size)
            captions = [variation.caption for variation in plan]
            large = enlarged(drawn, factor)
            images = to_unit_range(with_captions(large, captions) if captioned else large)
            tiles = sized_for_sheet(drawn, scale, _TILE)
            across = min(columns, len(plan)) or sheet_columns(len(plan))
            page = to_image(contact_sheet(tiles, across, captions, title=title))
        outputs = (host.hand_out(images), host.hand_out(page), "\n".join(captions), varied)
        return io.NodeOutput(*outputs, ui=on_node(work.notes, ui.PreviewImage(page)))
