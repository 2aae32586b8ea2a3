"""`python -m bench photos-tuning`: how close tuning comes, and a head turn before and after it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

import latent_levers as ll
import numpy as np
import torch
from latent_levers.core.concepts.latent_code import concatenate
from latent_levers.core.measures.attribute_network import AttributeReader
from latent_levers.core.photos.likeness import psnr
from torch import Tensor

from bench.children import ROOT
from bench.rows import machine
from training.dataset import to_network_range
from training.portraits import ATTRIBUTES, render

from .faces import COUNT, JUDGED, Subject
from .table import Bar, PhotoRow

TURN = "head_turn"
"""The attribute that is edited."""

CHANGE = 0.6
"""How far heads are turned, to the other side; 1 is 24 degrees."""

STRENGTHS = torch.linspace(-14, 14, 57)
"""Strengths in sigma that are tried; that whose reading is nearest to the wanted turn is kept."""

SPACES = ("W", "W+")
"""Spaces in which the photographs' codes are searched for."""


@dataclass(frozen=True)
class HeadTurn:
    """A lever, and what a turned head truly looks like."""

    lever: ll.Directions
    """Found on the generator as it is bundled."""
    reader: AttributeReader
    """Reads attributes off pictures."""
    wanted: Tensor
    """`[N]`: the turn of each."""
    truth: Tensor
    """`[N, 3, 64, 64]`: the same people, drawn with the head turned."""

    @classmethod
    def of(cls, subject: Subject) -> HeadTurn:
        """Find the lever, and draw the people turned.

        Args:
            subject: Generator and photographs.

        Returns:
            The edit.
        """
        gan, reader = subject.gan, subject.reader
        column = ATTRIBUTES.index(TURN)
        turned = subject.attributes.numpy().copy()
        before = turned[:, column]
        turned[:, column] = np.clip(before + np.where(before > 0, -CHANGE, CHANGE), -1, 1)
        faces = ll.sample_latents(gan, 64, 5000)
        lever = ll.score_lever(gan, faces, reader.scores, reader.index(TURN), name=TURN)
        truth = to_network_range(render(turned, 64)).contiguous()
        return cls(lever, reader, torch.from_numpy(turned[:, column].copy()), truth)

    def pulled(self, gan: ll.Generator, code: ll.LatentCode, row: int) -> Tensor:
        """The picture of a code with its head turned as far as is wanted.

        Args:
            gan: The generator, as bundled or tuned.
            code: One code.
            row: Number of the photograph.

        Returns:
            `[1, 3, 64, 64]`.
        """
        pulls = [ll.edit(code, self.lever, index=0, strength=float(s)) for s in STRENGTHS]
        images = ll.render(gan, concatenate(pulls))
        found = self.reader.read(images)[1][:, self.reader.index(TURN)]
        nearest = int((found - self.wanted[row]).abs().argmin())
        return images[nearest : nearest + 1]

    def error(self, images: Tensor) -> Tensor:
        """How far attributes of turned heads are from those of the true ones.

        Args:
            images: `[N, 3, 64, 64]`.

        Returns:
            `[N]`: mean absolute difference over all attributes, in deviations over renders.
        """
        with torch.no_grad():
            found, wanted = self.reader.scores(images), self.reader.scores(self.truth)
        return (found - wanted).abs().mean(dim=1)


def tuning_rows(subject: Subject) -> list[PhotoRow]:
    """Find all photographs, tune a generator for each, and turn the heads before and after.

    Args:
        subject: Generator and photographs.

    Returns:
        Four rows for each space: photographs and turned heads, before and after.
    """
    gan, photos = subject.gan, subject.photos
    turn = HeadTurn.of(subject)
    rows: list[PhotoRow] = []

    def add(name: str, images: Tensor, seconds: float, turned: bool) -> None:
        truth = turn.truth if turned else photos
        error = turn.error(images) if turned else subject.attribute_error(images)
        rows.append(PhotoRow.of(name, psnr(images, truth), error, seconds))
        print(rows[-1].line(), flush=True)

    for space in SPACES:
        start = time.perf_counter()
        found = ll.invert(gan, photos, space)
        codes = found.codes
        add(f"{space}, found", found.reconstruction, (time.perf_counter() - start) / COUNT, False)
        pulled = torch.cat([turn.pulled(gan, codes[row], row) for row in range(len(photos))])
        add(f"{space}, found, turned", pulled, 0.0, True)
        images, turns, seconds = [], [], 0.0
        for row, photo in enumerate(photos):
            start = time.perf_counter()
            tuned = ll.tune(gan, codes[row], photo[None])
            seconds += time.perf_counter() - start
            images.append(ll.render(tuned, codes[row]))
            turns.append(turn.pulled(tuned, codes[row], row))
            print(f"  {row}: {tuned.details['tuned']['psnr_after'][0]} dB", flush=True)
        add(f"{space}, tuned", torch.cat(images), seconds / len(photos), False)
        add(f"{space}, tuned, turned", torch.cat(turns), 0.0, True)
    return rows


def tuning_bars(rows: list[PhotoRow]) -> list[Bar]:
    """What is asked of the rows.

    Args:
        rows: Of `tuning_rows`.

    Returns:
        Bars, with what was measured.
    """
    by = {row.name: row for row in rows}
    bars: list[Bar] = []
    for space in SPACES:
        before, after = by[f"{space}, found, turned"], by[f"{space}, tuned, turned"]
        assert before.attributes is not None
        assert after.attributes is not None
        gain = before.attributes - after.attributes
        bars += [
            Bar(f"{space}, tuned in 150 steps, dB", by[f"{space}, tuned"].psnr, 34.0),
            Bar(f"{space}, head turn after over before, dB", after.psnr - before.psnr, 0.0),
            Bar(f"{space}, head turn, attribute error before over after", gain, 0.0),
        ]
    return bars


def main() -> int:
    """Measure, print and write `out/photos_tuning.json`; bounds that fail leave the code at 0.

    Returns:
        The exit code.
    """
    torch.set_num_threads(1)
    here = machine()
    print(here)
    print(f"{COUNT} renders of seeds from {JUDGED}", flush=True)
    rows = tuning_rows(Subject.load())
    bars = tuning_bars(rows)
    for bar in bars:
        print(bar.line())
    out = ROOT / "out"
    out.mkdir(exist_ok=True)
    content = {"machine": here, "rows": [row.as_json() for row in rows]}
    (out / "photos_tuning.json").write_text(json.dumps(content, indent=1) + "\n")
    return 0
