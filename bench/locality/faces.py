"""The faces that levers are found with, chosen on and judged on, and the regions of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import latent_levers as ll
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.latent_code import LatentCode
from latent_levers.core.concepts.region import Region
from latent_levers.core.generators.rendering import render
from latent_levers.core.measures.attribute_network import AttributeReader, reader_for
from latent_levers.core.measures.part_segmenter import bundled_segmenter
from latent_levers.core.regions.presets import presets_for
from latent_levers.core.regions.shapes import region_from_shapes
from torch import Tensor

FIND, CHOOSE, JUDGE = range(0, 8), range(100, 116), range(1000, 1032)
"""Seeds of the faces that levers are found with, that choices are made on, and of the verdict."""

TRUNCATION = 0.7
"""Of all faces; the pack's own default."""


@dataclass(frozen=True)
class Part:
    """A region in which edits are compared."""

    name: str
    """In tables."""
    box: str = ""
    """Name of a box in the generator's file."""
    mask: str = ""
    """Name of a part that the segmenter finds in every face, where no box fits all faces."""
    equal: float = 32.0
    """Change inside, in grey levels rms, at which methods are compared."""
    natural: float = 32.0
    """Change inside when the drawn original moves this part as far as it goes."""
    attributes: tuple[str, ...] = ()
    """Attributes of the part; supervised methods are given the first."""


PARTS = (
    Part("mouth", "mouth", natural=58, attributes=("mouth_openness", "smile")),
    Part("one eye", "left_eye", natural=50, attributes=("left_eye_openness",)),
    Part("eyes", "eyes", natural=50, attributes=("eye_openness",)),
    Part("brows", "brows", natural=42, attributes=("brow_height", "brow_angle")),
    Part("nose", "nose", equal=18, natural=18, attributes=("nose_length", "nose_width")),
    Part("hair", mask="hair", natural=39, attributes=("hair_lightness", "hair_fringe")),
    Part("background", mask="background", natural=32, attributes=("background_green",)),
)
"""The regions; natural changes are those of the renderer that drew the training portraits."""

TWIN = "right_eye"
"""Box of the eye that stays open in a wink."""


GLOBAL = {"pose": "head_turn", "light": "light", "age": "age"}
"""Levers of the whole image, and the attribute of each."""

STRIP = 6
"""Faces of the verdict that strips show: the first ones, whatever they look like."""


@dataclass(frozen=True)
class Faces:
    """Codes, their images, and the region of each."""

    gan: Generator
    """The generator."""
    codes: LatentCode
    """N codes."""

    @classmethod
    def of(cls, gan: Generator, seeds: range) -> Faces:
        """Sample faces.

        Args:
            gan: The generator.
            seeds: Their seeds, one after the other.

        Returns:
            The faces.
        """
        return cls(gan, ll.sample_latents(gan, len(seeds), seeds.start, TRUNCATION))

    @cached_property
    def images(self) -> Tensor:
        """`[N, 3, H, W]`."""
        return render(self.gan, self.codes)

    def region(self, part: Part) -> Region:
        """Where a part is.

        Args:
            part: The part.

        Returns:
            One box for all faces, or a mask for each.
        """
        if part.mask:
            return bundled_segmenter().region(self.images, part.mask)
        return self.box(part.box)

    def box(self, name: str) -> Region:
        """A box that the generator's file names.

        Args:
            name: Such as "mouth".

        Returns:
            The region.
        """
        return region_from_shapes(name, self.gan.spec.img_size, presets_for(self.gan.details))


@dataclass(frozen=True)
class Subject:
    """The generator with its faces."""

    gan: Generator
    """The bundled generator."""
    reader: AttributeReader
    """Reads attributes off its images."""
    find: Faces
    """Faces that levers are found with."""
    choose: Faces
    """Faces on which candidates and signs are chosen."""
    judge: Faces
    """Faces of the verdict, which nothing else has seen."""

    @classmethod
    def load(cls) -> Subject:
        """Load the bundled generator.

        Returns:
            The subject.
        """
        gan = ll.load_generator("portraits")
        reader = reader_for(gan)
        assert reader is not None  # it was trained on what the bundled generator draws
        return cls(gan, reader, *(Faces.of(gan, seeds) for seeds in (FIND, CHOOSE, JUDGE)))
