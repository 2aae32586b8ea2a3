"""`interfacegan`: a lever for an attribute, from labelled images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ...base.errors import PackError
from ...base.seed_labels import MOST_CHARACTERS
from ...levers.methods.boundary import CLASSIFIERS, Training
from ...measures.labelled_codes import (
    SAMPLES,
    LabelledCodes,
    label_by_attributes,
    label_by_rows,
)
from ..codes import CodeSource
from ..command import AbstractCommand, Options, Output
from ..options import generator_parameters, open_generator
from ..search import finish_levers, search_parameters

_DEFAULT = Training()
"""The settings that apply where nothing is typed."""


class InterFaceGAN(AbstractCommand):
    """Finds levers with `methods.interfacegan.interfacegan`."""

    example = (
        "latent-levers interfacegan portraits --attribute smile --without age "
        "--out out/smile.safetensors"
    )

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            *generator_parameters(),
            click.Option(
                ["--attribute"],
                default="",
                help="attributes of portraits such as smile or smile,age, which the bundled "
                "network reads off random images; a lever for each",
            ),
            click.Option(
                ["--csv"],
                type=click.Path(path_type=Path),
                help="in place of --attribute, a text file of rows seed,label: labels of 0 and 1, "
                "or scores",
            ),
            click.Option(
                ["--name", "lever_name"],
                default="",
                help="name of what --csv describes, such as smile",
            ),
            click.Option(
                ["--without"],
                default="",
                help="attributes such as age,glasses that these levers must not change",
            ),
            click.Option(
                ["--samples"],
                type=int,
                default=SAMPLES,
                help=f"random images that the network labels; default {SAMPLES:,}",
            ),
            click.Option(
                ["--classifier"],
                type=click.Choice(CLASSIFIERS),
                default=_DEFAULT.classifier,
                help=f"logistic regression, or linear support vector machine (svm); default "
                f"{_DEFAULT.classifier}",
            ),
            click.Option(
                ["--share"],
                type=float,
                default=_DEFAULT.share,
                help="of scores, the share of the highest and of the lowest that are used; default "
                f"{_DEFAULT.share:g}, all",
            ),
            click.Option(
                ["--space"],
                type=click.Choice(["W", "Z"]),
                help="latent space of the levers; default W, or Z without a mapping network",
            ),
            click.Option(
                ["--layers"], help="layers that the levers change, such as 0-3; default all"
            ),
            *search_parameters("out/interfacegan.safetensors", "0", count=False),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        training = Training(options.classifier, options.share)
        without = _names(options.without)
        if bool(options.attribute) == (options.csv is not None):
            raise PackError(
                "Neither --attribute nor --csv was given"
                if options.csv is None
                else "--attribute and --csv were given",
                "one of them",
            )
        if options.csv is not None and options.samples != SAMPLES:
            raise PackError(
                "--samples and --csv were given", "--samples beside --attribute: all rows are used"
            )
        if options.attribute and options.lever_name:
            raise PackError(
                "--name and --attribute were given",
                "--name beside --csv: an attribute gives its lever its own name",
            )
        if options.csv is not None and without:
            raise PackError(
                "--without and --csv were given",
                "--without beside --attribute alone",
                "Remove levers of other files with latent-levers combine --without",
            )
        gan = open_generator(options)
        source = CodeSource.of(gan, options)
        found = self._labelled(options, without, output, source)
        with output.progress("fitting") as progress:
            levers = found.boundaries(
                gan, training, options.space, options.layers, without, progress
            )
        return finish_levers(gan, levers, options, output, source.draw([0]))

    @staticmethod
    def _labelled(
        options: Options, without: list[str], output: Output, source: CodeSource
    ) -> LabelledCodes:
        """Label random images, or read the labels of a file."""
        gan = source.gan
        if options.csv is not None:
            return label_by_rows(gan, _text(options.csv), options.lever_name, options.label)
        names = [*_names(options.attribute), *without]
        with output.progress("labelling") as progress:
            return label_by_attributes(
                gan, names, options.samples, labels=options.label, progress=progress
            )


def _names(text: str) -> list[str]:
    """Names between commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def _text(path: Path) -> str:
    """The text of a small file."""
    wanted = "a text file of rows such as 12,1"
    if not path.is_file():
        raise PackError(f"--csv names {str(path)!r}, which is no file", wanted)
    with path.open("rb") as file:
        content = file.read(4 * MOST_CHARACTERS + 1)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PackError(f"{path.name} is no text in UTF-8", wanted) from None


COMMAND = InterFaceGAN()
