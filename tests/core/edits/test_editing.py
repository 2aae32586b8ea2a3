"""Pulling levers: what moves, by how much, and what stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import latent_levers as ll
import pytest
import torch
from cases import CASES, tiny
from latent_levers.core.base.errors import DirectionsError, LatentError
from latent_levers.core.base.generator_names import name_of, remember_name
from latent_levers.core.concepts.directions import make_directions
from latent_levers.core.concepts.latent_code import LatentSpace, format_layers, parse_layers
from latent_levers.core.latents.code_statistics import w_statistics
from latent_levers.core.latents.sampling import draw_z


def test_a_strength_is_a_distance() -> None:
    """Strength 3 moves w by 3 along the unit row, on all layers."""
    codes, levers = ll.sample_latents(tiny(), 2), ll.sefa(tiny())
    pulled = ll.edit(codes, levers, 1, 3.0, unit="distance")
    moved = pulled.values - codes.values
    torch.testing.assert_close(moved.norm(dim=2), torch.full((2, 1), 3.0))
    torch.testing.assert_close(moved[0, 0] / 3, levers.vectors[1])
    assert pulled.space is LatentSpace.W
    assert pulled.seeds == codes.seeds


def test_sigma_is_the_unit_of_every_function_unless_another_is_named() -> None:
    gan = tiny()
    codes, levers = ll.sample_latents(gan, 2), ll.sefa(gan)
    assert levers.sigma is not None
    far = 2.0 * float(levers.sigma[1])
    expected = ll.edit(codes, levers, 1, far, unit="distance").values
    torch.testing.assert_close(ll.edit(codes, levers, 1, 2.0).values, expected)
    torch.testing.assert_close(ll.sweep(codes, levers, 1, [2.0]).values, expected)
    total, distance = ll.add_levers([(levers, 1, 2.0)])
    assert distance == pytest.approx(far)
    torch.testing.assert_close(ll.edit(codes, total, 0, far, unit="distance").values, expected)
    with pytest.raises(DirectionsError, match="no known spread.*unit='distance'"):
        ll.edit(codes, replace(levers, sigma=None), 1, 2.0)


def test_zero_changes_nothing_and_back_undoes() -> None:
    """Edits add up."""
    codes, levers = ll.sample_latents(tiny(), 2), ll.sefa(tiny())
    torch.testing.assert_close(ll.edit(codes, levers, 0, 0.0, unit="distance").values, codes.values)
    there = ll.edit(codes, levers, 0, 2.5, unit="distance")
    torch.testing.assert_close(
        ll.edit(there, levers, 0, -2.5, unit="distance").values, codes.values
    )


def test_editing_some_layers_returns_w_plus() -> None:
    """Only the chosen layers move; the lever's own layers are the default."""
    codes = ll.sample_latents(tiny(), 2)
    pulled = ll.edit(codes, ll.sefa(tiny()), 0, 2.0, layers="1-2", unit="distance")
    assert pulled.space is LatentSpace.W_PLUS
    moved = (pulled.values - codes.values).norm(dim=2)
    torch.testing.assert_close(moved, torch.tensor([[0.0, 2.0, 2.0, 0.0]] * 2))
    own = ll.edit(codes, ll.sefa(tiny(), layers="1-2"), 0, 2.0, unit="distance")
    assert ((own.values - codes.values).norm(dim=2) > 1).tolist() == [
        [False, True, True, False]
    ] * 2
    again = ll.edit(
        pulled, ll.sefa(tiny()), 0, 1.0, unit="distance"
    )  # a lever in W serves W+ codes
    assert again.space is LatentSpace.W_PLUS


def test_w_plus_levers() -> None:
    """Layer-major vectors move each layer by its own part; chosen layers are zero elsewhere."""
    codes, box = ll.sample_latents(tiny(), 1), ll.Region.box(1, 1, 3, 3, 8)
    levers = ll.resefa(tiny(), codes, box, space="W+", layers=[1, 3], count=2)
    parts = levers.vectors[0].reshape(4, 5)
    assert (parts.norm(dim=1) > 0).tolist() == [False, True, False, True]
    pulled = ll.edit(codes, levers, 0, 1.5, unit="distance")
    torch.testing.assert_close((pulled.values - codes.values)[0], 1.5 * parts)


