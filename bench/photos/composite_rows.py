"""Rows of composites: a lever put into a photograph, against the true edit of the renderer."""

from __future__ import annotations

from dataclasses import dataclass

import latent_levers as ll
import numpy as np
import torch
from latent_levers.core.measures.wanted_scores import attribute_score
from latent_levers.core.photos.blending import MODES, soft_mask
from latent_levers.core.photos.crop import Crop
from latent_levers.core.photos.focus import focus_on
from latent_levers.core.photos.likeness import psnr
from latent_levers.core.photos.placement import Placement
from latent_levers.core.photos.resampling import cut_out
from latent_levers.core.pictures.images import to_bytes
from latent_levers.core.regions.presets import presets_for
from latent_levers.core.regions.shapes import region_from_shapes
from torch import Tensor
from torch.nn import functional as F

from training.portraits import ATTRIBUTES, sample_attributes

from .scenes import KINDS, REACH, edited, faces, scenes
from .table import Bar

COMPOSITED = 880_000_000
"""Seed of the first photograph that is judged; choices were made on those from 930,000,000 on."""

PEOPLE = 12
"""Photographs of each kind."""

EDITS = {"mouth_openness": "mouth", "eye_openness": "eyes"}
"""Attributes that are changed, and the region of each."""

STRENGTHS = torch.arange(-6, 6.01, 0.75)
"""Pulls that are tried; for each photograph that one is judged whose picture alone is nearest to
the true edit within the region, which favours the picture alone."""

SHOWN = 4.0
"""Pull of the sheet in sigma, towards the true edit: large, so that every flaw shows."""

LOWER = '[{"box": [0.5, 0.1, 0.45, 0.8]}]'
"""Region of the large photo: much more than the mouth, so that a part of it does not change."""

LARGE = 2000
"""Side of the large photo."""


@dataclass(frozen=True)
class CompositeRow:
    """Likeness to the true edits of one kind of photograph, in decibels."""

    name: str
    """The attribute and the kind."""
    direct: float
    """Of the generator's picture."""
    modes: dict[str, float]
    """Of composites, by mode."""
    inside: dict[str, float]
    """Within the region: of the generator's picture ("direct") and of composites."""
    untouched: bool
    """Whether every bit outside of the mask is the photograph's."""

    def line(self) -> str:
        """The row as text."""
        modes = "  ".join(f"{name} {value:.2f}" for name, value in self.modes.items())
        inside = "  ".join(f"{name} {value:.2f}" for name, value in self.inside.items())
        return f"{self.name:28} direct {self.direct:.2f}  {modes} dB; inside {inside}"


def composite_rows(gan: ll.Generator, inverter: ll.Inverter) -> tuple[list[CompositeRow], Tensor]:
    """Pull levers on photographs of each kind, and put the change back.

    Args:
        gan: The generator of 64 pixels.
        inverter: Prepared for it.

    Returns:
        The rows, and a sheet `[H, W, 3]` uint8: of twelve photographs of 256 pixels the photo, the
        generator's edit, the composite and the true edit.
    """
    attributes = sample_attributes(PEOPLE, COMPOSITED)
    rows: list[CompositeRow] = []
    shown: list[Tensor] = []
    for name, place in EDITS.items():
        lever = _lever(gan, name)
        region = region_from_shapes(place, gan.spec.img_size, presets_for(gan.details))
        truths = edited(attributes, name)
        mask = focus_on(region.weights[0])
        for kind in KINDS:
            photos, truth = faces(attributes, 64, kind), faces(truths, 64, kind)
            inversion = ll.invert(gan, photos, "W+", mask=mask, inverter=inverter)
            after = _nearest(gan, inversion.codes, lever, truth, region)
            rows.append(_row(f"{name}, {kind}", photos, inversion, after, truth, region))
            print(rows[-1].line(), flush=True)
            if place == "mouth":
                some = slice(KINDS.index(kind) * 3, KINDS.index(kind) * 3 + 3)
                large = faces(attributes, 256, kind)[some]
                before, codes = inversion.reconstruction[some], inversion.codes[some]
                column = ATTRIBUTES.index(name)
                signs = np.sign(truths - attributes)[some, column]
                pulled = _pulled(gan, codes, lever, SHOWN * signs)
                shown.append(
                    torch.cat(
                        [
                            large,
                            F.interpolate(pulled, (256, 256), mode="bicubic").clamp(-1, 1),
                            ll.composite(large, before, pulled, region),
                            faces(truths, 256, kind)[some],
                        ],
                        dim=3,
                    )
                )
    pages = torch.cat(shown)  # [12, 3, 256, 1024]
    page = pages.reshape(6, 2, 3, 256, 1024).permute(0, 2, 3, 1, 4).reshape(6, 3, 256, 2048)
    return rows, to_bytes(page.permute(1, 0, 2, 3).reshape(1, 3, 1536, 2048))[0]


