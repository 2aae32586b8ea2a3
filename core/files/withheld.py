"""Weights that only code in the file could make: refused where they are needed, never run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..base.errors import CheckpointError
from ..concepts.checkpoint import Checkpoint

_NAMED = 3
"""Entries that a message lists."""

_OF_TENSORS = ("torch._utils.", "torch._tensor.", "torch.nn.parameter.", "torch.Tensor",
               "numpy.core.", "numpy.ma.")  # fmt: skip
"""Starts of names of calls that make tensors or arrays."""


def require_no_withheld(part: Checkpoint) -> None:
    """Refuse a generator whose weights a call would have made that was not run.

    Settings beside the generator, and at the top of its own dictionary, may be anything.

    Args:
        part: The tensors of one generator, without the names of their root.

    Raises:
        CheckpointError: Such an entry lies in one of the modules, or is a tensor at the top.
    """
    parts = [name.split(".") for name in part.tensors]
    modules = {".".join(path[:end]) for path in parts for end in range(1, len(path))}
    needed = {
        name: call
        for name, call in part.withheld.items()
        if _place(name) in modules or ("." not in name and call.startswith(_OF_TENSORS))
    }
    _refuse(part, needed)


def require_no_withheld_siblings(checkpoint: Checkpoint) -> None:
    """Refuse directions or codes beside which a call would have made another entry.

    Args:
        checkpoint: A whole file of a few tensors.

    Raises:
        CheckpointError: There is such an entry in a dictionary that has tensors.
    """
    places = {_place(name) for name in checkpoint.tensors}
    _refuse(checkpoint, {n: c for n, c in checkpoint.withheld.items() if _place(n) in places})


def withheld_note(checkpoint: Checkpoint) -> str:
    """What was left out of a file, for a message about what it lacks.

    Args:
        checkpoint: A whole file.

    Returns:
        A clause that begins with a semicolon; empty where nothing was left out.
    """
    if not checkpoint.withheld:
        return ""
    return f"; left out, since nothing in a file is ever run: {_listed(checkpoint.withheld)}"


def _place(name: str) -> str:
    """The dictionary that an entry lies in."""
    return name.rpartition(".")[0]


def _refuse(checkpoint: Checkpoint, needed: Mapping[str, str]) -> None:
    """Refuse a file for entries that lack their tensor."""
    if needed:
        raise CheckpointError(
            f"{Path(checkpoint.origin).name} asks to run code to make {_listed(needed)}, and "
            "nothing in a file is ever run",
            "tensors as torch or numpy store them",
            "Ask its author for a state dict of plain tensors",
        )


def _listed(entries: Mapping[str, str]) -> str:
    """The first entries with their calls, and how many more there are."""
    parts = [f"{name[-80:]} ({call[:80]})" for name, call in entries.items()]
    more = f" and {len(parts) - _NAMED} more" if len(parts) > _NAMED else ""
    return f"{', '.join(parts[:_NAMED])}{more}"
