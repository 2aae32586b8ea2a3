"""StyleSpace: single channels, ranked as ReSeFa's quotient ranks them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import latent_levers as ll
import pytest
import torch
from cases import some_code, tiny
from latent_levers.core.base.errors import DirectionsError, LatentError, SolveError
from latent_levers.core.concepts.gram import Gram
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.jacobians.measuring import measure_grams
from latent_levers.core.jacobians.options import Derivative
from latent_levers.core.latents.code_statistics import style_deviations
from latent_levers.core.levers.grams.averaging import average
from latent_levers.core.levers.methods.stylespace import style_channels

BOX = ll.Region.box(1, 2, 3, 2, 8)


@pytest.mark.parametrize("name", ["stylegan2-skip", "stylegan1", "stylegan3-t"])
@pytest.mark.parametrize("average_by", ["rows", "trace"])
def test_channels_are_ranked_by_the_quotient_of_their_grams(name: str, average_by: str) -> None:
    """Against full Grams in units of the deviations; each direction moves one channel."""
    gan = tiny(name)
    codes, box = some_code(gan, 3), ll.Region.box(1, 2, 3, 2, gan.spec.img_size)
    levers = ll.stylespace(gan, codes, box, count=6, shrinkage=1e-2, average_by=average_by)
    grams = measure_grams(gan, codes, [box, ~box], Derivative(LatentSpace.S))
    each = ([of_code(gram, index) for gram in grams] for index in range(3))
    pair = average(each, average_by, style_deviations(gan)).overall
    a, b = pair.a.diagonal(), pair.b.diagonal()
    expected, best = (a / (b + 1e-2 * b.sum())).topk(6)
    torch.testing.assert_close(levers.eigenvalues, expected, rtol=1e-4, atol=0)
    assert levers.vectors.argmax(dim=1).tolist() == best.tolist()
    assert (levers.vectors != 0).sum(dim=1).tolist() == [1] * 6
    assert levers.vectors.sum(dim=1).tolist() == [1.0] * 6
    assert levers.sigma is not None
    torch.testing.assert_close(levers.sigma, style_deviations(gan)[best])


def of_code(gram: Gram, index: int) -> Gram:
    """The Gram of one code."""
    return replace(gram, total=gram.total[index : index + 1], rows=gram.rows[index : index + 1])


def test_no_single_channel_beats_resefa() -> None:
    """ReSeFa maximises the same quotient over all of S."""
    gan = tiny()
    codes = some_code(gan, 2)
    best = ll.resefa(gan, codes, BOX, space="S", count=1, shrinkage=1e-3)
    one = ll.stylespace(gan, codes, BOX, count=1, shrinkage=1e-3)
    assert 0 < float(one.eigenvalues[0]) <= float(best.eigenvalues[0])


def test_layer_kind_and_number_are_told(tmp_path: Path) -> None:
    """In names and details, which selections and files keep."""
    gan = tiny()
    levers = ll.stylespace(gan, some_code(gan, 4), BOX, count=33)
    channels = levers.details["style_channels"]
    every = style_channels(gan.spec)
    assert len(levers) == len(every) == gan.spec.direction_dim(LatentSpace.S)
    for row, channel in enumerate(channels):
        assert int(levers.vectors[row].argmax()) == channel["channel"]
        style = next(s for s in gan.spec.styles if s.name == channel["style"])
        assert (style.layer, style.kind) == (channel["layer"], channel["kind"])
        assert ("torgb" in channel["style"]) == (channel["kind"] == "tRGB")
        assert channel["index"] < style.channels
        start = gan.spec.style_slices()[gan.spec.styles.index(style)].start
        assert channel["channel"] == start + channel["index"]
        name = f"layer {channel['layer']} {channel['kind']} {channel['index']}"
        assert levers.label(row) == name
        assert channel["codes_inside"] in (0.0, 0.25, 0.5, 0.75, 1.0)
    assert levers.select([3]).details["style_channels"] == [channels[3]]
    path = ll.save_directions(levers.select([4, 1]), tmp_path / "channels")
    again = ll.load_directions(path, gan=gan)
    assert again.details["style_channels"] == [channels[4], channels[1]]
    assert again.names == (levers.names[4], levers.names[1])
    assert again.method == "stylespace"


def test_styles_of_other_architectures() -> None:
    """AdaIN has scales and shifts; StyleGAN3 has the input's transformation."""
    found = style_channels(tiny("stylegan1").spec)[:10]
    assert [c["kind"] for c in found] == ["AdaIN scale"] * 5 + ["AdaIN shift"] * 5
    assert [c["index"] for c in found] == [0, 1, 2, 3, 4] * 2
    assert [c["channel"] for c in found] == list(range(10))
    kinds = [c["kind"] for c in style_channels(tiny("stylegan3-t").spec)]
    assert kinds == ["input"] * 4 + ["conv"] * (len(kinds) - 8) + ["tRGB"] * 4


def test_some_layers_and_one_mask_per_code() -> None:
    gan, codes = tiny(), some_code(tiny(), 2)
    masks = torch.zeros(2, 8, 8)
    masks[0, :4], masks[1, 4:] = 1, 1
    levers = ll.stylespace(gan, codes, ll.Region.from_mask(masks), layers="2-3", count=3)
    assert {channel["layer"] for channel in levers.details["style_channels"]} <= {2, 3}
    assert levers.layers == (2, 3)
    assert levers.vectors.shape[1] == gan.spec.direction_dim(LatentSpace.S)
    swapped = ll.stylespace(gan, codes, ll.Region.from_mask(masks.flip(0)), layers="2-3", count=3)
    assert not torch.allclose(levers.eigenvalues, swapped.eigenvalues, rtol=1e-3)


def test_channels_are_pulled_like_other_levers() -> None:
    gan = tiny()
    code = some_code(gan)
    levers = ll.stylespace(gan, code, BOX, count=2)
    pulled = ll.edit(code, levers, index=1, strength=2.0)
    moved = (ll.to_styles(gan, pulled).values - ll.to_styles(gan, code).values).flatten()
    channel = levers.details["style_channels"][1]["channel"]
    assert levers.sigma is not None
    assert float(moved[channel]) == pytest.approx(2 * float(levers.sigma[1]), rel=1e-4)
    assert int((moved.abs() > 1e-6).sum()) == 1


def test_what_is_refused() -> None:
    gan, code = tiny(), some_code(tiny())
    with pytest.raises(DirectionsError, match="count is 0"):
        ll.stylespace(gan, code, BOX, count=0)
    with pytest.raises(SolveError, match=r"shrinkage is -1"):
        ll.stylespace(gan, code, BOX, shrinkage=-1.0)
    with pytest.raises(SolveError, match="Unknown average_by 'mean'"):
        ll.stylespace(gan, code, BOX, average_by="mean")
    for name in ("pggan", "biggan-chunks", "dcgan"):
        other = tiny(name)
        box = ll.Region.box(1, 2, 3, 2, other.spec.img_size)
        with pytest.raises(LatentError, match=r"has no style channels.*StyleGAN3.*ReSeFa"):
            ll.stylespace(other, some_code(other), box)
