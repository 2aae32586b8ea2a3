"""Where the latent codes of a plan come from."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ..base.errors import LatentError
from ..base.json_fields import Fields
from ..base.number_runs import MOST_CHARACTERS, NumberRuns
from ..base.parsing import read_numbers
from ..base.seeds import SEEDS
from ..concepts.conditions import NOISE_MODES
from .entries import LONGEST_HASH, LONGEST_PATH
from .known_fields import check_known

MOST_STORED = 100_000
"""Most latent codes of a file."""


@dataclass(frozen=True)
class StoredCodes:
    """Latent codes of a file, in place of seeds."""

    file: str
    """As it was given."""
    fingerprint: str
    """Of the codes."""
    count: int
    """Number of codes."""
    seeds: tuple[int, ...] | None = None
    """Seed of each code, if the file states them."""
    space: str | None = None
    """Latent space of a file of another program, where it was given."""


@dataclass(frozen=True)
class CodesEntry:
    """Where the latent codes of a plan come from, and how they are drawn."""

    seeds: NumberRuns | None = None
    """Seed of each code; none where they are stored."""
    stored: StoredCodes | None = None
    """The file of the codes, in place of seeds."""
    truncation: float = 0.7
    """Share of the distance to the mean w that is kept."""
    cutoff: int | None = None
    """Number of leading layers that are truncated; none means all."""
    label: int | None = None
    """Class of a conditional generator."""
    noise: str = "const"
    """One of `NOISE_MODES`."""
    rotate: float = 0.0
    """Rotation of the images of a StyleGAN3, in degrees."""
    shift: str = "0,0"
    """Their shift to the right and down, in image widths, as text."""

    def __post_init__(self) -> None:
        """Check that codes come from one place.

        Raises:
            LatentError: There are no seeds and no stored codes, or both.
        """
        if (self.seeds is None) == (self.stored is None):
            raise LatentError("A plan has seeds and stored latent codes, or neither", "one of them")

    def __len__(self) -> int:
        """Number of codes."""
        if self.seeds is not None:
            return len(self.seeds)
        return 0 if self.stored is None else self.stored.count

    def seed(self, row: int) -> int | None:
        """The seed of a code.

        Args:
            row: Its row, from 0.

        Returns:
            The seed, if it is known.
        """
        if self.seeds is not None:
            return self.seeds[row]
        known = None if self.stored is None else self.stored.seeds
        return None if known is None else known[row]

    @property
    def motion(self) -> tuple[float, tuple[float, float]]:
        """Rotation in degrees, and shift in image widths.

        Raises:
            LatentError: The shift is not two numbers.
        """
        numbers = read_numbers(self.shift, "shift")
        if len(numbers) != 2:
            raise LatentError(
                f"The shift {self.shift!r} is {len(numbers)} numbers", "two, such as 0.25,0"
            )
        return self.rotate, (numbers[0], numbers[1])

    def to_json(self) -> dict[str, Any]:
        """The entry for JSON."""
        return {**asdict(self), "seeds": None if self.seeds is None else str(self.seeds)}

    @classmethod
    def read(cls, fields: Fields) -> CodesEntry:
        """Read the entry from untrusted JSON.

        Args:
            fields: Its fields.

        Returns:
            The entry.

        Raises:
            PackError: A field is missing or does not fit.
        """
        text = fields.optional_text("seeds", MOST_CHARACTERS)
        stored = fields.values.get("stored")
        return cls(
            None if text is None else NumberRuns.parse(text, SEEDS, "seeds"),
            None if stored is None else _stored(Fields.of(stored, "The entry of stored codes")),
            fields.number("truncation", -1e6, 1e6, 0.7),
            fields.optional_integer("cutoff", 0, 10_000),
            fields.optional_integer("label", 0, 10_000_000),
            fields.choice("noise", NOISE_MODES, NOISE_MODES[0]),
            fields.number("rotate", -1e9, 1e9, 0.0),
            fields.text("shift", 100, "0,0"),
        )


def _stored(fields: Fields) -> StoredCodes:
    """Stored codes from untrusted JSON."""
    check_known(fields, StoredCodes)
    count = fields.integer("count", 1, MOST_STORED)
    seeds: tuple[int, ...] | None = None
    if fields.values.get("seeds") is not None:
        seeds = tuple(
            Fields({"seed": seed}, fields.what).integer("seed", 0, SEEDS - 1)
            for seed in fields.array("seeds", MOST_STORED)
        )
        if len(seeds) != count:
            raise LatentError(f"{len(seeds)} seeds are stated for {count} codes", "as many")
    file, digest = fields.text("file", LONGEST_PATH), fields.text("fingerprint", LONGEST_HASH)
    return StoredCodes(file, digest, count, seeds, fields.optional_text("space", 8))
