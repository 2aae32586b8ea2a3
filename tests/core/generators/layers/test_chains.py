"""Linearised networks without branches at settings that `cases` does not hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from latent_levers.core.concepts.conditions import Conditions
from latent_levers.core.concepts.linearisation import AbstractLinearisation
from latent_levers.core.concepts.network import AbstractNetwork
from latent_levers.core.files.loading import untrained
from latent_levers.core.generators.architectures import ARCHITECTURES
from latent_levers.core.generators.architectures.biggan.settings import BigGANBlock, BigGANSettings
from latent_levers.core.generators.architectures.dcgan.geometry import Geometry
from latent_levers.core.generators.architectures.dcgan.layer import DCGANLayer
from latent_levers.core.generators.architectures.dcgan.settings import DCGANSettings
from latent_levers.core.generators.architectures.pggan.settings import PGGANSettings
from latent_levers.core.generators.architectures.stylegan1.settings import StyleGAN1Settings
from latent_levers.core.generators.architectures.stylegan3.settings import StyleGAN3Settings
from latent_levers.core.generators.layers.chains import chunks
from latent_levers.core.generators.layers.chains.chain import ChainLinearisation
from latent_levers.core.generators.layers.convolution.adjoints import blur_transposed
from latent_levers.core.generators.layers.convolution.nearest import (
    nearest_upsample,
    nearest_upsample_transposed,
)
from latent_levers.core.generators.layers.convolution.resampling import binomial_filter, blur
from torch import Tensor

pytestmark = pytest.mark.filterwarnings("ignore:The training was still growing")

PGGAN = {4: 5, 8: 4, 16: 3}
STYLEGAN1 = {4: 4, 8: 3, 16: 3}
STACK = (
    DCGANLayer(5, 6, (2, 3), first=True, bias=True),
    DCGANLayer(6, 4, (5, 5)),
    DCGANLayer(4, 4, (3, 3), transposed=False, bias=True),
    DCGANLayer(4, 3, (1, 1), bias=True, norm=False),
)

CASES: dict[str, tuple[str, Any]] = {
    "pggan-fading": ("pggan", PGGANSettings(4, PGGAN, lod=0.3, final_tanh=True)),
    "pggan-small": ("pggan", PGGANSettings(4, PGGAN, lod=1.0, normalize_latents=False)),
    "stylegan1-fading": (
        "stylegan1",
        StyleGAN1Settings(4, 4, STYLEGAN1, mapping_widths=(4,), lod=1.25, final_tanh=True),
    ),
    "stylegan1-w": (
        "stylegan1",
        StyleGAN1Settings(4, 4, STYLEGAN1, mapping_widths=(4,), const_size=None, lod=1.0),
    ),
    "stylegan1-even": (
        "stylegan1",
        StyleGAN1Settings(4, 4, STYLEGAN1, mapping_widths=(4,), blur_size=4),
    ),
    "stylegan3-clamped": (
        "stylegan3",
        StyleGAN3Settings(
            z_dim=4,
            w_dim=4,
            img_resolution=8,
            channels=(4, 3, 3),
            first_cutoff=1.0,
            first_stopband=2.0,
            margin_size=3,
            conv_clamp=0.7,
        ),
    ),
    "biggan-elu": (
        "biggan",
        BigGANSettings(
            deep=False,
            z_dim=6,
            c_dim=2,
            blocks=(BigGANBlock(4, 4, 3), BigGANBlock(4, 3, 2, skip=True)),
            upsampling=(1,),
            base=3,
            activation="elu",
        ),
    ),
    "stylegan1-sharp": (
        "stylegan1",
        StyleGAN1Settings(4, 4, STYLEGAN1, mapping_widths=(4,), blur_size=1),
    ),
    "dcgan-strides": (
        "dcgan",
        DCGANSettings(
            (
                DCGANLayer(5, 4, (4, 4), first=True, geometry=Geometry(padding=(1, 0))),
                DCGANLayer(4, 4, (5, 4), geometry=Geometry((3, 2), (2, 0), (2, 1))),
                DCGANLayer(4, 3, (3, 3), transposed=False, geometry=Geometry()),
                DCGANLayer(3, 3, (1, 1), norm=False, geometry=Geometry(padding=(1, 1))),
            )
        ),
    ),
} | {
    f"dcgan-{'-'.join(names)}": ("dcgan", DCGANSettings(STACK, names, "normal", last))
    for names, last in (
        (("elu",), "sigmoid"),
        (("gelu",), "none"),
        (("leaky_relu:0.1", "tanh", "softplus"), "tanh"),
    )
}
"""Levels of detail, bounded images, filters, kernels, activations."""


def linearised(
    network: AbstractNetwork, point: Tensor, conditions: Conditions
) -> AbstractLinearisation:
    """The network linearised by its architecture, in float64."""
    architecture = ARCHITECTURES[network.spec().architecture]
    found = architecture.linearise(network, point, conditions, torch.float64)
    assert found is not None
    return found


def network_of(name: str) -> tuple[AbstractNetwork, Tensor, Conditions]:
    """A network in float64 with nothing at its initial zero, and what it is linearised at."""
    gan = untrained(*CASES[name], seed=2)
    network = gan.network.double()
    generator = torch.Generator().manual_seed(4)
    for key, tensor in network.state_dict().items():
        if key.endswith(("bias", "noise_strength", "mean", "running_var", "norm.weight")):
            tensor += 0.3 * torch.rand(tensor.shape, generator=generator).to(tensor)
    size = (1, gan.spec.num_ws, gan.spec.latent_dim)
    point = torch.randn(size, generator=generator, dtype=torch.float64)
    turn = torch.tensor([[0.8, -0.6, 0.1], [0.6, 0.8, -0.2], [0.0, 0.0, 1.0]]).double()
    labels = torch.eye(gan.spec.c_dim)[:1].double() if gan.spec.c_dim else None
    conditions = Conditions(labels, transform=turn if gan.spec.transformable else None)
    return network, network.styles(point) if gan.spec.styles else point, conditions


def jacobian(network: AbstractNetwork, point: Tensor, conditions: Conditions) -> Tensor:
    """Columns `[n, C, H, W]` by forward mode."""
    draw = network.synthesize_styles if network.spec().styles else network.synthesize
    flat = point.flatten()
    found = torch.func.jacfwd(lambda x: draw(x.reshape(point.shape), conditions)[0])(flat)
    return found.movedim(-1, 0)


@pytest.mark.parametrize("piece", [1 << 23, 500])
@pytest.mark.parametrize("name", CASES)
def test_products_equal_forward_mode(
    name: str, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CPU_BYTES", piece)
    network, point, conditions = network_of(name)
    expected = jacobian(network, point, conditions)
    linear = linearised(network, point, conditions)
    assert isinstance(linear, ChainLinearisation)
    assert sum(linear.inputs) == len(expected)
    assert linear.image_shape == tuple(expected.shape[1:])
    bound = 1e-10 * float(expected.abs().max())
    pushed = linear.push(torch.eye(len(expected), dtype=torch.float64))
    torch.testing.assert_close(pushed, expected, rtol=0, atol=bound)
    columns = torch.cat([linear.columns(i, 0, n) for i, n in enumerate(linear.inputs)])
    torch.testing.assert_close(columns, expected, rtol=0, atol=bound)
    images = torch.randn(3, *linear.image_shape, dtype=torch.float64)
    pulled = images.flatten(1) @ expected.flatten(1).T
    bound = 1e-10 * float(pulled.abs().max())
    torch.testing.assert_close(linear.pull(images), pulled, rtol=0, atol=bound)


def test_columns_may_begin_in_one_half_of_a_style_and_end_in_the_other() -> None:
    network, point, conditions = network_of("stylegan1-even")
    linear = linearised(network, point, conditions)
    assert linear is not None
    whole = linear.columns(2, 0, linear.inputs[2])
    torch.testing.assert_close(linear.columns(2, 2, 5), whole[2:5], rtol=0, atol=1e-12)


def test_inputs_of_layers_that_do_not_act_move_nothing() -> None:
    network, point, conditions = network_of("stylegan1-w")
    linear = linearised(network, point, conditions)
    assert linear is not None
    assert linear.inputs == (4,) * 6
    assert not linear.columns(5, 0, 4).any()
    assert not linear.push(torch.ones(1, 24), first=4).any()
    assert linear.push(torch.ones(1, 24), first=3).any()


def test_the_clamps_of_the_case_act() -> None:
    network, point, conditions = network_of("stylegan3-clamped")
    loose = untrained("stylegan3", replace(CASES["stylegan3-clamped"][1], conv_clamp=None), seed=2)
    wide = loose.network.double()
    wide.load_state_dict(network.state_dict())
    image = network.synthesize_styles(point, conditions)
    assert not torch.allclose(image, wide.synthesize_styles(point, conditions))


@pytest.mark.parametrize("taps", [1, 2, 3, 4])
def test_the_transposed_filter_is_the_transpose(taps: int) -> None:
    kernel = binomial_filter((taps, taps)).double() + torch.rand(taps, taps).double()
    x, g = torch.randn(2, 1, 2, 5, 6, dtype=torch.float64)
    found, expected = (x * blur_transposed(g, kernel)).sum(), (blur(x, kernel) * g).sum()
    torch.testing.assert_close(found, expected)


def test_sums_of_blocks_are_the_transpose_of_repeated_pixels() -> None:
    x, g = torch.randn(1, 2, 3, 2), torch.randn(1, 2, 12, 8)
    found = (x * nearest_upsample_transposed(g, 4)).sum()
    torch.testing.assert_close(found, (nearest_upsample(x, 4) * g).sum())
