"""`describe`: what a generator is."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

from ...generators.description import as_text, describe
from ..command import AbstractCommand, Talk
from ..options import add_generator, open_generator


class Describe(AbstractCommand):
    """See `description.describe`."""

    id = "describe"
    summary = "Show what a generator is: sizes, layers, options, file, licence, training, regions."
    example = "latent-levers describe portraits"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A generator."""
        add_generator(parser)

    def run(self, options: Namespace, talk: Talk) -> dict[str, Any]:
        """Print a table."""
        facts = describe(open_generator(options))
        talk.say(as_text(facts))
        return facts
