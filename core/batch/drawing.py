"""Rows of a plan to pictures, each bit-equal whether it is drawn alone or among others."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from ..base.errors import PackError
from ..base.execution import is_out_of_memory, plain_tensors, torch_threads
from ..base.progress import Progress, no_progress
from ..base.wording import counted
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, concatenate
from ..edits.editing import PullOptions
from ..edits.guards import GUARDS, guard_quietly
from ..edits.variations import Variation, apply_variations
from ..generators.user_transform import sampling_transform
from ..pictures.images import enlarged, to_bytes
from .facts import all_facts, row_facts
from .graphs.graph_writer import GraphWriter
from .graphs.picture_recipe import recipe_of
from .plan import Plan
from .rendering.encoding import encode_picture
from .rendering.held_region import Hold
from .rendering.padding import chunks_in_order, padded_places
from .rendering.row_codes import RowCodes

_CHANNELS_LAST = ("stylegan2",)
"""Architectures that draw faster on a CPU with channels last."""


@dataclass(frozen=True)
class DrawnRow:
    """A picture of a row, and what made it."""

    number: int
    """The row."""
    variation: Variation
    """`plan[number]`."""
    picture: Tensor
    """`[H, W, 3]` uint8, or `[H, W, 4]` with opacity."""
    facts: dict[str, Any]
    """Keywords and values for text chunks."""


class Drawer:
    """Draws rows of a plan with an open generator and its levers.

    A row is bit-equal on one kind of machine, whichever others are drawn with it, since the plan
    states the threads that compute it. On another device it differs by at most one grey level.

    Args:
        plan: The plan.
        gan: Its generator; on a CPU the drawer computes with a copy of its own.
        levers: Its levers.
        stored: The codes of its file, where it names one.
        hold: The region that it holds, if any; for this generator.
        graph: Text chunks of all PNGs, by which ComfyUI opens them; none writes into each the graph
            that draws it again.
    """

    def __init__(
        self,
        plan: Plan,
        gan: Generator,
        levers: Directions,
        stored: LatentCode | None = None,
        hold: Hold | None = None,
        graph: Mapping[str, str] | None = None,
    ) -> None:
        self.plan, self.levers, self.hold = plan, levers, hold
        self._graph, self._graphs = graph, GraphWriter()
        self.gan = _laid_out(gan)
        self.codes = RowCodes(self.gan, plan.codes, plan.batch_size, stored)
        self.shortened: list[float] = []
        """Shares of the pulls that the guard shortened."""
        request = None if hold is None else replace(hold.request, gan=self.gan)
        self._pull = PullOptions(plan.pull.unit, plan.pull.layers, request)
        with plain_tensors():
            self._transform = sampling_transform(self.gan, *plan.codes.motion)

    def draw(self, numbers: Sequence[int], progress: Progress | None = None) -> Iterator[DrawnRow]:
        """Draw rows one after the other; only one chunk is in memory.

        Args:
            numbers: Rows of the plan, in any order.
            progress: Called with (done, total) rows; may raise to cancel.

        Yields:
            A picture per row, in that order.

        Raises:
            PackError: A row does not exist, or the memory does not hold a chunk.
        """
        report, done = progress or no_progress, 0
        for chunk in chunks_in_order(numbers, self.plan.batch_size):
            variations = [self.plan[number] for number in chunk]
            with torch_threads(self.plan.threads):
                pictures = self._pictures(chunk, variations)
            for number, variation, picture in zip(chunk, variations, pictures, strict=True):
                facts = row_facts(self.plan, number, variation)
                yield DrawnRow(number, variation, picture, facts)
            done += len(chunk)
            report(done, len(numbers))

    def try_pull(self, variation: Variation) -> None:
        """Pull a row without drawing it, so that what fits no row is refused before any work.

        Args:
            variation: A row of the plan.

        Raises:
            PackError: The codes, the levers or the layers do not fit.
        """
        codes = self.codes.get([variation.row])
        free = replace(self._pull, hold=None)
        apply_variations(codes, self.levers, [replace(variation, row=0)], free)

    def encode(self, drawn: DrawnRow) -> bytes:
        """The file of a picture, with all facts in it; may run in another thread.

        Args:
            drawn: From `draw`.

        Returns:
            A PNG, WebP or JPEG, as the plan says.
        """
        whole, facts = all_facts(self.plan, drawn.number, drawn.variation), drawn.facts
        if self.plan.image.format == "png":
            graph = self._graph
            if graph is None:
                graph = self._graphs.chunks(recipe_of(self.plan, drawn.variation, self.gan.spec))
            facts = {**facts, **graph}
        return encode_picture(drawn.picture, self.plan.image, facts, whole)

    def report(self) -> list[str]:
        """What guard and hold did so far, in sentences."""
        said = [] if self.hold is None else self.hold.report()
        if self.shortened:
            said.append(
                f"The guard shortened {counted(len(self.shortened), 'pull')}, at most to "
                f"{min(self.shortened):.0%} of their length: further on there are no random images "
                "like them."
            )
        return said

    def _pictures(self, chunk: list[int], variations: list[Variation]) -> list[Tensor]:
        """Pictures of rows of different places."""
        filled, places = padded_places(chunk, self.plan.batch_size)
        codes = self.codes.get([variation.row for variation in variations])
        pulled = self._pulled(codes, variations)
        images = self._render(pulled, filled)
        before = None
        if self.hold is not None and self.hold.composite:
            before = self._render(codes, filled)
        scale = max(1, self.plan.image.scale)
        if before is None and scale == 1:
            whole = to_bytes(images, alpha=True)
            return [whole[place] for place in places]
        pictures: list[Tensor] = []
        for place in places:
            image = images[place : place + 1]
            if self.hold is not None and before is not None:
                image = self.hold.finish(before[place : place + 1], image)
            image = enlarged(image, scale)  # its clamp reads the range of all that it is given
            pictures.append(to_bytes(image, alpha=True)[0])
        return pictures

    def _pulled(self, codes: LatentCode, variations: list[Variation]) -> LatentCode:
        """The codes of rows after their pulls; every step sees one row at a time."""
        local = [
            replace(variation, row=place, pulls=variation.pulls or ((0, 0.0),))
            for place, variation in enumerate(variations)
        ]
        with plain_tensors():
            pulled = apply_variations(codes, self.levers, local, self._pull)
        mode = self.plan.pull.guard
        if mode == GUARDS[0]:
            return pulled
        rows: list[LatentCode] = []
        for place, variation in enumerate(variations):
            try:
                guarded = guard_quietly(self.gan, codes[place], pulled[place], mode)
            except PackError as error:
                found = f"{variation.caption}: {error.found}"
                raise type(error)(found, error.expected, error.remedy) from None
            rows.append(guarded.codes)
            if float(guarded.kept[0]) < 1:
                self.shortened.append(float(guarded.kept[0]))
        return concatenate(rows)

    def _render(self, codes: LatentCode, filled: list[int]) -> Tensor:
        """Images of a whole chunk, `[batch_size, C, H, W]` float32 on the CPU."""
        batch = concatenate([codes[position] for position in filled])
        try:
            with plain_tensors():
                images = self.gan.draw_codes(batch, self.plan.codes.noise, self._transform)
                return images.to("cpu", torch.float32)
        except (RuntimeError, MemoryError) as error:
            if len(filled) == 1 or not is_out_of_memory(error):
                raise
            raise PackError(
                f"The memory does not hold {len(filled)} pictures at once",
                "room for the batch size of the plan, which decides its last bits",
                "Make a plan with a smaller batch size",
            ) from None


def _laid_out(gan: Generator) -> Generator:
    """A generator whose weights lie as a CPU reads them fastest; a copy, since others use it."""
    if gan.device.type != "cpu" or gan.spec.architecture not in _CHANNELS_LAST:
        return gan
    network = copy.deepcopy(gan.network)
    network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] - stubs lack it
    return replace(gan, network=network)
