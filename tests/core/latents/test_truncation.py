"""Truncation and averages."""

from __future__ import annotations

import pytest
import torch
from cases import tiny
from latent_levers.core.base.errors import LatentError
from latent_levers.core.concepts.directions import make_directions
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.edits.editing import edit
from latent_levers.core.generators.rendering import render
from latent_levers.core.latents.sampling import sample_latents, to_styles
from latent_levers.core.latents.truncation import AVERAGED, average_codes, average_latent, truncate
from latent_levers.core.levers.factorization import sefa


@pytest.mark.parametrize("space", ["Z", "W", "W+"])
def test_truncation_on_top_is_truncation_at_once(space: str) -> None:
    gan = tiny()
    codes = sample_latents(gan, 2, truncation_psi=0.8, space=space)
    expected = sample_latents(gan, 2, truncation_psi=0.4)
    half = truncate(gan, codes, 0.5)
    assert half.space is codes.space
    assert half.truncation_psi == pytest.approx(0.4)
    torch.testing.assert_close(render(gan, half), render(gan, expected), atol=1e-5, rtol=1e-4)
    assert torch.equal(truncate(gan, codes, 1.0).values, codes.values)


def test_no_truncation_is_left_at_the_centre() -> None:
    gan = tiny()
    centre = truncate(gan, sample_latents(gan, 2), 0.0)
    mean = average_latent(gan)
    torch.testing.assert_close(centre.values, mean.values.expand(2, -1, -1))
    torch.testing.assert_close(render(gan, centre)[:1], render(gan, mean))


@pytest.mark.parametrize("cutoff", [None, 1])
def test_some_layers_alone(cutoff: int | None) -> None:
    gan = tiny()
    codes = sample_latents(gan, 1, truncation_psi=0.8, truncation_cutoff=cutoff)
    some = truncate(gan, codes, 0.5, "1")
    before = codes.values.expand(-1, gan.spec.num_ws, -1)
    assert some.space is LatentSpace.W_PLUS
    assert some.z is None
    rest = [layer for layer in range(gan.spec.num_ws) if layer != 1]
    assert torch.equal(some.values[:, rest], before[:, rest])
    centre = gan.w_avg
    torch.testing.assert_close(some.values[:, 1], centre + 0.5 * (before[:, 1] - centre))
    whole = truncate(gan, codes, 0.5)
    torch.testing.assert_close(whole.values, centre + 0.5 * (codes.values - centre))


@pytest.mark.parametrize("layers", [None, "2"])
def test_edits_are_drawn_in_too(layers: str | None) -> None:
    gan = tiny()
    size = gan.spec.direction_dim(LatentSpace.S)
    where = {"space": LatentSpace.S, "num_ws": gan.spec.num_ws, "styles": gan.spec.styles}
    in_s = make_directions(torch.ones(1, size), torch.ones(1), **where)
    codes = sample_latents(gan, 2)
    pulled = edit(
        edit(codes, sefa(gan, count=1), 0, 3.0, unit="distance"), in_s, 0, 2.0, unit="distance"
    )
    half = to_styles(gan, truncate(gan, pulled, 0.5, layers))
    centre = to_styles(gan, average_latent(gan)).values
    wanted = to_styles(gan, pulled).values.clone()
    for part in gan.spec.style_slices(None if layers is None else (2,)):
        wanted[:, :, part] = (wanted[:, :, part] + centre[:, :, part]) / 2
    torch.testing.assert_close(half.values, wanted, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("psi", [0.0, -0.5])
@pytest.mark.parametrize("name", ["biggan-deep", "biggan-chunks", "dcgan", "stylegan2-skip"])
def test_no_truncation_is_too_strong_to_draw(name: str, psi: float) -> None:
    gan = tiny(name)
    codes = sample_latents(gan, 1, labels=1 if gan.spec.c_dim else None)
    assert torch.isfinite(render(gan, truncate(gan, codes, psi))).all()


def test_without_a_mapping_network_z_is_scaled() -> None:
    gan = tiny("biggan-deep")
    codes = sample_latents(gan, 2, truncation_psi=0.8, labels=1)
    torch.testing.assert_close(
        render(gan, truncate(gan, codes, 0.5)),
        render(gan, sample_latents(gan, 2, truncation_psi=0.4, labels=1)),
    )
    some = truncate(
        tiny("biggan-chunks"), sample_latents(tiny("biggan-chunks"), 1, labels=0), 0, "1"
    )
    assert some.values[:, 1].abs().max() == 0
    assert some.values[:, 0].abs().max() > 0


def test_the_average_of_a_class() -> None:
    gan = tiny("stylegan2-conditional")
    means = average_latent(gan, [0, 2])
    assert len(means) == 2
    drawn = sample_latents(gan, AVERAGED, 0, 1.0, labels=2)
    torch.testing.assert_close(means.values[1], drawn.values.mean(dim=0), atol=1e-5, rtol=1e-4)
    assert not torch.allclose(means.values[0], means.values[1])
    render(gan, means)
    with pytest.raises(LatentError, match="No label was given"):
        average_latent(gan)


def test_without_a_mapping_network_the_average_is_zero() -> None:
    gan = tiny("dcgan")
    mean = average_latent(gan)
    assert mean.values.shape == (1, 1, gan.spec.z_dim)
    assert mean.values.abs().max() == 0
    assert torch.isfinite(render(gan, mean)).all()


def test_the_average_of_a_batch() -> None:
    gan = tiny()
    codes = sample_latents(gan, 5)
    mean = average_codes(gan, codes)
    torch.testing.assert_close(mean.values, codes.values.mean(dim=0, keepdim=True))
    assert (mean.seeds, mean.z) == (None, None)
    assert average_codes(gan, sample_latents(gan, 3, space="Z")).space is LatentSpace.W
    one = codes[2]
    torch.testing.assert_close(render(gan, average_codes(gan, one)), render(gan, one))


def test_errors_say_what_is_wrong() -> None:
    gan = tiny()
    codes = sample_latents(gan, 1)
    with pytest.raises(LatentError, match="truncation_psi is inf"):
        truncate(gan, codes, float("inf"))
    with pytest.raises(LatentError, match="Codes in S were given to be truncated"):
        truncate(gan, to_styles(gan, codes), 0.5)
