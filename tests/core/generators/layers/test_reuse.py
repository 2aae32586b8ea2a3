"""Pictures that begin at their first changed layer: no bit differs from the whole picture."""

from __future__ import annotations

import copy
from dataclasses import replace

import latent_levers as ll
import pytest
import torch
from cases import CASES, some_code, tiny, wide
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.generators.layers.reuse import AbstractPart, PartOutputs, reusing
from latent_levers.core.generators.rendering import render
from torch import Tensor
from torch.nn import Parameter

LAYERED = [name for name in CASES if len(tiny(name).spec.layers) > 1]
"""Cases in which each layer has a latent of its own."""


def spread_code(gan: Generator) -> ll.LatentCode:
    """A code with a latent for each layer, all different."""
    code = some_code(gan)
    draw = torch.Generator().manual_seed(11)
    start = gan.layer_codes(code).cpu()
    values = start + 0.3 * torch.randn(start.shape, generator=draw).to(start)
    space = LatentSpace.W_PLUS if gan.spec.w_dim else LatentSpace.Z_PLUS
    return replace(code, values=values, space=space, z=None)


def moved(code: ll.LatentCode, layer: int) -> ll.LatentCode:
    """The code with another latent in one layer."""
    values = code.values.clone()
    values[:, layer] += 0.5
    return replace(code, values=values)


def drawn(gan: Generator, code: ll.LatentCode, outputs: PartOutputs) -> Tensor:
    """A picture that uses what did not change."""
    with reusing(outputs, gan.network):
        return render(gan, code)


@pytest.mark.parametrize("name", LAYERED)
def test_every_start_gives_the_very_picture(name: str) -> None:
    gan = replace(wide(name), network=copy.deepcopy(wide(name).network).float())
    gan = replace(gan, w_avg=None if gan.w_avg is None else gan.w_avg.float())
    code, outputs = spread_code(gan), PartOutputs()
    computed: list[int] = []
    for layer in range(gan.spec.num_ws):
        drawn(gan, code, outputs)
        before = outputs.computed
        changed = moved(code, layer)
        whole = render(gan, changed)
        assert torch.equal(drawn(gan, changed, outputs), whole), layer
        computed.append(outputs.computed - before)
        assert not torch.equal(whole, render(gan, code)), layer
    assert computed == sorted(computed, reverse=True), "the later the start, the less is computed"
    assert computed[-1] < computed[0]
    assert computed[-1] <= 3, "the last block, an attention after it, and the image layer"


@pytest.mark.parametrize("name", CASES)
def test_the_same_picture_again_computes_nothing(name: str) -> None:
    gan, outputs = tiny(name), PartOutputs()
    code = some_code(gan)
    first = drawn(gan, code, outputs)
    before = outputs.computed
    assert torch.equal(drawn(gan, code, outputs), first)
    assert outputs.computed == before
    other = some_code(gan, seed=4)
    assert torch.equal(drawn(gan, other, outputs), render(gan, other))


def test_codes_in_s_and_edits_in_s_too() -> None:
    gan, outputs = tiny(), PartOutputs()
    styles = gan.style_codes(some_code(gan))
    code = ll.LatentCode(styles[:, None], LatentSpace.S)
    drawn(gan, code, outputs)
    for channel in (0, styles.shape[1] - 1):
        changed = code.values.clone()
        changed[:, :, channel] += 1.0
        other = replace(code, values=changed)
        assert torch.equal(drawn(gan, other, outputs), render(gan, other))


def test_random_noise_is_drawn_anew() -> None:
    gan, outputs = wide(), PartOutputs()
    codes = [some_code(gan, seed=seed) for seed in (1, 1, 2)]
    with reusing(outputs, gan.network):
        found = [render(gan, code, "random") for code in codes]
    assert all(
        torch.equal(one, render(gan, code, "random"))
        for one, code in zip(found, codes, strict=True)
    )


def test_changed_weights_need_another_memory_and_another_network_starts_anew() -> None:
    gan, outputs = tiny(), PartOutputs()
    other = replace(gan, network=copy.deepcopy(gan.network))
    code = some_code(gan)
    for parameter in other.network.parameters():
        parameter.data *= 1.1
    drawn(gan, code, outputs)
    assert torch.equal(drawn(other, code, outputs), render(other, code))
    outputs.clear()
    assert len(outputs) == 0
    for parameter in other.network.parameters():
        parameter.data *= 1.1
    assert torch.equal(drawn(other, code, outputs), render(other, code))


@pytest.mark.parametrize("name", CASES)
def test_a_weight_that_was_changed_in_place_is_seen(name: str) -> None:
    gan, outputs = tiny(name), PartOutputs()
    gan = replace(gan, network=copy.deepcopy(gan.network))
    code = some_code(gan)
    for parameter in list(gan.network.parameters())[-2:]:
        drawn(gan, code, outputs)
        with torch.no_grad():
            parameter.add_(0.5)
        assert torch.equal(drawn(gan, code, outputs), render(gan, code))


class Shifted(AbstractPart):
    """Adds random numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = Parameter(torch.zeros(3))

    def forward(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        """Features `[3]` to features `[3]`."""
        shift = torch.zeros(3) if generator is None else torch.randn(3, generator=generator)
        return x + self.weight + shift


def test_a_random_number_generator_moves_on() -> None:
    part, outputs = Shifted(), PartOutputs()
    generator, x = torch.Generator().manual_seed(1), torch.zeros(3)
    with reusing(outputs, part):
        assert not torch.equal(part(x, generator), part(x, generator))


def test_features_that_were_changed_in_place_are_computed_anew() -> None:
    part, outputs, x = Shifted(), PartOutputs(), torch.zeros(3)
    with torch.no_grad(), reusing(outputs, part):
        part(x, None)
        x += 5.0
        given = part(x, None)
        assert given.tolist() == [5.0] * 3
        given += 1.0
        assert part(x, None).tolist() == [5.0] * 3


def test_features_that_do_not_fit_are_computed_anew() -> None:
    gan, code = tiny(), spread_code(tiny())
    whole = PartOutputs()
    drawn(gan, code, whole)
    small = PartOutputs(whole.nbytes // 2)
    drawn(gan, code, small)
    assert 0 < len(small) < len(whole)
    assert small.nbytes <= small.limit
    before = small.reused
    changed = moved(code, gan.spec.num_ws - 1)
    assert torch.equal(drawn(gan, changed, small), render(gan, changed))
    assert small.reused > before


def test_networks_are_not_kept_alive() -> None:
    gan, outputs = tiny(), PartOutputs()
    other = replace(gan, network=copy.deepcopy(gan.network))
    drawn(other, some_code(gan), outputs)
    assert len(outputs)
    del other
    assert len(outputs) == 0
