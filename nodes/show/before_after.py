"""GANBeforeAfter: two pictures side by side, split or blinking."""

from __future__ import annotations

from comfy_api.latest import io, ui
from torch import Tensor

from ...core.pictures.before_after import blink, side_by_side, split
from ...core.pictures.images import display_scale, enlarged, from_unit_range, to_unit_range
from .. import host
from ..inputs import before_and_after_inputs, scale_input
from ..previews import SHOWN, colour_notes, on_node
from ..sockets import CATEGORY

_PAIR, _SPLIT, _BLINK = "side by side", "split", "blink"


class GANBeforeAfter(io.ComfyNode):
    """Calls the functions of `before_after`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANBeforeAfter",
            display_name="GAN Before After",
            category=f"{CATEGORY}/show",
            description="Compares pictures before and after an edit: side by side, split by a "
            "line, or blinking.",
            is_output_node=True,
            inputs=[
                *before_and_after_inputs(),
                io.Combo.Input(
                    "show",
                    options=[_PAIR, _SPLIT, _BLINK],
                    default=_PAIR,
                    tooltip="What this node shows; the outputs contain all three.",
                ),
                io.Float.Input(
                    "position",
                    default=0.5,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    round=0.001,
                    tooltip="Position of the splitting line: 0 is the left edge, 1 the right one.",
                ),
                io.String.Input(
                    "before_label",
                    default="before",
                    tooltip="Caption below the picture before. If both captions are empty, no "
                    "strip is added for them.",
                ),
                io.String.Input(
                    "after_label", default="after", tooltip="Caption below the picture after."
                ),
                scale_input("the pictures"),
            ],
            outputs=[
                io.Image.Output(
                    "pair", display_name="side by side", tooltip="Both pictures side by side."
                ),
                io.Image.Output(
                    "split",
                    display_name="split",
                    tooltip="One picture, before on the left of a line and after on its right.",
                ),
                io.Image.Output(
                    "blink",
                    display_name="blink",
                    tooltip="Before and after in turn, as frames for Save Animated WEBP at about 2 "
                    "frames per second.",
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
            notes.extend(colour_notes(before, after))
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
