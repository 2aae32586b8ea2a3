"""`edit`: images with a lever pulled, one PNG each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ...base.parsing import read_indices, read_numbers
from ...edits.variations import apply_variations, plan_variations, signed
from ...generators.rendering import render
from ...pictures.contact_sheet import contact_sheet
from ...pictures.images import sized_for_sheet, to_bytes
from ..command import AbstractCommand, Options, Output
from ..motion import motion, motion_facts, motion_parameters
from ..options import (
    code_parameters,
    draw_codes,
    generator_parameters,
    open_generator,
    open_levers,
    pull_options,
    pull_parameters,
    pulled_facts,
)


class Edit(AbstractCommand):
    """Pulls each lever at each strength on each seed."""

    example = (
        "latent-levers edit portraits --levers out/mouth.safetensors --index 0 --strength=-3,3 "
        "--out out/open"
    )

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            *generator_parameters(),
            *code_parameters("0-7"),
            *motion_parameters(),
            *pull_parameters("0", "3"),
            click.Option(
                ["--out"],
                type=click.Path(path_type=Path),
                default=Path("out/edit"),
                help="folder; default out/edit",
            ),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        gan = open_generator(options)
        levers = open_levers(gan, options)
        codes = draw_codes(gan, options)
        seeds = codes.seeds or ()
        strengths = read_numbers(options.strengths)
        indices = read_indices(options.indices, len(levers))
        plan = plan_variations(seeds, levers, indices, strengths)
        edited = apply_variations(codes, levers, plan, pull_options(options))
        with output.progress("rendering") as progress:
            images = render(gan, edited, options.noise, progress, **motion(options))
        facts: list[dict[str, Any]] = []
        for variation, picture in zip(plan, to_bytes(images), strict=True):
            ((index, strength),) = variation.pulls
            name = f"seed{variation.seed:04d}_lever{index}_{signed(strength)}.png"
            pulled = pulled_facts(gan, levers, variation, options)
            facts.append({**pulled, **motion_facts(options)})
            output.save_picture(options.out / name, picture, facts[-1])
        labels = [f"{levers.label(i)} {signed(s)}" for i in indices for s in strengths]
        page = contact_sheet(
            sized_for_sheet(images, side=192),
            len(labels),
            labels,
            [f"seed {seed}" for seed in seeds],
            f"Strength in {options.unit}",
        )
        output.save_picture(options.out / "sheet.png", page, {"generator": gan.spec.fingerprint})
        return {"images": facts}


COMMAND = Edit()
