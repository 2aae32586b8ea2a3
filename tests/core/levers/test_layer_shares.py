"""Layer shares against explicit Jacobians by layer in float64."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import latent_levers as ll
import pytest
import torch
from cases import CASES, tiny
from latent_levers.core.base.errors import DirectionsError, LatentError, RegionError
from latent_levers.core.concepts.directions import Directions, make_directions
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.latent_code import LatentCode, LatentSpace
from latent_levers.core.jacobians.forward_linearisation import ForwardLinearisation
from latent_levers.core.levers.layer_shares import LayerShares, layer_shares
from torch import Tensor


def jacobian(function: Callable[[Tensor], Tensor], point: Tensor) -> Tensor:
    """`[C, H, W, d]` by autograd, all rows at once."""
    return torch.autograd.functional.jacobian(function, point, vectorize=True)


@cache
def wide(name: str) -> Generator:
    """A case in float64; it must not be changed."""
    gan = tiny(name)
    return replace(gan, network=copy.deepcopy(gan.network)).to(dtype=torch.float64)


def some_codes(gan: Generator, count: int = 2) -> LatentCode:
    """Codes of any case, with a label for conditional generators."""
    return ll.sample_latents(gan, count, seed=3, labels=1 if gan.spec.c_dim else None)


def some_levers(
    gan: Generator, space: LatentSpace, layers: tuple[int, ...] | None = None
) -> Directions:
    """Random directions, zero on the layers on which they do not act."""
    spec = gan.spec
    vectors = torch.randn(3, spec.direction_dim(space), dtype=torch.float64)
    if layers is not None and space.is_plus:
        acting = torch.zeros(spec.num_ws, spec.latent_dim, dtype=torch.float64)
        acting[list(layers)] = 1
        vectors = vectors * acting.flatten()
    if layers is not None and space is LatentSpace.S:
        acting = torch.zeros(vectors.shape[1], dtype=torch.float64)
        for part in spec.style_slices(layers):
            acting[part] = 1
        vectors = vectors * acting
    return make_directions(
        vectors, torch.arange(3.0).flip(0), space=space, num_ws=spec.num_ws, layers=layers
    )


_known: dict[tuple[int, float], Tensor] = {}


def jacobian_of_latents(gan: Generator, code: LatentCode) -> Tensor:
    """`[C, H, W, L, D]` by the latent of each layer, computed once for all spaces."""
    base = gan.layer_codes(code).detach()

    def draw(delta: Tensor) -> Tensor:
        return gan.draw(base + delta.reshape(base.shape), code, "const")[0]

    key = (id(gan.network), float(base.sum()))
    if key not in _known:
        found = jacobian(draw, torch.zeros(base.numel(), dtype=torch.float64))
        _known[key] = found.unflatten(3, base.shape[1:])
    return _known[key]


def jacobian_by_layer(gan: Generator, code: LatentCode, levers: Directions) -> Tensor:
    """`J_l n_l` of every direction and layer, `[K, L, C, H, W]`, by autograd."""
    spec, vectors = gan.spec, levers.vectors.double()
    if levers.space is LatentSpace.S:
        full = jacobian(
            gan.as_function(code, LatentSpace.S),
            torch.zeros(vectors.shape[1], dtype=torch.float64),
        )
        slices = [spec.style_slices((layer,)) for layer in range(spec.num_ws)]
        return torch.stack(
            [
                sum(
                    torch.einsum("chwd,kd->kchw", full[..., part], vectors[:, part])
                    for part in parts
                )
                + vectors.new_zeros(3, *full.shape[:3])
                for parts in slices
            ],
            dim=1,
        )
    by_layer = jacobian_of_latents(gan, code)
    if levers.space.is_plus:
        moves = vectors.reshape(3, spec.num_ws, -1)
    elif levers.space is spec.native_space:
        moves = vectors[:, None].repeat(1, spec.num_ws, 1)
    else:
        z = code.z if code.z is not None else code.values[:, 0]
        slope = torch.autograd.functional.jacobian(
            lambda z: gan.map(z[None], code)[0], z[0].double()
        )  # [L, D, z]
        moves = torch.einsum("ldz,kz->kld", slope, vectors)
    if levers.layers is not None:
        inactive = [layer for layer in range(spec.num_ws) if layer not in levers.layers]
        moves[:, inactive] = 0
    return torch.einsum("chwld,kld->klchw", by_layer, moves)


def expected(
    gan: Generator, codes: LatentCode, levers: Directions, weight: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Shares and cross terms, from explicit Jacobians."""
    alone, together = 0, 0
    for index in range(len(codes)):
        moved = jacobian_by_layer(gan, codes[index], levers)
        if weight is not None:
            moved = moved * weight.double().sqrt()
        alone = alone + moved.square().sum(dim=(2, 3, 4))
        together = together + moved.sum(dim=1).square().sum(dim=(1, 2, 3))
    total = alone.sum(dim=1)
    return alone / total[:, None], (together - total) / total


