"""`describe`: facts about a generator."""

from __future__ import annotations

from typing import Any

import click

from ...generators.description import as_text, describe
from ..command import AbstractCommand, Options, Output
from ..options import generator_parameters, open_generator
from ..wording import COMMAND_LINE


class Describe(AbstractCommand):
    """Prints the facts of `description.describe` as a table."""

    example = "latent-levers describe portraits"

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return generator_parameters()

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        facts = describe(open_generator(options), COMMAND_LINE)
        output.print(as_text(facts))
        return facts


COMMAND = Describe()
