"""Style mixing: some layers of one image with the others of another."""

from __future__ import annotations

from dataclasses import replace

import torch

from ..base.errors import LatentError
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace, Layers, parse_layers
from .alignment import aligned, both_shifts, paired, per_layer


def mix_styles(
    gan: Generator,
    content: LatentCode,
    style: LatentCode,
    layers: Layers,
    amount: float = 1.0,
) -> LatentCode:
    """Style mixing by layers (Karras et al., CVPR 2019, section 3.1).

    Coarse layers carry pose and outline, middle ones features, fine ones colours. Layers that are
    not chosen stay as they are, to the bit.

    Args:
        gan: A generator with more than one layer that takes a latent.
        content: N codes, or one, that keep the other layers, their class and their seeds.
        style: N codes, or one, of which the chosen layers are taken, with the edits in S of the
            styles that read them.
        layers: The layers that are taken: "0-3", a list of numbers.
        amount: Share of the style in these layers: 1 takes it, 0 leaves the content, between them
            lies a straight blend.

    Returns:
        N codes in W+, in Z+ without a mapping network, or in S where either was.

    Raises:
        LatentError: A layer does not exist, the codes do not fit, or the generator has one layer.
    """
    spec = gan.spec
    chosen = parse_layers("all" if layers is None else layers, spec.num_ws)
    if not -10.0 <= amount <= 10.0:
        raise LatentError(f"The amount is {amount}", "a share, usually from 0 to 1")
    one, other = paired(*(per_layer(gan, codes) for codes in aligned(gan, [content, style])))
    values = one.values.clone()
    if one.space is LatentSpace.S:
        for part in spec.style_slices(chosen):
            values[:, :, part] = torch.lerp(
                one.values[:, :, part], other.values[:, :, part], amount
            )
        return replace(one, values=values)
    rows = list(chosen)
    values[:, rows] = torch.lerp(one.values[:, rows], other.values[:, rows], amount)
    shifts = both_shifts(one, other)
    moved = None
    if shifts is not None:
        moved = shifts[0].clone()
        for part in spec.style_slices(chosen):
            moved[:, part] = torch.lerp(shifts[0][:, part], shifts[1][:, part], amount)
    return replace(one, values=values, style_shift=moved)
