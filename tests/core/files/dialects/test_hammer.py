"""StyleGAN3 in the spelling of Hammer."""

from __future__ import annotations

from pathlib import Path

import latent_levers as ll
import torch
from golden import assert_close, golden
from latent_levers.core.concepts.checkpoint import Checkpoint
from latent_levers.core.files.dialects.hammer.stylegan3 import HammerStyleGAN3
from latent_levers.core.generators.architectures.stylegan3.settings import StyleGAN3Settings
from stylegan3_references import ARCHITECTURE, opened


def test_hammer_truncates_four_layers(tmp_path: Path) -> None:
    """The same in the spelling that counts layers."""
    data, gan = golden("hammer_stylegan3_t"), opened("hammer_stylegan3_t", tmp_path)
    codes = ll.map_latents(gan, data["in.z"], truncation_psi=0.7, truncation_cutoff=4)
    assert_close(ll.render(gan, codes), data["out.image_psi07_layers4"])


def test_hammer_tells_sizes_by_its_grid_and_filters() -> None:
    """Where the rate doubles or rises fourfold, the filters say so."""
    plan = ARCHITECTURE.build(StyleGAN3Settings(5, 4, 64, (5, 5, 4, 3), margin_size=6))
    back = {"weight": "conv.weight", "affine.weight": "conv.style.weight", "bias": "filter.bias"}
    foreign: dict[str, torch.Tensor] = {}
    for name, tensor in plan.state_dict().items():
        root, _, part = name.removeprefix("synthesis.").partition(".")
        if root.startswith("L"):
            number = root[1:].split("_")[0]
            part = {"up_filter": "filter.up_filter", "down_filter": "filter.down_filter"}.get(
                part, {**back, "affine.bias": "conv.style.bias"}.get(part, part)
            )
            foreign[f"synthesis.layer{number}.{part}"] = tensor
    at = (torch.arange(28) + 0.5 - 14) / 16
    grid = torch.stack(torch.meshgrid(at, at, indexing="xy"), dim=-1)[None]
    foreign["synthesis.early_layer.grid"] = grid
    found = HammerStyleGAN3().translate(Checkpoint(foreign, "test"))
    expected = {n for n in plan.state_dict() if n.startswith("synthesis.L")}
    assert set(found.tensors) == expected
    assert found.config["margin_size"] == 6
