"""Plain formulas against torch's own operations, and against a rotation written out."""

from __future__ import annotations

import math

import pytest
import torch
from latent_levers.core.diffusion import formulas
from torch.nn import functional as F

DRAW = torch.Generator().manual_seed(0)


def normal(*shape: int) -> torch.Tensor:
    """Normal numbers."""
    return torch.randn(*shape, generator=DRAW, dtype=torch.float64)


@pytest.mark.parametrize("chunk", [1 << 30, 1])
def test_attention_is_torchs(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    """Also where the scores of one query alone are above the bound."""
    monkeypatch.setattr(formulas, "_SCORE_BYTES", chunk)
    q, k, v = normal(2, 3, 7, 8), normal(2, 3, 9, 8), normal(2, 3, 9, 5)
    mask, added = torch.rand(7, 9, generator=DRAW) > 0.3, normal(2, 1, 7, 9)
    mask[:, 0] = True
    cases = [{}, {"attn_mask": mask}, {"attn_mask": added}, {"scale": 0.7}]
    cases += [{"attn_mask": added[:, :, :1]}]
    for given in cases:
        expected = F.scaled_dot_product_attention(q, k, v, **given)
        torch.testing.assert_close(
            formulas.attention(q, k, v, **given), expected, rtol=1e-9, atol=1e-12
        )
    causal = F.scaled_dot_product_attention(q, q, q, is_causal=True)
    torch.testing.assert_close(
        formulas.attention(q, q, q, is_causal=True), causal, rtol=1e-9, atol=1e-12
    )
    few = k[:, :1], v[:, :1]
    shared = F.scaled_dot_product_attention(q, *few, enable_gqa=True)
    torch.testing.assert_close(
        formulas.attention(q, *few, enable_gqa=True), shared, rtol=1e-9, atol=1e-12
    )


def turns(length: int, half: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Angles `[1, 1, length, half]` and their rotations."""
    angles = normal(1, 1, length, half)
    rows = [
        torch.stack([angles.cos(), -angles.sin()], -1),
        torch.stack([angles.sin(), angles.cos()], -1),
    ]
    return angles, torch.stack(rows, -2)


def test_pairs_turn_by_their_angle() -> None:
    """As multiplication of complex numbers; surplus rotations are ignored."""
    angles, rotations = turns(6, 4)
    x = normal(2, 3, 5, 8)
    number = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous())
    expected = torch.view_as_real(number * torch.exp(1j * angles[:, :, :5])).flatten(-2)
    torch.testing.assert_close(formulas.rotate_pairs(x, rotations), expected)
    torch.testing.assert_close(formulas.rotate_pairs_of_two(x, -x, rotations)[1], -expected)
    mixed = x.unflatten(-1, (-1, 2)).transpose(-2, -1).flatten(-2)  # partners half the width away
    turned = expected.unflatten(-1, (-1, 2)).transpose(-2, -1).flatten(-2)
    torch.testing.assert_close(formulas.rotate_halves(mixed, rotations), turned)
    torch.testing.assert_close(formulas.rotate_halves_of_two(x, mixed, rotations)[1], turned)


def test_the_type_of_the_input_is_kept() -> None:
    _, rotations = turns(5, 4)
    x = normal(1, 2, 5, 8)
    half = formulas.rotate_pairs(x.bfloat16(), rotations.float())
    assert half.dtype == torch.bfloat16
    assert float((half - formulas.rotate_pairs(x, rotations)).abs().max()) < 4 * math.pow(2, -7)
