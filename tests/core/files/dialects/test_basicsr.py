"""StyleGAN2 of BasicSR."""

from __future__ import annotations

import torch
from golden import assert_close, golden, parameters
from spellings import drawn, opened, warnings_of


def test_basicsrs_variant_is_told_unless_filters_are_stored() -> None:
    weights = parameters("basicsr_stylegan2")
    assert "bilinear StyleGAN2 has the same tensor names" in warnings_of(weights)
    plane = torch.outer(torch.tensor([1.0, 3, 3, 1]), torch.tensor([1.0, 3, 3, 1])) / 16
    kernels = {f"to_rgbs.{i}.upsample.kernel": plane for i in range(2)}
    kernels |= {f"style_convs.{2 * i}.modulated_conv.blur.kernel": plane for i in range(2)}
    assert warnings_of({**weights, **kernels}) == ""
    data = golden("basicsr_stylegan2")
    assert_close(drawn(opened({**weights, **kernels}), data), data["out.image_nonoise"])
