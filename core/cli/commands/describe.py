"""`describe`: facts about a generator."""

from __future__ import annotations

from typing import Any

import click

from ..command import AbstractCommand, Options, Output
from ..options import generator_parameters, open_generator, print_generator


class Describe(AbstractCommand):
    """Prints the facts of `description.describe` as a table."""

    example = "latent-levers describe portraits"

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return generator_parameters()

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        return print_generator(open_generator(options), output)


COMMAND = Describe()
