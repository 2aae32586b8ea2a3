"""Conversion of latent codes to a common space, for mixing, interpolation or concatenation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ..base.errors import LatentError
from ..base.execution import plain_tensors
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace, concatenate
from .sampling import map_codes, to_styles


def drop_z(gan: Generator, codes: LatentCode) -> LatentCode:
    """Remove z from codes; edits in Z become part of w.

    Args:
        gan: The generator.
        codes: N codes that fit it.

    Returns:
        N codes that render the same images, without z: in W or W+ if there is a mapping network,
        else in Z or Z+; codes in S stay in S. Edits in S stay in `style_shift`.
    """
    gan.check(codes)
    if codes.space is LatentSpace.S or gan.spec.native_space is LatentSpace.Z:
        return replace(codes, z=None, z_shift=None)
    if codes.space is LatentSpace.Z:
        codes = map_codes(gan, codes, LatentSpace.W)
    if codes.z_shift is None:
        return replace(codes, z=None)
    with plain_tensors():
        ws = gan.layer_codes(codes).to("cpu", codes.values.dtype)  # [N, L, D]
    cutoff = codes.truncation_cutoff
    partial = cutoff is not None and cutoff < gan.spec.num_ws and codes.truncation_psi != 1.0
    shared = codes.space is LatentSpace.W and not partial
    return replace(
        codes,
        values=(ws[:, :1] if shared else ws).contiguous(),
        space=LatentSpace.W if shared else LatentSpace.W_PLUS,
        z=None,
        z_shift=None,
    )


def to_plus(gan: Generator, codes: LatentCode) -> LatentCode:
    """Convert codes to one latent per layer.

    Args:
        gan: The generator.
        codes: N codes that fit it.

    Returns:
        N codes without z, in W+, or in Z+ without a mapping network; codes in S stay in S.

    Raises:
        LatentError: The generator takes one latent for all layers.
    """
    codes = drop_z(gan, codes)
    if codes.space is LatentSpace.S:
        return codes
    if gan.spec.native_space.plus not in gan.spec.spaces:
        raise LatentError(
            f"A latent per layer was requested from a {gan.spec.architecture} generator with a "
            "single latent",
            "a generator with a mapping network, or with a part of z for each layer",
        )
    values = codes.values.expand(-1, gan.spec.num_ws, -1).contiguous()
    return replace(codes, values=values, space=codes.space.plus)


def to_common_space(gan: Generator, batches: Sequence[LatentCode]) -> list[LatentCode]:
    """Convert batches of codes to the smallest space that contains them all, without z.

    W and W+ become W+, Z and W become W, and S with any other space becomes S. Batches that are all
    in Z stay in Z. Codes with different truncations are mapped first, so that each keeps its own
    truncation; without a mapping network the truncations must be equal.

    Args:
        gan: The generator.
        batches: At least one batch of codes that fit it.

    Returns:
        The batches; each renders the same images as before.

    Raises:
        LatentError: There is no batch, or truncations differ and there is no mapping network.
    """
    if not batches:
        raise LatentError("No latent codes were given", "at least one batch")
    for codes in batches:
        gan.check(codes)
    first = batches[0]
    one_truncation = all(_truncation(codes) == _truncation(first) for codes in batches)
    if gan.spec.native_space is LatentSpace.Z and not one_truncation:
        raise LatentError(
            f"Codes with the truncations {sorted({c.truncation_psi for c in batches})} were given",
            "one truncation, since it selects the batch-norm statistics of this generator",
            "Sample them with the same truncation",
        )
    spaces = {codes.space for codes in batches}
    if spaces == {LatentSpace.Z} and one_truncation:
        return list(batches)
    if LatentSpace.S in spaces:
        return [_with_truncation_of(to_styles(gan, codes), first) for codes in batches]
    converted = [drop_z(gan, codes) for codes in batches]
    if any(codes.space.is_plus for codes in converted):
        converted = [to_plus(gan, codes) for codes in converted]
    return [_with_truncation_of(codes, first) for codes in converted]


def join(gan: Generator, batches: Sequence[LatentCode]) -> LatentCode:
    """Concatenate batches.

    Args:
        gan: The generator.
        batches: At least one batch of codes that fit it.

    Returns:
        All codes in order. Batches with the same space and truncation are unchanged and keep z
        for levers in Z; others are converted by `to_common_space`.

    Raises:
        LatentError: The batches cannot be brought to a common space.
    """
    kinds = {
        (codes.space, codes.z is None, codes.labels is None, _truncation(codes))
        for codes in batches
    }
    if len(kinds) != 1:
        return concatenate(to_common_space(gan, batches))
    for codes in batches:
        gan.check(codes)
    return concatenate(list(batches))


def _truncation(codes: LatentCode) -> tuple[float, int | None]:
    """Truncation psi and cutoff of codes."""
    return codes.truncation_psi, codes.truncation_cutoff


def _with_truncation_of(codes: LatentCode, first: LatentCode) -> LatentCode:
    """Set the stored truncation, which is already applied, to that of the first batch."""
    return replace(
        codes,
        truncation_psi=first.truncation_psi,
        truncation_cutoff=first.truncation_cutoff,
    )


def broadcast_pair(first: LatentCode, second: LatentCode) -> tuple[LatentCode, LatentCode]:
    """Broadcast two batches to the same length: a batch of one code is repeated.

    Args:
        first: N codes, or one.
        second: N codes, or one.

    Returns:
        N codes each.

    Raises:
        LatentError: The batches have different lengths, and neither has length one.
    """
    count = max(len(first), len(second))
    for codes in (first, second):
        if len(codes) not in (1, count):
            raise LatentError(
                f"Batches of {len(first)} and {len(second)} codes were given",
                "equal numbers, or a single code on one side",
                "Give «one_code», or sample equal numbers",
            )
    return repeat_code(first, count), repeat_code(second, count)


def repeat_code(codes: LatentCode, count: int) -> LatentCode:
    """Repeat a batch of one code.

    Args:
        codes: One code, or `count` of them, which stay as they are.
        count: Number of codes.

    Returns:
        `count` codes.
    """
    if len(codes) == count:
        return codes

    def rows(tensor: Tensor | None) -> Tensor | None:
        return None if tensor is None else tensor.repeat(count, *[1] * (tensor.ndim - 1))

    return replace(
        codes,
        values=codes.values.repeat(count, 1, 1),
        labels=rows(codes.labels),
        seeds=None if codes.seeds is None else codes.seeds * count,
        z=rows(codes.z),
        z_shift=rows(codes.z_shift),
        style_shift=rows(codes.style_shift),
    )


def style_shift_pair(first: LatentCode, second: LatentCode) -> tuple[Tensor, Tensor] | None:
    """The edits in S of two batches; zeros for a batch without any.

    Args:
        first: N codes.
        second: N codes.

    Returns:
        `[N, sum of channels]` for each, or none if neither batch has any.
    """
    left, right = first.style_shift, second.style_shift
    if left is None:
        return None if right is None else (torch.zeros_like(right), right)
    return left, torch.zeros_like(left) if right is None else right
