"""Sums of Grams as safetensors: checkpoints of long averages, and parts from other processes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ...base.atomic_files import write_safetensors
from ...base.errors import PackError, SolveError
from ...base.json_fields import Fields, parse_json
from ...concepts.latent_code import LatentSpace
from ...files.containers.safetensors_file import FORMAT_KEY, SafetensorsFile
from .gram_sum import GramPart, GramSum

GRAM_SUM_FORMAT = "gram-sum/1"
"""Value of the format key; the number grows when old readers would fail."""

_MOST_CODES, _MOST_PARTS, _MOST_LAYERS = 1 << 24, 1 << 10, 1 << 10
"""Bounds of what a file states."""

_REMEDY = "Delete the file; its codes are then measured again"


def save_gram_sum(sums: GramSum, path: str | os.PathLike[str]) -> Path:
    """Write a sum of Grams, complete or in parts.

    Args:
        sums: The sum, of at least one code.
        path: The file; replaced atomically.

    Returns:
        The path.

    Raises:
        SolveError: Nothing was added to the sum.
    """
    if sums.kind is None or not sums.parts:
        raise SolveError("No Grams were added", "those of at least one code")
    space, layers, origin = sums.kind
    tensors: dict[str, Tensor] = {}
    for part in sums.parts.values():
        for half, pair in enumerate(part.halves):
            for name, total in zip("ab", pair, strict=True):
                tensors[f"{part.start}.{name}{half}"] = total
        tensors[f"{part.start}.divisors"] = torch.tensor(part.divisors, dtype=torch.float64)
    if sums.scale is not None:
        tensors["scale"] = sums.scale
    facts = {
        "average_by": sums.average_by,
        "shard_codes": sums.shard_codes,
        "space": space.value,
        "layers": layers,
        "origin": origin,
        "parts": [[part.start, part.stop, part.rank_bound] for part in sums.parts.values()],
    }
    metadata = {FORMAT_KEY: GRAM_SUM_FORMAT, "gram_sum": json.dumps(facts)}
    return write_safetensors(path, tensors, metadata)


def load_gram_sum(path: str | os.PathLike[str]) -> GramSum:
    """Read a sum of Grams that `save_gram_sum` wrote; the numbers are exactly those saved.

    Args:
        path: The file.

    Returns:
        The sum.

    Raises:
        SolveError: There is no such file, it is damaged, or it holds something else.
    """
    source = Path(path).expanduser()
    if not source.is_file():  # a pipe would be waited for
        raise SolveError(f"There is no file {str(source)!r}", "a sum of Grams")
    try:
        tensors = SafetensorsFile().read(source).tensors
        with safe_open(source, framework="pt") as file:
            metadata: dict[str, str] = file.metadata() or {}
        if metadata.get(FORMAT_KEY) != GRAM_SUM_FORMAT:
            raise SolveError(
                f"It holds {metadata.get(FORMAT_KEY, 'something else')!r}",
                f"format {GRAM_SUM_FORMAT!r}",
            )
        facts = parse_json(metadata.get("gram_sum", "null"), "Its header")
        return _built(Fields.of(facts, "Its header"), dict(tensors))
    except (PackError, SafetensorError, OSError) as error:
        raise SolveError(
            f"{source.name} cannot be read as a sum of Grams ({str(error).rstrip('.')})",
            "a complete file of one",
            _REMEDY,
        ) from None


def _built(facts: Fields, tensors: dict[str, Tensor]) -> GramSum:
    """The sum that a header and tensors describe, all sizes checked."""
    layers = facts.values.get("layers")
    chosen = None
    if layers is not None:
        listed = facts.array("layers", _MOST_LAYERS)
        chosen = tuple(_whole(number, _MOST_LAYERS, "layers") for number in listed)
    sums = GramSum(
        facts.text("average_by", 20),
        tensors.pop("scale", None),
        facts.integer("shard_codes", 2, _MOST_CODES),
        (LatentSpace.parse(facts.text("space", 4)), chosen, facts.text("origin", 64)),
    )
    size: int | None = None if sums.scale is None else sums.scale.numel()
    for entry in facts.array("parts", _MOST_PARTS):
        numbers: list[Any] = entry if isinstance(entry, list) else []
        if len(numbers) != 3:
            raise SolveError("Its header lists a part without three numbers", "its codes and rows")
        start, stop = (_whole(number, _MOST_CODES, "codes") for number in numbers[:2])
        part = GramPart(start, stop, [], [], _whole(numbers[2], 1 << 53, "rows"))
        part.divisors = _divisors(part, tensors.pop(f"{start}.divisors", None))
        for half in range(min(2, stop - start)):
            pair = [tensors.pop(f"{start}.{name}{half}", None) for name in "ab"]
            size = pair[0].shape[-1] if size is None and pair[0] is not None else size
            part.halves.append([_total(total, size) for total in pair])
        merged = GramSum(sums.average_by, None, sums.shard_codes, sums.kind, {start: part})
        sums.merge(merged)
    if tensors or not sums.parts:
        raise SolveError(f"It holds {len(tensors)} unknown tensors", "the tensors of its header")
    return sums


def _whole(number: Any, most: int, what: str) -> int:
    """A number of the header, from 0."""
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= most:
        raise SolveError(f"Its header holds wrong numbers of {what}", f"0 to {most}")
    return number


def _divisors(part: GramPart, found: Tensor | None) -> list[tuple[float, float]]:
    """The divisors of a part: two positive numbers per code."""
    count = part.stop - part.start
    if count < 1 or found is None or found.shape != (count, 2) or not bool((found > 0).all()):
        raise SolveError(f"Divisors of codes {part.start} to {part.stop - 1} are missing", "all")
    return [(float(a), float(b)) for a, b in found.to(torch.float64).tolist()]


def _total(found: Tensor | None, size: int | None) -> Tensor:
    """A sum of the file: `[d, d]`, float64, finite."""
    if found is None or found.dtype != torch.float64 or found.shape != (size, size):
        raise SolveError("A sum is missing or of the wrong shape", "[d, d] in float64")
    if not bool(torch.isfinite(found).all()):
        raise SolveError("A sum holds NaN or infinite numbers", "finite numbers")
    return found
