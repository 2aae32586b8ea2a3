"""The options `--hold` and `--composite`: what a pull must leave as it is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click
from torch import Tensor

from ..base.errors import PackError
from ..base.hashing import fingerprint
from ..concepts.generator import Generator
from ..edits.composite import composite
from ..edits.holding.request import HoldChange, HoldRequest, summary
from ..pictures.picture_files import read_mask
from ..regions.presets import presets_for
from ..regions.shapes import region_from_shapes
from .command import Options, Output

_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif")
"""Endings of pictures of a region."""

NO_HOLD = {"hold": None, "composite": False}
"""Settings without the options."""


def hold_parameters(with_composite: bool = False) -> list[click.Parameter]:
    """Declare `--hold`, and `--composite` where single images are drawn.

    Args:
        with_composite: Whether `--composite` is declared.

    Returns:
        The options.
    """
    options: list[click.Parameter] = [
        click.Option(
            ["--hold"],
            metavar="REGION",
            help="what the levers may change; all else is held as it was, by a correction of each "
            "image (about a second each): parts such as mouth, shapes, or a picture that is white "
            "inside; nothing is held by default",
        )
    ]
    if with_composite:
        options.append(
            click.Option(
                ["--composite"],
                is_flag=True,
                help="with --hold, blend each image into the one before at the edge of the "
                "region; cuts off what should move outside, such as the jaw",
            )
        )
    return options


@dataclass(frozen=True)
class Hold:
    """What a command holds, and what that changed."""

    request: HoldRequest
    """For `PullOptions`."""
    composite: bool = False
    """Whether images are blended into those before the pull."""
    changes: list[HoldChange] = field(default_factory=list[HoldChange])
    """The change of each image that was held, in order."""
    cut: list[float] = field(default_factory=list[float])
    """What composites took away from the images, in grey levels."""

    def report(self, output: Output) -> None:
        """Print what was held.

        Args:
            output: Output of the command.
        """
        if self.changes:
            output.print(summary(self.request.region, self.changes))
        if self.cut:
            mean = sum(self.cut) / len(self.cut)
            output.print(
                f"The composite then cut off a change of {mean:.3g} grey levels (root mean square "
                "over the image)."
            )

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


def read_hold(gan: Generator, options: Options) -> Hold | None:
    """Read `--hold` and `--composite`.

    Args:
        gan: The generator.
        options: Parsed options of `hold_parameters`.

    Returns:
        What is held; none without `--hold`.

    Raises:
        RegionError: The region cannot be read, is the whole image, or does not fit it.
        PackError: `--composite` is given without `--hold`, or the picture cannot be read.
    """
    blended = bool(getattr(options, "composite", False))
    if options.hold is None:
        if blended:
            raise PackError("--composite was given without --hold", "both, or neither")
        return None
    text = str(options.hold)
    size = gan.spec.img_size
    painted = read_mask(Path(text)) if text.lower().endswith(_PICTURES) else None
    shapes = "" if painted is not None else text
    region = region_from_shapes(shapes, size, presets_for(gan.details), painted)
    named = replace(region, name=_shown(options))
    changes: list[HoldChange] = []
    request = HoldRequest(gan, named, noise_mode=options.noise, report=changes.append)
    request.weights(1)  # refuses the whole image before any work
    return Hold(request, blended, changes)


def hold_facts(options: Options) -> dict[str, Any]:
    """Describe what is held, for text chunks and manifests.

    Args:
        options: Parsed options of `hold_parameters`.

    Returns:
        Keywords and values; empty where nothing is held.
    """
    if options.hold is None:
        return {}
    blended = {"composite": True} if getattr(options, "composite", False) else {}
    return {"hold": _shown(options), **blended}


def _shown(options: Options) -> str:
    """The region as it was written; of a picture only its name."""
    text = str(options.hold)
    return Path(text).name if text.lower().endswith(_PICTURES) else text


def hold_settings(hold: Hold | None, options: Options) -> dict[str, Any]:
    """What determines the images of a batch.

    Args:
        hold: From `read_hold`.
        options: Parsed options of `hold_parameters`.

    Returns:
        The keys of `NO_HOLD`.
    """
    if hold is None:
        return dict(NO_HOLD)
    digest = fingerprint({"weights": hold.request.region.weights})
    return {"hold": f"{_shown(options)} ({digest})", "composite": hold.composite}
