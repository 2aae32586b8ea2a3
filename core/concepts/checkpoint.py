"""Contents of a model file before its architecture is known, and the interfaces that read it."""

from __future__ import annotations

import contextlib
import fnmatch
import re
from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from torch import Tensor

from ..base.errors import CheckpointError, PackError
from ..base.execution import is_out_of_memory


@dataclass(frozen=True)
class Checkpoint:
    """Tensors of a file by name, as stored; no code of the file was executed."""

    tensors: Mapping[str, Tensor]
    """Dotted names to tensors on the CPU, nested dictionaries joined by dots, in file order."""
    origin: str
    """Path or name of the file, for messages."""
    container: str = ""
    """Id of the container that read it."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """Settings that the file stores beside its tensors; a dotted name applies to the tensors under
    that root, any other to all."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Metadata for people: licence, training, regions."""
    beside: Mapping[str, Tensor] = field(default_factory=dict)
    """Single tensors outside the root that `under` selected, such as a mean w."""
    withheld: Mapping[str, str] = field(default_factory=dict)
    """Entries that a call would have made that was not run, with the name of the call."""

    def under(self, root: str) -> Checkpoint:
        """The tensors under a root, with the root removed from their names.

        Single tensors next to the root, or next to one of its parents, are stored in `beside`; of
        two with the same name the one nearer to the root is kept.

        Args:
            root: Dotted prefix without the last dot; empty selects all.

        Returns:
            A checkpoint of those tensors.
        """
        prefix = f"{root}." if root else ""
        beside = dict(self.beside)
        for depth in range(len(root.split(".")) if root else 0):
            around = "".join(f"{part}." for part in root.split(".")[:depth])
            beside |= {
                name[len(around) :]: tensor
                for name, tensor in self.tensors.items()
                if name.startswith(around) and "." not in name[len(around) :]
            }
        part = {n[len(prefix) :]: t for n, t in self.tensors.items() if n.startswith(prefix)}
        config = {
            name.removeprefix(prefix): value
            for name, value in self.config.items()
            if "." not in name or name.startswith(prefix)
        }
        withheld = {n[len(prefix) :]: w for n, w in self.withheld.items() if n.startswith(prefix)}
        return replace(self, tensors=part, config=config, beside=beside, withheld=withheld)

    def details_with(self, warnings: Sequence[str]) -> dict[str, Any]:
        """The metadata, with further warnings.

        Args:
            warnings: What a reader doubts, as sentences without a full stop.

        Returns:
            A copy of `details`; unchanged where there are none.
        """
        if not warnings:
            return dict(self.details)
        return {**self.details, "warnings": [*self.details.get("warnings", ()), *warnings]}


@dataclass(frozen=True)
class Blueprint:
    """A checkpoint whose architecture is known and whose names are canonical."""

    architecture: str
    """Id in the architecture registry."""
    tensors: Mapping[str, Tensor]
    """Canonical names to tensors on the CPU."""
    config: Mapping[str, Any]
    """Settings that cannot be derived from shapes."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Licence, training, regions, and ids of the container and the dialect."""
    unused: tuple[str, ...] = ()
    """Tensors of the file, in the file's names, that the dialect did not use."""
    guesses: Mapping[str, str] = field(default_factory=dict)
    """Options that the file may not state, and what is assumed then, as a clause."""


@dataclass(frozen=True)
class KeySignature:
    """Names (with `*`) and numbers of axes that a checkpoint must have, or must not have."""

    required: Mapping[str, int]
    """Pattern to number of axes; each needs at least one tensor."""
    forbidden: tuple[str, ...] = ()
    """Patterns that no tensor may match."""

    def missing(self, tensors: Mapping[str, Tensor]) -> list[str]:
        """Conditions that a checkpoint does not meet, in words.

        Args:
            tensors: Names to tensors.

        Returns:
            One entry per unmet condition; empty for a match.
        """
        gaps: list[str] = []
        for pattern, axes in self.required.items():
            found = _matching(tensors, pattern)
            if not found:
                gaps.append(f"no tensor {pattern} of {axes} axes")
            elif all(tensors[name].ndim != axes for name in found):
                gaps.append(f"{found[0]} is {list(tensors[found[0]].shape)}, not of {axes} axes")
        for pattern in self.forbidden:
            gaps.extend(f"unexpected tensor {name}" for name in _matching(tensors, pattern)[:1])
        return gaps


