"""`invert`: the latent codes of photographs, and how close and how typical they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import torch
from torch import Tensor

from ...base.errors import PackError
from ...concepts.generator import Generator
from ...files.latent_files import save_latents
from ...photos.inversion import Inversion, invert
from ...photos.inverter import Inverter, prepare_inversion
from ...photos.inverter_files import load_inverter, save_inverter
from ...photos.photo_input import prepare_mask, prepare_photos
from ...pictures.images import to_bytes
from ..codes import label_parameter
from ..command import AbstractCommand, Options, Output
from ..options import generator_parameters, open_generator
from ..outputs import output_file
from ..pictures import read_mask, read_picture

SPACES = ("W", "W+", "S")
"""Spaces in which photographs are searched for; without a mapping network W means Z."""


class Invert(AbstractCommand):
    """Finds codes with `inversion.invert`."""

    example = "latent-levers invert portraits me.png --space W+ --out out/me.safetensors"

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            *generator_parameters(),
            click.Argument(["photos"], nargs=-1, required=True, type=click.Path(path_type=Path)),
            click.Option(
                ["--space"],
                type=click.Choice(SPACES, case_sensitive=False),
                default="W",
                help="W is the most editable, W+ closer to the photograph, S closest; default W",
            ),
            click.Option(
                ["--trust"],
                type=float,
                default=0.5,
                help="t; smaller is closer to the photograph and less typical; default 0.5",
            ),
            click.Option(
                ["--cohesion"],
                type=float,
                default=0.3,
                help="tau; how far layers may differ in W+ and S; default 0.3",
            ),
            click.Option(
                ["--steps"],
                type=int,
                default=40,
                help="evaluations for each photograph, a forward and a backward pass each; "
                "default 40",
            ),
            click.Option(
                ["--mask"],
                multiple=True,
                type=click.Path(path_type=Path),
                help="picture that is white where the photograph does not count, such as a hand; "
                "one for all photographs, or repeated for each",
            ),
            label_parameter(),
            click.Option(
                ["--inverter"],
                type=click.Path(path_type=Path),
                metavar="FILE",
                help="file of what is computed once for a generator; written if there is none",
            ),
            *output_file("out/photos.safetensors", "latents", ".safetensors", keep=True),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        if len(options.mask) not in (0, 1, len(options.photos)):
            raise PackError(
                f"{len(options.mask)} masks were given for {len(options.photos)} photographs",
                "one for all, or one for each",
            )
        gan = open_generator(options)
        photos = torch.cat([prepare_photos(gan, read_picture(path)) for path in options.photos])
        mask = _mask(gan, options.mask, len(photos))
        inverter = _inverter(gan, options, output)
        with output.progress("searching") as progress:
            found = invert(
                gan,
                photos,
                options.space,
                options.trust,
                options.cohesion,
                options.steps,
                mask,
                inverter,
                progress,
                label=options.label,
            )
        output.add_file(save_latents(found.codes, options.out))
        return {"generator": gan.spec.fingerprint, "photos": _report(gan, found, options, output)}


def _mask(gan: Generator, paths: tuple[Path, ...], count: int) -> Tensor | None:
    """Masks of the generator's size, `[N, h, w]`, 1 where a pixel does not count."""
    if not paths:
        return None
    keeps = [prepare_mask(gan, read_mask(path), 1) for path in paths]
    rows = torch.cat([1 - keep[:, 0] for keep in keeps if keep is not None])
    return rows.expand(count, -1, -1)


def _inverter(gan: Generator, options: Options, output: Output) -> Inverter | None:
    """The inverter of a file, which is written if there is none."""
    path: Path | None = options.inverter
    if path is None:
        return None
    if path.exists():
        return load_inverter(path, gan)
    with output.progress("preparing") as progress:
        inverter = prepare_inversion(gan, label=options.label, progress=progress)
    output.add_file(save_inverter(inverter, path))
    return inverter


def _report(
    gan: Generator, found: Inversion, options: Options, output: Output
) -> list[dict[str, Any]]:
    """Write the reconstructions, and say how close and how typical each is."""
    told: list[dict[str, Any]] = []
    words = found.report(gan)
    for row, path in enumerate(options.photos):
        name = f"{options.out.stem}_{row}_{path.stem}.png"
        picture = to_bytes(found.reconstruction[row : row + 1])[0]
        facts = {
            "photo": path.name,
            "psnr": round(float(found.psnr[row]), 3),
            "typicality": round(float(found.typicality[row]), 3),
            "label": None if found.classes is None else found.classes[row],
        }
        output.save_picture(options.out.with_name(name), picture, facts)
        output.print(f"{path.name}: {words[row]}")
        told.append({**facts, "verdict": words[row]})
    return told


COMMAND = Invert()
