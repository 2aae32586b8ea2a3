"""`invert`: the latent codes of photographs, and how close and how typical they are."""

from __future__ import annotations

from typing import Any

import click
from torch import Tensor

from ....base.errors import PackError
from ....concepts.generator import Generator
from ....concepts.latent_code import LatentCode, concatenate
from ....files.latent_files import save_latents
from ....photos.inversion import Inversion, invert
from ....photos.trained_encoders.encoder import KINDS, load_encoder
from ....pictures.images import to_bytes
from ....pictures.picture_files import read_picture
from ...codes import label_parameter
from ...command import AbstractCommand, Options, Output
from ...inverters import inverter_parameter, open_inverter
from ...options import generator_parameters, open_generator
from ...outputs import output_file
from ...photos import photo_parameters, read_masks, read_photos

SPACES = ("W", "W+", "S")
"""Spaces in which photographs are searched for; without a mapping network W means Z."""


class Invert(AbstractCommand):
    """Finds codes with `inversion.invert`."""

    example = "latent-levers invert portraits photo.png --space W+ --out out/photo.safetensors"

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            *generator_parameters(),
            *photo_parameters(),
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
                ["--encoder"],
                type=click.Path(),
                metavar="FILE",
                help="e4e or pSp for this generator: its codes are where the search begins",
            ),
            click.Option(
                ["--encoder-kind"],
                type=click.Choice(KINDS),
                help="kind of the encoder, where its file does not state it",
            ),
            label_parameter(),
            inverter_parameter(),
            *output_file("out/photos.safetensors", "latents", ".safetensors", keep=True),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        gan = open_generator(options)
        photos = read_photos(gan, options.photos, options.boxes)
        mask = read_masks(gan, options.masks, len(photos))
        inverter = open_inverter(gan, options, output)
        start = _start(gan, photos, options, output)
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
                start=start,
            )
        output.add_file(save_latents(found.codes, options.out))
        return {"generator": gan.spec.fingerprint, "photos": _report(gan, found, options, output)}


def _start(gan: Generator, photos: Tensor, options: Options, output: Output) -> LatentCode | None:
    """The codes of a trained encoder, which reads photographs without boxes in their own size."""
    if options.encoder is None:
        if options.encoder_kind is not None:
            raise PackError("--encoder-kind was given without --encoder", "both, or neither")
        return None
    encoder = load_encoder(options.encoder, gan.device, kind=options.encoder_kind)
    found: list[LatentCode] = []
    with output.progress("encoding") as progress:
        for number, path in enumerate(options.photos, 1):
            cut = photos[number - 1 : number] if options.boxes else read_picture(path)
            found.append(encoder.encode(cut, gan))
            progress(number, len(options.photos))
    return concatenate(found)


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
