"""The plan of GAN Save Batch: from what is connected, or from a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from ...core.base.errors import PackError
from ...core.base.hashing import fingerprint
from ...core.base.parsing import read_numbers
from ...core.base.wording import warn
from ...core.batch.codes_entry import CodesEntry, StoredCodes
from ...core.batch.drawing import Drawer
from ...core.batch.entries import ImageEntry, PullEntry
from ...core.batch.file_names import without_ending
from ...core.batch.opening import (
    generator_entry,
    lever_fingerprint,
    levers_entry,
    stored_entry,
    usual_chunk,
)
from ...core.batch.plan import Plan
from ...core.batch.plan_file import PLAN, create_plan, read_plan
from ...core.batch.rendering.held_region import Hold
from ...core.batch.rows import RowsEntry
from ...core.concepts.directions import Directions
from ...core.concepts.generator import Generator
from ...core.concepts.latent_code import LatentCode, LatentSpace
from ...core.edits.variations import VARIATION_MODES
from ...core.files.bundled import BUNDLED
from ...core.files.latent_files import save_latents
from ...core.files.writing import save_directions
from ..edit.chosen_rows import rows_entry
from ..inputs import chosen_layers
from ..variation_inputs import read_levers

LEVERS, LATENTS = "levers.safetensors", "latents.safetensors"
"""Files beside the pictures that hold what was connected, so that the command line can go on."""

_HELD = "the mask at hold"


@dataclass(frozen=True)
class Connected:
    """What is connected to the node."""

    generator: Generator
    """On its device."""
    directions: Directions
    """The levers."""
    latents: LatentCode | None
    """The codes, if any."""
    hold: Hold | None
    """What is held, if anything."""


@dataclass(frozen=True)
class Widgets:
    """The node's widgets that decide the pictures, by their names."""

    arrange: str
    count: int
    seed: int
    indices: str
    strengths: str
    unit: str
    layers: str
    scale: int
    image_format: str
    names: str


def connected_plan(given: Connected, widgets: Widgets, folder: Path) -> tuple[Plan, int]:
    """Plan what the inputs say, in a folder that may hold some of it.

    Args:
        given: What is connected.
        widgets: The widgets.
        folder: Folder of the batch; created.

    Returns:
        The plan, which now lies in the folder and may have more rows, and the number of rows that
        are asked for.

    Raises:
        PackError: Latents are missing, a value cannot be read, or the folder holds another batch.
    """
    if given.latents is None:
        raise PackError(
            "Neither latents nor plan are given",
            "the images to vary, or the name of a plan",
            "Connect GAN Sample Latents at latents",
        )
    gan, rows = given.generator, _rows(given, widgets)
    place = folder / PLAN
    size, threads = usual_chunk(gan, place)
    held = None if given.hold is None else given.hold.fingerprint
    layers = chosen_layers(widgets.layers)
    plan = Plan(
        generator_entry(gan, _file_of(gan)),
        levers_entry(given.directions, LEVERS),
        CodesEntry(stored=_stored(given.latents)),
        PullEntry(widgets.unit, layers, None if held is None else _HELD, held),
        rows,
        size,
        ImageEntry(widgets.image_format, scale=widgets.scale),
        names=without_ending(widgets.names, widgets.image_format),
        threads=threads,
    )
    Drawer(plan, gan, given.directions, given.latents, given.hold).try_pull(plan[0])
    grown = create_plan(place, plan)
    if not (folder / LEVERS).is_file():
        save_directions(given.directions, folder / LEVERS)
    if not (folder / LATENTS).is_file():
        save_latents(given.latents, folder / LATENTS)
    return grown, rows.count


def _rows(given: Connected, widgets: Widgets) -> RowsEntry:
    """The rows; of a grid no more than it has."""
    indices = read_levers(widgets.indices, len(given.directions))
    entry = rows_entry(widgets.arrange, widgets.seed, indices, read_numbers(widgets.strengths))
    count = widgets.count
    if widgets.arrange == VARIATION_MODES[0]:
        total = len(given.latents or ()) * len(entry.indices) * len(entry.strengths)
        if count > total:
            warn(f"The grid has {total:,} pictures, fewer than the {count:,} that were asked for")
        count = min(count, total)
    return replace(entry, count=count)


def _file_of(gan: Generator) -> str:
    """The name of a bundled generator, or its file."""
    file = str(gan.details.get("path", ""))
    bundled = [name for name, path in BUNDLED.items() if str(path) == file]
    return bundled[0] if bundled else file


def _stored(latents: LatentCode) -> StoredCodes:
    """The connected codes; identified as the command line does where the values say all."""
    entry = stored_entry(latents, LATENTS)
    decisive = {"values": latents.values}
    for name in ("labels", "z_shift", "style_shift"):
        tensor = getattr(latents, name)
        if tensor is not None:
            decisive[name] = tensor
    if latents.space.shared is LatentSpace.Z and latents.truncation_psi != 1:  # mapped later
        cutoff = latents.truncation_cutoff
        numbers = [latents.truncation_psi, -1.0 if cutoff is None else float(cutoff)]
        decisive["truncation"] = torch.tensor(numbers)
    return replace(entry, fingerprint=fingerprint(decisive))


def plan_of_file(given: Connected, file: Path, folder: Path) -> tuple[Plan, int]:
    """A plan from a file, for what is connected.

    Args:
        given: What is connected.
        file: The plan.
        folder: Folder of the batch, which gets the plan if it is another one's.

    Returns:
        The plan that lies in the folder, and the number of its rows in the file.

    Raises:
        PackError: It cannot be read, is for another generator, other levers or another region, or
            the folder holds another batch.
    """
    plan = read_plan(file)
    stored = None if plan.codes.stored is None else plan.codes.stored.fingerprint
    used = given.latents if stored is not None else None
    for what, wanted, found, name in (
        (
            *("generator", plan.generator.fingerprint),
            *(given.generator.spec.fingerprint, "gan"),
        ),
        (
            *("levers", plan.levers.fingerprint),
            *(lever_fingerprint(given.directions), "directions"),
        ),
        ("latents", stored, None if used is None else _stored(used).fingerprint, "latents"),
        (
            *("region", plan.pull.held),
            *(None if given.hold is None else given.hold.fingerprint, "hold"),
        ),
    ):
        if wanted != found:
            raise PackError(
                f"The plan is for the {what} {wanted or 'none'}, and {found or 'none'} is "
                f"connected at {name}",
                "the same",
                "Connect it, or choose another plan",
            )
    if given.latents is not None and stored is None:
        warn("latents is not read: the plan states seeds")
    return create_plan(folder / PLAN, plan), len(plan)


def open_drawer(plan: Plan, given: Connected, graph: Mapping[str, str]) -> Drawer:
    """What draws the rows of a plan with what is connected.

    Args:
        plan: The plan.
        given: What is connected.
        graph: Text chunks of all pictures: the graph that runs.

    Returns:
        The drawer.
    """
    stored = None if plan.codes.stored is None else given.latents
    return Drawer(plan, given.generator, given.directions, stored, given.hold, graph)