def test_sigma_is_the_spread_of_random_codes() -> None:
    """One sigma is the standard deviation of 10,000 mapped seeds along the direction."""
    gan = tiny()
    levers = ll.sefa(gan, count=4)
    w = ll.map_latents(gan, draw_z(6, 10_000, 0)).values[:, 0].double()
    spread = (w @ levers.vectors.double().T).std(dim=0)
    assert levers.sigma is not None
    torch.testing.assert_close(levers.sigma, spread, rtol=1e-5, atol=0)
    codes = ll.sample_latents(gan, 1)
    moved = (ll.edit(codes, levers, 2, 2.0, "sigma").values - codes.values).norm()
    assert float(moved) == pytest.approx(2 * float(spread[2]), rel=1e-4)
    with pytest.raises(DirectionsError, match="Unknown unit 'metre'.*distance, sigma"):
        ll.edit(codes, levers, 0, 1.0, "metre")
    with pytest.raises(
        DirectionsError, match="have no known spread of random codes.*unit='distance'"
    ):
        ll.edit(codes, replace(levers, sigma=None), 0, 1.0, "sigma")


def test_sigma_in_w_plus_adds_over_layers() -> None:
    """The root of the sum over layers, as the codes of all layers move together."""
    gan = tiny()
    codes, box = ll.sample_latents(gan, 1), ll.Region.box(1, 1, 3, 3, 8)
    levers = ll.resefa(gan, codes, box, space="W+", count=2)
    c = w_statistics(gan)[1]
    parts = levers.vectors.double().reshape(2, 4, 5)
    expected = torch.stack([sum(n @ c @ n for n in row) for row in parts]).sqrt()
    torch.testing.assert_close(levers.sigma, expected, rtol=1e-5, atol=0)
    in_z = ll.resefa(gan, codes, box, space="Z", count=2)
    assert in_z.sigma is not None
    assert in_z.sigma.tolist() == [1.0, 1.0]


def test_seeds_never_depend_on_count() -> None:
    """Row i is seed + i, as in NVIDIA's scripts, and wraps at 2^32."""
    import numpy as np

    z = draw_z(6, 3, 41)
    expected = np.random.RandomState(43).randn(6).astype(np.float32)
    assert z[2].tolist() == expected.tolist()
    four, one = ll.sample_latents(tiny(), 4, seed=7), ll.sample_latents(tiny(), 1, seed=9)
    torch.testing.assert_close(four.values[2:3], one.values)
    assert four.seeds == (7, 8, 9, 10)
    assert ll.sample_latents(tiny(), 2, seed=2**32 - 1).seeds == (2**32 - 1, 0)
    uniform = draw_z(6, 1, 5, "uniform")[0]
    assert (
        uniform.tolist() == np.random.RandomState(5).uniform(-1, 1, 6).astype(np.float32).tolist()
    )


def test_truncation_moves_towards_the_mean() -> None:
    """Psi scales the distance to the mean w; with 0 all codes are the mean."""
    gan = tiny()
    whole, half = (ll.sample_latents(gan, 3, truncation_psi=psi) for psi in (1.0, 0.5))
    assert gan.w_avg is not None
    torch.testing.assert_close(half.values - gan.w_avg, 0.5 * (whole.values - gan.w_avg))
    mean = ll.sample_latents(gan, 3, truncation_psi=0.0).values
    torch.testing.assert_close(mean, gan.w_avg.expand_as(mean))


@pytest.mark.parametrize("name", CASES)
def test_directions_survive_a_file(name: str, tmp_path: Path) -> None:
    """Vectors, values, layers, names and provenance come back."""
    gan = tiny(name)
    levers = replace(ll.sefa(gan, count=3), names=("smile", "", "pose"))
    path = ll.save_directions(levers, tmp_path / "some" / "levers")
    back = ll.load_directions(path)
    torch.testing.assert_close(back.vectors, levers.vectors)
    torch.testing.assert_close(back.eigenvalues, levers.eigenvalues)
    assert (back.space, back.layers, back.names) == (levers.space, levers.layers, levers.names)
    assert (back.method, back.origin, back.num_ws) == (
        "sefa",
        gan.spec.fingerprint,
        gan.spec.num_ws,
    )
    assert back.details["status"] == levers.details["status"]
    assert [p.name for p in path.parent.iterdir()] == ["levers.safetensors"]


