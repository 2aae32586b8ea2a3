"""The strides and paddings of a whole network, by the size of its image, and when it is a guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ....base.errors import CheckpointError
from .choices import LARGE_MISFIT, Choice
from .geometry import Geometry, Pair, PartialGeometry, is_usual_size, reached_sizes
from .inference import Inference
from .layer import DCGANLayer

_SET = "If that is wrong, give «option img_resolution=...», or stride and padding"
_LISTED = 12
"""Sizes that a message lists."""


def with_geometry(
    layers: tuple[DCGANLayer, ...],
    stated: Sequence[PartialGeometry],
    inferred: Inference,
    target: Pair | None,
) -> tuple[tuple[DCGANLayer, ...], tuple[str, ...]]:
    """Give each layer its stride and padding.

    Statistics decide first. Of what they leave open, the usual values are taken; others only where
    these give no usual size of an image and the others do, or where the size is known.

    Args:
        layers: The layers, without strides and paddings.
        stated: What is known of each.
        inferred: Plausible strides and paddings of each layer.
        target: Height and width of the image, where known.

    Returns:
        The layers, and sentences on the size where it is a guess.

    Raises:
        CheckpointError: No stride and padding gives the size that is known.
    """
    kernels = [(layer.kernel, layer.transposed) for layer in layers]
    channels = layers[-1].outputs
    default = tuple(options[0] for options in inferred.geometries)
    size = next(iter(reached_sizes(kernels, [[geometry] for geometry in default])), (0, 0))
    reached = reached_sizes(kernels, _undecided(layers, inferred))
    doubts: tuple[str, ...] = ()
    if target is not None:
        if target != size:
            reached = _widened(layers, stated, inferred, kernels) | reached
            default = _path_to(target, reached)
    elif not all(known.is_settled for known in stated[1:]):
        better = [other for other in reached if is_usual_size(other, channels)]
        if not is_usual_size(size, channels) and better:
            size = better[0]
            default = reached[size]
            doubts = (_guess(size, "as usual strides and paddings give no usual size"),)
        elif not is_usual_size(size, channels):
            doubts = (_guess(size, "by usual strides and paddings"),)
        else:
            others = _as_likely(layers, inferred, kernels, channels) - {size}
            if others:
                listed = " and ".join(_shown(other) for other in sorted(others))
                doubts = (_guess(size, f"but {listed} pixels are as likely"),)
            elif any(map(_fits_badly, inferred.choices)):
                doubts = (_guess(size, "by usual strides and paddings"),)
    placed = tuple(
        replace(layer, geometry=geometry) for layer, geometry in zip(layers, default, strict=True)
    )
    return placed, doubts


def _fits_badly(choice: Choice) -> bool:
    """Whether the statistics of a layer contradict every candidate."""
    of_layer = choice.subject != "distribution"
    return of_layer and choice.misfit is not None and not choice.misfit <= LARGE_MISFIT


def _undecided(layers: Sequence[DCGANLayer], inferred: Inference) -> list[Sequence[Geometry]]:
    """Geometries by statistics; where there are none, those that at most double the image."""
    return [
        options if layer.norm else [options[0], *(g for g in options[1:] if max(g.stride) <= 2)]
        for layer, options in zip(layers, inferred.geometries, strict=True)
    ]


def _widened(
    layers: Sequence[DCGANLayer],
    stated: Sequence[PartialGeometry],
    inferred: Inference,
    kernels: Sequence[tuple[Pair, bool]],
) -> dict[Pair, tuple[Geometry, ...]]:
    """Sizes that any usual stride and padding can give, those of the statistics first."""
    choices = [
        tuple(
            dict.fromkeys((*options, *known.matching(layer.kernel, layer.transposed, layer.first)))
        )
        for layer, known, options in zip(layers, stated, inferred.geometries, strict=True)
    ]
    return reached_sizes(kernels, choices)


def _path_to(target: Pair, reached: dict[Pair, tuple[Geometry, ...]]) -> tuple[Geometry, ...]:
    """The geometries that give a size."""
    if target not in reached:
        sizes = sorted(reached)
        more = f" and {len(sizes) - _LISTED} more" if len(sizes) > _LISTED else ""
        raise CheckpointError(
            f"No usual strides and paddings of these kernels make images of {_shown(target)} "
            "pixels",
            f"one of {', '.join(map(_shown, sizes[:_LISTED]))}{more}",
            "Give «option stride=...» and padding instead, one value per layer",
        )
    return reached[target]


def _as_likely(
    layers: Sequence[DCGANLayer],
    inferred: Inference,
    kernels: Sequence[tuple[Pair, bool]],
    channels: int,
) -> set[Pair]:
    """Usual sizes that are about as likely: by statistics, or by kernels of two usual meanings."""
    choices: list[Sequence[Geometry]] = []
    for layer, options in zip(layers, inferred.geometries, strict=True):
        odd = layer.transposed and all(side % 2 for side in layer.kernel)
        same = [g for g in options if g.stride == options[0].stride]
        undecided = not layer.norm and not (odd and len(same) > 1)
        choices.append(options[:1] if undecided else same)
    return {size for size in reached_sizes(kernels, choices) if is_usual_size(size, channels)}


def _shown(size: Pair) -> str:
    """A size for messages."""
    return f"{size[0]} x {size[1]}"


def _guess(size: Pair, why: str) -> str:
    """The sentence on a size that is a guess."""
    return (
        f"The file does not state the size of its images; {_shown(size)} pixels were assumed, "
        f"{why}. {_SET}"
    )
