"""Labels of levers: name, share of the eigenvalues, and main layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ..base.progress import Progress
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode
from ..levers.layer_shares import MAIN_SHARE, layer_shares
from .row_heads import RowHead

_TOTAL = "eigenvalue_total"
"""Key of the detail with the sum of all eigenvalues of the problem, if known."""


def eigenvalue_share(levers: Directions, index: int) -> float | None:
    """Divide the eigenvalue of a lever by the sum of the eigenvalues.

    Args:
        levers: The directions.
        index: Number of the lever.

    Returns:
        From 0 to 1. The sum is over all eigenvalues of the problem if it is known (for SeFa, the
        trace of the matrix), otherwise over these levers. None if the eigenvalues are unknown.
    """
    values = levers.eigenvalues
    known: Any = levers.details.get(_TOTAL)
    total = float(known) if isinstance(known, (int, float)) else float(values.sum())
    if not torch.isfinite(values).all() or (values < 0).any() or not 0 < total < float("inf"):
        return None
    return float(values[levers.check_index(index)]) / total


def main_layers(levers: Directions, index: int) -> str | None:
    """Look up the layers in which most of a lever's effect arises.

    Args:
        levers: The directions.
        index: Number of the lever.

    Returns:
        Such as "8-11" or "all", computed by `LayerShares.main_layers`; none if not measured.
    """
    homes: Any = levers.details.get("lives_in")
    if not isinstance(homes, Sequence) or len(homes) != len(levers):
        return None
    return str(homes[levers.check_index(index)])


def stored_layer_shares(levers: Directions, index: int) -> tuple[float, ...]:
    """Look up the share of each layer in a lever's effect.

    Args:
        levers: The directions.
        index: Number of the lever.

    Returns:
        A share per layer; empty if not measured.
    """
    shares: Any = levers.details.get("layer_shares")
    if not isinstance(shares, Sequence) or len(shares) != len(levers):
        return ()
    return tuple(float(share) for share in shares[levers.check_index(index)])


def with_layer_shares(
    gan: Generator,
    codes: LatentCode,
    levers: Directions,
    indices: Sequence[int],
    progress: Progress | None = None,
) -> Directions:
    """Measure the layer shares of levers, unless they are known already.

    Args:
        gan: The generator.
        codes: Codes; only the first is used.
        levers: The directions.
        indices: Numbers of the levers to measure.
        progress: Called with (products done, products); an exception raised from it cancels.

    Returns:
        The levers with `lives_in` and `layer_shares` in their details; the entries of the other
        levers are empty.
    """
    checked = [levers.check_index(index) for index in indices]
    if all(main_layers(levers, index) for index in checked):
        return levers
    chosen = replace(
        levers.pick(checked[0]),
        vectors=levers.vectors[checked],
        eigenvalues=levers.eigenvalues[checked],
        sigma=None,
        names=(),
        ranges=None,
        thumbnails=None,
    )
    found = layer_shares(gan, codes[:1], chosen, progress=progress)
    homes, shares = [""] * len(levers), torch.zeros(len(levers), found.shares.shape[1])
    for place, index in enumerate(checked):
        homes[index] = found.main_layers(place)
        shares[index] = found.shares[place]
    facts = {"lives_in": homes, "layer_shares": _rounded(shares)}
    return replace(levers, details={**levers.details, **facts})


def lever_head(levers: Directions, index: int) -> RowHead:
    """Build the row header of a lever: number, name, share of the eigenvalues, layers.

    Args:
        levers: The directions.
        index: Number of the lever.

    Returns:
        The header; unknown facts are omitted.
    """
    named = bool(levers.names) and bool(levers.names[levers.check_index(index)])
    name = levers.label(index) if named else levers.method or "direction"
    facts = _facts(levers, index)
    return RowHead(name, index, tuple(facts), stored_layer_shares(levers, index))


def lever_sentence(levers: Directions, index: int) -> str:
    """Describe a lever in one sentence, with the facts of `lever_head`.

    Args:
        levers: The directions.
        index: Number of the lever.

    Returns:
        Such as "Lever 3, smile: 12% of eigenvalues, layers 4-7".
    """
    head = lever_head(levers, index)
    facts = ", ".join(head.facts)
    return f"Lever {index}, {head.name}{': ' if facts else ''}{facts}"


def explain_labels(levers: Directions, indices: Sequence[int]) -> str:
    """Explain the facts in the row headers.

    Args:
        levers: The directions.
        indices: Numbers of the levers that are shown.

    Returns:
        A sentence per kind of fact that is shown; empty if there is none.
    """
    sentences: list[str] = []
    if any(eigenvalue_share(levers, index) is not None for index in indices):
        whole = "all of them" if _TOTAL in levers.details else f"the {len(levers)} levers found"
        sentences.append(f"% of eigenvalues: part of the sum over {whole}.")
    if any(main_layers(levers, index) for index in indices):
        sentences.append(
            f"Layers: where {MAIN_SHARE:.0%} of what the lever does arises; 0 is the coarsest."
        )
    return " ".join(sentences)


def _facts(levers: Directions, index: int) -> list[str]:
    """Text for the known facts: share of the eigenvalues, and layers."""
    share, layers = eigenvalue_share(levers, index), main_layers(levers, index)
    facts = [] if share is None else [f"{_percent(share)} of eigenvalues"]
    if layers:
        facts.append(_layers_text(layers))
    return facts


def _layers_text(layers: str) -> str:
    """Text for `main_layers`: numbers, "all", "the only layer" or "none: nothing moves"."""
    if layers.isdigit():
        return f"layer {layers}"
    if layers[0].isdigit():
        return f"layers {layers}"
    return "all layers" if layers == "all" else layers


def _percent(share: float) -> str:
    """A share in percent: without decimals from 10% on, else with one."""
    percent = 100 * share
    return f"{percent:.0f}%" if percent >= 10 else f"{percent:.1f}%"


def _rounded(shares: Tensor) -> list[list[float]]:
    """Shares with four decimals, as files store them."""
    return [[round(share, 4) for share in row] for row in shares.tolist()]