@pytest.mark.parametrize("name", CASES)
def test_generators_survive_a_file(name: str, tmp_path: Path) -> None:
    """Settings, fingerprint and image come back from the native format; half precision is close."""
    gan = tiny(name)
    labels = 1 if gan.spec.c_dim else None
    image = ll.render(gan, ll.sample_latents(gan, 2, labels=labels))
    back = ll.load_generator(ll.save_generator(gan, tmp_path / "whole.safetensors"))
    assert back.spec == gan.spec
    torch.testing.assert_close(ll.render(back, ll.sample_latents(back, 2, labels=labels)), image)
    half = ll.load_generator(ll.save_generator(gan, tmp_path / "half.safetensors", half=True))
    tolerance = 0.01 * float(image.max() - image.min())
    torch.testing.assert_close(
        ll.render(half, ll.sample_latents(half, 2, labels=labels)), image, rtol=0.02, atol=tolerance
    )


def test_sign_and_length() -> None:
    """Unit rows whose largest-magnitude entry is positive."""
    levers = make_directions(
        torch.tensor([[3.0, -4.0], [0.0, 2.0]]),
        torch.tensor([2.0, 1.0]),
        space=LatentSpace.Z,
        num_ws=1,
    )
    torch.testing.assert_close(levers.vectors, torch.tensor([[-0.6, 0.8], [0.0, 1.0]]))
    with pytest.raises(DirectionsError, match="NaN, infinite numbers or zero rows"):
        replace(levers, vectors=torch.zeros(2, 2))


def test_z_levers_compose_with_w_edits() -> None:
    """An edit in Z moves w by map(z + delta) - map(z) and keeps what was done in W."""
    gan = tiny()
    codes, box = ll.sample_latents(gan, 1), ll.Region.box(1, 1, 3, 3, 8)
    in_z = ll.resefa(gan, codes, box, space="Z", count=2)
    in_w = ll.sefa(gan)
    both = ll.edit(ll.edit(codes, in_w, 0, 2.0, unit="distance"), in_z, 0, 1.0, unit="distance")
    other = ll.edit(ll.edit(codes, in_z, 0, 1.0, unit="distance"), in_w, 0, 2.0, unit="distance")
    torch.testing.assert_close(ll.render(gan, both), ll.render(gan, other))
    assert (ll.render(gan, both) - ll.render(gan, codes)).abs().max() > 1e-3
    with pytest.raises(LatentError, match="carry no z"):
        ll.edit(replace(codes, z=None), in_z, unit="distance")
    with pytest.raises(LatentError, match="a lever in W, codes in Z"):
        ll.edit(ll.sample_latents(gan, 1, space="Z"), in_w, unit="distance")


def test_sweep_keeps_rows_together() -> None:
    """All strengths of the first code, then of the second."""
    codes, levers = ll.sample_latents(tiny(), 2), ll.sefa(tiny())
    swept = ll.sweep(codes, levers, 0, [-1.0, 0.0, 1.0], unit="distance")
    assert len(swept) == 6
    torch.testing.assert_close(swept.values[1], codes.values[0])
    torch.testing.assert_close(swept.values[4], codes.values[1])
    assert swept.seeds == (0, 0, 0, 1, 1, 1)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("all", (0, 1, 2, 3, 4, 5, 6, 7)),
        ("4-7", (4, 5, 6, 7)),
        ("0, 2 ,5-6", (0, 2, 5, 6)),
        (3, (3,)),
    ],
)
def test_layers_as_people_write_them(text: str | int, numbers: tuple[int, ...]) -> None:
    """Numbers, ranges with both ends, and back."""
    assert parse_layers(text, 8) == numbers
    assert parse_layers(format_layers(numbers, 8), 8) == numbers


def test_layers_that_cannot_be_read() -> None:
    """Backwards, beyond the end, empty."""
    for wrong in ("0-99999999999999999999", "\u00b2", "5-2", "8", "-1", "a", [9], []):
        with pytest.raises(LatentError, match="from 0 to 7"):
            parse_layers(wrong, 8)


@pytest.mark.usefixtures("_no_names")
def test_a_refusal_names_both_generators() -> None:
    """Who mixes two generators reads their names, not spaces and sizes alone."""
    levers = replace(ll.sefa(tiny()), origin="fingerprint of a")
    codes = replace(ll.sample_latents(tiny("dcgan"), 1), origin="fingerprint of b")
    with pytest.raises(LatentError, match="made for another generator, not for this one"):
        ll.edit(codes, levers, unit="distance")
    remember_name("fingerprint of a", "portraits")
    remember_name("fingerprint of b", "celeba32-dcgan")
    with pytest.raises(LatentError, match="made for portraits; this is celeba32-dcgan"):
        ll.edit(codes, levers, unit="distance")


def test_a_loaded_generator_has_a_name() -> None:
    assert name_of(ll.load_generator("portraits").spec.fingerprint) == "portraits"
