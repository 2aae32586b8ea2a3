"""Find the latent code of an explorer's photograph."""

from __future__ import annotations

from collections.abc import Callable

from ..base.progress import Progress
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode
from ..photos.cropping import crop_photo
from ..photos.inversion import invert
from ..photos.inverter import prepared
from .photo_state import FoundCode, PhotoState
from .photograph import Photograph

PREPARING, PLACING, SEARCHING = "prepare", "place", "search"
"""Stages: what is computed once for a generator, the place of the crop, the code."""

_ENLARGED = 1.25
"""How many pixels of the generator a pixel of the photo may become before it is said."""


def find_code(
    gan: Generator,
    photo: Photograph,
    state: PhotoState,
    label: int | None,
    stage: Callable[[str], Progress],
) -> FoundCode:
    """Crop a photograph, and find the code of what is in the crop.

    Args:
        gan: The generator.
        photo: The photograph.
        state: Box, space and trust; a code in it is not used.
        label: Class of a conditional generator.
        stage: Called at the start of each stage with its name, for its progress, which may raise to
            cancel.

    Returns:
        The code, with a report.

    Raises:
        PackError: The crop lies outside of the photograph, or the generator has no such space.
    """
    inverter = prepared(gan, label, stage(PREPARING))
    crop = crop_photo(
        gan,
        photo.network_image,
        photo.box(gan, state),
        inverter,
        refine=not state.rough,
        progress=stage(PLACING),
    )
    found = invert(
        gan,
        crop.cut,
        state.space,
        state.trust,
        inverter=inverter,
        progress=stage(SEARCHING),
    )
    notes = [*found.report(gan), *crop.notes]
    pixel = crop.placement.pixel
    if pixel * _ENLARGED < 1:
        notes.append(
            f"A pixel of the photograph became {1 / pixel:.1f} of the generator: what it lacks in "
            "detail is the generator's guess."
        )
    return FoundCode(
        photo.key(gan),
        tuple(crop.placement.matrix.flatten().tolist()),
        found.codes.space,
        found.codes.values[0],
        label,
        " ".join(notes),
    )


def class_of_codes(gan: Generator, codes: LatentCode) -> int | None:
    """The class in which a photograph is searched for: that of the first of some codes.

    Args:
        gan: The generator.
        codes: N codes.

    Returns:
        The class with the largest weight; none for an unconditional generator.
    """
    if not gan.spec.c_dim or codes.labels is None:
        return None
    return int(codes.labels[0].argmax())
