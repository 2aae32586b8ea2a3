"""GANSweep: what a lever does, or what the first levers do, at a glance."""

from __future__ import annotations

from comfy_api.latest import io, ui
from torch import Tensor

from ...core.concepts.directions import Directions
from ...core.concepts.latent_code import LatentCode
from ...core.concepts.region import Region
from ...core.edits.editing import PullOptions
from ...core.edits.sweep import SweepOptions, plan_sweep, report_changes
from ...core.pictures.images import to_unit_range
from ...core.pictures.lever_labels import with_layer_shares
from ...core.pictures.pages import PageLayout, draw_sweep, sweep_page
from .. import host
from ..sockets import CATEGORY, GAN, GAN_DIRECTIONS, GAN_LATENT, LoadedGAN
from ..widgets import chosen_layers, layers_input, on_node, scale_input, to_image, unit_input

_ONE, _FIRST = "one lever", "first levers"

_UNIT_WORDS = {"sigma": "standard deviations of random images", "distance": "latent distance"}
"""What strengths are counted in, for the title of the page."""


class GANSweep(io.ComfyNode):
    """See `core.sweeping`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What ComfyUI draws."""
        return io.Schema(
            node_id="GANSweep",
            display_name="GAN Sweep",
            category=CATEGORY,
            description="Shows what levers do: one lever at rising strength on every image, or the "
            "first levers on the first image, with number, name, share and layers of each.",
            is_output_node=True,
            inputs=[
                GAN.Input("gan", tooltip="The generator, from Load GAN."),
                GAN_LATENT.Input("latents", tooltip="The images to pull the levers on."),
                GAN_DIRECTIONS.Input(
                    "directions", tooltip="The levers, from SeFa, ReSeFa or a file."
                ),
                io.Combo.Input(
                    "show",
                    options=[_FIRST, _ONE],
                    default=_FIRST,
                    tooltip="first levers: one row per lever, on the first image. one lever: one "
                    "row per image.",
                ),
                io.Int.Input(
                    "index",
                    default=0,
                    min=0,
                    max=100_000,
                    tooltip="Which lever; with first levers, the one in the first row.",
                ),
                io.Int.Input(
                    "count",
                    default=6,
                    min=1,
                    max=512,
                    tooltip="How many levers are shown, where the first levers are.",
                ),
                io.Float.Input(
                    "strength",
                    default=0.0,
                    min=0.0,
                    max=1000.0,
                    step=0.1,
                    round=0.001,
                    tooltip="How far to both sides. 0 chooses by itself for each lever: as far as "
                    "is clearly visible without breaking the image.",
                ),
                io.Int.Input(
                    "steps",
                    default=5,
                    min=1,
                    max=101,
                    tooltip="Pictures from one side to the other; an odd number has the unchanged "
                    "image in the middle.",
                ),
                unit_input(),
                layers_input(
                    "Layers that are changed; auto means those that each lever was found for."
                ),
                scale_input("the pictures on the page"),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="The region of the levers: strengths of 0 are then chosen by what is "
                    "seen inside, and the report says how much changes inside and outside.",
                ),
                io.Boolean.Input(
                    "tell_layers",
                    default=True,
                    optional=True,
                    tooltip="Measures in which layers the levers live, where they do not say so "
                    "yet, on the first image. Costs one derivative per lever and layer.",
                ),
            ],
            outputs=[
                io.Image.Output(
                    "sheet", display_name="sheet", tooltip="All pictures on a labelled page."
                ),
                io.Image.Output(
                    "images",
                    display_name="images",
                    tooltip="The pictures alone, in the generator's own size, row after row.",
                ),
                GAN_LATENT.Output("swept", display_name="latents", tooltip="Their latent codes."),
                io.String.Output(
                    "report",
                    display_name="report",
                    tooltip="Strengths used, and what changed where.",
                ),
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
    ) -> io.NodeOutput:
        """Plan, pull, draw."""
        pull = PullOptions(unit, chosen_layers(layers))
        directions.check_index(index)
        last = index + 1 if show == _ONE else min(index + count, len(directions))
        with host.session(gan) as work:
            size = work.generator.spec.img_size
            region = None if mask is None else Region.from_mask(mask, "the mask").resized(size)
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
        sheet = to_image(page)
        images = host.hand_out(to_unit_range(drawn))
        outputs = (host.hand_out(sheet), images, swept, "\n".join(report))
        return io.NodeOutput(*outputs, ui=on_node(work.notes, ui.PreviewImage(sheet)))
