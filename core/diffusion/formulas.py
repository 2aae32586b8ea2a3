"""Plain formulas of operations that lack a derivative, or whose derivative is silently wrong."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

_SCORE_BYTES = 64 << 20
"""Most bytes of attention scores at a time."""


def attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    **more: Any,
) -> Tensor:
    """Attention for some queries at a time, as `scaled_dot_product_attention` defines it.

    Args:
        query: `[..., L, E]`.
        key: `[..., S, E]`.
        value: `[..., S, V]`.
        attn_mask: Bool (true takes part) or added to the scores; broadcasts to `[..., L, S]`.
        dropout_p: Ignored: a derivative is taken of a network that does not train.
        is_causal: Whether queries see only keys up to their own index.
        more: scale, the factor of the scores, `1 / sqrt(E)` if none; enable_gqa, whether several
            heads of queries share one of keys.

    Returns:
        `[..., L, V]`.
    """
    scale = more.get("scale")
    if more.get("enable_gqa", False):
        shared = query.shape[-3] // key.shape[-3]
        key, value = key.repeat_interleave(shared, -3), value.repeat_interleave(shared, -3)
    factor = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    length, keys = query.shape[-2], key.shape[-2]
    row = keys * query[..., 0, 0].numel() * max(4, query.element_size())
    step = max(1, _SCORE_BYTES // max(row, 1))
    parts: list[Tensor] = []
    for start in range(0, length, step):
        stop = min(start + step, length)
        scores = (query[..., start:stop, :] * factor) @ key.transpose(-2, -1)  # [..., l, S]
        if is_causal:
            seen = torch.arange(keys, device=query.device)
            own = torch.arange(start, stop, device=query.device)
            scores = scores.masked_fill(seen > own[:, None], -math.inf)
        if attn_mask is not None:
            rows = attn_mask if attn_mask.shape[-2] == 1 else attn_mask[..., start:stop, :]
            if rows.dtype == torch.bool:
                scores = scores.masked_fill(~rows, -math.inf)
            else:
                scores = scores + rows
        wide = scores.to(torch.promote_types(scores.dtype, torch.float32))
        parts.append(wide.softmax(-1).to(value.dtype) @ value)
    return torch.cat(parts, dim=-2)


def rotate_pairs(x: Tensor, rotations: Tensor) -> Tensor:
    """Rotary position embedding of adjacent pairs (Su et al., arXiv:2104.09864).

    Args:
        x: `[..., L, E]`.
        rotations: `[..., at least L, E / 2, 2, 2]`: a matrix for each pair.

    Returns:
        `[..., L, E]`, of the type of `x`.
    """
    pairs = x.to(rotations.dtype).unflatten(-1, (-1, 2))  # [..., L, E / 2, 2]
    return _rotated(pairs, rotations, x.shape[-2]).flatten(-2).to(x.dtype)


def rotate_halves(x: Tensor, rotations: Tensor) -> Tensor:
    """Rotary position embedding, where an entry's partner is half the width away.

    Args:
        x: `[..., L, E]`.
        rotations: `[..., at least L, E / 2, 2, 2]`: a matrix for each pair.

    Returns:
        `[..., L, E]`, of the type of `x`.
    """
    pairs = x.to(rotations.dtype).unflatten(-1, (2, -1)).transpose(-2, -1)
    turned = _rotated(pairs, rotations, x.shape[-2])
    return turned.transpose(-2, -1).flatten(-2).to(x.dtype)


def _rotated(pairs: Tensor, rotations: Tensor, length: int) -> Tensor:
    """Pairs `[..., L, E / 2, 2]` times their matrices."""
    if 1 < length < rotations.shape[-4]:
        rotations = rotations.narrow(-4, 0, length)
    return (rotations * pairs[..., None, :]).sum(-1)


def _of_two(
    rotate: Callable[[Tensor, Tensor], Tensor],
) -> Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]:
    """The same rotation of queries and of keys, both `[..., L, E]`."""

    def both(q: Tensor, k: Tensor, rotations: Tensor) -> tuple[Tensor, Tensor]:
        return rotate(q, rotations), rotate(k, rotations)

    return both


rotate_pairs_of_two = _of_two(rotate_pairs)
"""`rotate_pairs` of queries and of keys: from both and the rotations to both."""

rotate_halves_of_two = _of_two(rotate_halves)
"""`rotate_halves` of queries and of keys: from both and the rotations to both."""
