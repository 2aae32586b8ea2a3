"""What the pulls of a batch hold: a region from text or a picture, and what that changed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from torch import Tensor

from ...base.hashing import fingerprint
from ...concepts.generator import Generator
from ...edits.composite import composite
from ...edits.holding.request import HoldChange, HoldRequest, summary
from ...pictures.picture_files import read_mask
from ...regions.presets import presets_for
from ...regions.shapes import region_from_shapes
from ..facts import PICTURES, shown_region


@dataclass(frozen=True)
class Hold:
    """What is held, and what that changed."""

    request: HoldRequest
    """For `PullOptions`."""
    composite: bool = False
    """Whether images are blended into those before the pull."""
    changes: list[HoldChange] = field(default_factory=list[HoldChange])
    """The change of each image that was held, in order."""
    cut: list[float] = field(default_factory=list[float])
    """What composites took away from the images, in grey levels."""

    @property
    def fingerprint(self) -> str:
        """Identifies the region by its weights."""
        return fingerprint({"weights": self.request.region.weights})

    def report(self) -> list[str]:
        """What was held, in sentences.

        Returns:
            None where nothing was.
        """
        said: list[str] = []
        if self.changes:
            said.append(summary(self.request.region, self.changes))
        if self.cut:
            mean = sum(self.cut) / len(self.cut)
            said.append(
                f"The composite then cut off a change of {mean:.3g} grey levels (root mean square "
                "over the image)."
            )
        return said

    def finish(self, before: Tensor, after: Tensor) -> Tensor:
        """Blend held images into those before the pull, where that is asked.

        Args:
            before: `[N, C, H, W]`.
            after: `[N, C, H, W]`.

        Returns:
            `[N, C, H, W]`.
        """
        if not self.composite:
            return after
        mixed, lost = composite(before, after, self.request.region)
        self.cut.append(lost)
        return mixed


def open_hold(gan: Generator, text: str, noise: str, composite: bool = False) -> Hold:
    """Read what pulls may change.

    Args:
        gan: The generator.
        text: Parts such as "mouth", shapes, or the path of a picture that is white inside.
        noise: One of `NOISE_MODES`.
        composite: Whether images are blended into those before the pull.

    Returns:
        What is held.

    Raises:
        PackError: The region cannot be read, is the whole image, or does not fit the generator.
    """
    painted = read_mask(Path(text)) if text.lower().endswith(PICTURES) else None
    shapes = "" if painted is not None else text
    region = region_from_shapes(shapes, gan.spec.img_size, presets_for(gan.details), painted)
    named = replace(region, name=shown_region(text))
    changes: list[HoldChange] = []
    request = HoldRequest(gan, named, noise_mode=noise, report=changes.append)
    request.weights(1)  # refuses the whole image before any work
    return Hold(request, composite, changes)
