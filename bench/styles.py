"""W+ by style columns, compared with full-depth columns and columns that enter at their layer.

A full-depth column passes through the whole network; a method that ignores the layers computes
512 of them per convolution. A column that enters at its layer skips all layers below. A style
column has the work of a single channel in its own layer; there is one per channel instead of 512
per layer, and those of ToRGB layers pass through no convolution. Some columns of each kind are
timed, and totals are extrapolated. The matrix products of the Gram are not included.
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
from .networks import Workload, load_workload, widths
from .rows import Row
from .timing import Contender, take_turns

_CHUNK = 32
FULL, ENTERING, OURS = "full-depth-columns", "columns-entering-at-their-layer", "by-style"


def measure(
    case: str, budget: float, layers: tuple[int, ...] = (9, 12), workload: Workload | None = None
) -> list[Row]:
    """Time some columns of every layer and style, and compare the Grams.

    Args:
        case: Name of the case.
        budget: Seconds after which no new round starts.
        layers: Layers whose Gram is computed both ways.
        workload: Generator, code and region; none means that of the case.

    Returns:
        One row per kind of columns; empty if the network has no linearisation.
    """
    workload = workload or load_workload(case)
    with plain_tensors(), full_precision():
        image = workload.image(ll.LatentSpace.W_PLUS)
        found = image.linearise(torch.float32)
        if found is None:
            return []
        turns, counts = _turns(workload, found)
        each = take_turns(turns, budget)
        difference = gram_difference(workload, layers)
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
    workload: Workload, found: AbstractLinearisation
) -> tuple[dict[str, Contender], dict[str, int]]:
    """Work to time by kind of columns and layer, and the number of columns of each."""
    spec = workload.gan.spec
    shared = workload.image()
    deep = LinearMap(found, shared.blocks, shared.size)
    width = shared.size
    some = torch.eye(width)[: min(_CHUNK, width)]
    turns = {FULL: Contender(lambda: deep.push(some), len(some))}
    counts = {FULL: width * sum(1 for style in spec.styles if not _is_to_rgb(style.name))}
    for layer in range(spec.num_ws):
        blocks = image_map(workload.gan, workload.code, ll.LatentSpace.W_PLUS, (layer,)).blocks
        alone = LinearMap(found, blocks, width)  # starts at the styles of the layer
        name = f"{ENTERING} {layer}"
        turns[name] = Contender(lambda alone=alone: alone.push(some), len(some))
        counts[name] = width
    for index, size in enumerate(found.inputs):
        stop = min(_CHUNK, size)
        name = f"{OURS} {index}"
        turns[name] = Contender(lambda i=index, stop=stop: found.columns(i, 0, stop), stop)
        counts[name] = size
    return turns, counts


def _is_to_rgb(name: str) -> bool:
    """Whether a style belongs to a ToRGB layer."""
    return name.endswith("torgb")


def gram_difference(workload: Workload, layers: tuple[int, ...]) -> float:
    """Relative Frobenius distance of the Gram from style columns to that from columns in W+.

    Args:
        workload: Generator, code and region.
        layers: Layers that are displaced.

    Returns:
        The larger of the distances for region and background, in float32 with the same activation
        signs.
    """
    regions = [workload.region, ~workload.region]
    plus = ll.LatentSpace.W_PLUS
    ours = measure_grams(workload.gan, workload.code, regions, Derivative(plus, layers))
    image = image_map(workload.gan, workload.code, plus, layers)
    found = image.linearise(torch.float32)
    assert found is not None  # `measure` skips networks without a linearisation
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
    """Count the columns of W+, and the work of the style columns in full-depth passes.

    Args:
        case: Name of the case.
        resolution: Side of the image.
        base: Channels times resolution.
        width: Size of w.

    Returns:
        One row per kind of columns. The work of a pass is that of its convolutions. A column that
        enters at a layer needs that layer and all above. A style column needs only one channel of
        its own layer; `passes_own_channel_alone` counts that.
    """
    channels = widths(resolution, base)
    work: list[int] = []  # multiplications of one pass, per convolution
    inputs: list[int] = []
    below = channels[4]
    for size, outputs in channels.items():
        if size > 4:
            work.append(9 * below * outputs * (size // 2) ** 2)
            inputs.append(below)
        work.append(9 * outputs * outputs * size**2)
        inputs.append(outputs)
        below = outputs
    # Work of each convolution and all later ones, in passes.
    rest = [sum(work[number:]) / sum(work) for number in range(len(work) + 1)]
    passes = sum(count * part for count, part in zip(inputs, rest, strict=False))
    own = sum(part / sum(work) for part in work)  # one channel per column, for all columns
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
