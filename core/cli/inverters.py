"""The option `--inverter`: what finding photographs needs of a generator, kept in a file."""

from __future__ import annotations

from pathlib import Path

import click

from ..concepts.generator import Generator
from ..photos.inverter import Inverter, prepare_inversion, prepared
from ..photos.inverter_files import load_inverter, save_inverter
from .command import Options, Output


def inverter_parameter(where: str = "") -> click.Parameter:
    """Declare `--inverter`.

    Args:
        where: With what it is used, such as "with --onto, "; empty for always.

    Returns:
        The option.
    """
    return click.Option(
        ["--inverter"],
        type=click.Path(path_type=Path),
        metavar="FILE",
        help=f"{where}file of what is computed once for a generator; written if there is none",
    )


def open_inverter(gan: Generator, options: Options, output: Output) -> Inverter | None:
    """Load or prepare what finding photographs needs.

    Args:
        gan: The generator.
        options: Parsed options of `inverter_parameter` and `codes.label_parameter`.
        output: Shows progress, and records the file if it is written.

    Returns:
        The inverter of the file, which is written if there is none; none for a conditional
        generator without a class, where one is prepared for the class of each photograph.

    Raises:
        PackError: The file cannot be read, or belongs to another generator.
    """
    path: Path | None = options.inverter
    if path is not None and path.exists():
        return load_inverter(path, gan)
    if path is None and gan.spec.c_dim and options.label is None:
        return None
    with output.progress("preparing") as progress:
        if path is None:
            return prepared(gan, options.label, progress)
        inverter = prepare_inversion(gan, label=options.label, progress=progress)
    output.add_file(save_inverter(inverter, path))
    return inverter
