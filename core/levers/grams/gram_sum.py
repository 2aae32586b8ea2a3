"""Averages of Grams over many codes, bit-equal in whatever order and by whomever they are added.

Sums of floating-point numbers depend on their order. Codes are therefore divided into shards of a
fixed size; within a shard they are added one after the other, and sums of shards by a binary tree
over the numbers of the shards: 0 + 1, 2 + 3, then (0 + 1) + (2 + 3). Up to `SHARD_CODES` codes are
one shard.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from ...base.errors import SolveError
from ...concepts.gram import Gram
from ...concepts.latent_code import LatentSpace

AVERAGES = ("rows", "trace")
"""Divisor of each code's Gram: "rows" gives each pixel the same weight, "trace" each image, however
much it changes."""

SHARD_CODES = 16
"""Codes of a shard; even, so that the parity of a code is that of its place in the shard."""


@dataclass(frozen=True)
class GramPair:
    """A and B, averaged over some codes."""

    a: Tensor
    """`[d, d]` float64, of the region."""
    b: Tensor
    """`[d, d]` float64, of the background."""

    @property
    def region_changes(self) -> bool:
        """Whether the region changes at any of the codes; otherwise there are no directions."""
        return float(self.a.trace()) > 0


@dataclass(frozen=True)
class Averages:
    """Averages of both Grams over all codes, and over each half of the codes."""

    overall: GramPair
    """Averages over all codes."""
    halves: tuple[GramPair, GramPair] | None
    """Averages over codes with even and with odd index; none for a single code."""
    divisors: tuple[tuple[float, float], ...]
    """For each code the divisors of the Grams of region and background."""
    rank_bound: int
    """Weighted rows of the region over all codes, an upper bound of the rank of A."""


@dataclass
class GramPart:
    """Sums over the codes of a run of shards; grows while its shard is summed."""

    start: int
    """Number of the first code."""
    stop: int
    """Number after the last."""
    halves: list[list[Tensor]]
    """Sums over codes of even and of odd number, of region and background, `[d, d]` float64 each;
    only the even ones where there is one code."""
    divisors: list[tuple[float, float]]
    """For each code the divisors by which its Grams were divided."""
    rank_bound: int
    """Weighted rows of the region."""

    def add(self, parts: list[Tensor], by: tuple[float, float], rows: int) -> None:
        """Add the next code.

        Args:
            parts: Grams of region and background, divided; kept, and changed later.
            by: Their divisors.
            rows: Weighted rows of the region.
        """
        odd = (self.stop - self.start) % 2
        if odd == len(self.halves):
            self.halves.append(parts)
        else:
            for total, part in zip(self.halves[odd], parts, strict=True):
                total += part
        self.stop += 1
        self.divisors.append(by)
        self.rank_bound += rows

    def absorb(self, other: GramPart) -> None:
        """Add the codes that follow, in place.

        Args:
            other: Sums over the codes from `stop` on; not changed.
        """
        for half, more in zip(self.halves, other.halves, strict=False):  # one code has no odd half
            for total, part in zip(half, more, strict=True):
                total += part
        self.stop = other.stop
        self.divisors += other.divisors
        self.rank_bound += other.rank_bound

    def copy(self) -> GramPart:
        """A copy, with tensors of its own."""
        halves = [[total.clone() for total in half] for half in self.halves]
        return GramPart(self.start, self.stop, halves, list(self.divisors), self.rank_bound)


@dataclass
class GramSum:
    """Sums of Gram pairs, `J_f^T J_f` of a region and `J_b^T J_b` of its background, over codes.

    `add` takes codes one by one, `merge` what others added, `finish` gives the averages. Shards
    may come in any order and from anywhere; the averages are bit-equal.
    """

    average_by: str = "rows"
    """One of `AVERAGES`."""
    scale: Tensor | None = None
    """`[d]`, unit of each coordinate; none means 1."""
    shard_codes: int = SHARD_CODES
    """Codes of a shard, an even number from 2; another number gives other last bits."""
    kind: tuple[LatentSpace, tuple[int, ...] | None, str] | None = None
    """Space, layers and generator of the Grams; none before the first."""
    parts: dict[int, GramPart] = field(default_factory=dict)
    """Sums of shards that have been added, joined where both halves of a node of the tree are
    there, by their first code."""

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            SolveError: `average_by` is unknown, or shards would have an odd number of codes.
        """
        if self.average_by not in AVERAGES:
            found = f"Unknown average_by {self.average_by!r}"
            raise SolveError(found, f"one of {', '.join(AVERAGES)}")
        if self.shard_codes < 2 or self.shard_codes % 2:
            raise SolveError(f"A shard has {self.shard_codes} codes", "an even number from 2 on")

    @property
    def count(self) -> int:
        """Codes that have been added."""
        return sum(part.stop - part.start for part in self.parts.values())

    def add(self, number: int, grams: list[Gram]) -> None:
        """Add the Grams of one code.

        Args:
            number: Number of the code, from 0; those of a shard come in order, shards in any.
            grams: Grams of region and background, N = 1; not changed.

        Raises:
            SolveError: The divisor of a Gram is zero, the code before it in the shard is missing,
                it was added before, or the Grams are of another space or generator.
        """
        self._require_kind((grams[0].space, grams[0].layers, grams[0].origin))
        parts: list[Tensor] = []
        for gram in grams:
            total = gram.total[0]
            if self.scale is not None:
                factor = self.scale.to(total)
                total = total * factor[:, None] * factor
            parts.append(total)
        by = [
            float(total.trace() if self.average_by == "trace" else gram.rows)
            for total, gram in zip(parts, grams, strict=True)
        ]
        if min(by) <= 0:
            raise SolveError(
                "At one of the codes, the region or the background does not change",
                "Grams whose trace is positive",
                "Choose another region, or «average_by rows»",
            )
        part = self._open(number)
        divided = [total / divisor for total, divisor in zip(parts, by, strict=True)]
        part.add(divided, (by[0], by[1]), grams[0].rank_bound)
        self._join(part)

    def _open(self, number: int) -> GramPart:
        """The shard that a code belongs to, which must end before the code."""
        if number % self.shard_codes == 0:
            part = GramPart(number, number, [], [], 0)
            self._require_new(part, number + 1)
            self.parts[number] = part
            return part
        part = self.parts.get(number - number % self.shard_codes)
        if part is None or part.stop != number:
            raise SolveError(
                f"Code {number} was added to the sum where it does not follow",
                "the codes of a shard in order, each once",
            )
        return part

    def merge(self, other: GramSum) -> None:
        """Add what another sum holds; it is empty afterwards.

        Args:
            other: A sum of other shards of the same codes.

        Raises:
            SolveError: It holds codes that this one holds, too, or is of another kind.
        """
        mine = (self.average_by, self.shard_codes)
        if mine != (other.average_by, other.shard_codes):
            raise SolveError(
                f"Sums by {mine} and {(other.average_by, other.shard_codes)} were merged",
                "one average and one size of shards",
            )
        if other.kind is not None:
            self._require_kind(other.kind)
        for part in other.parts.values():
            self._require_new(part, part.stop)
        moved = list(other.parts.values())
        other.parts.clear()
        for part in moved:
            self.parts[part.start] = part
        for part in moved:
            if self.parts.get(part.start) is part:
                self._join(part)

    def _require_kind(self, kind: tuple[LatentSpace, tuple[int, ...] | None, str]) -> None:
        """Raise unless Grams are of the kind of those before."""
        if self.kind not in (None, kind):
            raise SolveError(f"Grams of {self.kind} and {kind} were added", "one space, generator")
        self.kind = kind

    def _require_new(self, part: GramPart, stop: int) -> None:
        """Raise if codes from the start of a part to `stop` are in the sum already."""
        for held in self.parts.values():
            if held.start < stop and part.start < held.stop:
                codes = f"{max(held.start, part.start)} to {min(held.stop, stop) - 1}"
                raise SolveError(f"Codes {codes} were added twice", "each code once")

    def _join(self, part: GramPart) -> None:
        """Join a part with its neighbour in the tree, and so on, as long as both are complete."""
        while True:
            size = part.stop - part.start
            shards = size // self.shard_codes
            if size % self.shard_codes or shards & (shards - 1):
                return  # its shard is not complete
            left = part.start // size % 2 == 0
            other = self.parts.get(part.start + size if left else part.start - size)
            if other is None or other.stop - other.start != size:
                return
            first, second = (part, other) if left else (other, part)
            del self.parts[second.start]
            first.absorb(second)
            part = first

    def finish(self) -> Averages:
        """The averages over all codes.

        Returns:
            The averages; the sum stays as it is, and more codes may be added.

        Raises:
            SolveError: Nothing was added, or codes before the last are missing.
        """
        ordered = [self.parts[start] for start in sorted(self.parts)]
        if not ordered:
            raise SolveError("No Grams were added", "those of at least one code")
        ends = [0, *(part.stop for part in ordered)]
        for part, end in zip(ordered, ends, strict=False):
            if part.start != end:
                raise SolveError(
                    f"Codes {end} to {part.start - 1} are missing in the sum",
                    "all codes up to the last",
                )
        total = ordered[-1]
        for part in ordered[-2::-1]:  # sizes fall, so the smallest are joined first
            joined = part.copy()
            joined.absorb(total)
            total = joined
        count = total.stop
        divisors, sums = tuple(total.divisors), total.halves
        if count == 1:
            a, b = sums[0]
            return Averages(GramPair(a.clone(), b.clone()), None, divisors, total.rank_bound)
        even, odd = (
            GramPair(*(part / n for part in half))
            for half, n in zip(sums, ((count + 1) // 2, count // 2), strict=True)
        )
        overall = GramPair(*(torch.add(sums[0][i], sums[1][i]) / count for i in range(2)))
        return Averages(overall, (even, odd), divisors, total.rank_bound)
