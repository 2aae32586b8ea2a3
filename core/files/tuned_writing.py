"""Tuned generators written as what changed, a safetensors file that names its base."""

from __future__ import annotations

import json
import os
from pathlib import Path

import torch
from torch import Tensor

from ..base.atomic_files import write_safetensors
from ..base.errors import CheckpointError
from ..base.execution import plain_tensors
from ..concepts.generator import Generator
from .containers.safetensors_file import FORMAT_KEY, with_suffix
from .tuned_files import DIFFERENCE, TUNED, TUNED_FORMAT, WHOLE, storable


def save_tuned(tuned: Generator, base: Generator, path: str | os.PathLike[str]) -> Path:
    """Write a tuned generator as its differences from the generator that it was tuned from.

    Differences are stored in float16 where that gives the same weights to the bit when they are
    added to the base's, else in float32; where no difference does, the weight itself is stored.
    Weights that did not change are left out. `load_generator` reads the file: it finds the base
    where it is bundled or lies beside the file, or takes it as `base`.

    Args:
        tuned: What `tune` returned.
        base: The generator that was given to it.
        path: The file; ".safetensors" is appended if it is missing. An existing file is replaced.

    Returns:
        The path written.

    Raises:
        CheckpointError: Weights of one are missing in the other, nothing differs, or `tuned` was
            tuned from another generator.
    """
    facts = dict(tuned.details.get(TUNED, {}))
    if facts.get("base", base.spec.fingerprint) != base.spec.fingerprint:
        raise CheckpointError(
            f"This generator was tuned from the one of fingerprint {facts['base']}, and that of "
            f"{base.spec.fingerprint} was given",
            "the generator that it was tuned from",
        )
    with plain_tensors():
        tensors = _differences(tuned, base)
    if not tensors:
        raise CheckpointError(
            "The two generators have the same weights", "a generator that was tuned", "Use tune"
        )
    facts |= {
        "base": base.spec.fingerprint,
        "base_file": str(base.details.get("file", "")),
        "fingerprint": tuned.spec.fingerprint,
    }
    short = sum(t.numel() for t in tensors.values() if t.dtype == torch.float16)
    share = short / sum(t.numel() for t in tensors.values())
    metadata = {
        FORMAT_KEY: TUNED_FORMAT,
        "architecture": tuned.spec.architecture,
        "precision": f"differences, {share:.0%} of them in float16, others in float32",
        "licence": str(tuned.details.get("licence", "unknown: that of the base")),
        TUNED: json.dumps(facts, default=str),
    }
    return write_safetensors(with_suffix(path), tensors, metadata)


def _differences(tuned: Generator, base: Generator) -> dict[str, Tensor]:
    """What is stored for each tensor that changed."""
    before, after = base.network.state_dict(), tuned.network.state_dict()
    shapes = [{name: tuple(t.shape) for name, t in state.items()} for state in (before, after)]
    if shapes[0] != shapes[1]:
        raise CheckpointError(
            "The two generators do not have the same weights by name and shape",
            "a generator, and the one that it was tuned from",
        )
    stored: dict[str, Tensor] = {}
    for name, new in after.items():
        old = before[name].to(new.device)
        if torch.equal(old, new):
            continue
        change = new.double() - old.double() if new.is_floating_point() else new - old
        for candidate in (storable(change.to(torch.float32)), change.to(torch.float32)):
            if torch.equal(old + candidate.to(old), new):
                stored[DIFFERENCE + name] = candidate
                break
        else:
            stored[WHOLE + name] = new
    return stored
