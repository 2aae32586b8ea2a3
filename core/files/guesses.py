"""What was assumed of a generator that its file does not say, in words for people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from ..concepts.checkpoint import Blueprint
from ..concepts.network import AbstractNetwork, GeneratorSpec
from .stated_arguments import unknown_arguments

_UNUSED = re.compile(r"\.(b4|conv1)\.")
"""Parts of the names of filters that are not used."""

_BLOCK = re.compile(r"\.(b|L)\d+(_\d+)*\.")
"""The number of a block or layer within a name."""


def guesses(blueprint: Blueprint, network: AbstractNetwork, stated: Mapping[str, Any]) -> list[str]:
    """Describe what was assumed, so that no guess is silent.

    Args:
        blueprint: The canonical tensors, and options that the dialect had to assume.
        network: The network that was built.
        stated: Settings that the file or the user states.

    Returns:
        Sentences without a full stop.
    """
    options = [
        f"The file does not state {name}; {assumed}. If images look wrong, give «option {name}=...»"
        for name, assumed in blueprint.guesses.items()
        if name not in stated
    ]
    spec = network.spec()
    return [
        *options,
        *_filters(network.state_dict(), blueprint.tensors),
        *unknown_arguments(stated),
        *_classes(spec, stated),
        *_table_rows(spec, blueprint.tensors, stated),
        *channel_notes(spec.img_channels),
    ]


def _filters(state: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> list[str]:
    """Filters that a file lacks although it has others; unused ones need not be there."""
    filters = [n for n in state if n.endswith("_filter") and not _UNUSED.search(n)]
    known = [name for name in filters if name in given]
    kinds = {_BLOCK.sub(".", name) for name in known}
    if known and "synthesis.b4.torgb.weight" in given:
        kinds.add("synthesis.resample_filter")  # enlarges the image of one block for the next
    missing = [name for name in filters if name not in given and _BLOCK.sub(".", name) in kinds]
    if not missing:
        return []
    return [
        f"The file lacks {', '.join(missing[:3])}, unlike those of other layers; the usual filter "
        "was assumed"
    ]


def _classes(spec: GeneratorSpec, stated: Mapping[str, Any]) -> list[str]:
    """A z that may be a z and the embedding of a class that was lost."""
    known = spec.c_dim or stated.get("c_dim") is not None
    if known or spec.w_dim is None or spec.z_dim <= spec.w_dim:
        return []
    return [
        f"z has {spec.z_dim} numbers, more than w ({spec.w_dim}), and the file states no classes. "
        "If this generator had any, their embedding was lost and images are wrong; else give "
        "«option c_dim=0»"
    ]


def _table_rows(
    spec: GeneratorSpec, given: Mapping[str, Tensor], stated: Mapping[str, Any]
) -> list[str]:
    """A number of classes that is that of the rows of a table, whose last may be unused."""
    mean = given.get("mapping.w_avg")
    known = stated.get("c_dim") is not None or (mean is not None and mean.ndim == 2)
    if known or "mapping.embed_proj.weight" not in given:
        return []
    return [
        f"The file does not state c_dim; all {spec.c_dim} rows of its class table are taken as "
        "classes. If it was trained on fewer, images of the others are wrong: give "
        "«option c_dim=...»"
    ]


def channel_notes(count: int) -> list[str]:
    """Describe what is shown of images that are neither grey nor in colour.

    Args:
        count: Channels of the image; the fourth of four is opacity.

    Returns:
        A sentence without a full stop, or none.
    """
    if count in (1, 3, 4):
        return []
    shown = "first is shown in grey" if count < 3 else "first three are shown in colour"
    return [f"This generator draws {count} channels; the {shown}"]
