"""`convert`: any checkpoint to a safetensors file of the pack."""

from __future__ import annotations

from typing import Any

import click

from ...files.writing import save_generator
from ...generators.description import describe
from ..command import AbstractCommand, Options, Output
from ..options import generator_parameters, open_generator
from ..outputs import output_file


class Convert(AbstractCommand):
    """Loads a generator and writes it with `writing.save_generator`."""

    example = "latent-levers convert network.pt --out network.safetensors --half"

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            *generator_parameters(),
            *output_file(None, "file to write", ".safetensors", keep=True),
            click.Option(
                ["--half"], is_flag=True, help="store weights in float16, at half the size"
            ),
            click.Option(["--licence"], help="licence of the weights, stored in the file"),
            click.Option(
                ["--replace-source"],
                is_flag=True,
                help="allow --out to overwrite the file that is read",
            ),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        gan = open_generator(options)
        path = save_generator(
            gan,
            options.out,
            options.half,
            licence=options.licence,
            replace_source=options.replace_source,
        )
        output.add_file(path)
        output.print(f"{describe(gan)['title']}, {options.out.stat().st_size:,} bytes")
        return {"bytes": options.out.stat().st_size, "fingerprint": gan.spec.fingerprint}


COMMAND = Convert()
