"""GANCompositePhoto: the change that an edit makes, put into the photograph."""

from __future__ import annotations

import torch
from comfy_api.latest import io
from torch import Tensor
from torch.nn import functional as F

from ...core.base.errors import PackError
from ...core.concepts.latent_code import LatentCode
from ...core.concepts.region import Region
from ...core.generators.rendering import render
from ...core.photos.blending import FEATHER, MODES
from ...core.photos.composite import composite
from ...core.photos.crop import Crop
from ...core.photos.fitting.report import FAIR
from ...core.photos.likeness import psnr
from ...core.photos.placement import Placement
from ...core.photos.resampling import cut_out
from ...core.pictures.images import from_unit_range, to_unit_range
from .. import host
from ..inputs import report_output
from ..masks import read_region
from ..previews import SHOWN, on_node
from ..sockets import CATEGORY, GAN, GAN_CROP, GAN_LATENT, LoadedGAN
from .images import photo_input, read_photos, reduced

_Either = LatentCode | Tensor


class GANCompositePhoto(io.ComfyNode):
    """Calls `composite.composite`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANCompositePhoto",
            display_name="GAN Composite Photo",
            category=f"{CATEGORY}/photos",
            description="Puts an edit into the photo: only the change from before to after, within "
            "a region. All else, every bit of it, stays the photo, at the photo's own size.",
            is_output_node=True,
            inputs=[
                photo_input("The one that was cut; one, or as many as there are edits."),
                _pictures("before", "What the generator shows for the photo: latents from GAN "
                          "Invert Photo, or images of them."),
                _pictures("after", "The same, edited: latents from Latent Edit, or images. Several "
                          "give as many photos."),
                io.Mask.Input(
                    "region",
                    tooltip="What may change, in the generator's picture: white there. From Region "
                    "Mask with the generator connected. One mask, or one per edit.",
                ),
                io.Combo.Input(
                    "mode",
                    options=list(MODES),
                    default=MODES[0],
                    tooltip="fill: the change, with grain, moles and light of the photo carried "
                    "on into changed places. difference: the change alone, which leaves ghosts of "
                    "what the photo had there. paste: the generator's picture itself.",
                ),
                io.Float.Input(
                    "feather",
                    default=FEATHER,
                    min=0.0,
                    max=0.5,
                    step=0.01,
                    round=0.001,
                    tooltip="Width of the soft edge round the region, as a share of the picture's "
                    "side.",
                ),
                GAN.Input(
                    "gan",
                    optional=True,
                    tooltip="The generator, needed where before or after are latents.",
                ),
                GAN_CROP.Input(
                    "crop",
                    optional=True,
                    tooltip="Where the generator's picture lies in the photo, from GAN Crop Photo; "
                    "without it, all over the photo.",
                ),
            ],
            outputs=[
                io.Image.Output(
                    "image", display_name="photo", tooltip="The edited photo, at its own size."
                ),
                report_output("How much of the photo changed."),
            ],
        )  # fmt: skip

    @classmethod
    def execute(
        cls,
        photo: Tensor,
        before: _Either,
        after: _Either,
        region: Tensor,
        mode: str,
        feather: float,
        gan: LoadedGAN | None = None,
        crop: tuple[Crop, ...] | None = None,
    ) -> io.NodeOutput:
        """Put the change in."""
        with host.collect_notes() as notes:
            photos = read_photos(photo, notes)
            pair = [
                _drawn(value, name, gan, crop, notes)
                for name, value in (("before", before), ("after", after))
            ]
            size = (pair[1].shape[2], pair[1].shape[3])
            area = read_region(region, size, notes, "the mask")
            result = _composites(photos, pair, area, (mode, feather), crop)
            image = _on_original(photo, photos, result)
            notes.extend(_report(photos, pair, result, crop))
            shown = reduced(result[:SHOWN])
        return io.NodeOutput(
            host.to_intermediate_device(image), "\n".join(notes), ui=on_node(notes, shown)
        )


def _pictures(name: str, tooltip: str) -> io.Input:
    """An input for latents or images."""
    return io.MultiType.Input(name, types=[GAN_LATENT, io.Image], tooltip=tooltip)


def _drawn(
    value: _Either,
    name: str,
    gan: LoadedGAN | None,
    crop: tuple[Crop, ...] | None,
    notes: list[str],
) -> Tensor:
    """Pictures `[N, C, h, w]` in [-1, 1] of latents or images."""
    if isinstance(value, LatentCode):
        if gan is None:
            raise PackError(
                f"Latents are connected at {name}, and no generator at gan",
                "the generator, which draws them",
                "Connect Load GAN at gan",
            )
        with host.session(gan) as work:
            images = render(work.generator, value, progress=host.progress())
            notes.extend(note for note in work.notes if note not in notes)
        return images.detach().to("cpu", torch.float32)
    images = from_unit_range(value)
    size = None if crop is None else crop[0].placement.size
    if size is not None and tuple(images.shape[2:]) != size:
        found = f"{images.shape[3]} x {images.shape[2]}"
        notes.append(
            f"The images {name} were resized from {found} to {size[1]} x {size[0]} pixels."
        )
        images = F.interpolate(images, size, mode="bicubic", antialias=True).clamp(-1, 1)
    return images


def _composites(
    photos: Tensor,
    pair: list[Tensor],
    region: Region,
    how: tuple[str, float],
    crop: tuple[Crop, ...] | None,
) -> Tensor:
    """All edited photos, `[N, 3, H, W]`."""
    before, after = pair
    mode, feather = how
    if crop is None or len(crop) == 1:
        return composite(photos, before, after, region, mode, feather, crop and crop[0])
    counts = {len(photos), len(before), len(after), len(region.weights)} - {1}
    if counts - {len(crop)}:
        raise PackError(
            f"{len(crop)} crops, {len(photos)} photos, {len(before)} pictures before and "
            f"{len(after)} after are connected",
            "as many of each, or one",
        )

    def at(values: Tensor, row: int) -> Tensor:
        return values[row : row + 1] if len(values) > 1 else values

    rows = [
        composite(
            at(photos, row),
            at(before, row),
            at(after, row),
            Region(at(region.weights, row), region.name),
            mode,
            feather,
            one,
        )
        for row, one in enumerate(crop)
    ]
    return torch.cat(rows)


def _on_original(image: Tensor, photos: Tensor, result: Tensor) -> Tensor:
    """The edited photos as ComfyUI has them; pixels that did not change keep their bits.

    Args:
        image: `[1 or N, H, W, C]`, as connected.
        photos: The same as core has it.
        result: `[N, 3, H, W]`.

    Returns:
        `[N, H, W, 3]`, or `[N, H, W, 4]` with the opacity of the photo.
    """
    changed = (result != photos).any(dim=1)[..., None]  # [N, H, W, 1]
    plain = image.detach().to("cpu", torch.float32)
    old = plain[..., :3] if plain.shape[3] >= 3 else plain[..., :1].expand(-1, -1, -1, 3)
    new = torch.where(changed, to_unit_range(result), old)
    if plain.shape[3] > 3:
        new = torch.cat([new, plain[..., 3:].expand(len(new), -1, -1, -1)], dim=-1)
    return new


def _report(
    photos: Tensor, pair: list[Tensor], result: Tensor, crop: tuple[Crop, ...] | None
) -> list[str]:
    """How much changed, and whether the picture before is that of the photo."""
    share = float((result != photos).any(dim=1).float().mean())
    if share == 0:
        lines = ["Nothing changed: before and after are the same within the region."]
    else:
        lines = [
            f"{100 * share:.2g} % of the photo's pixels changed; all others are the photo's own, "
            "bit for bit."
        ]
    before = pair[0]
    size = (before.shape[2], before.shape[3])
    whole = Placement.whole((photos.shape[2], photos.shape[3]), size) if crop is None else None
    rows = range(max(len(photos), len(before)))
    worst = min(
        _likeness(
            photos[row % len(photos)][None],
            before[row % len(before)],
            whole or (crop or ())[row % len(crop or ())].placement,
        )
        for row in rows
    )
    if worst < FAIR:
        lines.append(
            f"The picture before is not like the photo ({worst:.1f} dB): connect the photo, the "
            "crop and the latents that belong together, or use a generator that draws such photos."
        )
    return lines


def _likeness(photo: Tensor, picture: Tensor, placement: Placement) -> float:
    """How like the photo a picture is where it lies in it, in decibels."""
    drawn = picture[:1].expand(3, -1, -1) if len(picture) < 3 else picture[:3]
    return float(psnr(drawn[None], cut_out(photo, placement).clamp(-1, 1)))
