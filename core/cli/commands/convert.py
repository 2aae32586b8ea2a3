"""`convert`: any checkpoint as a safetensors file of the pack."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from ...base.errors import PackError
from ...files.writing import save_generator
from ...generators.description import describe
from ..command import AbstractCommand, Talk
from ..options import add_generator, open_generator


class Convert(AbstractCommand):
    """See `writing.save_generator`."""

    id = "convert"
    summary = "Write a generator as one safetensors file that says what it is and runs nothing."
    example = "latent-levers convert network.pt --out network.safetensors --half"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A generator, a file."""
        add_generator(parser)
        parser.add_argument("--out", type=Path, required=True, help="a .safetensors file")
        parser.add_argument("--half", action="store_true", help="weights in float16: half the size")
        parser.add_argument("--licence", help="what the file says of the licence of the weights")
        parser.add_argument(
            "--replace-source", action="store_true", help="allow --out to be the file that is read"
        )

    def run(self, options: Namespace, talk: Talk) -> dict[str, Any]:
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