def _matching(tensors: Mapping[str, Tensor], pattern: str) -> list[str]:
    """Names that match a pattern; a pattern without wildcards is looked up without a search."""
    if not set(pattern) & set("*?["):
        return [pattern] if pattern in tensors else []
    fits = re.compile(fnmatch.translate(pattern)).match
    return [name for name in tensors if fits(name)]


_CONTRADICTIONS = (
    ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError,
)  # fmt: skip
"""Exceptions that code raises on shapes that it does not expect."""


@contextlib.contextmanager
def checkpoint_errors(title: str) -> Generator[None]:
    """Raise exceptions of the block that inconsistent shapes cause as a CheckpointError.

    Names and shapes of a file are untrusted. Each reader checks for the mistakes that are known;
    this catches all others.

    Args:
        title: Name of the architecture or dialect, for the message.

    Yields:
        Nothing.

    Raises:
        CheckpointError: One of these exceptions was raised, other than for lack of memory.
    """
    try:
        yield
    except _CONTRADICTIONS as error:
        if isinstance(error, PackError) or is_out_of_memory(error):
            raise
        reason = f"{type(error).__name__}: {error}".split("\n", 1)[0][:200]
        raise CheckpointError(
            f"The tensors contradict each other as weights of {title} ({reason})",
            "every tensor in the shape that this architecture requires",
            "The file may be damaged, or of a variant that the pack does not support",
        ) from error


class AbstractContainer(ABC):
    """Reads one file format without executing anything in the file."""

    id: str
    """Short stable name, such as "safetensors"."""
    title: str
    """Name for people."""
    suffixes: tuple[str, ...]
    """Usual file name endings; for listings only."""

    @abstractmethod
    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether a file has this format, by its content.

        Args:
            path: The file, or a folder.
            head: Its first 512 bytes; empty for a folder.

        Returns:
            True when `read` should be tried.
        """

    @abstractmethod
    def read(self, path: Path) -> Checkpoint:
        """Read the file.

        Args:
            path: A file for which `recognises` returned True.

        Returns:
            Its tensors by name.

        Raises:
            CheckpointError: The file is damaged or contains something else.
        """


class AbstractDialect(ABC):
    """Translates one naming scheme of parameters into the canonical names."""

    id: str
    """Short stable name, such as "genforce"."""
    title: str
    """Name for people: the code base that uses these names."""
    architecture: str
    """Id of the architecture."""
    signature: KeySignature
    """Names and numbers of axes that every file of the dialect has."""
    harmless: tuple[str, ...] = ()
    """Patterns of tensors that may be left over, since the image does not depend on them."""
    assumes: Mapping[str, str] = {}
    """Options that its files may not state, and what is assumed then, as a clause."""

    def missing(self, tensors: Mapping[str, Tensor]) -> list[str]:
        """Conditions of the dialect that a checkpoint does not meet, in words.

        Args:
            tensors: Names to tensors.

        Returns:
            One entry per unmet condition; empty for a match. A dialect without fixed names
            overrides this method, since a signature knows only names.
        """
        return self.signature.missing(tensors)

    @abstractmethod
    def translate(self, checkpoint: Checkpoint) -> Blueprint:
        """Rename, reshape and rescale the tensors to their canonical form.

        Args:
            checkpoint: A checkpoint that the signature matches.

        Returns:
            Canonical tensors, and settings that cannot be derived from shapes.

        Raises:
            CheckpointError: The tensors are inconsistent.
        """
