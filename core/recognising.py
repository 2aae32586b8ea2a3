"""Files to blueprints: container, spelling and architecture, each told by content alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from .architectures import ARCHITECTURES
from .checkpoint import Blueprint, Checkpoint
from .containers import CONTAINERS
from .dialects import DIALECTS
from .errors import CheckpointError

_ROOTS = (
    "generator_smooth",
    "G_ema",
    "g_ema",
    "Gs",
    "models.generator_smooth",
    "ema",
    "state_dict",
    "generator",
    "netG",
    "G",
    "model",
    "models.generator",
    "params",
    "module",
    "",
)
"""Where checkpoints keep their generator, best first: a running average before the last step."""


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a file with the first container that recognises it.

    Args:
        path: An existing file or folder.

    Returns:
        Its tensors.

    Raises:
        CheckpointError: No container knows the file, or it is damaged.
    """
    head = b""
    if path.is_file():
        with path.open("rb") as file:
            head = file.read(512)
    for container in CONTAINERS:
        if container.recognises(path, head):
            return container.read(path)
    kinds = "; ".join(f"{c.title} ({', '.join(c.suffixes)})" for c in CONTAINERS)
    found = f"begins with {head[:8]!r}" if path.is_file() else "is a folder"
    raise CheckpointError(
        f"{path.name} {found}, which no reader knows",
        kinds,
        "The file may be cut off, or a web page saved instead of a model",
    )


def recognise(checkpoint: Checkpoint) -> Blueprint:
    """Find spelling and architecture by names and shapes alone.

    Args:
        checkpoint: What a file holds.

    Returns:
        Canonical tensors and their architecture.

    Raises:
        CheckpointError: No architecture fits; the nearest ones are named, with what they lacked.
    """
    near: list[tuple[float, str]] = []
    for part in (checkpoint.under(root) for root in _ROOTS):
        if not part.tensors:
            continue
        part = replace(
            part, tensors={n.removeprefix("module."): t for n, t in part.tensors.items()}
        )
        for architecture in ARCHITECTURES:
            gaps = architecture.missing(part.tensors)
            if not gaps:
                return Blueprint(architecture.id, part.tensors, part.config, part.details)
            near.append(
                (len(gaps) / len(architecture.signature.required), _near(architecture.title, gaps))
            )
        for dialect in DIALECTS:
            gaps = dialect.missing(part.tensors)
            if not gaps:
                blueprint = dialect.translate(part)
                return replace(blueprint, details={**blueprint.details, "dialect": dialect.id})
            near.append((len(gaps) / len(dialect.signature.required), _near(dialect.title, gaps)))
    nearest = list(dict.fromkeys(words for _, words in sorted(near)))[:3]
    titles = ", ".join(architecture.title for architecture in ARCHITECTURES)
    first = ", ".join(list(checkpoint.tensors)[:3])
    raise CheckpointError(
        f"{Path(checkpoint.origin).name} holds {len(checkpoint.tensors)} tensors ({first}, ...) of "
        f"no architecture that the pack knows. Nearest: {'; '.join(nearest)}",
        titles,
        "If it is one of these, please report its tensor names and shapes",
    )


def _near(title: str, gaps: list[str]) -> str:
    """One near miss in words."""
    more = f" and {len(gaps) - 3} more" if len(gaps) > 3 else ""
    return f"{title} ({', '.join(gaps[:3])}{more})"
