"""`sefa`: global levers from the weights."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

from ...levers.factorization import sefa
from ...levers.methods.sefa_conventions import CONVENTIONS
from ..command import AbstractCommand, Talk
from ..options import add_finding, add_generator, draw_codes, finish_levers, open_generator


class SeFa(AbstractCommand):
    """See `factorization.sefa`."""

    id = "sefa"
    summary = "Find global levers from the weights alone (SeFa)."
    example = "latent-levers sefa portraits --layers 0-3 --out out/global.safetensors"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A generator, layers, a file."""
        add_generator(parser)
        parser.add_argument("--layers", default="all", help='such as "0-3"; default all')
        parser.add_argument(
            "--convention",
            choices=CONVENTIONS.ids,
            default=CONVENTIONS.ids[0],
            help="whose way to choose and scale the weights; default %(default)s",
        )
        parser.add_argument(
            "--no-normalize", action="store_true", help="do not scale the weights' rows to length 1"
        )
        add_finding(parser, "out/sefa.safetensors", "0")

    def run(self, options: Namespace, talk: Talk) -> dict[str, Any]:
        """Find and save."""
        gan = open_generator(options)
        levers = sefa(
            gan,
            options.layers,
            options.count,
            convention=options.convention,
            normalize=False if options.no_normalize else None,
            solver=options.solver,
        )
        return finish_levers(gan, levers, options, talk, draw_codes(gan, options))
