"""Spectral norm (Miyato et al., ICLR 2018) folded into plain weights."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from ....base.errors import CheckpointError

_STORED = ("weight_orig", "weight_u", "weight_v", "u0", "sv0")
"""Tensors that are dropped; ajbrock's further vectors (`u1`, `sv1`) do not affect the weight."""


def folded(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Effective weights: each is divided by its estimated largest singular value.

    The estimate has not converged, so it is computed from the stored vectors as in the published
    code. Let W be the weight as a matrix `[out, -1]`. torch stores u and v, and divides by
    `u^T W v`. ajbrock's code stores only u and takes one more step of power iteration,
    `v = W^T u / |W^T u|`, which gives `|W v|`. Files of torch before 1.0.1 lack v; it is computed
    in the same way.

    Args:
        tensors: Names to tensors; `x.weight_orig`, `x.weight_u` and `x.weight_v`, or `x.weight` and
            `x.u0`.

    Returns:
        Names to tensors: `x.weight` for each, and all others as they are.

    Raises:
        CheckpointError: A stored vector does not have the size of its weight.
    """
    result: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        path, _, leaf = name.rpartition(".")
        torch_u, brock_u = tensors.get(f"{path}.weight_u"), tensors.get(f"{path}.u0")
        if leaf == "weight_orig" and torch_u is not None:
            v = tensors.get(f"{path}.weight_v")
            result[f"{path}.weight"] = _divided(path, tensor, torch_u, v)
        elif leaf == "weight" and brock_u is not None:
            result[name] = _divided(path, tensor, brock_u, None)
        elif leaf not in _STORED:
            result.setdefault(name, tensor)
    return result


def _divided(path: str, weight: Tensor, u: Tensor, v: Tensor | None) -> Tensor:
    """Divide one weight by its singular value, in float32 at least, since float16 may overflow."""
    weight = weight.to(torch.promote_types(weight.dtype, torch.float32))
    matrix, u = weight.reshape(len(weight), -1) if weight.ndim else weight[None, None], u.flatten()
    v = None if v is None else v.flatten()
    if u.numel() != matrix.shape[0] or (v is not None and v.numel() != matrix.shape[1]):
        raise CheckpointError(
            f"The spectral norm of {path} has vectors of {u.numel()} and "
            f"{'no' if v is None else v.numel()} numbers, its weight is {list(weight.shape)}",
            f"{matrix.shape[0]} and {matrix.shape[1]} numbers",
        )
    if v is None:
        v = F.normalize(u.to(weight.dtype) @ matrix, dim=0)
        return weight / (matrix @ v).norm()
    return weight / (u.to(weight.dtype) @ (matrix @ v.to(weight.dtype)))
