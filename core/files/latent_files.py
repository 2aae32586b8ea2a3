"""Latent codes: written as safetensors with a versioned header, read from many kinds of file."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ..base.atomic_files import write_safetensors
from ..base.errors import CheckpointError, LatentError
from ..base.wording import warn
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace
from .containers import CONTAINERS
from .containers.numpy_archive import NumpyArchive
from .containers.numpy_file import NumpyFile
from .containers.safetensors_file import FORMAT_KEY, with_suffix
from .readers import read_with, require_unpacked

LATENTS_FORMAT = "latents/1"
"""Value of the format key; the number grows when old readers would fail."""

LATENT_READERS = (NumpyFile(), NumpyArchive(), *CONTAINERS)
"""File formats of latent codes, in the order in which they are tried."""

_TENSORS = ("values", "labels", "z", "z_shift", "style_shift")
"""Fields of a code that are tensors; all but the first may be missing."""

_FOREIGN = ("w", "ws", "latents", "latent", "z", "values", "")
"""Names under which other programs store codes, the likeliest first."""

_REMEDY = "Save or download it again"


def save_latents(codes: LatentCode, path: str | os.PathLike[str]) -> Path:
    """Write latent codes with all that rendering and further edits need.

    Args:
        codes: The codes.
        path: The file; ".safetensors" is appended if it is missing. An existing file is replaced
            atomically.

    Returns:
        The path written.
    """
    given = {name: getattr(codes, name) for name in _TENSORS}
    tensors = {name: tensor for name, tensor in given.items() if tensor is not None}
    facts = {
        "space": codes.space.value,
        "seeds": codes.seeds,
        "truncation_psi": codes.truncation_psi,
        "truncation_cutoff": codes.truncation_cutoff,
        "origin": codes.origin,
    }
    metadata = {FORMAT_KEY: LATENTS_FORMAT, "latents": json.dumps(facts)}
    return write_safetensors(with_suffix(path), tensors, metadata)


def load_latents(
    path: str | os.PathLike[str],
    gan: Generator | None = None,
    *,
    space: str | LatentSpace | None = None,
) -> LatentCode:
    """Read latent codes: those of `save_latents`, or an array of another program.

    Nothing in a file is executed. Arrays are `[N, D]`, `[N, L, D]` or one code `[L, D]` of w, or
    of z for a generator without a mapping network and where the array is named z.

    Args:
        path: The file: safetensors, `.npy`, `.npz`, or a torch file.
        gan: The generator of the codes; required for arrays of other programs.
        space: "Z", "Z+", "W", "W+" or "S" of an array of another program. None means what its name
            and shape say: z in Z; W+ for a latent per layer, and for an array of as many rows as
            the generator has layers, with a warning; else W (Z without a mapping network).

    Returns:
        The codes; those of `save_latents` are exactly the codes that were saved.

    Raises:
        LatentError: There is no such file, it is damaged, it holds something else, or it does not
            fit the generator or `space`.
    """
    requested = None if space is None else LatentSpace.parse(space)
    source = Path(path).expanduser()
    try:  # the container is checked before any tensor is used
        checkpoint = read_with(source, LATENT_READERS, "latents")
    except CheckpointError as error:
        raise LatentError(error.found, error.expected, error.remedy) from None
    written = checkpoint.details.get("format")
    if written is None:
        return _foreign(source.name, checkpoint.tensors, gan, requested)
    if written != LATENTS_FORMAT:
        raise LatentError(
            f"{source.name} has the format {written!r}",
            repr(LATENTS_FORMAT),
            "Generators are for «load_generator», directions for «load_directions»; newer formats "
            "need a newer version",
        )
    require_unpacked(source, LatentError)
    codes = _own(source, checkpoint.tensors)
    if requested not in (None, codes.space):
        raise LatentError(
            f"{source.name} holds codes in {codes.space.value}; {requested.value} was requested",
            codes.space.value,
            "Do not state a space",
        )
    if gan is not None:
        _check_fit(gan, codes, source.name)
    return codes


def _check_fit(gan: Generator, codes: LatentCode, name: str) -> None:
    """Check that codes fit a generator; the error names their file."""
    try:
        gan.check(codes)
    except LatentError as error:
        raise LatentError(f"{name}: {error.found}", error.expected, error.remedy) from None


def _own(source: Path, tensors: Mapping[str, Tensor]) -> LatentCode:
    """Codes that `save_latents` wrote."""
    try:
        with safe_open(source, framework="pt") as file:
            facts: Any = json.loads((file.metadata() or {})["latents"])
        wrong = [name for name, t in tensors.items() if not t.is_floating_point()]
        if wrong or set(tensors) - set(_TENSORS):
            raise ValueError(f"tensors {sorted(tensors)}")
        flat = [name for name in _TENSORS[1:] if name in tensors and tensors[name].ndim != 2]
        if flat or not tensors["values"].numel():
            raise ValueError(f"shapes {[list(t.shape) for t in tensors.values()]}")
        # In a mapped file tensors start at any eighth byte; sums of such rows differ in a last bit.
        tensors = {name: tensor.clone() for name, tensor in tensors.items()}
        seeds, cutoff = facts["seeds"], facts["truncation_cutoff"]
        psi = float(facts["truncation_psi"])
        if not math.isfinite(psi) or any(not 0 <= int(seed) < 2**32 for seed in seeds or ()):
            raise ValueError("truncation or seeds are out of range")
        codes = LatentCode(
            tensors["values"],
            LatentSpace.parse(facts["space"]),
            tensors.get("labels"),
            None if seeds is None else tuple(int(seed) for seed in seeds),
            z=tensors.get("z"),
            z_shift=tensors.get("z_shift"),
            style_shift=tensors.get("style_shift"),
            truncation_psi=psi,
            truncation_cutoff=None if cutoff is None else int(cutoff),
            origin=str(facts["origin"]),
        )
        if not codes.space.is_plus and codes.values.shape[1] != 1:
            raise ValueError(f"{codes.values.shape[1]} latents per code in {codes.space.value}")
    except (LookupError, TypeError, ValueError, ArithmeticError, RuntimeError) as error:
        raise LatentError(
            f"{source.name} is damaged ({error})", "a complete file of latents", _REMEDY
        ) from None
    except (SafetensorError, OSError) as error:
        raise LatentError(f"{source.name} cannot be read ({error})", "", _REMEDY) from None
    return codes


def _array(name: str, tensors: Mapping[str, Tensor]) -> tuple[str, Tensor]:
    """The array of codes among those of a file; rows of several pictures are joined.

    rosinality's projector writes `{picture: {img, latent, noise}}`; a warning says that the noise
    is not used.

    Returns:
        Its name, and the array.

    Raises:
        LatentError: There are several arrays without a known name.
    """
    known = [key for key in _FOREIGN if key in tensors]
    if known or len(tensors) == 1:
        key = known[0] if known else next(iter(tensors))
        return key, tensors[key]
    latents = [key for key in tensors if key.endswith(".latent")]
    if latents and len({tensors[key].shape for key in latents}) == 1:
        if any(".noise." in key for key in tensors):
            warn(
                f"{name} also holds noise images, which are not used: the generator's own are",
                stacklevel=5,
            )
        return "latent", torch.stack([tensors[key] for key in latents])
    raise LatentError(
        f"{name} holds {len(tensors)} arrays, {', '.join(list(tensors)[:3])}",
        "one array, or one named w, ws, latents or z",
    )


def _note_assumed(name: str, native: LatentSpace) -> None:
    """Warn where an array may be w or z, which have the same size."""
    if native is LatentSpace.W:
        warn(
            f"{name} does not say in which space its codes are; W was assumed. Use "
            "«latents_space Z» if they are z, as random numbers are",
            stacklevel=5,
        )


def _foreign(
    name: str,
    tensors: Mapping[str, Tensor],
    gan: Generator | None,
    requested: LatentSpace | None,
) -> LatentCode:
    """An array of another program, identified by its name, its shape and the generator."""
    if gan is None:
        raise LatentError(
            f"{name} was not saved by this pack and does not say what its numbers are",
            "the generator that they belong to",
            "Give «generator»",
        )
    key, values = _array(name, tensors)
    spec = gan.spec
    stated = requested or (LatentSpace.Z if key == "z" else None)
    native = spec.native_space if stated is None else stated.shared
    width, layers = spec.direction_dim(native), spec.num_ws
    what = f"{name} holds an array of shape {list(values.shape)} and type {values.dtype}"
    expected = f"[N, {width}], [N, {layers}, {width}] or [{layers}, {width}]"
    if not values.is_floating_point() or not 1 <= values.ndim <= 4 or not values.numel():
        raise LatentError(what, expected)
    if values.ndim == 1:
        values = values[None]
    if values.ndim == 4 and values.shape[2] == 1:
        values = values[:, :, 0]
    if tuple(values.shape) == (layers, width) and layers > 1 and (stated is None or stated.is_plus):
        if stated is None:
            warn(
                f"{what}, as many rows as this generator has layers, and was read as one code in "
                f"{native.plus.value}. Use «latents_space {native.value}» if it holds {layers} "
                "codes.",
                stacklevel=4,
            )
        values = values[None]
    if values.ndim == 2:
        values = values[:, None]
    per_layer = values.ndim == 3 and values.shape[1] > 1
    fits = values.ndim == 3 and values.shape[2] == width and values.shape[1] in (1, layers)
    if not fits or (per_layer and stated is not None and not stated.is_plus):
        given = "" if stated is None else f" in {stated.value}"
        raise LatentError(
            f"{what}{given}", expected, "Use the generator that the codes were made with"
        )
    if stated is None and not per_layer and key not in ("w", "ws") and spec.z_dim == width:
        _note_assumed(name, native)
    space = native.plus if per_layer or (stated is not None and stated.is_plus) else native
    if space.is_plus:
        values = values.expand(-1, layers, -1)
    if spec.c_dim and native is LatentSpace.Z:
        raise LatentError(
            f"{name} does not state classes, which this generator needs",
            "codes that this pack saved, with their classes",
        )
    codes = LatentCode(values.to(torch.float32).clone(), space)
    _check_fit(gan, codes, name)
    return codes
