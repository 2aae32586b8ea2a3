"""The U-Net: shapes, beginnings, derivatives, and the settings that it refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from latent_levers.core.base.errors import FieldError
from latent_levers.core.diffusion.unet import UNet, UNetSettings
from latent_levers.core.diffusion.unet_blocks import embed_times
from torch.func import jvp

SMALL = UNetSettings(4, 32, (1, 2), (1, 2), (False, True), 16)


def shaken(settings: UNetSettings = SMALL) -> UNet:
    """A network whose last layers are not 0."""
    torch.manual_seed(0)
    network = UNet(settings).eval().requires_grad_(False)
    for parameter in network.parameters():
        if not parameter.any():
            parameter.normal_(std=0.05)
    return network


@pytest.mark.parametrize("shape", [(8, 8), (6, 10)])
def test_the_output_has_the_inputs_shape(shape: tuple[int, int]) -> None:
    """For squares and others; and each picture of a batch is drawn by itself."""
    network = shaken()
    x, times = torch.randn(3, 4, *shape), torch.tensor([0.0, 500.0, 1000.0])
    together = network(x, times)
    assert together.shape == x.shape
    torch.testing.assert_close(together[1:2], network(x[1:2], times[1:2]), atol=1e-5, rtol=1e-5)


def test_time_counts() -> None:
    """Fractions of a time step change the output."""
    network, x = shaken(), torch.randn(1, 4, 8, 8)
    first, second = network(x, torch.tensor([3.0])), network(x, torch.tensor([3.5]))
    assert (first - second).abs().max() > 1e-4


def test_times_are_cosines_then_sines() -> None:
    """The fastest turns once in 2 pi, the slowest frequency is 10,000 to the power of 1 / 2 - 1."""
    found = embed_times(torch.tensor([2.0]), 4)
    slow = torch.tensor(2.0 * 10_000**-0.5)
    two = torch.tensor(2.0)
    torch.testing.assert_close(
        found[0], torch.stack([two.cos(), slow.cos(), two.sin(), slow.sin()])
    )


def test_it_begins_at_zero() -> None:
    """Untrained, it predicts nothing, and sampling leaves noise as it is."""
    assert not UNet(SMALL)(torch.randn(2, 4, 8, 8), torch.tensor([1.0, 900.0])).any()


def test_it_has_a_forward_derivative() -> None:
    """Forward mode agrees with a central difference, in float64."""
    network = shaken().double()
    x, v = torch.randn(2, 1, 4, 8, 8, dtype=torch.float64)
    times = torch.tensor([400.0])
    pushed = jvp(lambda at: network(at, times), (x,), (v,))[1]
    step = 1e-4
    difference = (network(x + step * v, times) - network(x - step * v, times)) / (2 * step)
    assert (pushed - difference).norm() / difference.norm() < 1e-6


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"attention": (True,)}, "levels"),
        ({"model_channels": 48}, "a multiple of 32"),
        ({"num_head_channels": 24}, "a multiple of 24"),
    ],
)
def test_settings_at_odds_are_refused(change: dict[str, object], words: str) -> None:
    """Before any tensor is made."""
    with pytest.raises(FieldError, match=words):
        replace(SMALL, **change)  # pyright: ignore[reportArgumentType]


def test_arguments_of_the_common_class() -> None:
    """Depths go by block; attending levels of two widths have no common text width."""
    found = SMALL.unet_model_arguments()
    assert found["transformer_depth"] == [0, 1, 1]
    assert found["transformer_depth_output"] == [0, 0, 1, 1, 1]
    assert found["context_dim"] == 64
    with pytest.raises(FieldError, match="one width"):
        replace(SMALL, attention=(True, True)).unet_model_arguments()
