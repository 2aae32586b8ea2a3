"""A plan of a batch: all that makes each picture, by its row, before any is drawn."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from ..base.errors import DirectionsError, FieldError, PackError
from ..base.json_fields import Fields
from ..edits.variations import Variation, labelled_caption
from .codes_entry import CodesEntry
from .entries import FORMATS, PNG, GeneratorEntry, ImageEntry, LeversEntry, PullEntry
from .file_names import USUAL, check_pattern, check_stem, file_stem
from .known_fields import check_known
from .rows import RowsEntry

FORMAT, VERSION = "latent-levers-plan", 1
"""How a plan's file says what it is."""

SHARD = 1000
"""Rows of a shard where nobody chooses."""

_MOST_SHARD, _MOST_BATCH, _MOST_THREADS = 1_000_000, 4096, 1024


@dataclass(frozen=True)
class Plan:
    """The rows of a batch and all that decides their pictures; row n is `plan[n]`.

    Rows are computed when they are asked for, so that a plan of a billion takes no memory. Two
    plans draw the same pictures for the rows that both have if their `digest` is the same.
    """

    generator: GeneratorEntry
    """The generator."""
    levers: LeversEntry
    """The levers."""
    codes: CodesEntry
    """The latent codes."""
    pull: PullEntry
    """How levers are pulled."""
    rows: RowsEntry
    """The rows."""
    batch_size: int
    """Pictures that are drawn at once; fewer are padded to it, since their number decides the last
    bits of each."""
    image: ImageEntry = PNG
    """The files of the pictures."""
    shard_size: int = SHARD
    """Rows of a shard, the unit in which work is shared."""
    names: str = USUAL
    """Pattern of the names of pictures; see `file_names.check_pattern`."""
    threads: int = 1
    """Threads of a CPU that compute a picture, whose number decides its last bits, too."""

    def __post_init__(self) -> None:
        """Check that the parts fit each other.

        Raises:
            PackError: A lever, code or name does not fit, or a number is out of range.
        """
        self.rows.check(len(self.levers.names), len(self.codes))
        check_pattern(self.names)
        for what, value, most in (
            ("batch size", self.batch_size, _MOST_BATCH),
            ("shard size", self.shard_size, _MOST_SHARD),
            ("number of threads", self.threads, _MOST_THREADS),
        ):
            if not 1 <= value <= most:
                raise PackError(f"The {what} is {value:,}", f"a number from 1 to {most:,}")
        named = [check_stem(row.name).lower() for row in self.rows.table if row.name]
        if len(set(named)) < len(named):
            twice = Counter(named).most_common(1)[0][0]
            raise PackError(f"Two rows of the table are named {twice!r}", "a name for each")
        if named and len(named) < len(self.rows.table):
            raise PackError(
                f"{len(named)} of {len(self.rows.table)} rows of the table have names",
                "a name for each row, or for none",
            )

    def __len__(self) -> int:
        """Number of rows."""
        return self.rows.count

    def __getitem__(self, number: int) -> Variation:
        """A row, in a time that does not depend on how many there are.

        Args:
            number: From 0.

        Returns:
            The row of its code, its seed, pulls and caption.

        Raises:
            DirectionsError: There is no such row.
        """
        if not 0 <= number < len(self):
            raise DirectionsError(
                f"Row {number:,} was asked for",
                f"a row from 0 to {len(self) - 1:,}",
                "Ask for fewer rows, or let the plan grow",
            )
        row, pulls = self.rows.row(number, len(self.codes))
        seed = self.codes.seed(row)
        named = [(self.levers.names[index], strength) for index, strength in pulls]
        return Variation(row, seed, pulls, labelled_caption(row, seed, named))

    def __iter__(self) -> Iterator[Variation]:
        """The rows in order."""
        return (self[number] for number in range(len(self)))

    @property
    def shards(self) -> int:
        """Number of shards."""
        return -(-len(self) // self.shard_size)

    def shard(self, number: int) -> range:
        """The rows of a shard.

        Args:
            number: From 0.

        Returns:
            Their numbers.

        Raises:
            DirectionsError: There is no such shard.
        """
        if not 0 <= number < self.shards:
            raise DirectionsError(
                f"Shard {number:,} was asked for", f"a number from 0 to {self.shards - 1:,}"
            )
        start = number * self.shard_size
        return range(start, min(start + self.shard_size, len(self)))

    def shard_of(self, row: int) -> int:
        """The shard of a row.

        Args:
            row: Its number.

        Returns:
            From 0.
        """
        return row // self.shard_size

    def file_name(self, number: int) -> str:
        """Name of a row's picture.

        Args:
            number: The row.

        Returns:
            The name with its ending, without a folder.
        """
        ending = FORMATS[self.image.format]
        if self.names == USUAL and not (self.rows.table and self.rows.table[0].name):
            return f"{number:05d}{ending}"
        if self.rows.table and self.rows.table[number].name:
            return f"{self.rows.table[number].name}{ending}"
        if "{seed" not in self.names and "{lever" not in self.names:
            return f"{file_stem(self.names, number, None, '')}{ending}"
        variation = self[number]
        levers = "+".join(self.levers.names[index] for index, _ in variation.pulls)
        return f"{file_stem(self.names, number, variation.seed, levers)}{ending}"

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that decides the bits of a row, as 64 hex digits.

        The number of rows is left out, and so is the end of the last range of seeds where it
        decides no row: in a grid. Of a table it covers the rows with which the plan was made. Names
        and paths decide no bits.
        """
        text = json.dumps(self._decisive(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def _decisive(self) -> dict[str, Any]:
        """All that decides the bits of a row."""
        codes, rows = self.codes.to_json(), self.rows.to_json()
        stored = codes.pop("stored")
        codes["stored"] = None if stored is None else stored["fingerprint"]
        seeds = self.codes.seeds
        if rows["mode"] == "grid":
            codes["seeds"] = None if seeds is None else seeds.open_text
            del rows["seed"]
        del rows["count"]
        if rows["mode"] == "table":
            covered = self.rows.table[: self.rows.counted]
            codes["seeds"] = None
            rows["table"] = [
                [row.code if seeds is None else seeds[row.code], *map(list, row.pulls)]
                for row in covered
            ]
        pull = asdict(self.pull)
        if self.pull.held:
            del pull["hold"]  # the same region in other words is the same
        image = asdict(self.image)
        image["scale"] = max(1, self.image.scale)
        image["level"] = None if self.image.format == "png" else self.image.chosen_level
        return {
            "version": VERSION,
            "generator": [self.generator.fingerprint, *self.generator.options],
            "levers": [self.levers.fingerprint, self.levers.space],
            "codes": codes,
            "pull": pull,
            "rows": rows,
            "batch_size": self.batch_size,
            "threads": self.threads,
            "image": image,
        }

    def to_json(self) -> dict[str, Any]:
        """The plan as plain values for JSON; `from_json` reads it."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "digest": self.digest,
            "generator": asdict(self.generator),
            "levers": asdict(self.levers),
            "codes": self.codes.to_json(),
            "pull": asdict(self.pull),
            "rows": self.rows.to_json(),
            "batch_size": self.batch_size,
            "image": asdict(self.image),
            "shard_size": self.shard_size,
            "names": self.names,
            "threads": self.threads,
        }

    @classmethod
    def from_json(cls, value: Any) -> Plan:
        """Read a plan from untrusted JSON.

        Args:
            value: What `json.loads` returned.

        Returns:
            The plan.

        Raises:
            FieldError: A field is missing, unknown, of the wrong type or too large, or the plan was
                changed by hand, so that its digest is another. Other `PackError`s: parts do not
                fit.
        """
        fields = Fields.of(value, "The plan")
        found = fields.text("format", 100), fields.integer("version", 1, 10**6)
        if found != (FORMAT, VERSION):
            raise FieldError(
                f"The file is {found[0]!r}, version {found[1]}",
                f"{FORMAT!r}, version {VERSION}",
                "Update this pack where the plan is newer",
            )

        check_known(fields, cls, "format", "version", "digest")

        def entry(key: str, kind: type) -> Fields:
            return check_known(Fields.of(fields.values.get(key), f"The plan's {key!r}"), kind)

        plan = cls(
            GeneratorEntry.read(entry("generator", GeneratorEntry)),
            LeversEntry.read(entry("levers", LeversEntry)),
            CodesEntry.read(entry("codes", CodesEntry)),
            PullEntry.read(entry("pull", PullEntry)),
            RowsEntry.read(entry("rows", RowsEntry)),
            fields.integer("batch_size", 1, _MOST_BATCH),
            ImageEntry.read(entry("image", ImageEntry)),
            fields.integer("shard_size", 1, _MOST_SHARD, SHARD),
            fields.text("names", 200, USUAL),
            fields.integer("threads", 1, _MOST_THREADS, 1),
        )
        stated = fields.optional_text("digest", 64)
        if stated is not None and stated != plan.digest:
            raise FieldError(
                "The plan's digest does not fit what it states",
                "a plan as it was written",
                "Make a new plan, in a folder of its own; this one was changed or is damaged",
            )
        return plan
