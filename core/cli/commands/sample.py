"""`sample`: images of seeds, one PNG each."""

from __future__ import annotations

from typing import Any

import click

from ..codes import (
    CodeSource,
    code_facts,
    code_file,
    code_name,
    code_parameters,
    shown_seeds,
)
from ..command import AbstractCommand, Options, Output
from ..drawing import check_count, draw_each
from ..motion import motion_facts, motion_parameters
from ..options import (
    generator_parameters,
    open_generator,
)
from ..outputs import output_folder
from ..sheets import (
    close_sheet,
    layout_of,
    open_sheet,
    picture_of,
    scale_facts,
    sheet_parameters,
)


class Sample(AbstractCommand):
    """Renders the codes of `sampling.sample_latents`."""

    example = "latent-levers sample portraits --seeds 0-7 --out out/seeds"

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            *generator_parameters(),
            *code_parameters("0-7"),
            *motion_parameters(),
            output_folder("out/seeds"),
            *sheet_parameters("as square as possible, up to 8"),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        gan = open_generator(options)
        source = CodeSource.of(gan, options)
        check_count(source)
        seeds = source.seeds
        layout = layout_of(gan, options, len(seeds))
        facts = {
            "generator": gan.spec.fingerprint,
            **code_facts(options),
            **motion_facts(options),
            **scale_facts(options),
        }
        about = {"seeds": shown_seeds(options), **facts}
        sheet = open_sheet(layout, options.out, about, output)
        with output.progress("rendering") as progress:
            for row, image in enumerate(draw_each(source, progress)):
                path = options.out / f"{code_file(seeds[row], row)}.png"
                picture = picture_of(image, options)
                output.save_picture(path, picture, {"seed": seeds[row], **facts})
                sheet.add(image, code_name(seeds[row], row))
        close_sheet(sheet)
        return {"seeds": seeds, **facts}


COMMAND = Sample()
