"""Style mixing changes the layers that were chosen, and no other."""

from __future__ import annotations

import pytest
import torch
from cases import tiny
from latent_levers.core.base.errors import LatentError
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.generators.rendering import render
from latent_levers.core.latents.sampling import sample_latents, to_styles
from latent_levers.core.latents.style_mixing import mix_styles

LAYERED = ["stylegan2-skip", "stylegan1", "stylegan3-t", "biggan-chunks"]


@pytest.mark.parametrize("name", LAYERED)
def test_only_the_chosen_layers_change(name: str) -> None:
    gan = tiny(name)
    label = 1 if gan.spec.c_dim else None
    content = sample_latents(gan, 2, 0, labels=label)
    style = sample_latents(gan, 2, 8, labels=label)
    mixed = mix_styles(gan, content, style, "1")
    count = gan.spec.num_ws
    before = content.values.expand(-1, count, -1)
    rest = [layer for layer in range(count) if layer != 1]
    assert mixed.space is gan.spec.native_space.plus
    assert torch.equal(mixed.values[:, rest], before[:, rest])
    assert torch.equal(mixed.values[:, [1]], style.values.expand(-1, count, -1)[:, [1]])
    assert mixed.seeds == content.seeds
    assert (render(gan, mixed) - render(gan, content)).abs().max() > 1e-5


def test_all_layers_are_the_style_and_amount_none_is_the_content() -> None:
    gan = tiny()
    content, style = sample_latents(gan, 2, 0), sample_latents(gan, 1, 8)
    whole = mix_styles(gan, content, style, None)
    torch.testing.assert_close(render(gan, whole)[1], render(gan, style)[0])
    none = mix_styles(gan, content, style, "all", 0.0)
    torch.testing.assert_close(render(gan, none), render(gan, content))
    half = mix_styles(gan, content, style, "0-1", 0.5)
    torch.testing.assert_close(half.values[:, 0], (content.values + style.values)[:, 0] / 2)


def test_styles_are_mixed_by_the_layers_that_they_read() -> None:
    gan = tiny()
    content, style = (
        to_styles(gan, sample_latents(gan, 1)),
        to_styles(gan, sample_latents(gan, 1, 5)),
    )
    mixed = mix_styles(gan, content, style, "2")
    taken = torch.zeros(content.values.shape[2], dtype=torch.bool)
    for part in gan.spec.style_slices((2,)):
        taken[part] = True
    assert mixed.space is LatentSpace.S
    assert 0 < taken.sum() < len(taken)
    assert torch.equal(mixed.values[..., taken], style.values[..., taken])
    assert torch.equal(mixed.values[..., ~taken], content.values[..., ~taken])
    same = mix_styles(gan, sample_latents(gan, 1), sample_latents(gan, 1, 5), "2")
    torch.testing.assert_close(render(gan, same), render(gan, mixed), atol=1e-5, rtol=0)


def test_edits_in_s_go_with_their_layers() -> None:
    gan = tiny()
    content, style = sample_latents(gan, 1), sample_latents(gan, 1, 5)
    size = gan.spec.direction_dim(LatentSpace.S)
    shifted = to_styles(gan, style)
    shift = torch.ones(1, size)
    style = type(style)(**{**style.__dict__, "style_shift": shift})
    mixed = mix_styles(gan, content, style, "1")
    taken = torch.zeros(size)
    for part in gan.spec.style_slices((1,)):
        taken[part] = 1.0
    assert mixed.style_shift is not None
    assert torch.equal(mixed.style_shift[0], taken)
    assert shifted.values.shape[2] == size


def test_errors_say_what_is_wrong() -> None:
    gan = tiny()
    codes = sample_latents(gan, 1)
    with pytest.raises(LatentError, match="not layers of this generator"):
        mix_styles(gan, codes, codes, "99")
    with pytest.raises(LatentError, match="The amount is nan"):
        mix_styles(gan, codes, codes, "1", float("nan"))
    plain = tiny("pggan")
    codes = sample_latents(plain, 1)
    with pytest.raises(LatentError, match="generator with a single latent"):
        mix_styles(plain, codes, codes, "0")
