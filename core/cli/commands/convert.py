"""`convert`: any checkpoint as a safetensors file of the pack."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ...base.errors import PackError
from ...files.writing import save_generator
from ...generators.description import describe
from ..command import AbstractCommand, Options, Talk
from ..options import generator_parameters, open_generator


class Convert(AbstractCommand):
    """See `writing.save_generator`."""

    example = "latent-levers convert network.pt --out network.safetensors --half"

    def parameters(self) -> list[click.Parameter]:
        """A generator, a file."""
        return [
            *generator_parameters(),
            click.Option(
                ["--out"],
                type=click.Path(path_type=Path),
                required=True,
                help="a .safetensors file",
            ),
            click.Option(["--half"], is_flag=True, help="weights in float16: half the size"),
            click.Option(["--licence"], help="what the file says of the licence of the weights"),
            click.Option(
                ["--replace-source"], is_flag=True, help="allow --out to be the file that is read"
            ),
        ]

    def run(self, options: Options, talk: Talk) -> dict[str, Any]:
        """Load and save."""
        if options.out.suffix != ".safetensors":
            raise PackError(f"--out names {str(options.out)!r}", "a name that ends in .safetensors")
        gan = open_generator(options)
        path = save_generator(
            gan,
            options.out,
            options.half,
            licence=options.licence,
            replace_source=options.replace_source,
        )
        talk.wrote(path)
        talk.say(f"{describe(gan)['title']}, {options.out.stat().st_size:,} bytes")
        return {"bytes": options.out.stat().st_size, "fingerprint": gan.spec.fingerprint}


COMMAND = Convert()
