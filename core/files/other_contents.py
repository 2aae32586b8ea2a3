"""Files that are no generators, by the shapes of their tensors: halves of trainings, arrays."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from ..concepts.checkpoint import Checkpoint
from .foreign_models import ForeignModel, half

_FORMAT = "format"
"""Detail of files of this pack that says what they hold."""

_ARRAYS = 8
"""Most tensors of a file of directions or codes."""

_PICTURE_CHANNELS = (1, 3, 4)

_LEVERS = ForeignModel(
    "a file of levers",
    "",
    "Levers are for «load_directions»; a generator is a file of its own",
    "and holds no generator",
)
_LATENTS = ForeignModel(
    "a file of latent codes",
    "",
    "Latent codes are for «load_latents»; a generator is a file of its own",
    "and holds no generator",
)
_ARRAY = ForeignModel(
    "a file of directions or latent codes",
    "",
    "Such arrays are for «load_directions» or «load_latents»; a generator is a file of its own",
    "and holds no generator",
)
_DISCRIMINATOR = half("a discriminator, which judges pictures", "")
_ENCODER = half("an encoder or a classifier, which reads pictures", "")
_TRANSLATOR = ForeignModel(
    "a generator that turns pictures into pictures",
    "",
    "It has no latent code to find levers in; use a generator of one of these families",
    "a family that the pack does not read",
)


def other_content(checkpoint: Checkpoint) -> ForeignModel | None:
    """Identify a file that no architecture fits.

    Args:
        checkpoint: Its tensors, and what it states of itself.

    Returns:
        What it is; none if that is unknown.
    """
    tensors = checkpoint.tensors
    stated = str(checkpoint.details.get(_FORMAT, "")).split("/", 1)[0]
    if stated == "directions" or {"vectors", "eigenvalues"} <= set(tensors):
        return _LEVERS
    if stated == "latents":
        return _LATENTS
    if _are_arrays(tensors):
        return _ARRAY
    return _reader_of_pictures(tensors)


def _are_arrays(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are a few vectors or matrices without the names of layers."""
    return len(tensors) <= _ARRAYS and all(
        1 <= tensor.ndim <= 4
        and tensor.is_floating_point()
        and not name.rpartition(".")[2].startswith(("weight", "bias", "running_"))
        and (tensor.ndim < 4 or tensor.shape[2] == 1)
        for name, tensor in tensors.items()
    )


def _reader_of_pictures(tensors: Mapping[str, Tensor]) -> ForeignModel | None:
    """A network whose first convolution takes a picture, by what it ends in."""
    weights = [t for n, t in tensors.items() if t.ndim in (2, 4) and "weight" in n]
    kernels = [tensor for tensor in weights if tensor.ndim == 4]
    if len(weights) < 2 or not kernels or weights[0] is not kernels[0]:
        return None  # generators begin with a mapping, a constant, or a latent's layer
    first = kernels[0].shape
    if first[1] not in _PICTURE_CHANNELS or first[0] <= first[1]:
        return None
    last = weights[-1].shape
    if len(last) == 4 and weights[-1] is not kernels[0]:
        if last[0] == 1:
            return _DISCRIMINATOR
        if first[1] in (last[0], last[1]):
            return _TRANSLATOR
    if last[0] == 1:
        return _DISCRIMINATOR
    return _ENCODER
