"""`explore`: the live explorer in a browser, without ComfyUI."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path
from typing import Any

import click

from ...base.extras import import_extra
from ...explorer.photograph import Photograph
from ...files.bundled import BUNDLED
from ...generators.description import generator_label
from ...latents.sampling import sample_latents
from ...pictures.images import to_unit_range
from ...pictures.picture_files import read_picture
from ...server.sessions import Contents
from ..codes import label_parameter, truncation_parameter
from ..command import AbstractCommand, Options, Output
from ..options import generator_parameters, open_generator
from ..outputs import output_folder
from ..standalone.host import OpenGenerator, StandaloneHost
from ..standalone.saving import Saver
from ..standalone.workflow import Origin

_MOST_IMAGES = 4096
"""Most images: as many as GAN Sample Latents takes, which the saved workflow uses."""


class Explore(AbstractCommand):
    """Serves the page of the node Explorer to this machine alone."""

    example = "latent-levers explore portraits-128 --seed 0 --count 4 --out out/explore"

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            *generator_parameters("portraits-128"),
            click.Option(
                ["--seed"],
                type=click.IntRange(0, 2**32 - 1),
                default=0,
                help="seed of the first image, each further one adds 1; default 0",
            ),
            click.Option(
                ["--count"],
                type=click.IntRange(1, _MOST_IMAGES),
                default=4,
                help="number of images; default 4",
            ),
            truncation_parameter(),
            label_parameter(),
            click.Option(
                ["--photo"],
                type=click.Path(path_type=Path),
                metavar="FILE",
                help="a photograph of your own, whose face is shown and edited instead",
            ),
            click.Option(
                ["--port"],
                type=click.IntRange(0, 65535),
                default=0,
                help="TCP port on this machine, 0 for any that is free; default 0",
            ),
            click.Option(
                ["--no-browser"],
                is_flag=True,
                help="print the address, and open no browser",
            ),
            output_folder("out/explore"),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        import_extra("aiohttp", "aiohttp", "latent-levers explore")
        from ..standalone.application import Explorer  # imports aiohttp
        from ..standalone.serving import serve

        gan = open_generator(options)
        codes = sample_latents(
            gan, options.count, options.seed, options.truncation, labels=options.label
        )
        path = Path(str(gan.details["path"]))
        bundled = options.generator in BUNDLED
        model = options.generator if bundled else path.name
        origin = Origin(
            model,
            bundled,
            ", ".join(options.option),
            options.seed,
            options.count,
            options.truncation,
            options.label,
            None if options.photo is None else options.photo.name,
        )
        photo = None if options.photo is None else _photograph(options.photo)
        saver = Saver(StandaloneHost(), options.out, origin)
        label = generator_label(path.stem, gan.spec)
        explorer = Explorer(Contents(OpenGenerator(gan), codes, photo=photo), label, saver)
        addresses: list[str] = []

        def started(address: str) -> None:
            addresses.append(address)
            shown = f"The explorer is at {address}"
            if output.json:  # the output is one object, at the end
                print(shown, file=sys.stderr, flush=True)
            output.print(f"{shown}\nPress Ctrl-C to end it.")
            if not options.no_browser:
                webbrowser.open(address)

        serve(explorer, options.port, started)
        output.print()
        return {"address": addresses[0], "out": str(options.out)}


def _photograph(path: Path) -> Photograph:
    """Read a photograph in 8 bits a colour, as ComfyUI's Load Image does."""
    pixels = to_unit_range(read_picture(path))
    return Photograph((pixels * 255).round() / 255)


COMMAND = Explore()
