"""GANCombineDirections: new levers from other levers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from comfy_api.latest import io

from ...core.base.errors import DirectionsError
from ...core.base.parsing import read_indices, read_names, read_numbers
from ...core.concepts.directions import Directions
from ...core.concepts.latent_code import format_layers
from ...core.edits.combining import add_levers, choose, gather, remove_levers
from ...core.edits.units import unit_distance
from ...core.levers.inner_products import METRICS
from .. import host
from ..inputs import directions_input, report_output, unit_input
from ..previews import on_node
from ..sockets import CATEGORY, GAN, GAN_DIRECTIONS, LoadedGAN

_SUM, _WITHOUT, _LIST = "sum", "without others", "list"


class GANCombineDirections(io.ComfyNode):
    """Calls the functions of `combining`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANCombineDirections",
            display_name="GAN Combine Directions",
            category=f"{CATEGORY}/levers",
            description="Makes new levers from others: the sum of several, levers without their "
            "component along others (a smile that does not change age), or one list of several.",
            is_output_node=True,
            inputs=[
                GAN.Input(
                    "gan",
                    tooltip="The generator. The spread of its random images along the new levers "
                    "defines one sigma.",
                ),
                directions_input(),
                io.Combo.Input(
                    "how",
                    options=[_SUM, _WITHOUT, _LIST],
                    default=_SUM,
                    tooltip="sum: one lever that pulls all chosen levers by their strengths. "
                    "without others: each chosen lever without its component along the others. "
                    "list: the chosen levers, then the others, as one set.",
                ),
                io.String.Input(
                    "indices",
                    default="0",
                    tooltip='Levers that are chosen: "all", a range such as "0-3", or "0, 2, 5".',
                ),
                io.String.Input(
                    "strengths",
                    default="1",
                    tooltip="For a sum: a strength per chosen lever between commas, or one for "
                    "all. Negative values pull the other way.",
                ),
                unit_input(),
                io.Combo.Input(
                    "metric",
                    options=list(METRICS),
                    default=METRICS[0],
                    tooltip="For without others: the inner product that defines the component. "
                    "plain: the new lever is orthogonal to the others. covariance: among random "
                    "images, positions along the new lever and the others are uncorrelated.",
                ),
                io.String.Input(
                    "name",
                    default="",
                    tooltip="Names for the new levers, between commas; empty derives them from "
                    "their parts.",
                ),
                GAN_DIRECTIONS.Input(
                    "others",
                    optional=True,
                    tooltip="More levers, to be added, removed or appended.",
                ),
                io.String.Input(
                    "other_indices",
                    default="all",
                    optional=True,
                    tooltip="Which of the others are used, written in the same way.",
                ),
                io.String.Input(
                    "other_strengths",
                    default="1",
                    optional=True,
                    tooltip="For a sum: strengths of the others.",
                ),
            ],
            outputs=[
                GAN_DIRECTIONS.Output(
                    "combined", display_name="directions", tooltip="The new levers."
                ),
                io.Float.Output(
                    "strength",
                    display_name="strength",
                    tooltip="For a sum: the strength, in the chosen unit, at which the new lever "
                    "equals the sum. Otherwise 1.",
                ),
                report_output("What was combined."),
            ],
        )

    @classmethod
    def execute(
        cls,
        gan: LoadedGAN,
        directions: Directions,
        how: str,
        indices: str,
        strengths: str,
        unit: str,
        metric: str,
        name: str,
        others: Directions | None = None,
        other_indices: str = "all",
        other_strengths: str = "1",
    ) -> io.NodeOutput:
        """Combine."""
        strength = 1.0
        with host.session(gan) as work:
            chosen = read_indices(indices, len(directions))
            more = [] if others is None else read_indices(other_indices, len(others))
            first = choose(directions, chosen)
            second = None if others is None else choose(others, more)
            if how == _SUM:
                pulls = _pulls(directions, chosen, strengths)
                if others is not None:
                    pulls += _pulls(others, more, other_strengths)
                made, distance = add_levers(pulls, unit, gan=work.generator)
                strength = distance / unit_distance(made, 0, unit)
                work.notes.append(f"The strength {strength:.3g} {unit} is {made.label(0)}")
            elif second is None:
                if how == _WITHOUT:
                    raise DirectionsError(
                        "There are no levers to remove",
                        "levers at the input others",
                        "Connect the levers that shall be lost",
                    )
                made = first
            elif how == _WITHOUT:
                made = remove_levers(first, second, metric, work.generator)
                work.notes.extend(
                    f"{made.label(i)}: {share:.0%} of it was lost"
                    for i, share in enumerate(made.details["lost"])
                )
            else:
                made = gather([first, second], work.generator)
            made = _named(made, name)
            count = f"{len(made)} lever{'s' if len(made) > 1 else ''}"
            layers = format_layers(made.layers, made.num_ws)
            work.notes.append(f"{count} in {made.space.value}, layers {layers}")
        return io.NodeOutput(made, float(strength), work.report, ui=on_node(work.notes))


def _pulls(
    levers: Directions, indices: Sequence[int], strengths: str
) -> list[tuple[Directions, int, float]]:
    """The chosen levers, each with its strength."""
    numbers = read_numbers(strengths)
    if len(numbers) == 1:
        numbers = numbers * len(indices)
    if len(numbers) != len(indices):
        raise DirectionsError(
            f"{len(numbers)} strengths were given for {len(indices)} levers",
            "a strength per lever, or one for all",
        )
    return [(levers, index, number) for index, number in zip(indices, numbers, strict=True)]


def _named(levers: Directions, names: str) -> Directions:
    """The levers with the typed names."""
    return replace(levers, names=read_names(names, len(levers), levers.names))
