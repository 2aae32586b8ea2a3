"""`tune`: a generator fitted to photographs, for edits that change everything."""

from __future__ import annotations

from typing import Any

import click

from ....concepts.latent_code import LatentSpace
from ....files.latent_files import load_latents
from ....files.tuned_files import TUNED
from ....files.tuned_writing import save_tuned
from ....photos.tuning import LOCALITY, RATE, tune
from ...command import AbstractCommand, Options, Output
from ...options import generator_parameters, open_generator
from ...outputs import output_file
from ...photos import photo_parameters, read_masks, read_photos


class Tune(AbstractCommand):
    """Fits a generator with `tuning.tune`, and writes what changed."""

    example = (
        "latent-levers tune portraits me.png --latents out/me.safetensors "
        "--out out/mine.safetensors"
    )

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            *generator_parameters(),
            *photo_parameters(),
            click.Option(
                ["--latents"],
                type=click.Path(),
                required=True,
                help="file of the photographs' latents, in the same order, as invert writes it "
                "(.npz, .npy, .pt, .safetensors)",
            ),
            click.Option(
                ["--latents-space"],
                type=click.Choice([space.value for space in LatentSpace]),
                help="latent space of a file of other programs; default what its name and shape "
                "say",
            ),
            click.Option(["--steps"], type=int, default=150, help="steps; default 150"),
            click.Option(
                ["--rate"],
                type=float,
                default=RATE,
                help=f"size of the first steps, as a share of the weights; default {RATE:g}",
            ),
            click.Option(
                ["--locality"],
                type=float,
                default=LOCALITY,
                help="how much other images should stay as they are; 0 is closer to the "
                f"photographs and takes half the time; default {LOCALITY:g}",
            ),
            *output_file(None, "file of what changed", ".safetensors", keep=True),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        gan = open_generator(options)
        codes = load_latents(options.latents, gan, space=options.latents_space)
        photos = read_photos(gan, options.photos, options.boxes)
        mask = read_masks(gan, options.masks, len(photos))
        with output.progress("tuning") as progress:
            tuned = tune(
                gan,
                codes,
                photos,
                options.steps,
                rate=options.rate,
                locality=options.locality,
                mask=mask,
                progress=progress,
            )
        path = save_tuned(tuned, gan, options.out)
        output.add_file(path)
        facts = tuned.details[TUNED]
        rows = list(zip(options.photos, facts["psnr_before"], facts["psnr_after"], strict=True))
        for photo, before, after in rows:
            output.print(f"{photo.name}: {before:.1f} dB before, {after:.1f} dB after")
        output.print(
            f"It is opened together with {facts['base_file'] or 'its base'}, which it was tuned "
            "from: a bundled generator, or a file beside it"
        )
        return {
            "base": gan.spec.fingerprint,
            "fingerprint": tuned.spec.fingerprint,
            "bytes": path.stat().st_size,
            "photos": [
                {"photo": str(photo), "psnr_before": before, "psnr_after": after}
                for photo, before, after in rows
            ],
        }


COMMAND = Tune()
