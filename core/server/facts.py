"""What pages get to know of an explorer when it is opened."""

from __future__ import annotations

from typing import Any

from ..concepts.generator import Generator
from ..concepts.latent_code import LatentSpace
from ..explorer.image_sizes import is_large, smaller_images
from ..explorer.levers import fitted
from ..regions.presets import presets_for
from .mask_pictures import mask_pictures
from .sessions import Contents


def explorer_facts(contents: Contents, title: str) -> dict[str, Any]:
    """Facts about generator, latents, levers and photograph.

    Args:
        contents: The inputs of the explorer.
        title: One line about the generator.

    Returns:
        Plain data for JSON: "size" `[H, W]`, "count" of the images, "num_ws", "space", whether
        there is "truncation" and a "mask", "smaller": the longer side of the image in which levers
        are sought before the whole one, 0 where the network draws none, or none where the whole
        image is small, data URLs of the "masks", names of the connected
        "directions", "presets" with their boxes, the "title", and "photo": none, or
        its "size" `[H, W]` and the "key" of codes that belong to it.

    Raises:
        DirectionsError: The levers do not fit the generator.
        LatentError: The generator has no such space.
    """
    gan, codes, mask = contents.gan.generator, contents.codes, contents.mask
    spec, photo = gan.spec, contents.photo
    connected = None if contents.directions is None else fitted(gan, contents.directions)
    presets = presets_for(gan.details)
    return {
        "size": list(spec.img_size),
        "count": len(codes) if photo is None else 1,
        "num_ws": spec.num_ws,
        "space": spec.native_space.value,
        "smaller": _smaller_side(gan),
        "truncation": codes.space is not LatentSpace.S,
        "directions": connected and [connected.label(i) for i in range(len(connected))],
        "mask": mask is not None and bool(mask.any()),
        "masks": mask_pictures(mask, spec.img_size),
        "presets": {name: [round(x, 4) for x in box] for name, box in presets.items()},
        "title": title,
        "photo": photo and {"size": list(photo.size), "key": photo.key(gan)},
    }


def _smaller_side(gan: Generator) -> int | None:
    """Longer side of the largest smaller image in which levers are sought; 0 for none."""
    if not is_large(gan):
        return None
    images = smaller_images(gan)
    return images[0].gan.spec.img_resolution if images else 0
