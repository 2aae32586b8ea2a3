"""Tuned generators as files of what changed: read, and laid over the generator they came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..base.errors import CheckpointError
from ..base.execution import plain_tensors
from ..base.generator_names import remember_base
from ..base.hashing import network_fingerprint
from ..concepts.checkpoint import Checkpoint
from ..concepts.generator import Generator
from ..concepts.network import AbstractNetwork

TUNED_FORMAT = "tuned/1"
"""Value of the format key; the number grows when old readers would fail."""

TUNED = "tuned"
"""Detail of a generator, and entry of the header, that say what it was tuned from and how."""

DIFFERENCE, WHOLE = "difference.", "whole."
"""Starts of names of tensors: to be added to the base's, or in place of it."""

_HALF_ERROR = 1e-3
"""Largest relative error of a difference in float16; rounding alone causes 3e-4."""


@dataclass(frozen=True)
class TunedFile:
    """What a file of differences holds."""

    name: str
    """Of the file."""
    tensors: Mapping[str, Tensor]
    """`DIFFERENCE` or `WHOLE` and the canonical name to what is stored."""
    facts: Mapping[str, Any]
    """The header's entry: "base", "base_file" and "fingerprint" among it."""
    details: Mapping[str, Any]
    """Other metadata of the file."""

    @property
    def base(self) -> str:
        """Fingerprint of the generator that it belongs to."""
        return str(self.facts["base"])

    @property
    def base_name(self) -> str:
        """What that was called; empty if unknown."""
        return str(self.facts.get("base_file", ""))


def storable(difference: Tensor) -> Tensor:
    """A difference in the precision in which it is stored.

    Args:
        difference: Of a weight.

    Returns:
        In float16 where that keeps it to a thousandth, else in float32.
    """
    whole = difference.to(torch.float32)
    short = whole.to(torch.float16)
    error = (short.to(torch.float32) - whole).norm()
    return short if error <= _HALF_ERROR * whole.norm() else whole  # float32 on overflow


def tuned_file(checkpoint: Checkpoint) -> TunedFile | None:
    """Recognise a file of differences.

    Args:
        checkpoint: The content of any file.

    Returns:
        What it holds; none where it is something else.

    Raises:
        CheckpointError: It is damaged.
    """
    if checkpoint.details.get("format") != TUNED_FORMAT:
        return None
    name = Path(checkpoint.origin).name
    facts = checkpoint.details.get(TUNED)
    texts = [facts.get(key) for key in ("base", "fingerprint")] if isinstance(facts, dict) else []
    strange = [n for n in checkpoint.tensors if not n.startswith((DIFFERENCE, WHOLE))]
    if not isinstance(facts, dict) or strange or not all(isinstance(t, str) and t for t in texts):
        raise CheckpointError(
            f"{name} is damaged ({strange[0][:80] if strange else 'its header lacks the base'})",
            "differences of weights, and the fingerprint of the generator that they belong to",
            "Save or download it again",
        )
    details = {n: v for n, v in checkpoint.details.items() if n != TUNED}
    return TunedFile(name, checkpoint.tensors, facts, details)


def require_base(file: TunedFile, base: Generator) -> None:
    """Refuse a generator that the differences do not belong to.

    Args:
        file: The differences.
        base: The generator.

    Raises:
        CheckpointError: Its fingerprint is another.
    """
    if base.spec.fingerprint != file.base:
        named = base.details.get("file", "this generator")
        raise CheckpointError(
            f"{file.name} was tuned from {_called(file)}, and {named} has the fingerprint "
            f"{base.spec.fingerprint}",
            "the generator that it was tuned from, with the same weights",
            "Name its file with «option base=FILE»",
        )


def base_candidates(file: TunedFile, path: Path, bundled: Iterable[Path]) -> list[Path]:
    """Files that may be the base, by its name.

    Args:
        file: The differences.
        path: Where they lie.
        bundled: The bundled generators.

    Returns:
        Existing files: a bundled one, and one beside `path`; never `path` itself.
    """
    name = Path(file.base_name.replace("\\", "/")).name
    if not name:
        return []
    known = [entry for entry in bundled if entry.name == name]
    return [p for p in (*known, path.with_name(name)) if p.exists() and not p.samefile(path)]


def missing_base(file: TunedFile) -> CheckpointError:
    """The error for differences without their generator.

    Args:
        file: The differences.

    Returns:
        The error.
    """
    return CheckpointError(
        f"{file.name} holds what changed when a generator was tuned on photographs, not the whole "
        f"generator, and the one that it was tuned from, {_called(file)}, is neither bundled nor "
        "beside it",
        "that generator",
        "Put its file beside this one, or name it with «option base=FILE»",
    )


def _called(file: TunedFile) -> str:
    """The base's name and fingerprint."""
    return f"{file.base_name[:80] or 'a generator'} (fingerprint {file.base[:16]})"


def laid_over(base: Generator, file: TunedFile) -> Generator:
    """The tuned generator.

    Args:
        base: The generator that it was tuned from; it is not changed.
        file: The differences.

    Returns:
        A new generator on the same device.

    Raises:
        CheckpointError: The base is another one; a difference fits no weight or is not finite; or
            the sum is not what the file says.
    """
    require_base(file, base)
    with plain_tensors():
        network = deepcopy(base.network)
        _add(network, file)
        found = network_fingerprint(network.state_dict())
    if found != file.facts["fingerprint"]:
        raise CheckpointError(
            f"{file.name} and its base make a generator of fingerprint {found}",
            f"{str(file.facts['fingerprint'])[:16]}, as the file says",
            "The file is damaged; save or download it again",
        )
    remember_base(found, file.base)
    own = ("path", "bytes", "container", "file")
    kept = {name: value for name, value in base.details.items() if name not in own}
    facts = {name: value for name, value in file.facts.items() if name != "fingerprint"}
    details = {**kept, **file.details, TUNED: facts}
    return replace(
        base, spec=replace(base.spec, fingerprint=found), network=network, details=details
    )


def _add(network: AbstractNetwork, file: TunedFile) -> None:
    """Add the differences to the weights of a network, in place."""
    state = network.state_dict()
    for stored, tensor in file.tensors.items():
        kind, _, name = stored.partition(".")
        if name not in state or state[name].shape != tensor.shape:
            has = list(state[name].shape) if name in state else "no such weight"
            raise CheckpointError(
                f"{file.name} holds {stored[:80]} {list(tensor.shape)}, and its base has {has}",
                "differences of the base's weights",
                "The file is damaged; save or download it again",
            )
        if not tensor.is_floating_point() or not bool(torch.isfinite(tensor).all()):
            raise CheckpointError(
                f"{file.name} holds NaN or infinite numbers in {stored[:80]}",
                "finite weights",
                "The file is damaged; save or download it again",
            )
        weight = state[name]
        change = tensor.to(weight)
        weight.copy_(weight + change if f"{kind}." == DIFFERENCE else change)
