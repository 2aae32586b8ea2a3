"""Style mixing: some layers of one code replaced by those of another."""

from __future__ import annotations

from dataclasses import replace

import torch

from ..base.errors import LatentError
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace, Layers, parse_layers
from .alignment import broadcast_pair, style_shift_pair, to_common_space, to_plus


def mix_styles(
    gan: Generator,
    content: LatentCode,
    style: LatentCode,
    layers: Layers,
    amount: float = 1.0,
) -> LatentCode:
    """Mix styles by layers (Karras et al., CVPR 2019, section 3.1).

    Coarse layers control pose and outline, middle layers features, fine layers colours. Layers that
    are not chosen stay exactly the same.

    Args:
        gan: A generator with more than one layer that takes a latent.
        content: N codes, or one, which keep their other layers, class and seeds.
        style: N codes, or one, which provide the chosen layers, with the edits in S on their
            channels.
        layers: The layers to replace: "0-3", or a list of numbers.
        amount: Share of the style in these layers: 1 is the style, 0 the content; values between
            interpolate linearly.

    Returns:
        N codes in W+, in Z+ without a mapping network, or in S if either was in S.

    Raises:
        LatentError: A layer does not exist, the codes do not fit, or the generator has one layer.
    """
    spec = gan.spec
    chosen = parse_layers("all" if layers is None else layers, spec.num_ws)
    if not -10.0 <= amount <= 10.0:
        raise LatentError(f"The amount is {amount}", "a share from -10 to 10, usually from 0 to 1")
    one, other = broadcast_pair(
        *(to_plus(gan, codes) for codes in to_common_space(gan, [content, style]))
    )
    values = one.values.clone()
    if one.space is LatentSpace.S:
        for part in spec.style_slices(chosen):
            values[:, :, part] = torch.lerp(
                one.values[:, :, part], other.values[:, :, part], amount
            )
        return replace(one, values=values)
    rows = list(chosen)
    values[:, rows] = torch.lerp(one.values[:, rows], other.values[:, rows], amount)
    shifts = style_shift_pair(one, other)
    shift = None
    if shifts is not None:
        shift = shifts[0].clone()
        for part in spec.style_slices(chosen):
            shift[:, part] = torch.lerp(shifts[0][:, part], shifts[1][:, part], amount)
    return replace(one, values=values, style_shift=shift)
