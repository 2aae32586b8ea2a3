"""`edit`: images with a lever pulled, one PNG each."""

from __future__ import annotations

from typing import Any

import click

from ...base.parsing import read_indices, read_numbers
from ...edits.variations import apply_variations, plan_variations, signed
from ...generators.rendering import render
from ...pictures.contact_sheet import contact_sheet
from ...pictures.images import sized_for_sheet, to_bytes
from ..codes import code_file, code_name, code_parameters, draw_codes, seeds_of
from ..command import AbstractCommand, Options, Output
from ..motion import motion, motion_facts, motion_parameters
from ..options import (
    generator_parameters,
    open_generator,
    open_levers,
    pull_options,
    pull_parameters,
    pulled_facts,
)
from ..outputs import output_folder


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
            output_folder("out/edit"),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        gan = open_generator(options)
        levers = open_levers(gan, options)
        codes = draw_codes(gan, options)
        seeds = seeds_of(codes)
        strengths = read_numbers(options.strengths)
        indices = read_indices(options.indices, len(levers))
        plan = plan_variations(seeds, levers, indices, strengths)
        edited = apply_variations(codes, levers, plan, pull_options(options))
        with output.progress("rendering") as progress:
            images = render(gan, edited, options.noise, progress, **motion(options))
        facts: list[dict[str, Any]] = []
        for variation, picture in zip(plan, to_bytes(images, alpha=True), strict=True):
            ((index, strength),) = variation.pulls
            who = code_file(variation.seed, variation.row)
            name = f"{who}_lever{index}_{signed(strength)}.png"
            pulled = pulled_facts(gan, levers, variation, options)
            facts.append({**pulled, **motion_facts(options)})
            output.save_picture(options.out / name, picture, facts[-1])
        labels = [f"{levers.label(i)} {signed(s)}" for i in indices for s in strengths]
        page = contact_sheet(
            sized_for_sheet(images, side=192),
            len(labels),
            labels,
            [code_name(seed, row) for row, seed in enumerate(seeds)],
            f"Strength in {options.unit}",
        )
        output.save_picture(options.out / "sheet.png", page, {"generator": gan.spec.fingerprint})
        return {"images": facts}


COMMAND = Edit()
