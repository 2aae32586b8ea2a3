"""GANBeforeAfter: two pictures compared by eye."""

from __future__ import annotations

from comfy_api.latest import io, ui
from torch import Tensor

from ...core.pictures.before_after import blink, side_by_side, split
from ...core.pictures.images import display_scale, enlarged, from_unit_range, to_unit_range
from .. import host
from ..sockets import CATEGORY
from ..widgets import SHOWN, on_node, scale_input

_PAIR, _SPLIT, _BLINK = "side by side", "split", "blink"


class GANBeforeAfter(io.ComfyNode):
    """See `core.comparing`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What ComfyUI draws."""
        return io.Schema(
            node_id="GANBeforeAfter",
            display_name="GAN Before After",
            category=CATEGORY,
            description="Compares pictures before and after an edit: side by side, split by a "
            "line, or blinking.",
            is_output_node=True,
            inputs=[
                io.Image.Input("before", tooltip="The picture before: one for all, or a batch."),
                io.Image.Input(
                    "after", tooltip="The picture after, of the same size: one, or as many."
                ),
                io.Combo.Input(
                    "show",
                    options=[_PAIR, _SPLIT, _BLINK],
                    default=_PAIR,
                    tooltip="What is seen on this node; the outputs hold all three.",
                ),
                io.Float.Input(
                    "position",
                    default=0.5,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    round=0.001,
                    tooltip="Where the line of the split is: 0 is the left edge, 1 the right one.",
                ),
                io.String.Input(
                    "before_label",
                    default="before",
                    tooltip="Words below the picture before; both labels empty leave out the "
                    "strip of words.",
                ),
                io.String.Input(
                    "after_label", default="after", tooltip="Words below the picture after."
                ),
                scale_input("the pictures"),
            ],
            outputs=[
                io.Image.Output(
                    "pair", display_name="side by side", tooltip="Both beside each other."
                ),
                io.Image.Output(
                    "split",
                    display_name="split",
                    tooltip="One picture, before on the left of a line and after on its right.",
                ),
                io.Image.Output(
                    "blink",
                    display_name="blink",
                    tooltip="Before and after in turn, as frames for Save Animated WEBP at 2 "
                    "pictures a second or so.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        before: Tensor,
        after: Tensor,
        show: str,
        position: float,
        before_label: str,
        after_label: str,
        scale: int,
    ) -> io.NodeOutput:
        """Draw all three."""
        with host.collect_notes() as notes:
            factor = scale or display_scale((before.shape[1], before.shape[2]))
            one, other = (enlarged(from_unit_range(part), factor) for part in (before, after))
            names = (before_label.strip(), after_label.strip())
            drawn = {
                _PAIR: side_by_side(one, other, names),
                _SPLIT: split(one, other, names, position),
                _BLINK: blink(one, other, names),
            }
            pictures = {name: to_unit_range(part) for name, part in drawn.items()}
        outputs = [host.to_intermediate_device(picture) for picture in pictures.values()]
        shown = ui.PreviewImage(pictures[show][:SHOWN])
        return io.NodeOutput(*outputs, ui=on_node(notes, shown))
