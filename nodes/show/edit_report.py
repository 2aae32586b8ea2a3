"""GANEditReport: how local and how strong levers are, side by side."""

from __future__ import annotations

from comfy_api.latest import io, ui
from torch import Tensor

from ...core.concepts.directions import Directions
from ...core.concepts.latent_code import LatentCode
from ...core.edits.strength import VISIBLE_CHANGE
from ...core.measures.pulls import SIGNS, Goal
from ...core.measures.reports.measure import AbstractMeasure
from ...core.measures.reports.report import Candidate, judge, measures_that
from ...core.measures.reports.seconds import SecondsMeasure
from ...core.pictures.plots import plot_or_reason, report_page
from .. import host
from ..inputs import directions_input, gan_input, index_input
from ..masks import read_region
from ..previews import on_node, to_image
from ..sockets import CATEGORY, GAN_DIRECTIONS, GAN_LATENT, LoadedGAN


class GANEditReport(io.ComfyNode):
    """Calls `report.judge`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANEditReport",
            display_name="GAN Edit Report",
            category=f"{CATEGORY}/show",
            description="Judges levers: pulls each until every image has changed equally inside a "
            "region, and reports what changed outside, with curves. Compares up to six methods.",
            is_output_node=True,
            inputs=[
                gan_input(),
                GAN_LATENT.Input(
                    "latents",
                    tooltip="The images on which levers are judged: 16 or more, and others than "
                    "those that the levers were found with.",
                ),
                directions_input(),
                io.Mask.Input("mask", tooltip="The region that shall change."),
                index_input("Which lever of each input is judged."),
                io.Float.Input(
                    "target",
                    default=VISIBLE_CHANGE,
                    min=1.0,
                    max=255.0,
                    step=1.0,
                    round=0.01,
                    tooltip="Root mean square change inside the region that every image reaches, "
                    "in grey levels of 255. Levers compare only at an equal change.",
                ),
                io.Combo.Input(
                    "sign",
                    options=list(SIGNS),
                    default=SIGNS[0],
                    tooltip="Which way the levers are pulled. easier: on each image the way that "
                    "needs the smaller strength.",
                ),
                *(_more_directions(number) for number in (2, 3, 4, 5, 6)),
                io.Boolean.Input(
                    "broken",
                    default=False,
                    optional=True,
                    tooltip="Also counts broken faces, on generators of the bundled portraits: "
                    "those that are further from 5,000 samples than samples are. Half a minute "
                    "more, once.",
                ),
            ],
            outputs=[
                io.String.Output(
                    "table",
                    display_name="table",
                    tooltip="The table in Markdown: medians, 95% intervals and the worst tenth.",
                ),
                io.Image.Output("report", display_name="report", tooltip="The table as a picture."),
                io.Image.Output(
                    "curve",
                    display_name="curve",
                    tooltip="Change inside and outside over the strength, and the leakage of "
                    "every image. Needs matplotlib; without it, the picture says so.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        gan: LoadedGAN,
        latents: LatentCode,
        directions: Directions,
        mask: Tensor,
        index: int,
        target: float,
        sign: str,
        directions_2: Directions | None = None,
        directions_3: Directions | None = None,
        directions_4: Directions | None = None,
        directions_5: Directions | None = None,
        directions_6: Directions | None = None,
        broken: bool = False,
    ) -> io.NodeOutput:
        """Judge the levers, draw the table and the curves."""
        more = (directions_2, directions_3, directions_4, directions_5, directions_6)
        given = enumerate((directions, *more), 1)
        several = {number: each for number, each in given if each is not None}
        candidates = [
            Candidate(each, index, _name(each, index, number if len(several) > 1 else None))
            for number, each in several.items()
        ]
        with host.session(gan) as work:
            region = read_region(mask, work.generator.spec.img_size, work.notes)
            found = judge(
                work.generator,
                latents,
                candidates,
                region,
                Goal(target, sign),
                _repeatable(broken),
                host.progress(),
            )
            work.notes.extend(found.sentences())
            page = to_image(report_page(found))
            picture, reason = plot_or_reason(found)
            if reason:
                work.notes.append(reason)
        curve = host.to_intermediate_device(to_image(picture))
        outputs = (found.to_markdown(), host.to_intermediate_device(page), curve)
        return io.NodeOutput(*outputs, ui=on_node(work.notes, ui.PreviewImage(page)))


def _more_directions(number: int) -> io.Input:
    """Another input of levers to compare."""
    return GAN_DIRECTIONS.Input(
        f"directions_{number}",
        optional=True,
        tooltip="Further levers to compare, such as those of another method.",
    )


def _name(levers: Directions, index: int, number: int | None) -> str:
    """Name of a lever: its label, and with several inputs their number and space."""
    levers.check_index(index)
    label = levers.label(index)
    return label if number is None else f"{number}: {label} in {levers.space.value}"


def _repeatable(broken: bool) -> list[AbstractMeasure]:
    """All measures but seconds: a graph that is run again draws the same pictures."""
    return [each for each in measures_that(costly=broken) if each.id != SecondsMeasure.id]
