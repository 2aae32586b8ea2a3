"""Rows of inversion: the encoder alone, W, W+, and Adam to compare with."""

from __future__ import annotations

import time
from collections.abc import Callable

import latent_levers as ll
from latent_levers.core.photos.likeness import psnr
from torch import Tensor

from .adam import by_adam
from .faces import Subject, own_samples
from .table import Bar, PhotoRow

MANY = 4000
"""Images that the second encoder learns from; the seconds of its row hold its preparation."""


def inversion_rows(subject: Subject) -> list[PhotoRow]:
    """Find all photographs in each way.

    Args:
        subject: Generator and photographs.

    Returns:
        A row for each way.
    """
    gan, photos = subject.gan, subject.photos
    start = time.perf_counter()
    inverter = ll.prepare_inversion(gan)
    print(f"prepared in {time.perf_counter() - start:.1f} s", flush=True)

    def found(space: str, steps: int) -> Callable[[], Tensor]:
        return lambda: ll.invert(gan, photos, space, steps=steps, inverter=inverter).reconstruction

    def many() -> Tensor:
        learned = ll.prepare_inversion(gan, samples=MANY)
        return ll.invert(gan, photos, "W", steps=0, inverter=learned).reconstruction

    ways: list[tuple[str, Callable[[], Tensor]]] = [
        ("encoder alone", found("W", 0)),
        (f"encoder alone, {MANY:,} images", many),
        ("W, 20 evaluations", found("W", 20)),
        ("W, 40 evaluations", found("W", 40)),
        ("W, Adam from the mean, 200", lambda: by_adam(gan, photos, inverter, "W")),
        ("W+, 40 evaluations", found("W+", 40)),
        ("W+, Adam from the mean, 200", lambda: by_adam(gan, photos, inverter, "W+")),
        ("S, 60 evaluations", found("S", 60)),
    ]
    rows: list[PhotoRow] = []
    for name, way in ways:
        start = time.perf_counter()
        images = way()
        seconds = (time.perf_counter() - start) / len(photos)
        error = subject.attribute_error(images)
        rows.append(PhotoRow.of(name, psnr(images, photos), error, seconds))
        print(rows[-1].line(), flush=True)
    own = own_samples(gan)
    start = time.perf_counter()
    images = ll.invert(gan, own, inverter=inverter).reconstruction
    seconds = (time.perf_counter() - start) / len(own)
    rows.append(PhotoRow.of("own samples, W, 40 evaluations", psnr(images, own), None, seconds))
    print(rows[-1].line(), flush=True)
    return rows


def inversion_bars(rows: list[PhotoRow]) -> list[Bar]:
    """What is asked of the rows.

    Args:
        rows: Of `inversion_rows`.

    Returns:
        Bars, with what was measured.
    """
    by = {row.name: row for row in rows}
    encoder, w, w_adam = (
        by["encoder alone"], by["W, 20 evaluations"], by["W, Adam from the mean, 200"],
    )  # fmt: skip
    plus, plus_adam = by["W+, 40 evaluations"], by["W+, Adam from the mean, 200"]
    own = by["own samples, W, 40 evaluations"]
    many = by[f"encoder alone, {MANY:,} images"]
    assert encoder.attributes is not None
    assert many.attributes is not None
    return [
        Bar("encoder alone, dB", encoder.psnr, 16.5),
        Bar("encoder alone, attribute error in deviations", encoder.attributes, 0.5, most=True),
        Bar(f"the same of {MANY:,} images", many.attributes, 0.5, most=True),
        Bar("W, 20 evaluations, dB", w.psnr, 23.5),
        Bar("W, 20 evaluations, over Adam's 200, dB", w.psnr - w_adam.psnr, 0.0),
        Bar("W+, 40 evaluations, over Adam's 200, dB", plus.psnr - plus_adam.psnr, -0.3),
        Bar("own samples, mean, dB", own.psnr, 38.0),
        Bar("own samples, worst, dB", own.worst, 28.0),
    ]
