"""All that made one picture, and what a graph of it needs and does not say."""

from __future__ import annotations

import ntpath
import re
from dataclasses import dataclass, field
from pathlib import PurePath

from ...concepts.network import GeneratorSpec
from ...edits.guards import GUARDS
from ...edits.variations import Variation
from ...pictures.images import OPACITY
from ..plan import Plan


@dataclass(frozen=True)
class PictureRecipe:
    """All that made one picture of a batch, in the words of the command line."""

    generator: str
    """Name of a bundled generator, or its file; of a file only the last part of its path is
    written."""
    pulls: tuple[tuple[int, float], ...]
    """Pairs of a direction's number and a strength, applied one after the other."""
    levers: str
    """File of the levers; only the last part of its path is written."""
    options: tuple[str, ...] = ()
    """Settings that the generator's file does not store, each as name=value."""
    levers_space: str | None = None
    """Latent space of levers of other programs."""
    seed: int | None = None
    """Seed of the code; read where `latents` is none."""
    truncation: float = 0.7
    """truncation_psi of the seed."""
    truncation_cutoff: int | None = None
    """Number of leading layers that are truncated; none means all."""
    label: int | None = None
    """Class of the seed."""
    latents: str | None = None
    """File of latent codes in place of a seed."""
    latents_space: str | None = None
    """Latent space of codes of other programs."""
    row: int = 0
    """Row of the code in that file, from 0."""
    unit: str = "sigma"
    """Unit of the strengths."""
    layers: str | None = None
    """Layers that are changed; none means those that each lever was found for."""
    guard: str = GUARDS[0]
    """One of `guards.GUARDS`."""
    hold: str | None = None
    """Region outside of which the image is held: parts, shapes, or the file of a picture."""
    composite: bool = False
    """Whether the image was blended into the one before at the edge of that region."""
    noise: str = "const"
    """Noise inputs of the layers."""
    rotation: float = 0.0
    """Degrees, counterclockwise; StyleGAN3 only."""
    translation: tuple[float, float] = (0.0, 0.0)
    """To the right and down, in image widths; StyleGAN3 only."""
    scale: int = 1
    """Factor by which the picture was enlarged, 1 or more."""
    opacity: bool = False
    """Whether the picture has an alpha channel."""
    caption: str = ""
    """What the picture is, for the note."""


def recipe_of(plan: Plan, variation: Variation, spec: GeneratorSpec) -> PictureRecipe:
    """The recipe of a row.

    Args:
        plan: The plan.
        variation: One of its rows.
        spec: Of its generator.

    Returns:
        For `embedded_graph.graph_chunks`.

    Raises:
        PackError: The plan's shift is not two numbers.
    """
    codes, pull, stored = plan.codes, plan.pull, plan.codes.stored
    rotation, translation = codes.motion
    return PictureRecipe(
        generator=plan.generator.file,
        pulls=variation.pulls,
        levers=plan.levers.file,
        options=plan.generator.options,
        levers_space=plan.levers.space,
        seed=variation.seed,
        truncation=codes.truncation,
        # Without a mapping network z is drawn with the truncation, whatever the cutoff.
        truncation_cutoff=None if spec.w_dim is None else codes.cutoff,
        label=codes.label,
        latents=None if stored is None else stored.file,
        latents_space=None if stored is None else stored.space,
        row=variation.row,
        unit=pull.unit,
        layers=pull.layers,
        guard=pull.guard,
        hold=pull.hold,
        composite=pull.composite,
        noise=codes.noise,
        rotation=rotation,
        translation=translation,
        scale=max(1, plan.image.scale),
        opacity=spec.img_channels == OPACITY,
        caption=variation.caption,
    )


@dataclass
class Remarks:
    """What the note of a graph says."""

    files: list[str] = field(default_factory=list[str])
    """Files that must be there, each with its folder, as Markdown."""
    gaps: list[str] = field(default_factory=list[str])
    """What the graph does not say, as Markdown."""

    def need(self, name: str, folder: str) -> None:
        """Say that a file must be there.

        Args:
            name: Its name.
            folder: Its folder in ComfyUI's.
        """
        self.files.append(f"**{as_markdown(name)}** in {as_markdown(folder)}")


def as_markdown(text: str) -> str:
    """A text whose letters mean themselves in Markdown; not as code, which some pages hardly show.

    Args:
        text: Any text, perhaps from a stranger's file.

    Returns:
        On one line, with a backslash before each letter with a meaning.
    """
    return re.sub(r"([\\`*_\[\]<>#|~&])", r"\\\1", " ".join(text.split()))


def base_name(path: str) -> str:
    """The last part of a path of any system.

    Args:
        path: With slashes or backslashes.

    Returns:
        The name of the file.
    """
    return ntpath.basename(PurePath(path).as_posix()) or path
