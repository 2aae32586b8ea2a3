"""From a plan's words to what they name: its generator, levers, codes and region, all checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from ..base.errors import PackError
from ..base.hashing import fingerprint
from ..base.parsing import read_option
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode
from ..files.bundled import BUNDLED
from ..files.latent_files import load_latents
from ..files.loading import load_generator
from ..generators.rendering import batch_that_fits
from ..levers.direction_loading import load_directions
from .codes_entry import StoredCodes
from .drawing import Drawer
from .entries import GeneratorEntry, LeversEntry
from .plan import Plan
from .plan_file import read_plan
from .rendering.held_region import open_hold


@dataclass(frozen=True)
class Places:
    """Where the files of a plan are looked for, in place of those that it names."""

    folder: Path | None = None
    """Folder of the plan, for files that lie beside it."""
    generator: str | None = None
    """Name or path of the generator; none means that of the plan."""
    levers: str | None = None
    """Path of the levers; none means that of the plan."""
    device: str = "cpu"
    """Device of the generator."""


def open_drawer(plan: Plan, places: Places | None = None) -> Drawer:
    """Open all that a plan names, and check that it is what the plan was made with.

    Args:
        plan: The plan.
        places: Where its files are; none means where the plan says.

    Returns:
        A drawer of its rows.

    Raises:
        PackError: A file is not found, cannot be read, or is another one.
    """
    places = places or Places()
    gan = open_plan_generator(plan, places)
    levers = open_plan_levers(plan, gan, places)
    stored = _stored_codes(plan, gan, places)
    pull, hold = plan.pull, None
    if pull.hold is not None:
        hold = open_hold(gan, _found(pull.hold, places.folder), plan.codes.noise, pull.composite)
        _require("region", pull.hold, pull.held or "", hold.fingerprint)
    return Drawer(plan, gan, levers, stored, hold)


def open_plan_generator(plan: Plan, places: Places) -> Generator:
    """Load the generator of a plan.

    Args:
        plan: The plan.
        places: Where its files are.

    Returns:
        The generator.

    Raises:
        PackError: It is not found, or another one.
    """
    entry = plan.generator
    file = places.generator or entry.file
    settings = dict(map(read_option, entry.options))
    if places.generator is None:
        _require_file("generator", file, places.folder, "«plan_generator»")
    gan = load_generator(_found(file, places.folder), places.device, **settings)
    _require("generator", file, entry.fingerprint, gan.spec.fingerprint)
    return gan


def open_plan_levers(plan: Plan, gan: Generator, places: Places) -> Directions:
    """Load the levers of a plan.

    Args:
        plan: The plan.
        gan: Its generator.
        places: Where its files are.

    Returns:
        The levers.

    Raises:
        PackError: They are not found, or others.
    """
    entry = plan.levers
    file = places.levers or entry.file
    if places.levers is None:
        _require_file("levers", file, places.folder, "«plan_levers»")
    levers = load_directions(_found(file, places.folder), space=entry.space, gan=gan)
    _require("file of levers", file, entry.fingerprint, lever_fingerprint(levers))
    return levers


def _stored_codes(plan: Plan, gan: Generator, places: Places) -> LatentCode | None:
    """The codes of a plan's file, if it names one."""
    entry = plan.codes.stored
    if entry is None:
        return None
    _require_file("latent codes", entry.file, places.folder)
    stored = load_latents(_found(entry.file, places.folder), gan, space=entry.space)
    _require("file of latent codes", entry.file, entry.fingerprint, code_fingerprint(stored))
    return stored


def _require(what: str, file: str, stated: str, found: str) -> None:
    """Refuse another file than the plan was made with."""
    if stated != found:
        raise PackError(
            f"The {what} {file!r} is not the one of the plan (its fingerprint is {found}, that of "
            f"the plan {stated})",
            "the same file",
            "Name the right file, or make a new plan",
        )


def _require_file(what: str, file: str, folder: Path | None, given: str = "") -> None:
    """Say where a plan's file was looked for, if it is nowhere."""
    if file in BUNDLED or Path(_found(file, folder)).expanduser().exists():
        return
    looked = "" if Path(file).is_absolute() else f" in {str(Path.cwd())!r}"
    beside = "" if folder is None else f", nor beside the plan in {str(folder)!r}"
    raise PackError(
        f"The plan names the file {file!r} of the {what}, which is not there{looked}{beside}",
        "the file with which the plan was made",
        "Put it beside the plan" + (f", or name it with {given}" if given else ""),
    )


def _found(file: str, folder: Path | None) -> str:
    """A path as it was given, or beside the plan where it is only there."""
    if file in BUNDLED or folder is None or Path(file).exists():
        return file
    beside = folder / Path(file).name
    return str(beside) if beside.exists() else file


def lever_fingerprint(levers: Directions) -> str:
    """Identify levers by their numbers.

    Args:
        levers: The directions.

    Returns:
        16 hex digits.
    """
    return fingerprint({"vectors": levers.vectors, "eigenvalues": levers.eigenvalues})


def code_fingerprint(codes: LatentCode) -> str:
    """Identify stored codes by their numbers.

    Args:
        codes: The codes.

    Returns:
        16 hex digits.
    """
    return fingerprint({"values": codes.values})


def generator_entry(gan: Generator, file: str, options: tuple[str, ...] = ()) -> GeneratorEntry:
    """What a plan states of a generator.

    Args:
        gan: The generator.
        file: Its name or path.
        options: Settings with which it was loaded, each as "name=value".

    Returns:
        The entry.
    """
    return GeneratorEntry(file, gan.spec.fingerprint, options)


def levers_entry(levers: Directions, file: str, space: str | None = None) -> LeversEntry:
    """What a plan states of levers.

    Args:
        levers: The directions.
        file: Their file.
        space: Their space, for files of other programs.

    Returns:
        The entry.
    """
    names = tuple(levers.label(index) for index in range(len(levers)))
    return LeversEntry(file, lever_fingerprint(levers), names, space)


def stored_entry(codes: LatentCode, file: str, space: str | None = None) -> StoredCodes:
    """What a plan states of latent codes of a file.

    Args:
        codes: The codes.
        file: Their file.
        space: Their space, for files of other programs.

    Returns:
        The entry.
    """
    return StoredCodes(file, code_fingerprint(codes), len(codes), codes.seeds, space)


def usual_chunk(gan: Generator, plan: Path, threads: int | None = None) -> tuple[int, int]:
    """How a plan draws where nobody chooses: as the one that is there, else as suits the machine.

    Args:
        gan: The generator.
        plan: File of the plan, whether it exists or not.
        threads: Threads of a new plan; none means as many as torch uses.

    Returns:
        Pictures at once, from 1 to 8 on a CPU, by its caches, and to 16 elsewhere; and threads.
    """
    if plan.is_file():
        known = read_plan(plan)
        return known.batch_size, known.threads
    return batch_that_fits(gan.spec, gan.device), threads or torch.get_num_threads()
