"""Spectral norm (Miyato et al., ICLR 2018) folded into plain weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

from ....base.errors import CheckpointError
from ...tensor_views import LazyTensors

_STORED = ("weight_orig", "weight_u", "weight_v", "u0", "sv0")
"""Tensors that are dropped; ajbrock's further vectors (`u1`, `sv1`) do not affect the weight."""


def folded(tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
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
        Names to tensors: `x.weight` for each, and all others as they are. They are computed when
        they are accessed.

    Raises:
        CheckpointError: A stored vector does not have the size of its weight, or only some layers
            store their vectors.
    """
    _require_all_or_none(tensors)
    with_v = [name[:-1] + "v" in tensors for name in tensors if name.endswith(".weight_u")]
    if any(with_v) and not all(with_v):
        raise CheckpointError(
            f"{with_v.count(False)} layers with a spectral norm lack their vector weight_v",
            "one for each, or none as before torch 1.0.1",
            "The file may be cut off; download or save it again",
        )
    sources: dict[str, Callable[[], Tensor]] = {}
    for name in tensors:
        path, _, leaf = name.rpartition(".")
        if leaf == "weight_orig" and f"{path}.weight_u" in tensors:
            sources[f"{path}.weight"] = partial(_from_torch, tensors, path)
        elif leaf == "weight" and f"{path}.u0" in tensors:
            sources[name] = partial(_from_brock, tensors, path)
        elif leaf not in _STORED:
            sources.setdefault(name, partial(tensors.__getitem__, name))
    return LazyTensors(sources)


def _require_all_or_none(tensors: Mapping[str, Tensor]) -> None:
    """Refuse files in which only some layers of a kind have ajbrock's spectral norm.

    The norms of a network without a shared embedding hold tables, which have none.

    Raises:
        CheckpointError: A layer lacks its vector u0.
    """
    normalised: dict[bool, list[str]] = {True: [], False: []}
    plain: dict[bool, list[str]] = {True: [], False: []}
    for name, tensor in tensors.items():
        path, _, leaf = name.rpartition(".")
        if leaf == "weight" and tensor.ndim in (2, 4) and path != "shared":
            in_norm = path.endswith((".gain", ".bias"))
            (normalised if f"{path}.u0" in tensors else plain)[in_norm].append(path)
    for in_norm, lacking in plain.items():
        if lacking and normalised[in_norm]:
            raise CheckpointError(
                f"{', '.join(lacking[:4])} of {len(lacking)} layers have no vector u0",
                "a spectral norm of every layer, or of none",
                "The file may be cut off; download or save it again",
            )


def _from_torch(tensors: Mapping[str, Tensor], path: str) -> Tensor:
    """The weight of a layer with torch's spectral norm; old files also store the result."""
    tensors.get(f"{path}.weight")
    vectors = tensors[f"{path}.weight_u"], tensors.get(f"{path}.weight_v")
    return _divided(path, tensors[f"{path}.weight_orig"], *vectors)


def _from_brock(tensors: Mapping[str, Tensor], path: str) -> Tensor:
    """The weight of a layer with ajbrock's spectral norm."""
    return _divided(path, tensors[f"{path}.weight"], tensors[f"{path}.u0"], None)


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
