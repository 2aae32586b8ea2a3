"""Codes of different kinds brought to one, so that they can be mixed, blended or put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ..base.errors import LatentError
from ..base.execution import plain_tensors
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace, concatenate
from .sampling import mapped, to_styles


def settled(gan: Generator, codes: LatentCode) -> LatentCode:
    """Codes that no longer hang on the z they came from: edits in Z become part of w.

    Args:
        gan: The generator.
        codes: N codes that fit it.

    Returns:
        N codes that draw the same images, without z: in W or W+ where there is a mapping network,
        else in Z or Z+; codes in S stay as they are. Edits in S stay beside them.
    """
    gan.check(codes)
    if codes.space is LatentSpace.S or gan.spec.native_space is LatentSpace.Z:
        return replace(codes, z=None, z_shift=None)
    if codes.space is LatentSpace.Z:
        codes = mapped(gan, codes, LatentSpace.W)
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


def per_layer(gan: Generator, codes: LatentCode) -> LatentCode:
    """Codes with one latent per layer, where the generator has layers to tell apart.

    Args:
        gan: The generator.
        codes: N codes that fit it.

    Returns:
        N codes in W+, or in Z+ without a mapping network, settled; codes in S stay there.

    Raises:
        LatentError: The generator has one layer alone.
    """
    codes = settled(gan, codes)
    if codes.space is LatentSpace.S:
        return codes
    if gan.spec.native_space.plus not in gan.spec.spaces:
        raise LatentError(
            f"A latent per layer was asked of a {gan.spec.architecture} generator whose z enters "
            "once",
            "a generator with a mapping network, or with a part of z for every layer",
        )
    values = codes.values.expand(-1, gan.spec.num_ws, -1).contiguous()
    return replace(codes, values=values, space=codes.space.plus)


def aligned(gan: Generator, batches: Sequence[LatentCode]) -> list[LatentCode]:
    """Batches of codes in one space, settled: the narrowest that holds them all.

    W and W+ meet in W+, Z and W in W, and all meet styles in S. Where every batch is in Z already,
    all stay there. Codes that were truncated differently are mapped first, so that each keeps its
    own truncation; without a mapping network it must be one.

    Args:
        gan: The generator.
        batches: At least one batch of codes that fit it.

    Returns:
        The batches, each drawing the images that it drew.

    Raises:
        LatentError: There is no batch, or codes that cannot be mapped differ in their truncation.
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
            "one truncation, since this generator reads its statistics by it",
            "Sample them with the same truncation",
        )
    spaces = {codes.space for codes in batches}
    if spaces == {LatentSpace.Z} and one_truncation:
        return list(batches)
    if LatentSpace.S in spaces:
        return [_restated(to_styles(gan, codes), first) for codes in batches]
    ready = [settled(gan, codes) for codes in batches]
    if any(codes.space.is_plus for codes in ready):
        ready = [per_layer(gan, codes) for codes in ready]
    return [_restated(codes, first) for codes in ready]


def join(gan: Generator, batches: Sequence[LatentCode]) -> LatentCode:
    """One batch of several.

    Args:
        gan: The generator.
        batches: At least one batch of codes that fit it.

    Returns:
        All codes in order. Batches of one kind stay as they are, z included, for levers in Z;
        others meet as in `aligned`.

    Raises:
        LatentError: See `aligned`.
    """
    kinds = {
        (codes.space, codes.z is None, codes.labels is None, _truncation(codes))
        for codes in batches
    }
    if len(kinds) != 1:
        return concatenate(aligned(gan, batches))
    for codes in batches:
        gan.check(codes)
    return concatenate(list(batches))


def _truncation(codes: LatentCode) -> tuple[float, int | None]:
    """How codes were truncated."""
    return codes.truncation_psi, codes.truncation_cutoff


def _restated(codes: LatentCode, first: LatentCode) -> LatentCode:
    """Codes whose truncation is done with, under the one that the first batch states."""
    return replace(
        codes,
        truncation_psi=first.truncation_psi,
        truncation_cutoff=first.truncation_cutoff,
    )


def paired(first: LatentCode, second: LatentCode) -> tuple[LatentCode, LatentCode]:
    """Two batches of one length; a batch of one goes with every code of the other.

    Args:
        first: N codes, or one.
        second: N codes, or one.

    Returns:
        N codes each.

    Raises:
        LatentError: The batches have different lengths, and neither is of one.
    """
    count = max(len(first), len(second))
    for codes in (first, second):
        if len(codes) not in (1, count):
            raise LatentError(
                f"Batches of {len(first)} and {len(second)} codes were given",
                "as many in both, or one in either",
                "Take one with GAN Latents From Batch, or sample as many",
            )
    return repeated(first, count), repeated(second, count)


def repeated(codes: LatentCode, count: int) -> LatentCode:
    """A batch of one, several times.

    Args:
        codes: One code, or `count` of them, which stay as they are.
        count: How many are wanted.

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


def both_shifts(first: LatentCode, second: LatentCode) -> tuple[Tensor, Tensor] | None:
    """Edits in S of two batches, zero where there is none.

    Args:
        first: N codes.
        second: N codes.

    Returns:
        `[N, sum of channels]` of each, or none where neither has any.
    """
    left, right = first.style_shift, second.style_shift
    if left is None:
        return None if right is None else (torch.zeros_like(right), right)
    return left, torch.zeros_like(left) if right is None else right
