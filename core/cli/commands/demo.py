"""`demo`: the main job on a bundled generator, from nothing to pages of pulled levers."""

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
from ..command import AbstractCommand, Options, Talk
from ..options import code_parameters, draw_codes, generator_parameters, open_generator

_PARTS = ("mouth", "eyes")
"""Regions whose levers are looked for."""

_LEVERS = 6
"""Levers on a page."""

_STRIPS = 2
"""Levers that are shown on every seed."""

_STEPS = 5
"""Pictures per row, from one side to the other; the middle one is the unchanged image."""

_BOLD, _SAFE = 1.5, 6.0
"""How much farther than plain to see a lever is pulled, up to so many standard deviations."""

_FARTHEST = 10.0
"""Standard deviations beyond which the weaker levers break a face rather than change it."""

_TILE = 192
"""Side of a picture on a page in pixels."""


class Demo(AbstractCommand):
    """SeFa and ReSeFa on some seeds, as pages, strips and files of levers."""

    example = "latent-levers demo --out out"

    def parameters(self) -> list[click.Parameter]:
        """A generator, seeds, a folder."""
        return [
            *generator_parameters(),
            *code_parameters("0-7"),
            click.Option(
                ["--out"],
                type=click.Path(path_type=Path),
                default=Path("out"),
                help="folder; default out",
            ),
        ]

    def run(self, options: Options, talk: Talk) -> dict[str, Any]:
        """All of it."""
        begun = time.monotonic()
        gan = open_generator(options)
        codes = draw_codes(gan, options)
        scene = _Scene(gan, codes, options, talk)
        name = Path(options.generator).stem
        height, width = gan.spec.img_size
        talk.say(f"{name}: {width} x {height} pixels, seeds {options.seeds}")
        scene.seeds(f"{name}_seeds.png")
        # The second region reuses the Jacobian stored for the first.
        effort = JacobianOptions(cache=JacobianCache())
        changes = {"sefa": scene.levers(sefa(gan, count=_LEVERS), "sefa", "the whole image", None)}
        for part in _PARTS:
            region = region_from_shapes(part, gan.spec.img_size, presets_for(gan.details))
            with talk.bar(f"measuring the {part}") as bar:
                levers = resefa(
                    gan,
                    codes,
                    region,
                    space=gan.spec.native_space,
                    count=_LEVERS,
                    progress=bar,
                    effort=effort,
                )
            talk.say(f"Levers of the {part}:")
            changes[part] = scene.levers(levers, f"resefa_{part}", f"the {part}", region)
        seconds = time.monotonic() - begun
        talk.say(f"Done in {seconds:.0f} seconds.")
        return {"seconds": round(seconds, 1), "change": changes}


@dataclass
class _Scene:
    """A generator with its images, and the folder that fills up."""

    gan: Generator
    codes: LatentCode
    options: Options
    talk: Talk

    def seeds(self, name: str) -> None:
        """The unchanged images."""
        images = sized_for_sheet(render(self.gan, self.codes, self.options.noise), wanted=_TILE)
        labels = [f"seed {seed}" for seed in self.codes.seeds or ()]
        page = contact_sheet(images, min(8, len(images)), labels)
        self.talk.picture(self.options.out / name, page, self._facts())

    def levers(
        self, levers: Directions, stem: str, what: str, region: Region | None
    ) -> list[dict[str, float]]:
        """Save levers, draw them all on one image, and the first ones on every image.

        Args:
            levers: The directions.
            stem: How the names of the files begin.
            what: What they move, for titles.
            region: Where they shall show; none means everywhere.

        Returns:
            Mean squared change of each lever inside and outside its region.
        """
        folder: Path = self.options.out
        self.talk.wrote(save_directions(levers, folder / f"{stem}.safetensors"))
        title = f"Levers of {what}, strength in sigma"
        images = self._page(levers, range(len(levers)), f"{stem}_levers.png", title, region)
        for index in range(min(_STRIPS, len(levers))):
            title = f"{levers.label(index)} of {what}"
            name = f"{stem}_lever{index}"
            strip = self._page(
                levers, [index], f"{name}_strip.png", f"{title}, strength in sigma", region
            )
            rows = strip.reshape(-1, _STEPS, *strip.shape[1:])  # [N, steps, C, H, W]
            sides = torch.cat([rows[:, 0], rows[:, _STEPS // 2], rows[:, -1]])
            page = contact_sheet(
                sized_for_sheet(sides, wanted=_TILE),
                len(rows),
                [f"seed {seed}" for seed in self.codes.seeds or ()],
                ["pulled back", "before", "pulled"],
                f"{title}, before and after",
            )
            facts = self._facts(levers, index)
            self.talk.picture(folder / f"{name}_before_after.png", page, facts)
        return [] if region is None else _changes(images, levers, region, self.talk)

    def _page(
        self,
        levers: Directions,
        indices: range | list[int],
        name: str,
        title: str,
        region: Region | None,
    ) -> torch.Tensor:
        """One page of levers; the images on it."""
        codes = self.codes if len(indices) == 1 else self.codes[0]
        rows: list[SweepRow] = []
        with self.talk.bar(name) as bar:
            for number in range(len(codes)):
                # Image by image: what opens one mouth may hardly move another.
                options = SweepOptions(steps=_STEPS, region=region)
                planned = plan_sweep(self.gan, codes[number], levers, indices, options)
                rows += [replace(_stretched(row), row=number) for row in planned]
                bar(number + 1, len(codes))
        noise = self.options.noise
        images, _ = draw_sweep(self.gan, self.codes, levers, rows, noise_mode=noise)
        page = sweep_page(images, rows, levers, PageLayout(title, tile=_TILE))
        index = indices[0] if len(indices) == 1 else None
        self.talk.picture(self.options.out / name, page, self._facts(levers, index))
        return images

    def _facts(self, levers: Directions | None = None, index: int | None = None) -> dict[str, Any]:
        """What the pictures say of themselves."""
        return {
            "seeds": self.options.seeds,
            "direction": None if levers is None or index is None else levers.label(index),
            "method": None if levers is None else levers.method,
            "generator": self.gan.spec.fingerprint,
            "truncation": self.options.truncation,
        }


def _stretched(row: SweepRow) -> SweepRow:
    """Raise the strengths of a row up to a safe limit, and limit those that break a face."""
    most = max(abs(strength) for strength in row.strengths)
    reach = min(max(most, min(_BOLD * most, _SAFE)), _FARTHEST)
    share = reach / most
    return replace(row, strengths=tuple(round(strength * share, 2) for strength in row.strengths))


def _changes(
    images: torch.Tensor, levers: Directions, region: Region, talk: Talk
) -> list[dict[str, float]]:
    """Say how regional each lever of a page is."""
    rows = images.reshape(len(levers), _STEPS, *images.shape[1:])
    inside, outside = inside_outside(rows[:, _STEPS // 2], rows[:, -1], region)
    changes: list[dict[str, float]] = []
    for index, (within, without) in enumerate(zip(inside.tolist(), outside.tolist(), strict=True)):
        times = within / max(without, 1e-12)
        changes.append({"inside": within, "outside": without, "ratio": times})
        talk.say(f"  {levers.label(index)}: {times:.1f} times as much change inside as outside")
    return changes


COMMAND = Demo()
