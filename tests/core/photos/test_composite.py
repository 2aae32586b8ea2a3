"""The change of an edit, put into a photograph."""

from __future__ import annotations

import latent_levers as ll
import pytest
import torch
from latent_levers.core.base.errors import PackError, RegionError
from latent_levers.core.photos.crop import Crop
from latent_levers.core.photos.placement import Placement
from latent_levers.core.photos.resampling import cut_out
from torch import Tensor

SIDE = 64
REGION = ll.Region.box(24, 20, 16, 24, SIDE)
BOX = (60.0, 40.0, 320.0, 320.0)
"""Five pixels of the photo to one of the picture."""


def smooth(seed: int, side: int) -> Tensor:
    """A smooth picture, `[1, 3, side, side]`."""
    noise = 0.6 * torch.rand(1, 3, 6, 6, generator=torch.Generator().manual_seed(seed)) - 0.4
    return torch.nn.functional.interpolate(noise, (side, side), mode="bicubic")


def pulled(before: Tensor) -> Tensor:
    """A bright disc within the region: an edit as sharp as the generator's pixels."""
    y, x = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    disc = ((y - 32) ** 2 + (x - 32) ** 2 < 25).float()
    return before + 0.5 * disc


def grainy(size: tuple[int, int]) -> Tensor:
    """Grain that no generator draws."""
    return 0.1 * torch.randn(1, 1, *size, generator=torch.Generator().manual_seed(1))


def laplacian(images: Tensor) -> Tensor:
    """Sharpness, `[N, 1, H - 2, W - 2]`."""
    kernel = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])[None, None]
    return torch.nn.functional.conv2d(images.mean(dim=1, keepdim=True), kernel)


def photo_and_crop() -> tuple[Tensor, Crop]:
    """A photo of 400 x 440 pixels with grain, and a crop of it."""
    photo = (
        torch.nn.functional.interpolate(smooth(0, 110), (400, 440)) + grainy((400, 440))
    ).clamp(-1, 1)
    placed = Placement.of_box(BOX, (400, 440), (SIDE, SIDE))
    return photo, Crop(cut_out(photo, placed), placed)


@pytest.mark.parametrize("mode", ["fill", "difference", "paste"])
def test_outside_every_bit_is_the_photos(mode: str) -> None:
    photo, crop = photo_and_crop()
    before = smooth(0, SIDE)
    result = ll.composite(photo, before, pulled(before), REGION, mode, crop=crop)
    changed = (result != photo).any(dim=1)[0]
    rows, columns = changed.nonzero().T
    edge = 5 * (0.04 * SIDE + 2)  # the feather and the grid of the generator, in the photo's pixels
    assert 40 + 5 * 24 - edge <= int(rows.min())
    assert int(rows.max()) < 40 + 5 * 40 + edge
    assert 60 + 5 * 20 - edge <= int(columns.min())
    assert int(columns.max()) < 60 + 5 * 44 + edge
    assert bool(changed[40 + 5 * 32, 60 + 5 * 32])


def test_where_the_edit_changes_nothing_the_photo_keeps_every_bit() -> None:
    photo, crop = photo_and_crop()
    before = smooth(0, SIDE)
    for mode in ("fill", "difference"):
        assert torch.equal(ll.composite(photo, before, before, REGION, mode, crop=crop), photo)
    pasted = ll.composite(photo, before, before, REGION, "paste", crop=crop)
    assert not torch.equal(pasted, photo)


def test_filled_is_the_true_edit_with_what_the_generator_lacks() -> None:
    """The generator misses a cast of colour; it is continued under the disc, and no ghost stays."""
    before = smooth(0, SIDE)
    after = pulled(before)
    spot = torch.zeros(1, 1, SIDE, SIDE)
    spot[:, :, 31:34, 31:34] = -0.4  # the photo alone has it, where the disc will be
    cast = 0.2
    photo, truth = before + cast + spot, after + cast
    errors = {
        mode: float((ll.composite(photo, before, after, REGION, mode) - truth).square().mean())
        for mode in ("fill", "difference", "paste")
    }
    ghost = float(spot.square().mean())
    assert errors["fill"] < 0.02 * ghost
    assert errors["difference"] > 0.5 * ghost
    assert errors["paste"] > 2 * errors["difference"]


def test_unchanged_places_stay_as_sharp_as_the_photo() -> None:
    """Beside the disc, inside the region, the grain of the photo is whole."""
    photo, crop = photo_and_crop()
    before = smooth(0, SIDE)
    result = ll.composite(photo, before, pulled(before), REGION, crop=crop)
    beside = (slice(None), slice(None), slice(170, 235), slice(170, 185))
    kept = laplacian(result[beside]).square().mean() / laplacian(photo[beside]).square().mean()
    assert float(kept) == pytest.approx(1, abs=0.02)


def test_batches_and_types() -> None:
    photo, crop = photo_and_crop()
    before = smooth(0, SIDE)
    after = torch.cat([before, pulled(before)])
    result = ll.composite(photo.to(torch.float16), before, after, REGION, crop=crop)
    assert result.dtype is torch.float16
    assert torch.equal(result[0], photo.to(torch.float16)[0])
    alone = ll.composite(photo.to(torch.float16), before, after[1:], REGION, crop=crop)
    assert torch.equal(result[1:], alone)


def test_what_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    photo, crop = photo_and_crop()
    before = smooth(0, SIDE)
    with pytest.raises(PackError, match="one of fill, difference, paste"):
        ll.composite(photo, before, before, REGION, "add", crop=crop)
    with pytest.raises(PackError, match="440x400 pixels and the generator's picture 64x64"):
        ll.composite(photo, before, before, REGION)
    with pytest.raises(PackError, match="440x400, for which the crop was made"):
        ll.composite(photo[:, :, 1:], before, before, REGION, crop=crop)
    with pytest.raises(RegionError, match="9x9"):
        ll.composite(photo, before, before, ll.Region.box(0, 0, 2, 2, 9), crop=crop)
    with pytest.raises(RegionError, match="feather"):
        ll.composite(photo, before, before, REGION, feather=2, crop=crop)
    with pytest.raises(PackError, match="1x1 pixels"):
        ll.composite(torch.zeros(1, 3, 1, 1), before, before, REGION)
    with pytest.raises(PackError, match="Drop the fourth channel"):
        ll.composite(torch.zeros(1, 4, 64, 64), before, before, REGION)
    with pytest.raises(PackError, match=r"subtract 1"):
        ll.composite((photo + 1) * 127.5, before, before, REGION, crop=crop)
    with pytest.raises(PackError, match="as many of each"):
        ll.composite(
            photo.expand(3, -1, -1, -1), before.expand(2, -1, -1, -1), before, REGION, crop=crop
        )
    with pytest.raises(PackError, match="NaN"):
        ll.composite(photo, before, before / 0, REGION, crop=crop)
    from latent_levers.core.photos import blending

    monkeypatch.setattr(blending, "MOST_PIXELS", 100)
    with pytest.raises(PackError, match="megapixels"):
        ll.composite(photo, before, pulled(before), REGION, crop=crop)
