"""Inverters as safetensors files: written atomically, read as files of strangers."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ..base.atomic_files import write_safetensors
from ..base.errors import LatentError, PackError
from ..base.json_fields import Fields, parse_json
from ..concepts.generator import Generator
from ..files.containers.safetensors_file import FORMAT_KEY, SafetensorsFile, with_suffix
from .fitting.encoder import RIDGE, SIDE, KernelRidge, PictureEncoder
from .fitting.prior import CodePrior
from .inverter import SAMPLES, Inverter

INVERTER_FORMAT = "inverter/2"
"""Value of the format key; the number grows when old readers would fail."""

LINEAR_FORMAT = "inverter/1"
"""The same for an inverter whose encoder is one linear regression, as all were at first."""

_LARGEST_FILE = 1 << 30
"""Largest file in bytes; one for a w of 512 numbers has 8 MB."""

_LARGEST_SIDE = 256
"""Largest side of small pictures, in pixels."""

_REMEDY = "Prepare it anew"


def save_inverter(inverter: Inverter, path: str | os.PathLike[str]) -> Path:
    """Write an inverter, so that the next run need not prepare it.

    Args:
        inverter: From `prepare_inversion`.
        path: The file; ".safetensors" is appended if it is missing. An existing file is replaced
            atomically.

    Returns:
        The path written.
    """
    facts: dict[str, object] = {
        "fingerprint": inverter.fingerprint,
        "options": inverter.options,
        "label": inverter.label,
    }
    encoder, name = inverter.encoder, LINEAR_FORMAT
    tensors = _tensors(inverter)
    if not _is_plain(encoder):
        name = INVERTER_FORMAT
        facts["side"] = encoder.side
        for part in (encoder.first, encoder.feedback):
            if part is None:
                continue
            first = part is encoder.first
            facts["first" if first else "feedback"] = {"ridge": part.ridge, "width": part.width}
            tensors["pictures" if first else "rests"] = part.pictures.to(torch.float16)
            tensors["codes" if first else "missing"] = part.values.to(torch.float32)
    metadata = {FORMAT_KEY: name, "inverter": json.dumps(facts)}
    return write_safetensors(with_suffix(path), tensors, metadata)


def _is_plain(encoder: PictureEncoder) -> bool:
    """Whether the first format can hold it."""
    first = encoder.first
    usual = encoder.side == SIDE and first.ridge == RIDGE and first.width is None
    return usual and encoder.feedback is None


def _tensors(inverter: Inverter) -> dict[str, Tensor]:
    """The tensors of a file whose encoder is linear."""
    return {
        "mean": inverter.prior.mean,
        "root": inverter.prior.root,
        "inverse": inverter.prior.inverse,
        "pictures": inverter.encoder.first.pictures,
        "codes": inverter.encoder.first.values.to(torch.float32),
        "curvature": inverter.curvature,
    }


def load_inverter(path: str | os.PathLike[str], gan: Generator) -> Inverter:
    """Read an inverter that `save_inverter` wrote.

    Args:
        path: The file.
        gan: The generator that it belongs to.

    Returns:
        The inverter.

    Raises:
        LatentError: There is no such file, it is damaged or holds something else, or it belongs to
            another generator or to other options of this one.
    """
    source = Path(path).expanduser()
    if not source.is_file():  # a pipe would be waited for
        raise LatentError(f"There is no file {str(source)!r}", "an inverter", _REMEDY)
    if source.stat().st_size > _LARGEST_FILE:
        raise LatentError(f"{source.name} is too large", "an inverter of at most 1 GiB", _REMEDY)
    try:
        tensors = SafetensorsFile().read(source).tensors
        with safe_open(source, framework="pt") as file:
            metadata: dict[str, str] = file.metadata() or {}
    except (PackError, SafetensorError, OSError) as error:
        raise LatentError(
            f"{source.name} cannot be read as an inverter ({error})", "an inverter", _REMEDY
        ) from None
    if metadata.get(FORMAT_KEY) not in (INVERTER_FORMAT, LINEAR_FORMAT):
        raise LatentError(
            f"{source.name} holds {metadata.get(FORMAT_KEY, 'something else')!r}",
            f"format {INVERTER_FORMAT!r}",
            _REMEDY,
        )
    inverter = _built(source.name, tensors, metadata)
    inverter.require(gan)
    return inverter


def _built(name: str, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> Inverter:
    """An inverter of the tensors of a file, all sizes checked."""
    fields = Fields.of(parse_json(metadata.get("inverter", "null"), f"The header of {name}"), name)
    label = fields.integer("label", 0, 1 << 30) if fields.values.get("label") is not None else None
    found = {key: tuple(tensor.shape) for key, tensor in tensors.items()}
    try:
        (size,), (_, rank) = found["mean"], found["root"]
        count, cells = found["pictures"]
    except (KeyError, ValueError):
        raise LatentError(f"{name} lacks tensors of an inverter", "all six", _REMEDY) from None
    expected = {
        "mean": (size,),
        "root": (size, rank),
        "inverse": (rank, size),
        "pictures": (count, cells),
        "codes": (count, rank),
        "curvature": (rank, rank),
    }
    linear = metadata[FORMAT_KEY] == LINEAR_FORMAT
    feeds = not linear and "feedback" in fields.values
    if feeds:
        expected |= {"rests": (count, cells), "missing": (count, rank)}
    if found != expected or not 0 < rank <= size or not SAMPLES[0] <= count <= SAMPLES[1]:
        raise LatentError(f"{name} holds tensors of shapes {found}", f"{expected}", _REMEDY)
    ready = {key: tensor.to(torch.float64) for key, tensor in tensors.items()}
    broken = [key for key, tensor in ready.items() if not bool(torch.isfinite(tensor).all())]
    if broken:
        raise LatentError(f"{name} holds NaN or infinite numbers in {broken[0]}", "", _REMEDY)
    first = KernelRidge(ready["pictures"].to(torch.float32), ready["codes"])
    encoder = PictureEncoder(first)
    if not linear:
        side = fields.integer("side", 1, _LARGEST_SIDE)
        first = _regression(fields, "first", ready["pictures"], ready["codes"])
        second = (
            _regression(fields, "feedback", ready["rests"], ready["missing"]) if feeds else None
        )
        encoder = PictureEncoder(first, side, second)
    return Inverter(
        fields.text("fingerprint", 64),
        fields.text("options", 64),
        label,
        CodePrior(ready["mean"], ready["root"], ready["inverse"]),
        encoder,
        ready["curvature"],
    )


def _regression(fields: Fields, name: str, pictures: Tensor, values: Tensor) -> KernelRidge:
    """A regression of a file."""
    given = Fields.of(fields.values.get(name), f"{name} of {fields.what}")
    width = given.number("width", 1e-3, 1e6) if given.values.get("width") is not None else None
    ridge = given.number("ridge", 1e-9, 1e6)
    return KernelRidge(pictures.to(torch.float32), values, ridge, width)
