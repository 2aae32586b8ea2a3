"""The state of an explorer as text: region, image, truncation, and pinned levers with their pulls.

The text is JSON; absent keys have their defaults, unknown keys are ignored:

    {"v": 1, "shapes": [...], "image": 0, "psi": 1.0, "hold": false,
     "levers": [{"name": "mouth 1", "pull": 2.5, "layers": "auto", "own": "all", "space": "W",
                 "method": "resefa", "eigenvalue": 12.3, "range": [-6, 6], "lives": "8-11",
                 "region": [...], "vector": "<base64>", "shape": [1, 512]}]}

- "shapes": the region, in the format of `regions.shapes`; an empty list means the whole image;
- "image": number of the displayed code, from 0;
- "psi": truncation in addition to that of the codes;
- "hold": whether what lies outside the regions of the pulled levers is kept as it was;
- "region": the shapes for which a lever was found, absent for levers of the whole image;
- "pull": latent distance; "own": layers for which a lever was found; "layers": layers on which it
  acts, "auto" for "own"; "range": lowest and highest useful pull; "lives": its main layers, in
  which most of its effect arises;
- "sought": side of the smaller image in which it was found, absent for the whole one; not read;
- "muted": whether a lever rests, whatever its pull; "input": whether the page shows the input that
  drives it;
- "photo": a connected photograph, see `photo_state`; absent where there was none;
- "record": recorded moves, a list of {"t": seconds, "pulls": [...]} in the order of the levers;
- "vector": little-endian float32, row after row: one row in Z, W and S, one per layer in Z+ and W+.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from ..base.errors import FieldError
from ..base.json_fields import Fields, parse_json
from ..concepts.directions import Directions
from ..concepts.latent_code import LatentSpace, format_layers
from .photo_state import PhotoState, read_photo
from .recording import Recording, read_recording
from .vectors import read_vector, write_vector

VERSION = 1
"""Version of the format; states of other versions are refused."""

MOST_LEVERS = 32
"""Most levers that may be pinned."""

LARGEST_TEXT = 8 << 20
"""Most characters of the text; 32 levers in W+ of the largest generators take four million."""

MAX_PULL = 1e4
"""Largest pull, a latent distance; the distance of random codes is a few tens."""

PSI_BOUNDS = (-2.0, 2.0)
"""Lowest and highest truncation that is accepted."""

_MOST_SHAPES, _MOST_IMAGES = 500, 1_000_000
_LONGEST_NAME, _LONGEST_WORD = 200, 100

AUTO = "auto"
"""Value of "layers" that means the layers for which a lever was found."""


@dataclass(frozen=True)
class PinnedLever:
    """One lever and its pull."""

    name: str
    """Its name, as typed."""
    pull: float
    """Latent distance; 0 changes nothing."""
    layers: str
    """Layers on which it acts, as typed; "auto" means `own`."""
    own: str
    """Layers for which it was found."""
    space: LatentSpace
    """Space of the vector."""
    method: str
    """Id of the method that found it."""
    eigenvalue: float
    """Its eigenvalue; NaN where it is unknown."""
    range: tuple[float, float]
    """Lowest and highest useful pull, as latent distances."""
    lives: str
    """Its main layers, in which most of its effect arises, as text; may be empty."""
    vector: Tensor
    """`[L', D]` float32 on the CPU, finite, not zero; L' is 1 in Z, W and S."""
    region: tuple[Any, ...] | None = None
    """The shapes for which it was found, not checked further; none where it is global."""
    muted: bool = False
    """Whether it rests; its pull is then 0."""

    @property
    def acting(self) -> str:
        """Layers on which it acts, with "auto" resolved."""
        return self.own if self.layers.strip().lower() in ("", AUTO) else self.layers


@dataclass(frozen=True)
class ExplorerState:
    """All settings of an explorer."""

    shapes: tuple[Any, ...] = ()
    """The region: parsed JSON, shapes in the format of `regions.shapes`; not checked further."""
    image: int = 0
    """Number of the displayed code, from 0."""
    psi: float = 1.0
    """Truncation in addition to that of the codes: 1 changes nothing, 0 gives the centre."""
    levers: tuple[PinnedLever, ...] = ()
    """Pinned levers, in order."""
    hold: bool = False
    """Whether what lies outside the regions of the pulled levers is kept."""
    recording: Recording = field(default_factory=Recording)
    """Recorded moves of the levers."""
    photo: PhotoState = field(default_factory=PhotoState)
    """The crop of the connected photograph, and the code that was found for it."""


