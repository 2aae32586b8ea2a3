"""The photograph of an explorer: its code, and the change that levers make put into it."""

from __future__ import annotations

import hashlib
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional as F

from ..base.errors import LatentError, PackError
from ..base.wording import warn
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode
from ..concepts.region import Region
from ..generators.rendering import render
from ..latents.sampling import class_vectors
from ..photos.blending import FEATHER, blended, checked, soft_mask
from ..photos.grey import GREY, colourless
from ..photos.photo_checks import check_photo
from ..photos.placement import Placement
from ..pictures.images import from_unit_range
from .holding import held_region
from .photo_state import FoundCode, PhotoState
from .session import Holding, apply_state
from .state import ExplorerState

LARGEST_VIEW = 1024
"""Longer side of the photograph in the page, in pixels; a run gives all of them."""


class Photograph:
    """A photograph at its own size and at that of the page. Nothing of it changes.

    Args:
        image: `[N, H, W, C]` in [0, 1], as ComfyUI passes images; the first of several is used.

    Raises:
        PackError: It is tiny, or no picture.
    """

    def __init__(self, image: Tensor) -> None:
        if image.ndim != 4 or not image.numel():
            raise PackError(
                f"The photograph has shape {list(image.shape)}", "[N, H, W, C], at least one"
            )
        self.source = image
        """What was given."""
        self.network_image = check_photo(from_unit_range(image[:1]), "The photograph")
        """`[1, 3, H, W]` in [-1, 1]."""
        self._before: tuple[FoundCode, str, Tensor] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.source.shape[1], self.source.shape[2]

    @cached_property
    def pixels(self) -> Tensor:
        """`[1, H, W, 3]` float32 on the CPU in [0, 1]: the very numbers that were given."""
        plain = self.source[:1].detach().to("cpu", torch.float32)[..., :3].clamp(0, 1)
        return plain[..., :1].expand(-1, -1, -1, 3) if plain.shape[3] < 3 else plain

    @cached_property
    def view(self) -> Photograph:
        """The same for the page: at most `LARGEST_VIEW` pixels on the longer side."""
        scale = LARGEST_VIEW / max(self.size)
        if scale >= 1:
            return self
        size = [max(1, round(side * scale)) for side in self.size]
        small = F.interpolate(
            self.pixels.permute(0, 3, 1, 2), size=size, mode="bicubic", antialias=True
        )
        return Photograph(small.clamp(0, 1).permute(0, 2, 3, 1).contiguous())

    @cached_property
    def _digest(self) -> str:
        """Names the photograph by its pixels in 8 bits."""
        seen = hashlib.sha256(f"{self.size}".encode())
        seen.update((self.pixels * 255).round().byte().contiguous().numpy().tobytes())
        return seen.hexdigest()[:16]

    def key(self, gan: Generator) -> str:
        """Names the photograph together with a generator: a code fits no other pair.

        Args:
            gan: The generator.

        Returns:
            Up to 33 letters.
        """
        return f"{self._digest} {gan.spec.fingerprint[:16]}"

    def box(self, gan: Generator, state: PhotoState) -> tuple[float, float, float, float]:
        """The crop that was drawn.

        Args:
            gan: The generator.
            state: The settings.

        Returns:
            Left, top, width and height in pixels; the largest crop in the middle where none was.
        """
        (height, width), (rows, columns) = self.size, gan.spec.img_size
        if state.box is not None:
            left, top, wide, high = state.box
            return left * width, top * height, wide * width, high * height
        pixel = min(height / rows, width / columns)
        wide, high = pixel * columns, pixel * rows
        return (width - wide) / 2, (height - high) / 2, wide, high

    def found(self, gan: Generator, state: PhotoState) -> FoundCode | None:
        """The code in a state, if it is that of this photograph.

        Args:
            gan: The generator.
            state: The settings.

        Returns:
            The code; none where there is none, or it is of another photograph or generator.
        """
        code = state.found
        return code if code is not None and code.key == self.key(gan) else None

    def require(self, gan: Generator, state: PhotoState) -> FoundCode:
        """The code in a state, which must be that of this photograph.

        Args:
            gan: The generator.
            state: The settings.

        Returns:
            The code.

        Raises:
            LatentError: There is none, or it is of another photograph or generator.
        """
        found = self.found(gan, state)
        if found is None:
            raise LatentError(
                "The state has no code of this photograph",
                "one that was found for it",
                "Press Find the latent first",
            )
        return found

    def before(self, gan: Generator, found: FoundCode) -> Tensor:
        """What the generator shows for the photograph; the last one is kept.

        Args:
            gan: The generator.
            found: The code.

        Returns:
            `[1, C, h, w]`, nominal range [-1, 1].
        """
        known, device = self._before, str(gan.device)
        if known is not None and known[1] == device and known[0].same(found):
            return known[2]
        image = render(gan, photo_code(gan, found))
        self._before = found, device, image
        return image

    def changed(
        self, before: Tensor, after: Tensor, region: Region, placement: Placement
    ) -> Tensor:
        """The photograph with the change between two pictures in it.

        Args:
            before: `[1, C, h, w]`, what the generator shows for it.
            after: `[1, C, h, w]`, the same edited.
            region: What may change, in the generator's pixels.
            placement: Where the generator's picture lies; of a photo of this proportion.

        Returns:
            `[1, H, W, 3]` float32 in [0, 1]. What does not change is the photograph to the bit.
        """
        photo, before, after = checked(self.network_image, before, after, "fill")
        placement = _resized(placement, self.size)
        soft = soft_mask(region, FEATHER, placement, 1)
        made = blended(photo, before, after, soft, placement)
        kept = (made == photo).permute(0, 2, 3, 1)
        return torch.where(kept, self.pixels, (made * 0.5 + 0.5).permute(0, 2, 3, 1).clamp(0, 1))


