"""What a plan of a batch states besides its rows, as plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from ..base.errors import PackError
from ..base.json_fields import Fields
from ..edits.guards import GUARDS
from ..edits.units import UNITS

FORMATS = {"png": ".png", "webp": ".webp", "jpeg": ".jpg"}
"""Formats of pictures, and the endings of their files."""

MOST_LEVERS = 20_000
"""Most levers of a plan."""

LONGEST_PATH, LONGEST_TEXT, LONGEST_HASH, _SHAPES = 4096, 1000, 128, 1_000_000
"""Longest texts, in characters."""


@dataclass(frozen=True)
class GeneratorEntry:
    """The generator of a plan."""

    file: str
    """As it was given: the name of a bundled generator, or a path."""
    fingerprint: str
    """Of its weights."""
    options: tuple[str, ...] = ()
    """Settings that the file does not store, each as "name=value"."""

    @classmethod
    def read(cls, fields: Fields) -> GeneratorEntry:
        """Read the entry from untrusted JSON.

        Args:
            fields: Its fields.

        Returns:
            The entry.

        Raises:
            FieldError: A field is missing or does not fit.
        """
        file, digest = fields.text("file", LONGEST_PATH), fields.text("fingerprint", LONGEST_HASH)
        return cls(file, digest, fields.texts("options", 100, LONGEST_TEXT))


@dataclass(frozen=True)
class LeversEntry:
    """The levers of a plan."""

    file: str
    """As it was given."""
    fingerprint: str
    """Of the vectors and eigenvalues."""
    names: tuple[str, ...]
    """A label per lever, for captions."""
    space: str | None = None
    """Latent space of a file of another program, where it was given."""

    @classmethod
    def read(cls, fields: Fields) -> LeversEntry:
        """Read the entry from untrusted JSON.

        Args:
            fields: Its fields.

        Returns:
            The entry.

        Raises:
            FieldError: A field is missing or does not fit.
        """
        file, digest = fields.text("file", LONGEST_PATH), fields.text("fingerprint", LONGEST_HASH)
        names = fields.texts("names", MOST_LEVERS, LONGEST_TEXT)
        return cls(file, digest, names, fields.optional_text("space", 8))


@dataclass(frozen=True)
class PullEntry:
    """How levers are pulled."""

    unit: str = "sigma"
    """One of `UNITS`."""
    layers: str | None = None
    """Layers that are changed; none means the levers' own."""
    hold: str | None = None
    """What the levers may change, as parts or shapes, or a picture's path; none holds nothing."""
    held: str | None = None
    """Fingerprint of the weights of that region."""
    composite: bool = False
    """Whether images are blended into those before the pull."""
    guard: str = GUARDS[0]
    """One of `GUARDS`."""

    @classmethod
    def read(cls, fields: Fields) -> PullEntry:
        """Read the entry from untrusted JSON.

        Args:
            fields: Its fields.

        Returns:
            The entry.

        Raises:
            PackError: A field is missing or does not fit.
        """
        return cls(
            fields.choice("unit", UNITS, "sigma"),
            fields.optional_text("layers", LONGEST_TEXT),
            fields.optional_text("hold", _SHAPES),
            fields.optional_text("held", LONGEST_HASH),
            fields.flag("composite"),
            fields.choice("guard", GUARDS, GUARDS[0]),
        )


@dataclass(frozen=True)
class ImageEntry:
    """The files of the pictures."""

    format: str = "png"
    """One of `FORMATS`."""
    level: int | None = None
    """Compression of a PNG, 0 to 9, or quality of a WebP or JPEG, 1 to 100 (WebP: 100 is lossless);
    none means `LEVELS`."""
    scale: int = 0
    """Factor by which pictures are enlarged; 0 and 1 leave them as they are."""

    def __post_init__(self) -> None:
        """Check the format and the level.

        Raises:
            PackError: One of them does not exist.
        """
        if self.format not in FORMATS:
            raise PackError(f"Unknown format {self.format!r}", f"one of {', '.join(FORMATS)}")
        low, high = (0, 9) if self.format == "png" else (1, 100)
        if not low <= self.chosen_level <= high:
            raise PackError(
                f"The level of {self.format} is {self.level}", f"a number from {low} to {high}"
            )

    @property
    def chosen_level(self) -> int:
        """The level, or the usual one."""
        return LEVELS[self.format] if self.level is None else self.level

    @classmethod
    def read(cls, fields: Fields) -> ImageEntry:
        """Read the entry from untrusted JSON.

        Args:
            fields: Its fields.

        Returns:
            The entry.

        Raises:
            PackError: A field is missing or does not fit.
        """
        level = fields.optional_integer("level", 0, 100)
        return cls(
            fields.choice("format", FORMATS, "png"), level, fields.integer("scale", 0, 8192, 0)
        )


LEVELS = {"png": 1, "webp": 90, "jpeg": 95}
"""Levels where nobody chooses."""

PNG = ImageEntry()
"""PNGs of the usual level in their own size."""
