"""`describe`: what a generator is."""

from __future__ import annotations

from typing import Any

import click

from ...generators.description import as_text, describe
from ..command import AbstractCommand, Options, Talk
from ..options import generator_parameters, open_generator


class Describe(AbstractCommand):
    """See `description.describe`."""

    example = "latent-levers describe portraits"

    def parameters(self) -> list[click.Parameter]:
        """A generator."""
        return [
            *generator_parameters(),
        ]

    def run(self, options: Options, talk: Talk) -> dict[str, Any]:
        """Print a table."""
        facts = describe(open_generator(options))
        talk.say(as_text(facts))
        return facts


COMMAND = Describe()
