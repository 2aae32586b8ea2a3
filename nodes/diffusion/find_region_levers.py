"""FindRegionLevers: levers of a region of the picture that a KSampler makes."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io
from torch import Tensor

from ...core.base.errors import RegionError
from ...core.diffusion.region_levers import EFFORTS, RegionLevers
from ...core.diffusion.search import SearchOptions, note_noise
from ...core.pictures.contact_sheet import contact_sheet
from .. import host as pack
from ..inputs import LARGEST_SEED, report_output
from ..previews import on_node
from ..sockets import CATEGORY
from . import host
from .models import quick_pictures
from .stopping import SamplerRun

REGION_LEVERS = io.Custom("REGION_LEVERS")
"""A `core.RegionLevers`."""

_SHOWN = 0.5
"""Strength of the sheet's pictures, in either direction."""


class FindRegionLevers(io.ComfyNode):
    """Calls `host.find`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        samplers, schedulers = host.sampler_lists()
        return io.Schema(
            node_id="FindRegionLevers",
            display_name="Find Region Levers (diffusion)",
            category=f"{CATEGORY}/diffusion",
            description="Finds what changes a region of one picture of a diffusion model, and "
            "little else, from the derivative of the denoised picture at one step (after ReSeFa: "
            "Zhu et al., ICML 2022). The levers belong to this seed, prompt and step.",
            inputs=[
                io.Model.Input("model", tooltip="The model, as the KSampler gets it."),
                io.Conditioning.Input("positive", tooltip="The same as the KSampler's."),
                io.Conditioning.Input("negative", tooltip="The same as the KSampler's."),
                io.Latent.Input("latent", tooltip="One latent, the same as the KSampler's."),
                io.Mask.Input("mask", tooltip="The region, in the size of the picture."),
                io.Int.Input(
                    "seed", default=0, min=0, max=LARGEST_SEED, tooltip="The KSampler's seed."
                ),
                io.Int.Input("steps", default=20, min=1, max=10000, tooltip="The KSampler's."),
                io.Float.Input("cfg", default=8.0, min=0.0, max=100.0, tooltip="The KSampler's."),
                io.Combo.Input("sampler", options=samplers, tooltip="The KSampler's."),
                io.Combo.Input("scheduler", options=schedulers, tooltip="The KSampler's."),
                io.Float.Input(
                    "at",
                    default=0.3,
                    min=0.0,
                    max=0.99,
                    step=0.05,
                    tooltip="Share of the steps before the levers act. Early: larger changes; "
                    "late: details. 0 for models of one or a few steps.",
                ),
                io.Int.Input("count", default=6, min=1, max=64, tooltip="Number of levers."),
                io.Combo.Input(
                    "effort",
                    options=list(EFFORTS),
                    default="quick",
                    tooltip="forward-only: needs no gradients and no more memory than sampling. "
                    "quick: some 150 evaluations of the network, with gradients. exact: until the "
                    "levers no longer change, or the precision of the model allows no more.",
                ),
                io.Float.Input(
                    "denoise",
                    default=1.0,
                    min=0.01,
                    max=1.0,
                    step=0.01,
                    optional=True,
                    tooltip="The KSampler's.",
                ),
            ],
            outputs=[
                REGION_LEVERS.Output("levers", display_name="levers", tooltip="The levers."),
                io.Image.Output(
                    "sheet",
                    display_name="sheet",
                    tooltip="First-order previews of each lever, pulled either way.",
                ),
                report_output("What was found, how exactly, and what it cost."),
            ],
        )

    @classmethod
    def execute(
        cls,
        model: Any,
        positive: Any,
        negative: Any,
        latent: dict[str, Any],
        mask: Tensor,
        seed: int,
        steps: int,
        cfg: float,
        sampler: str,
        scheduler: str,
        at: float,
        count: int,
        effort: str,
        denoise: float = 1.0,
    ) -> io.NodeOutput:
        """Find the levers."""
        numbers = {"seed": seed, "steps": steps, "cfg": cfg, "denoise": denoise}
        run = SamplerRun(positive, negative, latent, sampler, scheduler, numbers)
        with pack.collect_notes() as notes:
            masks = mask[None] if mask.ndim == 2 else mask
            if len(masks) != 1:
                raise RegionError(f"{len(masks)} masks were given", "one mask")
            options = SearchOptions(count, effort)
            levers = host.find(model, run, masks[0], at, options, pack.progress())
            note_noise(levers)
            sheet = _sheet(model, levers)
            notes.extend(report_lines(levers))
        report = "\n".join(notes)
        return io.NodeOutput(
            levers, pack.to_intermediate_device(sheet), report, ui=on_node(notes, None)
        )


def report_lines(levers: RegionLevers) -> list[str]:
    """What was found and what it cost, in words.

    Args:
        levers: The levers.

    Returns:
        Sentences.
    """
    facts = levers.facts
    shares = levers.shares_inside().tolist()
    each = ", ".join(f"{index} {share:.0%}" for index, share in enumerate(shares))
    return [
        f"{len(levers)} levers at noise level {levers.sigma:.3g}, seed {levers.seed}. "
        f"{facts['status']}",
        f"Share of the change that lies inside the region, to first order: {each}.",
        f"{facts['evaluations']} evaluations and {facts['backwards']} reverse passes in "
        f"{facts['seconds']:.0f} seconds.",
        str(facts["self_check"]),
    ]


def _sheet(model: Any, levers: RegionLevers) -> Tensor:
    """Three pictures for each lever: pulled back, as it is, pulled; `[1, H, W, 3]` in [0, 1]."""
    rows = [
        levers.preview({index: strength})
        for index in range(len(levers))
        for strength in (-_SHOWN, 0.0, _SHOWN)
    ]
    labels = [f"-{_SHOWN:g}", "0", f"+{_SHOWN:g}"]
    heads = [f"lever {index}" for index in range(len(levers))]
    pictures = quick_pictures(model, rows)
    scale = max(1, 192 // pictures.shape[-1])
    return contact_sheet(pictures, 3, labels, heads, scale=scale)[None].float() / 255
