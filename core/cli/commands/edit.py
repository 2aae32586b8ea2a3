"""`edit`: images with a lever pulled, one PNG each."""

from __future__ import annotations

from typing import Any

import click

from ...base.parsing import read_indices, read_numbers
from ...edits.holding.request import change_facts
from ...edits.variations import plan_variations, signed
from ..codes import CodeSource, code_file, code_name, code_parameters
from ..command import AbstractCommand, Options, Output
from ..drawing import check_count, draw_each, draw_edited
from ..facts import edit_facts, pulled_facts
from ..holding import hold_parameters, print_hold, read_hold
from ..motion import motion_parameters
from ..onto import edit_onto
from ..onto_options import check_onto, onto_parameters
from ..options import (
    generator_parameters,
    guard_parameter,
    open_generator,
    open_levers,
    pull_parameters,
)
from ..outputs import output_folder
from ..sheets import (
    close_sheet,
    layout_of,
    open_sheet,
    picture_of,
    sheet_parameters,
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
            *hold_parameters(with_composite=True),
            guard_parameter(),
            *onto_parameters(),
            output_folder("out/edit"),
            *sheet_parameters("the image before and all its edits"),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        check_onto(options)
        gan = open_generator(options)
        levers = open_levers(gan, options)
        if options.onto is not None:
            return edit_onto(gan, levers, read_hold(gan, options), options, output)
        source = CodeSource.of(gan, options)
        check_count(source)
        hold = read_hold(gan, options)
        seeds = source.seeds
        strengths = read_numbers(options.strengths)
        indices = read_indices(options.indices, len(levers))
        plan = plan_variations(seeds, levers, indices, strengths)
        names = {s: signed(s) for s in strengths}
        if len(set(names.values())) < len(names):  # they differ in later decimals only
            names = {s: f"{s:+.9g}" for s in strengths}
        labels = [f"{levers.label(i)} {names[s]}" for i in indices for s in strengths]
        title = f"Strength in {options.unit}"
        total = len(plan) + len(seeds)
        layout = layout_of(gan, options, total, title, ("before", *labels))
        about = edit_facts(gan, levers, indices, strengths, options)
        sheet = open_sheet(layout, options.out, about, output)
        told: list[dict[str, Any]] = []
        with output.progress("rendering") as progress:
            unchanged = draw_each(source)
            for variation, image in zip(
                plan, draw_edited(source, levers, plan, progress, hold), strict=True
            ):
                who = code_name(variation.seed, variation.row)
                if len(told) % len(labels) == 0:
                    sheet.add(next(unchanged), f"{who} before", who)
                ((index, strength),) = variation.pulls
                name = f"{code_file(variation.seed, variation.row)}_lever{index}_{names[strength]}"
                facts = pulled_facts(gan, levers, variation, options)
                path = options.out / f"{name}.png"
                output.save_picture(path, picture_of(image, options), facts)
                sheet.add(image, variation.caption, who)
                told.append({**facts, "strength": strength})
        close_sheet(sheet)
        if hold is not None:
            print_hold(hold, output)
            for entry, change in zip(told, hold.changes, strict=True):
                entry["held"] = change_facts(change)
        return {"images": told}


COMMAND = Edit()
