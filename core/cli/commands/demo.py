"""`demo`: find levers with a bundled generator and draw them on labelled pages."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import torch

from ...concepts.directions import Directions
from ...concepts.generator import Generator
from ...concepts.latent_code import LatentCode
from ...concepts.region import Region
from ...edits.strength import inside_outside
from ...edits.sweep import SweepOptions, SweepRow, plan_sweep
from ...files.writing import save_directions
from ...generators.rendering import render
from ...jacobians.cache import JacobianCache
from ...jacobians.options import JacobianOptions
from ...levers.factorization import resefa, sefa
from ...pictures.contact_sheet import contact_sheet
from ...pictures.images import sized_for_sheet
from ...pictures.pages import PageLayout, draw_sweep, sweep_page
from ...regions.presets import presets_for
from ...regions.shapes import region_from_shapes
from ..codes import code_name, code_parameters, draw_codes, seeds_of
from ..command import AbstractCommand, Options, Output
from ..facts import page_facts, sweep_facts
from ..options import (
    generator_parameters,
    open_generator,
)
from ..outputs import output_folder, unused_path

_PARTS = ("mouth", "eyes")
"""Regions for which levers are found."""

_LEVERS = 6
"""Levers on a page."""

_STRIPS = 2
"""Leading levers that are also drawn on every seed."""

_STEPS = 5
"""Images per row, from one side to the other; the middle one is unchanged."""

_BOLD, _SAFE = 1.5, 6.0
"""Factor on the clearly visible strength of a lever, and the strength in standard deviations up to
which it applies."""

_FARTHEST = 10.0
"""Largest strength in standard deviations; beyond it the weaker levers break a face."""

_TILE = 192
"""Side of an image on a page in pixels."""


class Demo(AbstractCommand):
    """Writes levers of SeFa and ReSeFa, and pages that show them on seeds."""

    example = "latent-levers demo --out out"

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            *generator_parameters("portraits-128"),
            *code_parameters("0-7"),
            output_folder("out"),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        start = time.monotonic()
        gan = open_generator(options)
        codes = draw_codes(gan, options)
        pages = _Pages(gan, codes, options, output)
        name = Path(options.generator).stem
        height, width = gan.spec.img_size
        whose = f"seeds {options.seeds}" if options.latents is None else f"{len(codes)} codes"
        output.print(f"{name}: {width} x {height} pixels, {whose}")
        pages.seeds(f"{name}_seeds.png")
        # The second region reuses the Jacobian stored for the first.
        jacobian = JacobianOptions(cache=JacobianCache())
        changes = {"sefa": pages.levers(sefa(gan, count=_LEVERS), "sefa", "the whole image", None)}
        for part in _PARTS:
            region = region_from_shapes(part, gan.spec.img_size, presets_for(gan.details))
            with output.progress(f"measuring the {part}") as progress:
                levers = resefa(
                    gan,
                    codes,
                    region,
                    space=gan.spec.native_space,
                    count=_LEVERS,
                    progress=progress,
                    effort=jacobian,
                )
            output.print(f"Levers of the {part}:")
            changes[part] = pages.levers(levers, f"resefa_{part}", f"the {part}", region)
        seconds = time.monotonic() - start
        output.print(f"Done in {seconds:.0f} seconds.")
        return {"seconds": round(seconds, 1), "change": changes}


@dataclass
class _Pages:
    """Draws and writes the pages of one generator and its codes."""

    gan: Generator
    codes: LatentCode
    options: Options
    output: Output

    def seeds(self, name: str) -> None:
        """Draw the unchanged images."""
        images = sized_for_sheet(render(self.gan, self.codes, self.options.noise), side=_TILE)
        labels = self._names()
        page = contact_sheet(images, min(8, len(images)), labels)
        self.output.save_picture(self.options.out / name, page, self._facts())

    def _names(self) -> list[str]:
        """Labels of the images."""
        return [code_name(seed, row) for row, seed in enumerate(seeds_of(self.codes))]

    def levers(
        self, levers: Directions, stem: str, target: str, region: Region | None
    ) -> list[dict[str, float]]:
        """Save levers, draw all of them on one image, and the first ones on every image.

        Args:
            levers: The directions.
            stem: Start of the names of the files.
            target: What they change, for titles.
            region: Where the change must be visible; none means the whole image.

        Returns:
            Mean squared change of each lever inside and outside its region.
        """
        folder: Path = self.options.out
        path = unused_path(folder / f"{stem}.safetensors")
        self.output.add_file(save_directions(levers, path))
        title = f"Levers of {target}, strength in sigma"
        images, _ = self._page(levers, range(len(levers)), f"{stem}_levers.png", title, region)
        for index in range(min(_STRIPS, len(levers))):
            title = f"{levers.label(index)} of {target}"
            name = f"{stem}_lever{index}"
            strip, planned = self._page(
                levers, [index], f"{name}_strip.png", f"{title}, strength in sigma", region
            )
            rows = strip.reshape(-1, _STEPS, *strip.shape[1:])  # [N, steps, C, H, W]
            sides = torch.cat([rows[:, 0], rows[:, _STEPS // 2], rows[:, -1]])
            page = contact_sheet(
                sized_for_sheet(sides, side=_TILE),
                len(rows),
                self._names(),
                ["pulled back", "before", "pulled"],
                f"{title}, before and after",
            )
            ends = [replace(row, strengths=row.strengths[:: _STEPS // 2]) for row in planned]
            facts = {**self._facts(levers, index), **sweep_facts(levers, ends, "sigma")}
            self.output.save_picture(folder / f"{name}_before_after.png", page, facts)
        return [] if region is None else _changes(images, levers, region, self.output)

    def _page(
        self,
        levers: Directions,
        indices: range | list[int],
        name: str,
        title: str,
        region: Region | None,
    ) -> tuple[torch.Tensor, list[SweepRow]]:
        """Draw a page of levers, and return the images on it and its rows."""
        codes = self.codes if len(indices) == 1 else self.codes[0]
        rows: list[SweepRow] = []
        with self.output.progress(name) as progress:
            for number in range(len(codes)):
                # Planned per image, since the visible strength differs between images.
                options = SweepOptions(steps=_STEPS, region=region)
                planned = plan_sweep(self.gan, codes[number], levers, indices, options)
                rows += [replace(_stretched(row), row=number) for row in planned]
                progress(number + 1, len(codes))
        noise = self.options.noise
        images, _ = draw_sweep(self.gan, self.codes, levers, rows, noise_mode=noise)
        page = sweep_page(images, rows, levers, PageLayout(title, tile=_TILE))
        index = indices[0] if len(indices) == 1 else None
        facts = {**self._facts(levers, index), **sweep_facts(levers, rows, "sigma")}
        self.output.save_picture(self.options.out / name, page, facts)
        return images, rows

    def _facts(self, levers: Directions | None = None, index: int | None = None) -> dict[str, Any]:
        """Text chunks of the pages."""
        return {
            **page_facts(self.gan, self.options),
            "direction": None if levers is None or index is None else levers.label(index),
            "method": None if levers is None else levers.method,
        }


def _stretched(row: SweepRow) -> SweepRow:
    """Scale the strengths of a row: by `_BOLD` up to `_SAFE`, and to `_FARTHEST` at most."""
    most = max(abs(strength) for strength in row.strengths)
    farthest = min(max(most, min(_BOLD * most, _SAFE)), _FARTHEST)
    scale = farthest / most
    return replace(row, strengths=tuple(round(strength * scale, 2) for strength in row.strengths))


def _changes(
    images: torch.Tensor, levers: Directions, region: Region, output: Output
) -> list[dict[str, float]]:
    """Measure and print how regional each lever of a page is."""
    rows = images.reshape(len(levers), _STEPS, *images.shape[1:])
    inside, outside = inside_outside(rows[:, _STEPS // 2], rows[:, -1], region)
    changes: list[dict[str, float]] = []
    for index, (within, without) in enumerate(zip(inside.tolist(), outside.tolist(), strict=True)):
        ratio = within / max(without, 1e-12)
        changes.append({"inside": within, "outside": without, "ratio": ratio})
        output.print(f"  {levers.label(index)}: {ratio:.1f} times as much change inside as outside")
    return changes


COMMAND = Demo()