def sharpness(gan: ll.Generator, inverter: ll.Inverter) -> dict[str, float]:
    """Laplacian energy of a large grainy photo after an edit, over that before.

    Args:
        gan: The generator.
        inverter: Prepared for it.

    Returns:
        "outside" of the mask, and inside of it where the edit changes nothing ("unchanged"). The
        latter leaves pixels at the ends of the scale out, where a change of tone clips grain but
        blurs nothing; "with clipped" has them.
    """
    attributes = sample_attributes(1, COMPOSITED + PEOPLE)
    photo = scenes(attributes, LARGE)
    grain = torch.randn(1, 1, LARGE, LARGE, generator=torch.Generator().manual_seed(0))
    photo = (photo + 0.05 * grain).clamp(-1, 1)
    side = LARGE / REACH
    box = ((LARGE - side) / 2, (LARGE - side) / 2, side, side)
    size = gan.spec.img_size
    placed = Placement.of_box(box, (LARGE, LARGE), size)
    crop = Crop(cut_out(photo, placed).clamp(-1, 1), placed)
    inversion = ll.invert(gan, crop.cut, "W+", inverter=inverter)
    after = ll.render(gan, ll.edit(inversion.codes, _lever(gan, "mouth_openness"), 0, 3.0))
    region = region_from_shapes(LOWER, size)
    result = ll.composite(photo, inversion.reconstruction, after, region, crop=crop)
    change = (after - inversion.reconstruction).abs().amax(dim=1, keepdim=True)
    near = F.max_pool2d((change > 0.05).float(), 5, 1, 2)
    soft = soft_mask(region, 0.04, placed, 1)
    still = _on_photo((soft >= 1).float() * (1 - near), box)
    outside = 1 - _on_photo((F.max_pool2d(soft, 5, 1, 2) > 0).float(), box)
    sharp = [_laplacian(images).square() for images in (photo, result)]
    ends = torch.maximum(photo.abs(), result.abs()).amax(dim=1, keepdim=True) >= 1
    free = still * (1 - F.max_pool2d(ends.float(), 3, 1))
    places = {"outside": outside, "unchanged": free, "with clipped": still}
    return {
        name: float((sharp[1] * where).sum() / (sharp[0] * where).sum())
        for name, where in places.items()
    } | {"changed_share": float((result != photo).any(dim=1).float().mean())}


def composite_bars(rows: list[CompositeRow], sharp: dict[str, float]) -> list[Bar]:
    """What is asked of composites.

    Args:
        rows: Of `composite_rows`.
        sharp: Of `sharpness`.

    Returns:
        Bars, with what was measured.
    """
    bars = [
        Bar(f"{row.name}: fill over the picture alone, dB", row.modes["fill"] - row.direct, 4.0)
        for row in rows
    ]
    untouched = sum(row.untouched for row in rows) / len(rows)
    return [
        *bars,
        Bar("rows whose photographs keep every bit outside of the mask, share", untouched, 1.0),
        Bar("sharpness of a 2,000 px photo, outside", sharp["outside"], 1.0),
        Bar("sharpness of a 2,000 px photo, inside and unchanged", sharp["unchanged"], 0.98),
        Bar("the same", sharp["unchanged"], 1.02, most=True),
    ]


def _lever(gan: ll.Generator, name: str) -> ll.Directions:
    """The lever of an attribute."""
    wanted = attribute_score(gan, name)
    codes = ll.sample_latents(gan, 32, 0, truncation_psi=1.0)
    return ll.score_lever(gan, codes, wanted.score, wanted.target)


def _pulled(
    gan: ll.Generator, codes: ll.LatentCode, lever: ll.Directions, strengths: np.ndarray
) -> Tensor:
    """`[N, 3, h, w]`: each code with a pull of its own."""
    edits = [ll.edit(codes[i], lever, 0, float(each)) for i, each in enumerate(strengths)]
    return torch.cat([ll.render(gan, code) for code in edits])


def _nearest(
    gan: ll.Generator, codes: ll.LatentCode, lever: ll.Directions, truth: Tensor, region: ll.Region
) -> Tensor:
    """`[N, 3, h, w]`: of each code the pull that is nearest to the true edit in the region."""
    pulls = [ll.render(gan, ll.edit(codes, lever, 0, float(each))) for each in STRENGTHS]
    images = torch.stack(pulls)  # [S, N, 3, h, w]
    error = ((images - truth) * region.weights[0]).square().sum(dim=(2, 3, 4))
    return images[error.argmin(dim=0), torch.arange(len(truth))]


def _row(
    name: str,
    photos: Tensor,
    inversion: ll.Inversion,
    after: Tensor,
    truth: Tensor,
    region: ll.Region,
) -> CompositeRow:
    """Compare all modes with the true edits."""
    inside = region.weights[0] > 0
    soft = soft_mask(region, 0.04, Placement.whole((64, 64), (64, 64)), 1)[0, 0]
    modes: dict[str, float] = {}
    within = {"direct": _inside(after, truth, inside)}
    untouched = True
    for mode in MODES:
        result = ll.composite(photos, inversion.reconstruction, after, region, mode)
        modes[mode] = float(psnr(result, truth).mean())
        within[mode] = _inside(result, truth, inside)
        untouched &= torch.equal(result[:, :, soft == 0], photos[:, :, soft == 0])
    return CompositeRow(name, float(psnr(after, truth).mean()), modes, within, untouched)


def _inside(images: Tensor, truth: Tensor, inside: Tensor) -> float:
    """Mean likeness within a region, in decibels."""
    return float(psnr(images[:, :, inside, None], truth[:, :, inside, None]).mean())


def _on_photo(weights: Tensor, box: tuple[float, float, float, float]) -> Tensor:
    """A mask of the generator's size, drawn coarsely in the large photo."""
    side = round(box[2])
    canvas = torch.zeros(1, 1, LARGE, LARGE)
    top, left = round(box[1]), round(box[0])
    canvas[:, :, top : top + side, left : left + side] = F.interpolate(weights, (side, side))
    return canvas[:, :, 1:-1, 1:-1]


def _laplacian(images: Tensor) -> Tensor:
    """`[N, 1, H - 2, W - 2]`."""
    kernel = images.new_tensor([[0, 1, 0], [1, -4, 1], [0, 1, 0]])[None, None]
    return F.conv2d(images.mean(dim=1, keepdim=True), kernel)