def check(found: LayerShares, shares: Tensor, cross: Tensor) -> None:
    """Equal in float64."""
    torch.testing.assert_close(found.shares, shares, rtol=0, atol=1e-10)
    torch.testing.assert_close(found.cross, cross, rtol=0, atol=1e-9)


@pytest.mark.parametrize(("name", "space"), [(n, s) for n in CASES for s in tiny(n).spec.spaces])
def test_shares_equal_the_oracle(name: str, space: LatentSpace) -> None:
    """Every architecture in every space; StyleGAN2 over the mean of two codes."""
    gan = wide(name)
    codes = some_codes(gan, 2 if name == "stylegan2-skip" else 1)
    levers = some_levers(gan, space)
    found = layer_shares(gan, codes, levers)
    check(found, *expected(gan, codes, levers))
    torch.testing.assert_close(found.shares.sum(dim=1), torch.ones(3, dtype=torch.float64))


@pytest.mark.parametrize(
    ("name", "space"),
    [("stylegan2-skip", "Z"), ("stylegan2-skip", "S"), ("stylegan3-t", "W"), ("pggan", "Z"),
     ("stylegan1-conditional", "W+"), ("biggan-chunks", "Z+")],
)  # fmt: skip
def test_architectures_without_a_linearisation_have_shares(name: str, space: str) -> None:
    """By forward mode, for styles and for latents of layers."""
    gan = replace(wide(name), architecture=None)
    codes, levers = some_codes(gan, 1), some_levers(gan, LatentSpace.parse(space))
    check(layer_shares(gan, codes, levers), *expected(gan, codes, levers))


@pytest.mark.parametrize("space", ["W", "W+", "S"])
@pytest.mark.parametrize("name", ["stylegan2-skip", "stylegan3-t"])
def test_layers_on_which_a_lever_does_not_act_have_no_share(name: str, space: str) -> None:
    gan = wide(name)
    codes, levers = some_codes(gan, 1), some_levers(gan, LatentSpace.parse(space), (1, 2))
    found = layer_shares(gan, codes, levers)
    check(found, *expected(gan, codes, levers))
    assert float(found.shares[:, 0].abs().max()) == 0
    assert set(found.all_main_layers) <= {"1", "2", "1-2"}


