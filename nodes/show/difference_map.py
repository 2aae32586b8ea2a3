"""GANDifferenceMap: what changed between two pictures, inside and outside a region."""

from __future__ import annotations

from comfy_api.latest import io, ui
from torch import Tensor

from ...core.pictures.captions import with_captions
from ...core.pictures.differences import Comparison, changes, difference, paired, round_scale
from ...core.pictures.heat_maps import heat_maps, heat_page, with_legend
from ...core.pictures.images import display_scale, from_unit_range, to_unit_range
from ...core.pictures.pages import PageLayout
from .. import host
from ..inputs import before_and_after_inputs, report_output, scale_input
from ..masks import read_optional_region
from ..previews import colour_notes, on_node, to_image
from ..sockets import CATEGORY

_ROWS = 16
"""Most pairs on the sheet; the output maps contains all of them."""


class GANDifferenceMap(io.ComfyNode):
    """Calls `differences.difference` and `heat_maps.heat_maps`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANDifferenceMap",
            display_name="GAN Difference Map",
            category=f"{CATEGORY}/show",
            description="Shows what changed between two pictures as a heat map with a scale, and "
            "the mean change inside and outside a region.",
            is_output_node=True,
            inputs=[
                *before_and_after_inputs(),
                io.Float.Input(
                    "full_scale",
                    default=0.0,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    round=0.001,
                    tooltip="Difference at the light end of the scale; 1 is black to white. 0 "
                    "chooses a round number that 99 of 100 pixels stay below. Set it to compare "
                    "several maps.",
                ),
                scale_input("the maps"),
                io.Boolean.Input(
                    "captioned",
                    default=True,
                    tooltip="Whether each map has its scale and figures below it; without them it "
                    "has the size of the picture.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="The region: its outline is drawn, and the figures compare the change "
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
                    tooltip=f"Before, after, map and figures on one page, for at most {_ROWS} "
                    "pairs.",
                ),
                io.Mask.Output(
                    "difference",
                    display_name="difference",
                    tooltip="The differences themselves, from 0 (the same) to 1 (black to white), "
                    "as masks.",
                ),
                report_output("The figures, one line per pair."),
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
        """Compute the differences, draw the maps, report the figures."""
        with host.collect_notes() as notes:
            one, other = paired(from_unit_range(before), from_unit_range(after))
            values = difference(one, other)
            size = (values.shape[1], values.shape[2])
            region = read_optional_region(mask, size, notes)
            notes.extend(colour_notes(before, after))
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
        pictures = (
            host.to_intermediate_device(to_unit_range(maps)),
            host.to_intermediate_device(sheet),
        )
        outputs = (*pictures, host.to_intermediate_device(values), report)
        return io.NodeOutput(*outputs, ui=on_node(notes, ui.PreviewImage(sheet)))
