"""What a file holds before anybody knows which generator it is."""

from __future__ import annotations

import contextlib
import fnmatch
import re
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from torch import Tensor

from ..base.errors import CheckpointError, PackError
from ..base.execution import is_out_of_memory


@dataclass(frozen=True)
class Checkpoint:
    """Tensors by name, as they lie in a file; nothing of the file was executed."""

    tensors: Mapping[str, Tensor]
    """Dotted names to tensors on the CPU, nested dictionaries joined by dots, in file order."""
    origin: str
    """Where it came from, for messages."""
    container: str = ""
    """Id of the container that read it."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """Settings that the file states beside its tensors; dotted names belong to the tensors of that
    root, others to all."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Licence, training, regions: what a person may want to know."""
    beside: Mapping[str, Tensor] = field(default_factory=dict)
    """Tensors that lay beside the root that this is the part under, such as a mean w."""

    def under(self, root: str) -> Checkpoint:
        """The part whose names begin with a root, without it.

        Single tensors beside the root, or beside a dictionary around it, stay within reach in
        `beside`; of two of one name the nearer is kept.

        Args:
            root: Dotted prefix without the last dot; empty for all.

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
        return replace(self, tensors=part, config=config, beside=beside)


@dataclass(frozen=True)
class Blueprint:
    """A checkpoint whose architecture is known and whose names are canonical."""

    architecture: str
    """Id in the architecture registry."""
    tensors: Mapping[str, Tensor]
    """Canonical names to tensors on the CPU."""
    config: Mapping[str, Any]
    """Only what shapes cannot tell."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Licence, training, regions, container and dialect it came from."""


@dataclass(frozen=True)
class KeySignature:
    """Names (with `*`) and numbers of axes that a checkpoint must, or must not, have."""

    required: Mapping[str, int]
    """Pattern to number of axes; each needs at least one tensor."""
    forbidden: tuple[str, ...] = ()
    """Patterns that no tensor may match."""

    def missing(self, tensors: Mapping[str, Tensor]) -> list[str]:
        """What keeps a checkpoint from matching, in words.

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
            gaps.extend(f"{name} is foreign to it" for name in _matching(tensors, pattern)[:1])
        return gaps


def _matching(tensors: Mapping[str, Tensor], pattern: str) -> list[str]:
    """Names that a pattern fits; whole names, which most patterns are, need no search."""
    if not set(pattern) & set("*?["):
        return [pattern] if pattern in tensors else []
    fits = re.compile(fnmatch.translate(pattern)).match
    return [name for name in tensors if fits(name)]


_CONTRADICTIONS = (
    ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError,
)  # fmt: skip
"""What code raises that meets a shape it was not made for."""


@contextlib.contextmanager
def contradictions(title: str) -> Generator[None]:
    """Whatever shapes that contradict each other raise within, as an error of the pack.

    Names and shapes of a file are a stranger's. Each reader checks what it knows people to get
    wrong; this is for all else.

    Args:
        title: What is being made of the tensors, for the message.

    Yields:
        Nothing.

    Raises:
        CheckpointError: Anything went wrong but a shortage of memory.
    """
    try:
        yield
    except _CONTRADICTIONS as error:
        if isinstance(error, PackError) or is_out_of_memory(error):
            raise
        reason = f"{type(error).__name__}: {error}".split("\n", 1)[0][:200]
        raise CheckpointError(
            f"The tensors contradict each other as weights of {title} ({reason})",
            "every tensor in the shape that this kind of network gives it",
            "The file may be damaged, or of a variant that the pack does not know",
        ) from error


class AbstractContainer(ABC):
    """Reads one kind of file without running anything in it."""

    id: str
    """Short stable name, such as "safetensors"."""
    title: str
    """Name for people."""
    suffixes: tuple[str, ...]
    """File name endings that such files usually have; for listings only."""

    @abstractmethod
    def recognises(self, path: Path, head: bytes) -> bool:
        """Tell by content whether a file is of this kind.

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
            path: A file for which `recognises` said yes.

        Returns:
            Its tensors by name.

        Raises:
            CheckpointError: The file is damaged or holds something else.
        """


def find_reader(
    path: Path, readers: Iterable[AbstractContainer]
) -> tuple[AbstractContainer | None, bytes]:
    """The first reader that recognises a file.

    Args:
        path: An existing file or folder.
        readers: Tried in this order.

    Returns:
        The reader, or none, and the head of the file; see `AbstractContainer.recognises`.
    """
    head = b""
    if path.is_file():
        with path.open("rb") as file:
            head = file.read(512)
    return next((reader for reader in readers if reader.recognises(path, head)), None), head


def reader_titles(readers: Iterable[AbstractContainer]) -> str:
    """What kinds of file there are readers for, for messages.

    Args:
        readers: The readers.

    Returns:
        Titles with file name endings.
    """
    return "; ".join(f"{reader.title} ({', '.join(reader.suffixes)})" for reader in readers)


def unread(path: Path, head: bytes, wanted: str) -> tuple[str, str]:
    """What is told of a file that no reader recognises.

    Args:
        path: The file.
        head: Its first bytes.
        wanted: What it should hold, with its article or in the plural.

    Returns:
        What was found, and a remedy.
    """
    if not head:
        return f"{path.name} is empty", "It was cut off; save or download it again"
    found = f"{path.name} begins with {head[:8]!r}, which no reader knows"
    return found, f"The file may be cut off, or a web page saved instead of {wanted}"


class AbstractDialect(ABC):
    """Translates one foreign spelling of parameter names into the canonical one."""

    id: str
    """Short stable name, such as "genforce"."""
    title: str
    """Name for people: whose spelling it is."""
    architecture: str
    """Id of the architecture that it leads to."""
    signature: KeySignature
    """What every file in this spelling has."""

    def missing(self, tensors: Mapping[str, Tensor]) -> list[str]:
        """What keeps a checkpoint from being in this spelling, in words.

        Args:
            tensors: Names to tensors.

        Returns:
            One entry per unmet condition; empty for a match. A spelling without fixed names
            replaces this, since a signature only knows names.
        """
        return self.signature.missing(tensors)

    @abstractmethod
    def translate(self, checkpoint: Checkpoint) -> Blueprint:
        """Rename, reshape and rescale the tensors to their canonical form.

        Args:
            checkpoint: A checkpoint that the signature matches.

        Returns:
            Canonical tensors, and what the spelling tells beyond shapes.

        Raises:
            CheckpointError: The tensors contradict each other.
        """
