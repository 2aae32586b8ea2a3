"""Self-attention against its plain formula."""

from __future__ import annotations

import torch
from latent_levers.core.generators.layers.attention import SelfAttention


def test_attention_in_parts_is_attention() -> None:
    """Rows made a few at a time, against the map made whole; and pushed tangents against pulled."""
    layer = SelfAttention(4, 3, 5).double().requires_grad_(False)
    x = torch.randn(2, 4, 12, 8, dtype=torch.float64)
    queries, keys, values = layer.queries(x), layer.keys(x), layer.values(x)
    pooled = [torch.nn.functional.max_pool2d(part, 2).flatten(2) for part in (keys, values)]
    whole = torch.softmax(torch.einsum("nkp,nkq->npq", queries.flatten(2), pooled[0]), dim=2)
    attended = torch.einsum("npq,nvq->nvp", whole, pooled[1]).reshape(2, 5, 12, 8)
    expected = x + layer.gamma * layer.out(attended)
    torch.testing.assert_close(layer(x), expected)
    small = x[:1, :, :4, :4]
    forward = torch.func.jacfwd(layer)(small)
    torch.testing.assert_close(forward, torch.autograd.functional.jacobian(layer, small))
