"""The interface of commands, and their output: lines of text, or one JSON object."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import click

from .progress_bar import ProgressBar

if TYPE_CHECKING:
    from torch import Tensor


def harmless(text: str) -> str:
    """Write control characters, which could command a terminal, as escapes.

    Args:
        text: Text that may hold names from files.

    Returns:
        The text, with line breaks as they are.
    """
    if text.isprintable():
        return text
    return "".join(
        letter
        if letter.isprintable() or letter == "\n"
        else letter.encode("unicode_escape").decode()
        for letter in text
    )


class Output:
    """The output of a command.

    Args:
        json: Whether the command prints one JSON object only. `print` then does nothing.
    """

    def __init__(self, json: bool = False) -> None:
        self.json = json
        self.files: list[str] = []

    def print(self, text: str = "") -> None:
        """Print a line, unless the output is JSON.

        Args:
            text: The line.
        """
        if not self.json:
            print(harmless(text), flush=True)

    @contextlib.contextmanager
    def progress(self, label: str) -> Generator[ProgressBar]:
        """Show a progress bar inside a `with` block.

        Args:
            label: Text left of the bar, such as "drawing".

        Yields:
            The bar, which functions accept as their `progress`.
        """
        bar = ProgressBar(label)
        try:
            yield bar
        finally:
            bar.close()

    def add_file(self, path: Path) -> None:
        """Record a file that was written; the files are listed when the command ends.

        Args:
            path: The file.
        """
        self.files.append(str(path))

    def save_picture(
        self,
        path: Path,
        picture: Tensor,
        facts: Mapping[str, object] | None = None,
        level: int | None = None,
    ) -> Path:
        """Write a PNG and record its path.

        Args:
            path: The PNG file.
            picture: `[H, W, 3]` uint8.
            facts: Keywords and values of the PNG's text chunks.
            level: Of the compression, from 0 to 9; none means Pillow's.

        Returns:
            The path.
        """
        from ..pictures.picture_files import save_png  # here, since `--help` must not import torch

        save_png(path, picture, facts, level)
        self.add_file(path)
        return path


class Options(SimpleNamespace):
    """Parsed parameters of a command, one attribute each."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


class AbstractCommand(ABC):
    """A subcommand of `latent-levers`; `core.cli.COMMANDS` holds its name and summary."""

    example: str
    """A complete command line, shown by `--help`."""

    @abstractmethod
    def parameters(self) -> list[click.Parameter]:
        """Declare the parameters of the command.

        Returns:
            Arguments and options; `--json` is added to every command.
        """

    @abstractmethod
    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """Run the command.

        Args:
            options: The parsed parameters.
            output: Prints lines, shows progress and records files.

        Returns:
            The object that `--json` prints, without `files`, which is added to it.

        Raises:
            PackError: An option is invalid, or something does not fit the generator.
        """
