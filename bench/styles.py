"""W+ by the style channels, against full-depth columns and columns that enter at their layer.

A full-depth column is what a method without knowledge of layers costs: 512 for each convolution,
each from the bottom to the image. One that enters at its layer meets nothing below. A style's
column has the work of a single channel in its own layer, there are as many of them as channels
instead of 512 per layer and map, and those of ToRGBs meet no convolution. Some columns of each kind
are timed, and totals are extrapolated to all; the matrix products of the Gram are not in them.
"""

from __future__ import annotations

from typing import Any

import latent_levers as ll
import torch
from latent_levers.core.base.execution import full_precision, plain_tensors
from latent_levers.core.concepts.linearisation import AbstractLinearisation
from latent_levers.core.jacobians.columns import ColumnSource
from latent_levers.core.jacobians.image_map import LinearMap, image_map
from latent_levers.core.jacobians.measuring import measure_grams
from latent_levers.core.jacobians.options import Derivative

from .accuracy import keep_all
from .networks import Subject, subject, widths
from .rows import Row
from .timing import Contender, take_turns

_CHUNK = 32
FULL, ENTERING, OURS = "full-depth-columns", "columns-entering-at-their-layer", "by-style"


def measure(
    case: str, budget: float, layers: tuple[int, ...] = (9, 12), what: Subject | None = None
) -> list[Row]:
    """Time some columns of every layer and style, and compare Grams.

    Args:
        case: Name of the case.
        budget: Seconds of taking turns.
        layers: Layers whose Gram is made in both ways.
        what: The network; none means the one of that name.

    Returns:
        One row per way; none where the network has no linearisation.
    """
    what = what or subject(case)
    with plain_tensors(), full_precision():
        image = what.image(ll.LatentSpace.W_PLUS)
        found = image.linearise(torch.float32)
        if found is None:
            return []
        turns, counts = _turns(what, found)
        each = take_turns(turns, budget)
        difference = gram_difference(what, layers)
    rows: list[Row] = []
    for method in (FULL, ENTERING, OURS):
        total = sum(each[name] * n for name, n in counts.items() if name.startswith(method))
        columns = sum(n for name, n in counts.items() if name.startswith(method))
        more: dict[str, Any] = {"columns": columns, "chunk": _CHUNK, "extrapolated": True}
        if method == OURS:
            more |= {"gram_difference": difference, "gram_layers": list(layers)}
        rows.append(Row(case, method, total / columns * 1e3, total, more=more))
    return rows


def _turns(
    what: Subject, found: AbstractLinearisation
) -> tuple[dict[str, Contender], dict[str, int]]:
    """Pieces of work by method and place, and how many columns there are of each."""
    spec = what.gan.spec
    shared = what.image()
    deep = LinearMap(found, shared.blocks, shared.size)
    width = shared.size
    some = torch.eye(width)[: min(_CHUNK, width)]
    turns = {FULL: Contender(lambda: deep.push(some), len(some))}
    counts = {FULL: width * sum(1 for style in spec.styles if not _is_picture(style.name))}
    for layer in range(spec.num_ws):
        blocks = image_map(what.gan, what.code, ll.LatentSpace.W_PLUS, (layer,)).blocks
        alone = LinearMap(found, blocks, width)  # which begins where the layer's styles do
        name = f"{ENTERING} {layer}"
        turns[name] = Contender(lambda alone=alone: alone.push(some), len(some))
        counts[name] = width
    for index, size in enumerate(found.inputs):
        stop = min(_CHUNK, size)
        name = f"{OURS} {index}"
        turns[name] = Contender(lambda i=index, stop=stop: found.columns(i, 0, stop), stop)
        counts[name] = size
    return turns, counts


def _is_picture(name: str) -> bool:
    """Whether a style is that of a ToRGB."""
    return name.endswith("torgb")


def gram_difference(what: Subject, layers: tuple[int, ...]) -> float:
    """Relative Frobenius distance of the Gram by styles to that of columns in W+.

    Args:
        what: The network.
        layers: Layers that are displaced.

    Returns:
        The larger of the region's and the rest's, both in float32 and from one run's signs.
    """
    regions = [what.region, ~what.region]
    plus = ll.LatentSpace.W_PLUS
    ours = measure_grams(what.gan, what.code, regions, Derivative(plus, layers))
    image = image_map(what.gan, what.code, plus, layers)
    found = image.linearise(torch.float32)
    assert found is not None  # `measure` has looked
    linear = LinearMap(found, image.blocks, image.size)
    basis = torch.eye(image.size)
    source = ColumnSource(
        image.size, image.image_shape, lambda i, j: linear.push(basis[i:j]), _CHUNK, basis.device
    )
    theirs = keep_all(source).grams([region.weights[0] for region in regions])
    return max(
        float((one.total[0] - two).norm() / two.norm())
        for one, two in zip(ours, theirs, strict=True)
    )


def counts(case: str, resolution: int = 1024, base: int = 32768, width: int = 512) -> list[Row]:
    """Columns of W+ counted, and the work of those by style in full-depth passes.

    Args:
        case: Name of the case.
        resolution: Side of the image.
        base: Channels times side.
        width: Size of w.

    Returns:
        One row per kind of columns. A pass's work is that of its convolutions. A column that enters
        at a layer has that layer's and all above; a style's can do with one channel's work in its
        own layer, which is counted beside it.
    """
    channels = widths(resolution, base)
    work: list[int] = []  # products of one pass, per convolution
    inputs: list[int] = []
    below = channels[4]
    for size, outputs in channels.items():
        if size > 4:
            work.append(9 * below * outputs * (size // 2) ** 2)
            inputs.append(below)
        work.append(9 * outputs * outputs * size**2)
        inputs.append(outputs)
        below = outputs
    # Of the convolutions from one on, in passes.
    rest = [sum(work[number:]) / sum(work) for number in range(len(work) + 1)]
    passes = sum(count * part for count, part in zip(inputs, rest, strict=False))
    own = sum(part / sum(work) for part in work)  # one channel's share, for all channels together
    alone = own + sum(count * part for count, part in zip(inputs, rest[1:], strict=True))
    full = width * len(work)
    return [
        Row(case, FULL, more={"columns": full, "full_depth_passes": float(full)}),
        Row(case, ENTERING, more={"columns": full, "full_depth_passes": width * sum(rest)}),
        Row(
            case,
            "by-style-convolutions",
            more={
                "columns": sum(inputs),
                "full_depth_passes": passes,
                "passes_own_channel_alone": alone,
            },
        ),
        Row(
            case,
            "by-style-pictures",
            more={"columns": sum(channels.values()), "full_depth_passes": 0.0},
        ),
    ]
