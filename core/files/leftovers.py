"""Tensors of a file that no reader used, and what becomes of them."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Collection, Mapping, Sequence

from torch import Tensor

from ..base.errors import CheckpointError
from ..concepts.checkpoint import Blueprint

_HARMLESS = ("*num_batches_tracked",)
"""Patterns of tensors that no image depends on, in any file."""
_LEARNED = frozenset(
    ("weight", "bias", "weight_orig", "gain", "gamma", "const", "noise_strength", "mod_weight",
     "mod_bias"),
)  # fmt: skip
"""Last parts of the names of trained weights; others are buffers."""
_CLASS_TABLES = ("mapping.embed.weight", "mapping.embed.bias", "mapping.label_weight")
"""Canonical names of class embeddings."""

_NAMED = 5
"""Names that a message lists."""


def left_over(
    tensors: Mapping[str, Tensor], used: Collection[str], harmless: Sequence[str] = ()
) -> list[str]:
    """Tensors of a generator that were not used although an image may depend on them.

    Args:
        tensors: Names to tensors under the generator's root.
        used: Names that were used.
        harmless: Patterns of names that no image depends on.

    Returns:
        Names that share their first part with a name that was used, or have no parts; counters and
        other networks beside the generator are left out.
    """
    fits = [re.compile(fnmatch.translate(pattern)).match for pattern in (*_HARMLESS, *harmless)]
    heads = {_parts(name)[0] for name in used}
    return [
        name
        for name, tensor in tensors.items()
        if name not in used
        and not any(fit(name) for fit in fits)
        and (_parts(name)[0] in heads or (len(_parts(name)) == 1 and tensor.ndim > 0))
    ]


def left_over_in(
    blueprint: Blueprint, superfluous: Sequence[str], c_dim: float | None, classes: int
) -> list[str]:
    """Tensors of a file that neither its dialect nor the network used.

    Args:
        blueprint: The canonical tensors.
        superfluous: Those that have no place in the network.
        c_dim: Number of classes that the file or the user states, if any.
        classes: Number of classes of the network.

    Returns:
        Names; class embeddings are left out where it is stated that there are no classes, and a
        class table where the network has none.
    """
    tables = _CLASS_TABLES if c_dim == 0 else ("mapping.embed.weight",) * (classes == 0)
    return [*blueprint.unused, *(name for name in superfluous if name not in tables)]


def check_leftovers(names: Sequence[str], title: str) -> list[str]:
    """Refuse a network whose file holds trained weights that it has no place for.

    Args:
        names: Tensors inside the generator's root that no layer took.
        title: Name of the architecture, for messages.

    Returns:
        Warnings: none, or one that names the buffers among them.

    Raises:
        CheckpointError: There are trained weights among them.
    """
    learned = [name for name in names if _parts(name)[-1] in _LEARNED]
    if learned:
        raise CheckpointError(
            f"{len(learned)} weights of the file fit no layer of {title}: {_listed(learned)}",
            "only weights that the network uses",
            "The file is of a variant that the pack does not know, and its images would be wrong",
        )
    if not names:
        return []
    return [
        f"{len(names)} tensors of the file fit no layer of {title} and were not used: "
        f"{_listed(names)}. If images look wrong, the file is of a variant that the pack does not "
        "know"
    ]


def _parts(name: str) -> list[str]:
    """Parts of a name, between dots or slashes."""
    return re.split(r"[./]", name)


def _listed(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"