def read_state(content: str | Mapping[str, Any]) -> ExplorerState:
    """Read a state in the format at the top of this file.

    Args:
        content: The text, or the parsed JSON; empty means all defaults.

    Returns:
        The state; its shapes and layers are checked only when they are used.

    Raises:
        FieldError: It cannot be read, or a field is wrong.
    """
    if isinstance(content, str):
        if len(content) > LARGEST_TEXT:
            raise FieldError(
                f"The state has {len(content)} characters",
                f"at most {LARGEST_TEXT}",
                "Unpin levers",
            )
        content = parse_json(content, "The state") if content.strip() else {}
    fields = Fields.of(content, "The state")
    version = fields.integer("v", 0, 1 << 30, VERSION)
    if version != VERSION:
        raise FieldError(
            f"The state is of version {version}", f"version {VERSION}", "Update the pack"
        )
    levers = fields.array("levers", MOST_LEVERS, ())
    return ExplorerState(
        shape_entries(fields),
        fields.integer("image", 0, _MOST_IMAGES, 0),
        fields.number("psi", *PSI_BOUNDS, 1.0),
        tuple(_lever(entry, number) for number, entry in enumerate(levers, 1)),
        fields.flag("hold"),
        read_recording(fields, MOST_LEVERS, MAX_PULL),
        read_photo(fields),
    )


def shape_entries(fields: Fields, key: str = "shapes") -> tuple[Any, ...]:
    """The entries of the field "shapes", not interpreted.

    Args:
        fields: The fields of a state, a request or a lever.
        key: Name of the field.

    Returns:
        Parsed JSON, one entry per shape; empty where the field is absent.

    Raises:
        FieldError: It is not a list, or too long.
    """
    return tuple(fields.array(key, _MOST_SHAPES, ()))


def _lever(entry: Any, number: int) -> PinnedLever:
    """Parse one pinned lever."""
    what = f"Lever {number}"
    fields = Fields.of(entry, what)
    ends = Fields(
        dict(zip(("low end", "high end"), fields.array("range", 2, (0.0, 0.0)), strict=False)),
        f"The range of lever {number}",
    )
    low, high = (ends.number(key, -MAX_PULL, MAX_PULL) for key in ("low end", "high end"))
    if low > high:
        raise FieldError(f"The range of lever {number} is [{low:g}, {high:g}]", "the low end first")
    name = fields.text("space", _LONGEST_WORD, LatentSpace.W.value)
    if name not in {space.value for space in LatentSpace}:
        raise FieldError(
            f"{what} has {name!r} as 'space'", f"one of {', '.join(s.value for s in LatentSpace)}"
        )
    muted = fields.flag("muted")
    pull = fields.number("pull", -MAX_PULL, MAX_PULL, 0.0)
    return PinnedLever(
        fields.text("name", _LONGEST_NAME, f"lever {number}"),
        0.0 if muted else pull,
        fields.text("layers", _LONGEST_WORD, AUTO),
        fields.text("own", _LONGEST_WORD, "all"),
        LatentSpace(name),
        fields.text("method", _LONGEST_WORD, ""),
        fields.optional_number("eigenvalue"),
        (low, high),
        fields.text("lives", _LONGEST_NAME, ""),
        read_vector(fields, what),
        shape_entries(fields, "region") if "region" in fields.values else None,
        muted,
    )


def lever_entry(
    levers: Directions, index: int, name: str, span: tuple[float, float], lives: str = ""
) -> dict[str, Any]:
    """Encode a lever as the state stores it, with a pull of 0.

    Args:
        levers: Directions whose `num_ws` is set.
        index: Number of the lever.
        name: Its name.
        span: Lowest and highest useful pull, as latent distances.
        lives: Its main layers, as text.

    Returns:
        Plain data for JSON.
    """
    rows = levers.num_ws if levers.space.is_plus else 1
    vector = levers.vectors[levers.check_index(index)].reshape(rows, -1)
    value = float(levers.eigenvalues[index])
    return {
        "name": name,
        "pull": 0.0,
        "layers": AUTO,
        "own": format_layers(levers.layers, levers.num_ws),
        "space": levers.space.value,
        "method": levers.method,
        "eigenvalue": value if abs(value) < 1e300 else None,
        "range": [span[0], span[1]],
        "lives": lives,
        "vector": write_vector(vector),
        "shape": list(vector.shape),
    }
