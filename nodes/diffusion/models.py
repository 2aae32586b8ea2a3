"""What a model of ComfyUI is: its type, its hash, its colours."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from ...core.diffusion.denoised_map import STEPS

_SAMPLED = 16
"""Numbers of each tensor that go into the hash of a model, which would else take a minute."""


def compute_dtype(model: Any) -> torch.dtype:
    """The type in which a model's network computes, which may be stored in another.

    Args:
        model: ComfyUI's model.

    Returns:
        One of those that have a step of central differences.
    """
    base = model.model
    given = base.manual_cast_dtype
    dtype = base.get_dtype() if given is None else given
    return dtype if dtype in STEPS else torch.bfloat16


def model_hash(model: Any) -> str:
    """Identify a model by names, shapes and some numbers of its weights, and by its patches.

    Args:
        model: ComfyUI's model.

    Returns:
        16 hex digits; the same whether patches are in the weights at the time or not.
    """
    digest = hashlib.sha256()
    for name, tensor in sorted(model.model.diffusion_model.state_dict().items()):
        digest.update(f"{name}{tuple(tensor.shape)}".encode())
        patches = model.patches.get(f"diffusion_model.{name}")
        if patches:
            for strength, change, kept, *_ in patches:
                some = [_some_numbers(each) for each in _tensors(change)]
                digest.update(f"{strength, kept, some}".encode())
        else:
            digest.update(str(_some_numbers(tensor)).encode())
    return digest.hexdigest()[:16]


def _tensors(change: Any) -> Iterator[Tensor]:
    """The tensors of a patch: it may be one, hold some, or be an adapter such as a LoRA."""
    if isinstance(change, Tensor):
        yield change
    elif isinstance(change, tuple | list):
        for part in change:
            yield from _tensors(part)
    elif hasattr(change, "weights"):
        yield from _tensors(change.weights)


def _some_numbers(tensor: Tensor) -> list[float]:
    """Numbers of a tensor, at equal distances."""
    flat = tensor.detach().reshape(-1)
    return flat[:: max(1, flat.numel() // _SAMPLED)][:_SAMPLED].float().cpu().tolist()


def quick_pictures(model: Any, latents: Sequence[Tensor]) -> Tensor:
    """Pictures of latents by a linear map to colours, ComfyUI's own where the model has one.

    Args:
        model: ComfyUI's model.
        latents: `[1, C, (T,) H, W]` each, as the network sees them.

    Returns:
        `[N, 3, H, W]`, nominal range [-1, 1].
    """
    given = model.model.latent_format
    flat = torch.cat(
        [each.reshape(1, each.shape[1], -1, *each.shape[-2:])[:, :, 0] for each in latents]
    )
    if given.latent_rgb_factors is None or len(given.latent_rgb_factors) != flat.shape[1]:
        draw = torch.Generator().manual_seed(0)
        factors = torch.randn(flat.shape[1], 3, generator=draw) / flat.shape[1] ** 0.5
        bias = torch.zeros(3)
    else:
        factors = torch.tensor(given.latent_rgb_factors)
        found = getattr(given, "latent_rgb_factors_bias", None)
        bias = torch.zeros(3) if found is None else torch.tensor(found)
    return torch.einsum("nchw,cr->nrhw", flat, factors) + bias[:, None, None]
