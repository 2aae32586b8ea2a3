"""GANSaveBatch: many edits of many images, drawn one after the other into a folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from comfy_api.latest import io, ui
from torch import Tensor

from ...core.base.errors import PackError
from ...core.batch.entries import FORMATS
from ...core.batch.file_names import USUAL
from ...core.batch.manifest import settle_manifest
from ...core.batch.plan import Plan
from ...core.batch.rendering.held_region import Hold
from ...core.batch.row_numbers import parse_rows
from ...core.batch.running import Drawn, draw_rows
from ...core.concepts.directions import Directions
from ...core.concepts.latent_code import LatentCode
from ...core.edits.variations import MOST_VARIATIONS
from .. import host, places
from ..inputs import directions_input, gan_input
from ..masks import hold_input, notes_on_hold, read_hold
from ..previews import channel_notes, on_node, to_image
from ..sockets import CATEGORY, GAN_LATENT, LoadedGAN
from ..variation_inputs import variation_inputs
from .batch_pictures import WatchedFiles, last_sheet
from .batch_plan import Connected, Widgets, connected_plan, open_drawer, plan_of_file

_MOST_CAPTIONS = 4096
"""Most lines of the output "captions"."""


class GANSaveBatch(io.ComfyNode):
    """Calls the functions of `batch`, row by row."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANSaveBatch",
            display_name="GAN Save Batch",
            category=f"{CATEGORY}/files",
            description="Draws as many variations as you like and saves each at once. Stop it and "
            "queue it again: it draws what is missing. Memory stays the same, however many.",
            is_output_node=True,
            hidden=[io.Hidden.prompt, io.Hidden.extra_pnginfo],
            inputs=[
                gan_input(),
                directions_input(),
                *variation_inputs(
                    io.Int.Input(
                        "count",
                        default=1000,
                        min=1,
                        max=MOST_VARIATIONS,
                        tooltip="Number of pictures; in a grid, the largest number. A larger count "
                        "goes on where the last one ended.",
                    )
                ),
                io.Int.Input(
                    "scale",
                    default=1,
                    min=1,
                    max=16,
                    tooltip="Factor by which the pictures are enlarged. 1 keeps the generator's "
                    "own pixels.",
                ),
                io.String.Input(
                    "folder",
                    default=places.EXAMPLE,
                    tooltip="Folder of the pictures, within ComfyUI's output folder; one for each "
                    "batch. Other settings need another folder, and say so.",
                ),
                io.Combo.Input(
                    "image_format",
                    options=list(FORMATS),
                    default="png",
                    tooltip="Format of the pictures. png: lossless, and holds the graph. webp: "
                    "small. jpeg: quickest for large pictures.",
                ),
                GAN_LATENT.Input(
                    "latents",
                    optional=True,
                    tooltip="The images to vary. Needed unless a plan is named.",
                ),
                hold_input("About a second per picture of 64 pixels."),
                io.String.Input(
                    "plan",
                    default="",
                    optional=True,
                    tooltip="Name of a plan in ComfyUI's input or output folder, from "
                    "latent-levers plan or from another batch: it decides the rows, the latents "
                    "and how levers are pulled in place of the inputs here.",
                ),
                io.String.Input(
                    "rows",
                    default="",
                    optional=True,
                    tooltip='Only these rows, such as "100-199": a part of the batch, or one of '
                    "its pictures again. Empty draws all.",
                ),
                io.String.Input(
                    "names",
                    default=USUAL,
                    optional=True,
                    tooltip="Pattern of the names of the files: {n} or {row} is the row, {seed} "
                    "its seed, {lever} its levers, as in {seed}_{lever}_{n:05d}.",
                ),
            ],
            outputs=[
                io.Image.Output(
                    "sheet",
                    display_name="sheet",
                    tooltip="The last pictures on one labelled sheet.",
                ),
                io.String.Output(
                    "captions",
                    display_name="captions",
                    tooltip='One line per picture, such as "00007.png: seed 3, resefa 0 +2.0", of '
                    f"at most {_MOST_CAPTIONS:,}; manifest.jsonl in the folder has all.",
                ),
                io.Int.Output(
                    "present",
                    display_name="count",
                    tooltip="Number of pictures that are there now.",
                ),
                io.String.Output(
                    "place",
                    display_name="folder",
                    tooltip="The folder, within ComfyUI's output folder.",
                ),
            ],
        )

    @classmethod
    def validate_inputs(cls, count: int | None) -> bool:
        """Leave the range of the count, and all names, to the run, which stops the whole graph.

        What ComfyUI finds before the run only leaves this node out, and calls the run a success.

        Returns:
            True.
        """
        return True

    @classmethod
    def fingerprint_inputs(cls, folder: str | None = None, **_: object) -> str:
        """Run again when files were added to the folder or taken away."""
        try:
            return str(places.batch_folder(folder or "")[0].stat().st_mtime_ns)
        except (PackError, OSError):
            return "missing"

    @classmethod
    def execute(
        cls,
        gan: LoadedGAN,
        directions: Directions,
        arrange: str,
        count: int,
        seed: int,
        indices: str,
        strengths: str,
        unit: str,
        layers: str,
        scale: int,
        folder: str,
        image_format: str,
        latents: LatentCode | None = None,
        hold: Tensor | None = None,
        plan: str = "",
        rows: str = "",
        names: str = USUAL,
    ) -> io.NodeOutput:
        """Draw what the folder lacks."""
        place, name = places.batch_folder(folder)
        with host.session(gan) as work:
            request = read_hold(hold, work.generator, work.notes)
            held = None if request is None else Hold(request)
            given = Connected(work.generator, directions, latents, held)
            if plan.strip():
                whole, total = plan_of_file(given, places.plan_path(plan), place)
            else:
                widgets = Widgets(
                    *(arrange, count, seed, indices, strengths, unit, layers, scale),
                    *(image_format, names),
                )
                whole, total = connected_plan(given, widgets, place)
            chosen = parse_rows(rows, total) if rows.strip() else range(total)
            watched = WatchedFiles()
            drawer = open_drawer(whole, given, _graph(cls.hidden))
            report = host.progress(watched.picture)
            drawn = draw_rows(lambda: drawer, watched, whole, place, chosen, report)
            written = (row for row in chosen if whole.shard_of(row) not in drawn.busy)
            settle_manifest(whole, place, written)
            work.notes.extend(_notes(drawn, whole, name))
            work.notes.extend(notes_on_hold(request))
            work.notes.extend(drawer.report())
            work.notes.extend(channel_notes(work.generator.spec))
            page = to_image(last_sheet(lambda: drawer, whole, place, chosen))
        outputs = (
            host.to_intermediate_device(page),
            _captions(whole, chosen),
            drawn.drawn + drawn.found,
            name,
        )
        return io.NodeOutput(*outputs, ui=on_node(work.notes, ui.PreviewImage(page)))


def _notes(drawn: Drawn, plan: Plan, folder: str) -> list[str]:
    """What was done, in sentences."""
    there = drawn.drawn + drawn.found
    said = [
        f"{drawn.drawn:,} drawn now; {there:,} picture{'' if there == 1 else 's'} in "
        f"output/{folder}."
    ]
    if drawn.busy:
        said.append(
            f"Another process draws {len(drawn.busy):,} of {plan.shards:,} shards; queue again "
            "when it has ended."
        )
    return said


def _graph(hidden: Any) -> dict[str, str]:
    """The graph that runs, as Save Image writes it into its pictures."""
    if not host.saves_metadata():
        return {}
    found = {"prompt": hidden.prompt, **(hidden.extra_pnginfo or {})}
    return {name: json.dumps(value) for name, value in found.items() if value is not None}


def _captions(plan: Plan, chosen: Sequence[int]) -> str:
    """A line per picture, of at most `_MOST_CAPTIONS`."""
    lines = [
        f"{plan.file_name(number)}: {plan[number].caption}" for number in chosen[:_MOST_CAPTIONS]
    ]
    if len(chosen) > len(lines):
        lines.append(f"and {len(chosen) - len(lines):,} more")
    return "\n".join(lines)
