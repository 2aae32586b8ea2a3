"""GANRankLevers: levers in the order of their effect on an attribute, a pair or a text."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io
from torch import Tensor

from ...core.base.errors import PackError
from ...core.concepts.directions import Directions
from ...core.concepts.latent_code import LatentCode
from ...core.edits.ranking import rank_levers, ranked, ranking_text
from .. import host
from ..inputs import directions_input, gan_input, report_output
from ..previews import on_node
from ..sockets import CATEGORY, GAN_DIRECTIONS, GAN_LATENT, LoadedGAN
from .wanted_scores import attribute_input, pair_inputs, text_score, wanted_score


class GANRankLevers(io.ComfyNode):
    """Calls `ranking.rank_levers`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANRankLevers",
            display_name="GAN Rank Levers",
            category=f"{CATEGORY}/levers",
            description="Sorts levers by how much they change an attribute, how well they make "
            "the change between two pictures, or how much likelier they make a text by your own "
            "CLIP. Turns them so that + means more of it.",
            is_output_node=True,
            inputs=[
                gan_input(),
                directions_input(),
                GAN_LATENT.Input(
                    "latents", tooltip="The images on which the levers are tried; eight or more."
                ),
                attribute_input("By what the levers are sorted."),
                io.String.Input(
                    "text",
                    default="a smiling face",
                    tooltip="Words, with clip and clip_vision connected; else not used.",
                ),
                *pair_inputs(),
                io.ClipVision.Input(
                    "clip_vision",
                    optional=True,
                    tooltip="The image encoder of your CLIP, from Load CLIP Vision.",
                ),
                io.Clip.Input(
                    "clip",
                    optional=True,
                    tooltip="The text encoder of the same CLIP, with its projection, from Load "
                    "CLIP.",
                ),
            ],
            outputs=[
                GAN_DIRECTIONS.Output(
                    "ranked", display_name="directions", tooltip="The levers, best first."
                ),
                report_output("The effect of each lever."),
            ],
        )

    @classmethod
    def execute(
        cls,
        gan: LoadedGAN,
        directions: Directions,
        latents: LatentCode,
        attribute: str,
        text: str,
        before: Tensor | None = None,
        after: Tensor | None = None,
        clip_vision: Any = None,
        clip: Any = None,
    ) -> io.NodeOutput:
        """Rank the levers."""
        with host.collect_notes():
            if (clip is None) != (clip_vision is None):
                raise PackError("One part of the CLIP is missing", "both clip and clip_vision")
            by_text = None if clip is None else text_score(clip_vision, clip, text)
        beside = () if clip_vision is None else (clip_vision.patcher,)
        with host.session(gan, beside=beside) as work:
            generator = work.generator
            wanted = by_text or wanted_score(generator, attribute, before, after)
            ranking = rank_levers(
                generator,
                directions,
                latents,
                wanted.score,
                wanted.target,
                progress=host.progress(),
            )
            work.notes.append(ranking_text(directions, ranking, wanted.name))
        return io.NodeOutput(ranked(directions, ranking), work.report, ui=on_node(work.notes))
