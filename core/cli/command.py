"""The interface of commands, and their output: text for people, one JSON object for scripts."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import click

from .progress_bar import Bar

if TYPE_CHECKING:
    from torch import Tensor


class Talk:
    """The output of a command.

    Args:
        json: Whether only the result is printed, by `main`, as JSON.
    """

    def __init__(self, json: bool = False) -> None:
        self.json = json
        self.files: list[str] = []

    def say(self, text: str = "") -> None:
        """Print a line for people.

        Args:
            text: The line.
        """
        if not self.json:
            print(text, flush=True)

    @contextlib.contextmanager
    def bar(self, label: str) -> Generator[Bar]:
        """A progress bar while something is done.

        Args:
            label: What is being done.

        Yields:
            The bar, to be handed on as `progress`.
        """
        bar = Bar(label)
        try:
            yield bar
        finally:
            bar.close()

    def wrote(self, path: Path) -> None:
        """Record a file that was written; `main` lists all of them at the end.

        Args:
            path: The file.
        """
        self.files.append(str(path))

    def picture(
        self, path: Path, picture: Tensor, facts: Mapping[str, object] | None = None
    ) -> Path:
        """Write a PNG and remember it.

        Args:
            path: Where to.
            picture: `[H, W, 3]` uint8.
            facts: Names and values of the PNG's text chunks.

        Returns:
            The path.
        """
        from .pictures import save_png  # Pillow and torch, which `--help` need not wait for

        save_png(path, picture, facts)
        self.wrote(path)
        return path


class Options(SimpleNamespace):
    """What was typed: one attribute per parameter of the command."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


class AbstractCommand(ABC):
    """One word after `latent-levers`; `core.cli.COMMANDS` names it and says what it does."""

    example: str
    """A command line that works as it stands."""

    @abstractmethod
    def parameters(self) -> list[click.Parameter]:
        """Declare what the command takes.

        Returns:
            Arguments and options; `--json` is added for all commands.
        """

    @abstractmethod
    def run(self, options: Options, talk: Talk) -> dict[str, Any]:
        """Run the command.

        Args:
            options: What was typed.
            talk: Where output and files go.

        Returns:
            Plain data for `--json`; `files` is added by `main`.

        Raises:
            PackError: Something does not fit.
        """
