"""Scores of images: what they may return, their deviations over random codes, their Jacobian."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor

from ..base.errors import SolveError
from ..base.execution import full_precision, in_chunks, plain_tensors
from ..base.progress import Progress
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode
from ..generators.rendering import chunk_that_fits
from ..jacobians.image_map import image_map
from ..jacobians.options import Derivative
from ..latents.sampling import sample_latents

Score = Callable[[Tensor], Tensor]
"""From images `[N, C, H, W]`, nominal range [-1, 1], on the generator's device, to `[N]` or
`[N, A]`. For a lever it must be differentiable by `torch.func`."""

RANDOM_CODES = 256
"""Random codes over which the deviations of scores are taken; their seeds are 0 to 255."""

_STILL = 1e-6
"""Share of the largest deviation below which a score counts as constant."""


def read_scores(score: Score, images: Tensor) -> Tensor:
    """Call a score and check what it returns.

    Args:
        score: The score.
        images: `[N, C, H, W]`, nominal range [-1, 1].

    Returns:
        `[N, A]`; A is 1 where the score returned `[N]`.

    Raises:
        SolveError: The score returned something else, or numbers that are not finite.
    """
    found = cast("Callable[[Tensor], object]", score)(images)
    if not isinstance(found, Tensor) or found.ndim not in (1, 2) or len(found) != len(images):
        shape = list(found.shape) if isinstance(found, Tensor) else type(found).__name__
        raise SolveError(
            f"The score returned {shape} for {len(images)} images",
            "a tensor [N], or [N, A] with one column per score",
        )
    return found[:, None] if found.ndim == 1 else found


def scores_of(gan: Generator, codes: LatentCode, score: Score, noise_mode: str = "const") -> Tensor:
    """Scores of the images of codes, without gradients.

    Args:
        gan: The generator.
        codes: N codes.
        score: The score.
        noise_mode: "const" or "none".

    Returns:
        `[N, A]` float64 on the CPU.

    Raises:
        SolveError: The score returned something else, or numbers that are not finite.
    """

    def work(start: int, stop: int) -> Tensor:
        images = gan.draw_codes(codes[start:stop], noise_mode).to(torch.float32)
        return read_scores(score, images).detach().to("cpu").to(torch.float64)

    with plain_tensors():
        found = torch.cat(in_chunks(len(codes), chunk_that_fits(gan.spec, gan.device, 16), work))
    if not torch.isfinite(found).all():
        raise SolveError("The score of an image is NaN or infinite", "finite scores")
    return found


def score_deviations(gan: Generator, score: Score, like: LatentCode | None = None) -> Tensor:
    """Standard deviation of each score over random codes, the unit in which scores are compared.

    Args:
        gan: The generator.
        score: The score.
        like: Codes whose classes the random codes take in turn; none for a generator without.

    Returns:
        `[A]` float64 on the CPU, of `RANDOM_CODES` codes without truncation; 0 for scores that are
        constant.

    Raises:
        SolveError: The score does not return one number, or several, per image.
    """
    labels: Tensor | None = None
    if like is not None and like.labels is not None:
        labels = like.labels[torch.arange(RANDOM_CODES) % len(like)]
    random = sample_latents(gan, RANDOM_CODES, 0, truncation_psi=1.0, labels=labels)
    deviations = scores_of(gan, random, score).std(dim=0)
    return torch.where(deviations > _STILL * deviations.max(), deviations, 0.0)


def score_jacobian(
    gan: Generator, code: LatentCode, score: Score, derivative: Derivative, progress: Progress
) -> Tensor:
    """Jacobian of the scores by a displacement of one code, one vector product per score.

    Args:
        gan: The generator.
        code: One code.
        score: The score.
        derivative: Space, layers and noise; the mode is "exact".
        progress: Called with (done, total) scores; may raise to cancel.

    Returns:
        `[A, D]` float64 on the CPU.

    Raises:
        LatentError: The space or the layers do not fit.
        SolveError: The score is not differentiable, or its derivative is not finite.
        RuntimeError: Memory runs out for a single score, or the score itself fails.
    """
    with plain_tensors(), full_precision():
        image = image_map(gan, code, derivative.space, derivative.layers, derivative.noise_mode)
        try:
            found, pull = torch.func.vjp(
                lambda delta: read_scores(score, image.function(delta)[None])[0], image.point
            )[:2]
            basis = torch.eye(len(found), dtype=found.dtype, device=found.device)

            def rows(start: int, stop: int) -> Tensor:
                return torch.func.vmap(lambda v: pull(v)[0])(basis[start:stop])

            chunk = chunk_that_fits(gan.spec, gan.device)
            jacobian = torch.cat(in_chunks(len(basis), chunk, rows, progress))
        except RuntimeError as error:
            if "grad" not in str(error) and "vmap" not in str(error):
                raise
            raise SolveError(
                f"The score cannot be differentiated ({str(error).splitlines()[0][:100]})",
                "a function of plain PyTorch from images to numbers",
            ) from error
    if not torch.isfinite(jacobian).all():
        raise SolveError("The derivative of the score is NaN or infinite", "finite derivatives")
    return jacobian.detach().to("cpu").to(torch.float64)