def test_shares_within_a_region() -> None:
    """Each pixel counts by its weight; progress increases to its total; callers can cancel."""
    gan = wide("stylegan2-skip")
    codes, levers = some_codes(gan), some_levers(gan, LatentSpace.W)
    region = ll.Region.from_mask(torch.rand(8, 8))
    reports: list[tuple[int, int]] = []
    found = layer_shares(gan, codes, levers, region, progress=lambda *step: reports.append(step))
    shares, cross = expected(gan, codes, levers, region.weights[0])
    torch.testing.assert_close(found.shares, shares, rtol=0, atol=1e-6)  # masks are float32
    torch.testing.assert_close(found.cross, cross, rtol=0, atol=1e-5)
    assert reports == sorted(reports)
    assert reports[-1] == (2 * 3 * gan.spec.num_ws,) * 2

    def cancel(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        layer_shares(gan, codes, levers, progress=cancel)


def test_inside_inference_mode() -> None:
    """As in nodes of ComfyUI, also by forward mode."""
    for name in ("stylegan2-skip", "stylegan3-t"):
        gan = tiny(name)
        codes, levers = some_codes(gan, 1), some_levers(gan, LatentSpace.W)
        outside = layer_shares(gan, codes, levers).shares
        with torch.inference_mode():
            found = layer_shares(gan, codes, levers).shares
        torch.testing.assert_close(found, outside)


def test_main_layers() -> None:
    """The shortest run with 80 % of the effect; of several the one with the largest share."""
    rows = [
        [0.0, 0.1, 0.5, 0.35, 0.05],
        [0.0, 0.0, 0.0, 0.8, 0.2],
        [0.2, 0.2, 0.2, 0.2, 0.2],
        [0.4, 0.1, 0.1, 0.0, 0.4],
        [0.45, 0.42, 0.03, 0.05, 0.05],
        [0.0, 0.0, 0.0, 0.0, 0.0],
    ]
    found = LayerShares(torch.tensor(rows, dtype=torch.float64), torch.zeros(len(rows)))
    assert found.all_main_layers[:2] == ["2-3", "3"]
    assert found.all_main_layers[2] in ("0-3", "1-4")
    assert found.all_main_layers[3:] == ["all", "0-1", "none: nothing moves"]
    assert found.main_layers(2, least=0.99) == "all"
    one = LayerShares(torch.ones(1, 1, dtype=torch.float64), torch.zeros(1))
    assert one.all_main_layers == ["the only layer"]


def test_shares_are_stored_in_details() -> None:
    """From there they get into files."""
    gan = tiny()
    levers = some_levers(gan, LatentSpace.W)
    found = layer_shares(gan, some_codes(gan), levers)
    described = found.with_details(levers)
    assert described.details["lives_in"] == found.all_main_layers
    assert len(described.details["layer_shares"][0]) == gan.spec.num_ws
    assert torch.equal(described.vectors, levers.vectors)


def test_generators_of_one_layer_and_levers_without_effect() -> None:
    """Both are described by a phrase."""
    gan = wide("dcgan")
    found = layer_shares(gan, some_codes(gan), some_levers(gan, LatentSpace.Z))
    assert found.all_main_layers == ["the only layer"] * 3
    assert found.cross.tolist() == pytest.approx([0, 0, 0], abs=1e-12)
    gan = wide("stylegan2-skip")
    gan = replace(gan, network=copy.deepcopy(gan.network))
    for key, parameter in gan.network.named_parameters():
        if key.endswith("torgb.weight"):
            parameter.data.zero_()
    found = layer_shares(gan, some_codes(gan), some_levers(gan, LatentSpace.W_PLUS))
    assert found.all_main_layers == ["none: nothing moves"] * 3
    assert torch.isfinite(found.shares).all()
    assert found.cross.tolist() == [0, 0, 0]


def test_bad_requests_are_named() -> None:
    """Messages say what was found and what was expected."""
    gan, other = tiny(), tiny("stylegan2-resnet")
    codes = some_codes(gan)
    with pytest.raises(DirectionsError, match="6 numbers were given in W. Expected 5"):
        layer_shares(gan, codes, some_levers(other, LatentSpace.W))
    levers = some_levers(gan, LatentSpace.Z)
    with pytest.raises(LatentError, match="carry no z"):
        layer_shares(gan, replace(codes, z=None), levers)
    with pytest.raises(RegionError, match="9x9"):
        layer_shares(gan, codes, some_levers(gan, LatentSpace.W), ll.Region.box(1, 1, 2, 2, 9))


def test_the_generic_linearisation() -> None:
    """Push, columns and pull of a function whose Jacobian is known."""
    matrix = torch.randn(5, 2 * 3 * 4, dtype=torch.float64)

    def draw(delta: Tensor) -> Tensor:
        return (delta @ matrix).sin().reshape(2, 3, 4)

    linear = ForwardLinearisation(draw, torch.zeros(5, dtype=torch.float64), (2, 3), (2, 3, 4))
    columns = torch.cat([linear.columns(0, 0, 2), linear.columns(1, 0, 3)])
    torch.testing.assert_close(columns.flatten(1), matrix)
    images = torch.randn(2, 2, 3, 4, dtype=torch.float64)
    torch.testing.assert_close(linear.pull(images), images.flatten(1) @ matrix.T)