def _resized(placement: Placement, size: tuple[int, int]) -> Placement:
    """The same place in a photo of another size."""
    (height, width), (rows, columns) = placement.photo_size, size
    scale = placement.matrix.new_tensor([width / columns, height / rows, 1.0])
    return Placement(placement.matrix * scale, size, placement.size)


def photo_code(gan: Generator, found: FoundCode) -> LatentCode:
    """The code of a photograph.

    Args:
        gan: The generator.
        found: The code as the state has it.

    Returns:
        One code, not truncated.

    Raises:
        LatentError: It has another size than the generator's latents, or another class.
    """
    spec = gan.spec
    rows = spec.num_ws if found.space.is_plus else 1
    needed = (rows, spec.direction_dim(found.space) // rows)
    if tuple(found.values.shape) != needed:
        raise LatentError(
            f"The code of the photograph has shape {list(found.values.shape)} in "
            f"{found.space.value}",
            f"{list(needed)}, as this {spec.architecture} generator takes",
            "Find the latent again",
        )
    labels = class_vectors(gan, found.label, 1)
    return LatentCode(found.values[None], found.space, labels, origin=spec.fingerprint)


def in_photo(
    gan: Generator,
    photo: Photograph,
    state: ExplorerState,
    edited: LatentCode,
    mask: Tensor | None = None,
    *,
    view: bool = False,
) -> Tensor:
    """Put what the levers of a state change into the photograph.

    Only the regions of the pulled levers change; all of the crop, where a lever of the whole image
    is pulled, or where the state truncates.

    Args:
        gan: The generator.
        photo: The photograph.
        state: The state, with the code of this photograph.
        edited: That code with the state applied, one.
        mask: The connected mask, which is part of every region.
        view: Whether it is drawn at the size for the page, which is quicker.

    Returns:
        `[1, H, W, 3]` float32 on the CPU in [0, 1].

    Raises:
        LatentError: The code is of another photograph, or does not fit.
        PackError: The crop lies outside of the photograph.
    """
    found = photo.require(gan, state.photo)
    region = held_region(gan, state, 0, mask) if state.psi == 1 else None
    region = region or Region(torch.ones(1, *gan.spec.img_size), "the crop")
    matrix = torch.tensor(found.matrix, dtype=torch.float64).reshape(2, 3)
    placement = Placement(matrix, photo.size, gan.spec.img_size)
    shown = photo.view if view else photo
    if not view and bool(colourless(photo.network_image).any()):
        warn(GREY)
    return shown.changed(photo.before(gan, found), render(gan, edited), region, placement)


def photo_image(
    gan: Generator, photo: Photograph, state: ExplorerState, holding: Holding
) -> Tensor:
    """Apply a state to the code of its photograph, and put the change into it.

    Args:
        gan: The generator.
        photo: The photograph.
        state: The state.
        holding: What a hold needs.

    Returns:
        `[1, H, W, 3]` float32 on the CPU in [0, 1].

    Raises:
        LatentError: The state has no code of this photograph.
        PackError: The crop lies outside of the photograph.
    """
    found = photo.require(gan, state.photo)
    edited = apply_state(gan, photo_code(gan, found), state, holding)
    return in_photo(gan, photo, state, edited, holding.mask)
