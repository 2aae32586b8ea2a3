"""A generator as other processes open it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ...base.errors import PackError
from ...concepts.generator import Generator
from ...files.loading import load_generator


@dataclass(frozen=True)
class GeneratorFile:
    """How a process opens the generator."""

    path: str
    """A file, absolute, or the name of a bundled generator."""
    options: tuple[tuple[str, Any], ...] = ()
    """Settings that override the file's."""
    device: str = "cpu"
    """Device of torch."""
    fingerprint: str = ""
    """Fingerprint that it must have; empty for any."""

    @classmethod
    def of(
        cls, path: str, options: Mapping[str, Any], device: str = "cpu", fingerprint: str = ""
    ) -> GeneratorFile:
        """Name a generator for other processes, which may run in other folders.

        Args:
            path: A file or folder, or the name of a bundled generator.
            options: Settings that override the file's.
            device: Device of torch.
            fingerprint: Fingerprint that it must have; empty for any.

        Returns:
            The value.
        """
        place = Path(path).expanduser()
        where = str(place.resolve()) if place.exists() else path
        return cls(where, tuple(sorted(options.items())), device, fingerprint)


@lru_cache(maxsize=1)
def open_generator_file(file: GeneratorFile) -> Generator:
    """Open the generator, once per process.

    Args:
        file: The file.

    Returns:
        The generator.

    Raises:
        PackError: The file holds another generator than it did when the job was made.
    """
    gan = load_generator(file.path, file.device, **dict(file.options))
    if file.fingerprint not in ("", gan.spec.fingerprint):
        raise PackError(
            f"{Path(file.path).name} holds generator {gan.spec.fingerprint}",
            f"{file.fingerprint}, which the job is of",
            "Put back the file that it was, or start anew in another folder",
        )
    return gan
