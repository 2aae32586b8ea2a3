"""Every hand-made linearisation against forward mode in float64: push, columns, pull."""

from __future__ import annotations

import copy
from dataclasses import replace

import latent_levers as ll
import pytest
import torch
from cases import CASES, tiny
from latent_levers.core.concepts.conditions import Conditions
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.linearisation import AbstractLinearisation
from latent_levers.core.generators.layers.chains import chunks
from torch import Tensor

REQUIRED = ("stylegan1", "stylegan2", "pggan", "dcgan")
"""Architectures whose linearisation must be there."""

EXACT = 1e-10
"""Largest error in float64, relative to the largest entry of the Jacobian."""


def wide(name: str) -> Generator:
    """A case in float64, with biases and noise that are not zero."""
    gan = tiny(name)
    network = copy.deepcopy(gan.network).double()
    generator = torch.Generator().manual_seed(5)
    for key, parameter in network.named_parameters():
        if key.endswith(("bias", "noise_strength")):
            parameter.data += 0.2 * torch.randn(parameter.shape, generator=generator).to(parameter)
    return replace(gan, network=network)


def inputs_of(gan: Generator) -> tuple[Tensor, Conditions]:
    """What a network is linearised at."""
    code = ll.sample_latents(gan, 1, seed=3, labels=1 if gan.spec.c_dim else None)
    labels = None if code.labels is None else code.labels.double()
    conditions = Conditions(labels, "const", truncation_psi=code.truncation_psi)
    if gan.spec.styles:
        return gan.style_codes(code).detach(), conditions
    return gan.layer_codes(code).detach(), conditions


def jacobian_of(gan: Generator) -> Tensor:
    """Columns `[n, C, H, W]` by forward mode."""
    point, conditions = inputs_of(gan)

    def draw(delta: Tensor) -> Tensor:
        moved = point + delta.reshape(point.shape)
        if gan.spec.styles:
            return gan.network.synthesize_styles(moved, conditions)[0]
        return gan.network.synthesize(moved, conditions)[0]

    zero = torch.zeros(point.numel(), dtype=torch.float64)
    basis = torch.eye(point.numel(), dtype=torch.float64)
    return torch.func.vmap(lambda t: torch.func.jvp(draw, (zero,), (t,))[1])(basis)


def linearise(gan: Generator, dtype: torch.dtype = torch.float64) -> AbstractLinearisation:
    """The linearisation of a case that has one."""
    found = gan.linearise(*inputs_of(gan), dtype)
    assert found is not None
    return found


@pytest.mark.parametrize("name", CASES)
def test_the_architectures_that_need_one_have_one(name: str) -> None:
    """So that nobody loses it unseen; others may have one too."""
    gan = wide(name)
    if gan.spec.architecture in REQUIRED:
        assert isinstance(linearise(gan), AbstractLinearisation)


LINEARISED = [n for n in CASES if wide(n).linearise(*inputs_of(wide(n)), torch.float64)]


@pytest.mark.parametrize("piece", [1 << 23, 2000, 300])
@pytest.mark.parametrize("name", LINEARISED)
def test_products_equal_forward_mode(
    name: str, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Push, columns and pull, whole and in pieces of a few columns or rows."""
    monkeypatch.setattr(chunks, "CPU_BYTES", piece)
    gan = wide(name)
    linear, expected = linearise(gan), jacobian_of(gan)
    size, scale = len(expected), float(expected.abs().max())
    assert sum(linear.inputs) == size
    assert linear.image_shape == tuple(expected.shape[1:])
    pushed = linear.push(torch.eye(size, dtype=torch.float64))
    columns = torch.cat([linear.columns(i, 0, n) for i, n in enumerate(linear.inputs)])
    for found in (pushed, columns):
        torch.testing.assert_close(found, expected, rtol=0, atol=EXACT * scale)
    images = torch.randn(3, *expected.shape[1:], dtype=torch.float64)
    pulled = images.flatten(1) @ expected.flatten(1).T
    torch.testing.assert_close(
        linear.pull(images), pulled, rtol=0, atol=EXACT * float(pulled.abs().max())
    )


@pytest.mark.parametrize("name", LINEARISED)
def test_layers_before_the_first_input_are_passed_over(name: str) -> None:
    """A tangent that is zero in the first inputs needs only what lies above."""
    linear = linearise(wide(name))
    if len(linear.inputs) == 1:
        return
    tangents = torch.randn(2, sum(linear.inputs), dtype=torch.float64)
    for first in range(1, len(linear.inputs)):
        tangents[:, : sum(linear.inputs[:first])] = 0
        torch.testing.assert_close(
            linear.push(tangents, first), linear.push(tangents), rtol=0, atol=1e-12
        )


@pytest.mark.parametrize("name", LINEARISED)
def test_a_lower_precision_costs_what_it_should(name: str) -> None:
    """Tangents in float32 and bfloat16 are near those in float64, and images stay float32."""
    gan = wide(name)
    expected = jacobian_of(gan)
    basis = torch.eye(len(expected), dtype=torch.float64)
    for dtype, bound in ((torch.float32, 1e-5), (torch.bfloat16, 0.1)):
        linear = linearise(gan, dtype)
        found = linear.push(basis)
        assert found.dtype is torch.float32
        error = (found.double() - expected).norm() / expected.norm()
        assert float(error) < bound
        back = linear.pull(expected.float()[:2])
        assert back.dtype is torch.float32
        exact = expected[:2].flatten(1) @ expected.flatten(1).T
        assert float((back.double() - exact).norm() / exact.norm()) < bound


def test_a_layer_whose_styles_are_all_zero_is_linearised_too() -> None:
    """Its tangents are still those of forward mode, and no number is lost."""
    gan = wide("stylegan2-skip")
    with torch.no_grad():
        for part in ("weight", "bias"):
            gan.network.get_parameter(f"synthesis.b8.conv0.affine.{part}").zero_()
    expected = jacobian_of(gan)
    found = linearise(gan).push(torch.eye(len(expected), dtype=torch.float64))
    torch.testing.assert_close(found, expected, rtol=0, atol=EXACT * float(expected.abs().max()))
