"""PullRegionLever: a model whose samplers move their latent along a lever of a region."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ...core.diffusion.region_levers import RegionLevers
from .. import host as pack
from ..sockets import CATEGORY
from . import host
from .find_region_levers import REGION_LEVERS


class PullRegionLever(io.ComfyNode):
    """Calls `host.pull`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="PullRegionLever",
            display_name="Pull Region Lever (diffusion)",
            category=f"{CATEGORY}/diffusion",
            description="Moves the noisy latent of the KSampler behind it along one lever, once, "
            "at the noise level where the lever was found. Several can follow each other.",
            inputs=[
                io.Model.Input("model", tooltip="The model that the levers were found with."),
                REGION_LEVERS.Input("levers", tooltip="From Find Region Levers."),
                io.Int.Input("index", default=0, min=0, max=63, tooltip="Which lever, from 0."),
                io.Float.Input(
                    "strength",
                    default=0.3,
                    min=-10.0,
                    max=10.0,
                    step=0.05,
                    tooltip="1 moves the latent by as much as it is itself where the lever acts; "
                    "0 changes nothing at all.",
                ),
            ],
            outputs=[
                io.Model.Output("model_out", display_name="model", tooltip="For the KSampler.")
            ],
        )

    @classmethod
    def execute(
        cls, model: Any, levers: RegionLevers, index: int, strength: float
    ) -> io.NodeOutput:
        """Wrap the model."""
        with pack.collect_notes():
            return io.NodeOutput(host.pull(model, levers, index, strength))
