"""Latent codes to images, in chunks that fit into memory."""

from __future__ import annotations

import torch
from torch import Tensor

from ..base.execution import in_chunks, plain_tensors
from ..base.progress import Progress
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode
from ..concepts.network import GeneratorSpec
from .user_transform import sampling_transform

_BYTES_ON_CPU = 1 << 27
"""Memory for the features of one chunk on the CPU; larger chunks only exceed its caches."""

_BYTES_ELSEWHERE = 1 << 31
"""The same on a GPU that does not report its free memory; out of memory halves the chunk."""

_SHARE_OF_FREE = 0.25
"""The same on other GPUs, as a share of the free memory: a GPU needs large chunks."""


def features_per_item(spec: GeneratorSpec) -> int:
    """Rough memory for the features of one image or tangent.

    Args:
        spec: Facts of the generator.

    Returns:
        Bytes: six copies of the widest layer in float32 (input, output, noise and their tangents).
    """
    height, width = spec.img_size
    shape = height * width / max(height, width) ** 2  # below 1 for a non-square image
    layers = (layer.channels * layer.resolution**2 for layer in spec.layers)
    widest = max(*layers, spec.img_channels * spec.img_resolution**2) * shape
    return int(6 * 4 * max(widest, spec.widest))


def chunk_that_fits(spec: GeneratorSpec, device: torch.device, limit: int = 256) -> int:
    """How many images or tangents to compute at once.

    Args:
        spec: Facts of the generator.
        device: Device of the network.
        limit: Upper bound; larger chunks are not faster.

    Returns:
        From 1 to `limit`.
    """
    budget = _BYTES_ON_CPU if device.type == "cpu" else _BYTES_ELSEWHERE
    if device.type == "cuda":
        budget = int(torch.cuda.mem_get_info(device)[0] * _SHARE_OF_FREE)
    return max(1, min(limit, budget // features_per_item(spec)))


def batch_that_fits(spec: GeneratorSpec, device: torch.device) -> int:
    """How many images to compute at once where the number must be the same every time.

    Args:
        spec: Facts of the generator.
        device: Device of the network.

    Returns:
        From 1 to 8 on a CPU, whose caches hold no more, and to 16 elsewhere; it depends on the kind
        of device, not on its free memory.
    """
    on_cpu = device.type == "cpu"
    budget, limit = (_BYTES_ON_CPU, 8) if on_cpu else (_BYTES_ELSEWHERE, 16)
    return max(1, min(limit, budget // features_per_item(spec)))


def render(
    gan: Generator,
    codes: LatentCode,
    noise_mode: str = "const",
    progress: Progress | None = None,
    *,
    rotation: float = 0.0,
    translation: tuple[float, float] = (0.0, 0.0),
) -> Tensor:
    """Render the images of latent codes.

    Args:
        gan: The generator.
        codes: N codes.
        noise_mode: "const" (as stored in the file), "none", or "random" (from each code's seed).
        progress: Called with (done, total) images; an exception raised from it cancels.
        rotation: StyleGAN3 only: rotation in degrees, counterclockwise about the centre, after the
            transform of the file. Must be 0 for other generators.
        translation: StyleGAN3 only: shift to the right and down after the rotation, in image
            widths. Must be 0 for other generators.

    Returns:
        `[N, img_channels, H, W]` float32 on the CPU, nominal range [-1, 1], not clamped.

    Raises:
        LatentError: The codes do not fit the generator, the noise mode is unknown, or the generator
            cannot rotate or translate.
    """
    gan.check(codes)

    def draw(start: int, stop: int) -> Tensor:
        part = codes[start:stop]
        images = gan.draw_codes(part, noise_mode, transform)
        return images.to("cpu", torch.float32)

    with plain_tensors():
        transform = sampling_transform(gan, rotation, translation)
        chunk = chunk_that_fits(gan.spec, gan.device, limit=16)
        return torch.cat(in_chunks(len(codes), chunk, draw, progress))
