"""Files to blueprints: container, dialect and architecture, each identified by content alone."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from ..base.errors import CheckpointError
from ..concepts.checkpoint import (
    AbstractDialect,
    Blueprint,
    Checkpoint,
    KeySignature,
    checkpoint_errors,
)
from ..generators.architectures import ARCHITECTURES
from .containers import CONTAINERS
from .containers.numpy_file import NUMPY_MAGIC
from .dialects import DIALECTS
from .foreign_models import foreign_model
from .leftovers import left_over
from .other_contents import other_content
from .readers import find_reader, reader_titles, unrecognised
from .roots import root_facts, roots, without_wrappers
from .tensor_views import UsedTensors
from .withheld import require_no_withheld, withheld_note

_LARGE_NUMBER = re.compile(r"\d{6}")
"""A number of six digits or more within a name."""


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a file with the first container that recognises it.

    Args:
        path: An existing file or folder.

    Returns:
        Its tensors.

    Raises:
        CheckpointError: No container recognises the file, or it is damaged.
    """
    container, head = find_reader(path, CONTAINERS)
    if container is not None:
        return container.read(path)
    if head.startswith(NUMPY_MAGIC):
        found = f"{path.name} is a NumPy array, which holds no generator"
        remedy = "Arrays are for «load_directions» or «load_latents»"
    elif path.is_dir():
        found = f"{path.resolve().name} is a folder without config.json or known weights"
        remedy = "Choose a file"
    else:
        found, remedy = unrecognised(path, head, "a model")
    raise CheckpointError(found, reader_titles(CONTAINERS), remedy)


def recognise(checkpoint: Checkpoint) -> Blueprint:
    """Find dialect and architecture by names and shapes alone.

    Args:
        checkpoint: The tensors and settings of a file.

    Returns:
        Canonical tensors and their architecture.

    Raises:
        CheckpointError: No architecture fits; the message names the nearest ones and what was
            missing for each.
    """
    _require_sane_numbers(checkpoint)
    near: dict[str, tuple[float, str]] = {}
    checkpoint = without_wrappers(checkpoint)
    for root in roots(checkpoint.tensors):
        part = checkpoint.under(root)
        if root:
            part = replace(part, details={**part.details, **root_facts(checkpoint, root)})
        for architecture in ARCHITECTURES:
            gaps = architecture.missing(part.tensors)
            if not gaps:
                require_no_withheld(part)
                return Blueprint(architecture.id, part.tensors, part.config, part.details)
            _note(near, architecture.title, architecture.signature, gaps)
        for dialect in DIALECTS:
            gaps = dialect.missing(part.tensors)
            if not gaps:
                require_no_withheld(part)
                return _translated(dialect, part)
            _note(near, dialect.title, dialect.signature, gaps)
    nearest = [words for _, words in sorted(near.values(), key=lambda miss: miss[0])[:3]]
    titles = ", ".join(architecture.title for architecture in ARCHITECTURES)
    foreign = foreign_model(checkpoint.tensors)
    evidence = "names"
    if foreign is None:
        foreign, evidence = other_content(checkpoint), "shapes"
    if foreign is not None:
        name = Path(checkpoint.origin).name
        found = f"{name} is {foreign.title}, by the {evidence} of its tensors, {foreign.verdict}"
        found += withheld_note(checkpoint)
        raise CheckpointError(found, titles, foreign.remedy)
    some = list(checkpoint.tensors.items())[:3]
    first = ", ".join(f"{name} {list(tensor.shape)}" for name, tensor in some)
    raise CheckpointError(
        f"{Path(checkpoint.origin).name} holds {len(checkpoint.tensors)} tensors ({first}, ...) of "
        f"no architecture that the pack knows{withheld_note(checkpoint)}. Nearest: "
        f"{'; '.join(nearest)}",
        titles,
        "If it is one of these, please report its tensor names and shapes",
    )


def _translated(dialect: AbstractDialect, part: Checkpoint) -> Blueprint:
    """The canonical tensors of a checkpoint, and the names of those that the dialect left."""
    tensors = UsedTensors(part.tensors)
    with checkpoint_errors(dialect.title):
        blueprint = dialect.translate(replace(part, tensors=tensors))
    details = {**blueprint.details, "dialect": dialect.id}
    unused = left_over(part.tensors, tensors.used, dialect.harmless)
    return replace(blueprint, details=details, unused=tuple(unused), guesses=dialect.assumes)


def _require_sane_numbers(checkpoint: Checkpoint) -> None:
    """Refuse names with huge layer numbers, before a network of that size is built."""
    for name in checkpoint.tensors:
        if _LARGE_NUMBER.search(name):
            raise CheckpointError(
                f"{Path(checkpoint.origin).name} holds a tensor {name[:100]!r}",
                "layers and sizes below 100,000",
                "The file is damaged",
            )


def _note(
    near: dict[str, tuple[float, str]], title: str, signature: KeySignature, gaps: list[str]
) -> None:
    """Record a near miss under its title, unless another root was nearer."""
    share = len(gaps) / len(signature.required)
    if title not in near or share < near[title][0]:
        more = f" and {len(gaps) - 3} more" if len(gaps) > 3 else ""
        near[title] = share, f"{title} ({', '.join(gaps[:3])}{more})"
