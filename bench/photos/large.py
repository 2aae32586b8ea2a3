"""Memory and seconds of one photograph at 1,024 pixels, in a process of its own."""

from __future__ import annotations

import time
from typing import Any

import latent_levers as ll
import torch
from latent_levers.core.explorer.photograph import Photograph
from latent_levers.core.photos.fitting.curvature import pyramid_curvature
from latent_levers.core.photos.fitting.encoder import KernelRidge, PictureEncoder, small_pictures
from latent_levers.core.photos.fitting.prior import CodePrior
from latent_levers.core.photos.inverter import options_of
from latent_levers.core.photos.placement import Placement

from bench.networks import load_workload
from bench.peaks import peak_mb

from .table import Bar

STEPS = 4
"""Evaluations that are timed."""

MOST_MB = 6_000.0
"""Most memory beyond the network."""

PHOTO = (2000, 2000)
"""Height and width of the photograph of the slider."""

COLUMNS = 16
"""Columns of the Jacobian that are timed: as many as are pushed at once."""


def run() -> list[dict[str, Any]]:
    """Search with a StyleGAN2 of 1,024 pixels and random weights; the curvature is sampled.

    Returns:
        One row per space.
    """
    gan = load_workload("stylegan2-1024").gan
    target = ll.render(gan, ll.sample_latents(gan, 1, 5, truncation_psi=1.0)).clamp(-1, 1)
    prior = CodePrior.of(gan)
    codes = ll.sample_latents(gan, 16, 100, truncation_psi=1.0)
    pictures = torch.cat([small_pictures(ll.render(gan, codes[i]))[0] for i in range(len(codes))])
    encoder = PictureEncoder(KernelRidge(pictures.float(), prior.whiten(codes.values[:, 0])))
    rows: list[dict[str, Any]] = []
    basis = torch.eye(prior.size, dtype=torch.float64)
    inverter = ll.Inverter(gan.spec.fingerprint, options_of(gan), None, prior, encoder, basis)
    for space in ("W", "W+"):
        start = time.perf_counter()
        steps = STEPS if space == "W" else 2 * STEPS
        _, peak = peak_mb(
            lambda space=space, steps=steps: ll.invert(
                gan, target, space, steps=steps, inverter=inverter
            )
        )
        seconds = (time.perf_counter() - start) / steps
        rows.append({"space": space, "seconds": seconds, "peak_mb": peak})
    rows.append(_columns(gan, prior))
    rows.append(_image(gan, codes[0]))
    rows.append(_slider(gan, codes))
    return rows


def _columns(gan: ll.Generator, prior: CodePrior) -> dict[str, Any]:
    """Time and memory of the columns of the curvature."""
    few = CodePrior(prior.mean, prior.root[:, :COLUMNS].contiguous(), prior.inverse[:COLUMNS])
    start = time.perf_counter()
    _, peak = peak_mb(lambda: pyramid_curvature(gan, ll.average_latent(gan), few))
    seconds = (time.perf_counter() - start) / COLUMNS
    return {"space": "column of the curvature", "seconds": seconds, "peak_mb": peak}


def _image(gan: ll.Generator, code: ll.LatentCode) -> dict[str, Any]:
    """Time and memory of one random image, which the encoder learns from."""
    start = time.perf_counter()
    _, peak = peak_mb(lambda: ll.render(gan, code))
    return {"space": "random image", "seconds": time.perf_counter() - start, "peak_mb": peak}


def _slider(gan: ll.Generator, codes: ll.LatentCode) -> dict[str, Any]:
    """Time and memory of a slider of the explorer: the change in a photograph, as a page has it."""
    side = gan.spec.img_resolution
    grain = torch.rand(1, *PHOTO, 3, generator=torch.Generator().manual_seed(0))
    photo = Photograph(grain)
    placement = Placement.of_box((500.0, 300.0, 1200.0, 1200.0), PHOTO, gan.spec.img_size)
    region = ll.Region.box(side // 2, side // 3, side // 4, side // 3, side)
    before = ll.render(gan, codes[0])
    photo.view  # noqa: B018  (reduced once, when the explorer starts)
    start = time.perf_counter()
    _, peak = peak_mb(
        lambda: photo.view.changed(before, ll.render(gan, codes[1]), region, placement)
    )
    seconds = time.perf_counter() - start
    return {"space": "slider in a photograph of 4 megapixels", "seconds": seconds, "peak_mb": peak}


def large_bars(rows: list[dict[str, Any]]) -> list[Bar]:
    """What is asked of the memory.

    Args:
        rows: Of `run`.

    Returns:
        A bar for each row whose memory the system told.
    """
    return [
        Bar(f"1,024 px, {row['space']}, peak MB", row["peak_mb"], MOST_MB, most=True)
        for row in rows
        if row["peak_mb"] is not None
    ]
