"""GANDifferenceMap: what changed, where, and how much of it inside a region."""

from __future__ import annotations

from comfy_api.latest import io, ui
from torch import Tensor

from ...core.concepts.region import Region
from ...core.pictures.contact_sheet import with_captions
from ...core.pictures.differences import Comparison, changes, difference, paired, round_scale
from ...core.pictures.heat_maps import heat_maps, heat_page, with_legend
from ...core.pictures.images import display_scale, from_unit_range, to_unit_range
from ...core.pictures.pages import PageLayout
from .. import host
from ..sockets import CATEGORY
from ..widgets import on_node, scale_input, to_image

_ROWS = 16
"""Most pairs on the page; the maps hold all of them."""


class GANDifferenceMap(io.ComfyNode):
    """See `core.differences` and `core.heat_maps`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What ComfyUI draws."""
        return io.Schema(
            node_id="GANDifferenceMap",
            display_name="GAN Difference Map",
            category=CATEGORY,
            description="Shows what changed between two pictures as a heat map on a stated scale, "
            "with the mean change inside and outside a region.",
            is_output_node=True,
            inputs=[
                io.Image.Input("before", tooltip="The picture before: one for all, or a batch."),
                io.Image.Input(
                    "after", tooltip="The picture after, of the same size: one, or as many."
                ),
                io.Float.Input(
                    "full_scale",
                    default=0.0,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    round=0.001,
                    tooltip="Difference that is drawn lightest; 1 is black to white. 0 chooses a "
                    "round number that 99 of 100 pixels stay below. Set it to compare several "
                    "maps.",
                ),
                scale_input("the maps"),
                io.Boolean.Input(
                    "captioned",
                    default=True,
                    tooltip="Whether each map carries its scale and its figures below it; without "
                    "them it has the size of the picture.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="The region: its edge is drawn, and the figures tell how much changed "
                    "inside and outside.",
                ),
            ],
            outputs=[
                io.Image.Output(
                    "maps", display_name="maps", tooltip="One heat map per pair of pictures."
                ),
                io.Image.Output(
                    "sheet",
                    display_name="sheet",
                    tooltip=f"Before, after, map and figures on one page, of {_ROWS} pairs at "
                    "most.",
                ),
                io.Mask.Output(
                    "difference",
                    display_name="difference",
                    tooltip="The differences themselves, from 0 (the same) to 1 (black to white), "
                    "as masks.",
                ),
                io.String.Output(
                    "report", display_name="report", tooltip="The figures, one line per pair."
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        before: Tensor,
        after: Tensor,
        full_scale: float,
        scale: int,
        captioned: bool,
        mask: Tensor | None = None,
    ) -> io.NodeOutput:
        """Compare, draw, tell."""
        with host.plainly() as notes:
            one, other = paired(from_unit_range(before), from_unit_range(after))
            values = difference(one, other)
            size = (values.shape[1], values.shape[2])
            region = None if mask is None else Region.from_mask(mask, "the mask").resized(size)
            figures = changes(values, region)
            full = full_scale or round_scale(values)
            maps = heat_maps(values, full, region, scale or display_scale(size))
            if captioned:
                maps = with_captions(with_legend(maps, full), [each.as_text() for each in figures])
            pairs = Comparison(one, other, values, tuple(figures), region)
            page = heat_page(pairs.first(_ROWS), full, layout=PageLayout(scale=scale))
            notes.extend(
                f"Mean change{f' of pair {number}' if len(figures) > 1 else ''}: {each.as_text()}."
                for number, each in enumerate(figures)
            )
            report = "\n".join(notes)
        sheet = to_image(page)
        pictures = (host.hand_out(to_unit_range(maps)), host.hand_out(sheet))
        outputs = (*pictures, host.hand_out(values), report)
        return io.NodeOutput(*outputs, ui=on_node(notes, ui.PreviewImage(sheet)))
