"""The interface of commands, and their output: text for people, one JSON object for scripts."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from argparse import ArgumentParser, Namespace
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from .pictures import save_png
from .progress_bar import Bar


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
        save_png(path, picture, facts)
        self.wrote(path)
        return path


class AbstractCommand(ABC):
    """One word after `latent-levers`."""

    id: str
    """The word."""
    summary: str
    """One line for the list of commands."""
    example: str
    """A command line that works as it stands."""

    @abstractmethod
    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what the command takes.

        Args:
            parser: Its own parser.
        """

    @abstractmethod
    def run(self, options: Namespace, talk: Talk) -> dict[str, Any]:
        """Do it.

        Args:
            options: What was typed.
            talk: Output of text and files.

        Returns:
            Plain data for `--json`; `files` is added by `main`.

        Raises:
            PackError: Something does not fit.
        """
