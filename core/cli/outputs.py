"""The option `--out`: where results go, checked before any work is done."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ..base.errors import PackError

_FORCE = "force"


class OutputFile(click.ParamType):  # pyright: ignore[reportMissingTypeArgument]
    """A file that can be written.

    Args:
        *suffixes: Endings that the name may have; the first is added to a name without one.
        keep: Whether an existing file is only replaced with `--force`. Files that take long to
            make, such as codes, are kept; pictures and tables are replaced, which is said.
    """

    name = "file"

    def __init__(self, *suffixes: str, keep: bool = False) -> None:
        self.suffixes = suffixes
        self.keep = keep

    def convert(
        self, value: str | Path, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        """The path with its ending; see `click.ParamType.convert`.

        Args:
            value: The path that was given.
            param: The option.
            ctx: Values of the options so far.

        Returns:
            The path.

        Raises:
            PackError: It is a folder, its ending does not fit, or it cannot be written.
        """
        path = Path(value)
        option = "--out" if param is None else param.opts[0]
        remedy = f"Give another name with {option}"
        if not path.name or (path.exists() and not path.is_file()):
            raise PackError(f"{option} names {str(value)!r}, which is no file", "a file", remedy)
        if path.suffix.lower() not in self.suffixes:
            endings = ", ".join(self.suffixes)
            if path.suffix:
                found = f"{option} names {str(value)!r}"
                raise PackError(found, f"a name that ends in {endings}", remedy)
            path = path.with_name(path.name + self.suffixes[0])
        _require_writable(path.parent)
        return path


class OutputFolder(click.ParamType):  # pyright: ignore[reportMissingTypeArgument]
    """A folder in which files can be written; it need not exist."""

    name = "folder"

    def convert(
        self, value: str | Path, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        """The path; see `click.ParamType.convert`.

        Args:
            value: The path that was given.
            param: The option.
            ctx: Values of the options so far.

        Returns:
            The path.
        """
        path = Path(value)
        _require_writable(path)
        return path


class OutputFilm(OutputFile):
    """A film, or a folder of its frames, whose name ends in a slash."""

    name = "film"

    def convert(
        self, value: str | Path, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        """The path with its ending, or that of a folder; see `click.ParamType.convert`.

        Args:
            value: The path that was given.
            param: The option.
            ctx: Values of the options so far.

        Returns:
            The path.
        """
        path = Path(value)
        folder = isinstance(value, str) and value.endswith(("/", os.sep)) and path.name
        if folder and path.suffix.lower() not in self.suffixes:
            _require_writable(path)
            return path
        return super().convert(value, param, ctx)


def _require_writable(folder: Path) -> None:
    """Refuse a folder that can neither be written nor created."""
    there = folder.absolute()
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir():
        raise PackError(
            f"Files cannot be written below the file {str(there)!r}",
            "a folder",
            "Choose another one with --out",
        )
    try:  # /proc and read-only disks claim to be writable
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"0")
    except OSError as error:
        raise PackError(
            f"The folder {str(there)!r} cannot be written ({error.strerror})",
            "a folder of your own, on a disk that is not full",
            "Choose another one with --out",
        ) from None


def refuse_to_replace(parameters: Sequence[click.Parameter], values: Mapping[str, Any]) -> None:
    """Refuse to replace files that are only replaced with `--force`; before a command runs.

    Args:
        parameters: Parameters of the command.
        values: Their values, by name.

    Raises:
        PackError: Such a file exists, and `--force` was not given.
    """
    for parameter in parameters:
        kind = parameter.type
        allowed = values.get(_FORCE) or values.get("replace_source")
        if not isinstance(kind, OutputFile) or not kind.keep or allowed:
            continue
        path = values[str(parameter.name)]
        if path is not None and path.exists():
            raise PackError(
                f"{str(path)!r} exists already",
                "a new name",
                "Add --force to replace the file, or give another name with --out",
            )


@dataclass(frozen=True)
class FilesBefore:
    """Files that a command found where it writes, as they were then."""

    marks: Mapping[Path, tuple[int, int]]
    """Inode and time of change, which a file that is written anew does not keep."""

    def replaced(self, files: Sequence[str]) -> list[str]:
        """Those of some files that existed before and are others now.

        Args:
            files: Files that the command wrote, or found complete.

        Returns:
            Their names, in the same order.
        """
        known = ((name, self.marks.get(Path(name).absolute())) for name in files)
        return [name for name, mark in known if mark is not None and mark != _mark(Path(name))]


def files_before(parameters: Sequence[click.Parameter], values: Mapping[str, Any]) -> FilesBefore:
    """Note the files in the folders where a command will write.

    Args:
        parameters: Parameters of the command.
        values: Their values, by name.

    Returns:
        The files; pictures beside an output file are among them.
    """
    marks: dict[Path, tuple[int, int]] = {}
    for parameter in parameters:
        path = values.get(str(parameter.name))
        if not isinstance(path, Path) or not isinstance(parameter.type, OutputFile | OutputFolder):
            continue
        folder = path.parent if isinstance(parameter.type, OutputFile) else path
        with contextlib.suppress(OSError):
            there = [Path(entry.path).absolute() for entry in os.scandir(folder)]
            marks.update((file, mark) for file in there if (mark := _mark(file)) is not None)
    return FilesBefore(marks)


def _mark(path: Path) -> tuple[int, int] | None:
    """What tells a file from one that replaced it."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_ino, facts.st_mtime_ns


def unused_path(path: Path) -> Path:
    """A path that does not exist yet.

    Args:
        path: The wanted path.

    Returns:
        The path, with a number behind its name where it exists.
    """
    number = 2
    found = path
    while found.exists():
        found = path.with_name(f"{path.stem}_{number}{path.suffix}")
        number += 1
    return found


def output_file(
    default: str | None, what: str, *suffixes: str, keep: bool = False
) -> list[click.Parameter]:
    """Declare `--out` for one file.

    Args:
        default: Default file; none makes the option required.
        what: What the file holds, for the help.
        *suffixes: Endings that the name may have, the usual one first.
        keep: Whether an existing file is only replaced with `--force`, which is declared as well.

    Returns:
        The options.
    """
    ending = f"{what}, {', '.join(suffixes)}"
    out = click.Option(
        ["--out"],
        type=OutputFile(*suffixes, keep=keep),
        default=default,
        required=default is None,
        help=ending if default is None else f"{ending}; default {default}",
    )
    if not keep:
        return [out]
    return [out, click.Option([f"--{_FORCE}"], is_flag=True, help="replace --out if it exists")]


def output_folder(default: str) -> click.Parameter:
    """Declare `--out` for a folder.

    Args:
        default: Default folder.

    Returns:
        The option.
    """
    return click.Option(
        ["--out"], type=OutputFolder(), default=default, help=f"folder; default {default}"
    )
