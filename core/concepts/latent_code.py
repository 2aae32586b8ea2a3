"""Latent codes, with their space and provenance; and layer numbers as text."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..base.errors import LatentError

_WHICH = "«describe» lists them and says which are coarse, middle and fine"
"""Remedy for layers that do not exist or cannot be parsed."""

_TENSORS = {
    "values": "The codes",
    "labels": "The class vectors",
    "z": "The z of the codes",
    "z_shift": "The edits of z",
    "style_shift": "The edits of styles",
}
"""What each tensor of a code is, in messages."""


Layers = str | int | list[int] | tuple[int, ...] | range | None
"""Layers as people write them, such as "all", "0-3", 4 or [1, 4, 5]; `parse_layers` reads them."""


class LatentSpace(enum.Enum):
    """Latent spaces of codes and directions; "plus" means one code per layer."""

    Z = "Z"
    """Input of the network, sampled at random; `[N, 1, z_dim]`."""
    Z_PLUS = "Z+"
    """One z per layer, without a mapping network; `[N, num_ws, z_dim]`."""
    W = "W"
    """Output of the mapping network, shared by all layers; `[N, 1, w_dim]`."""
    W_PLUS = "W+"
    """One w per layer; `[N, num_ws, w_dim]`."""
    S = "S"
    """Styles: outputs of the affine maps of all layers; `[N, 1, sum of channels]`."""

    @property
    def is_plus(self) -> bool:
        """Whether each layer has a code of its own, all of one size."""
        return self.value.endswith("+")

    @property
    def plus(self) -> LatentSpace:
        """The space with one code per layer; S itself, whose channels belong to layers already."""
        return self if self is LatentSpace.S else LatentSpace(self.shared.value + "+")

    @property
    def shared(self) -> LatentSpace:
        """The space with one code for all layers."""
        return LatentSpace(self.value.removesuffix("+"))

    @classmethod
    def parse(cls, name: str | LatentSpace) -> LatentSpace:
        """The space with a name.

        Args:
            name: "Z", "Z+", "W", "W+" or "S", in any case, or a `LatentSpace`.

        Returns:
            The space.

        Raises:
            LatentError: No space has this name.
        """
        if isinstance(name, LatentSpace):
            return name
        for space in cls:
            if space.value == str(name).upper():
                return space
        raise LatentError(
            f"Unknown latent space {name!r}", f"one of {', '.join(s.value for s in cls)}"
        )


@dataclass(frozen=True)
class LatentCode:
    """N latent codes with all that is needed to render, differentiate and edit them."""

    values: Tensor
    """`[N, L, D]`, finite; L is 1 in Z, W and S and `num_ws` in Z+ and W+."""
    space: LatentSpace
    """Space of `values`."""
    labels: Tensor | None = None
    """`[N, c_dim]` class vectors of a conditional generator, else none."""
    seeds: tuple[int, ...] | None = None
    """Seed of each row, where the rows were drawn from seeds."""
    z: Tensor | None = None
    """`[N, z_dim]` that `values` were mapped from, where they are in W or W+ and it is known."""
    z_shift: Tensor | None = None
    """`[N, z_dim]` added to z since then by edits in Z; w moves by map(z + z_shift) - map(z)."""
    style_shift: Tensor | None = None
    """`[N, sum of channels]` added to the styles that `values` lead to, by edits in S."""
    truncation_psi: float = 1.0
    """Share of the distance to the mean w that mapping keeps; BigGAN reads its statistics by it."""
    truncation_cutoff: int | None = None
    """Number of leading layers that are truncated; none means all."""
    origin: str = ""
    """Fingerprint of the generator that they were mapped with; empty if unknown."""

    def __post_init__(self) -> None:
        """Check the shapes.

        Raises:
            LatentError: A tensor has the wrong shape or holds NaN or infinity.
        """
        if self.values.ndim != 3:
            raise LatentError(
                f"Latent values have shape {list(self.values.shape)}", "[N, L, D]: three axes"
            )
        count = self.values.shape[0]
        for name, title in _TENSORS.items():
            tensor = getattr(self, name)
            if tensor is None:
                continue
            if tensor.shape[0] != count:
                raise LatentError(f"{title} have {tensor.shape[0]} rows", f"{count}, one per code")
            if not torch.isfinite(tensor).all():
                raise LatentError(
                    f"{title} hold NaN or infinite numbers",
                    "finite numbers",
                    "Use smaller strengths, or codes from another source",
                )
        if self.seeds is not None and len(self.seeds) != count:
            raise LatentError(f"{len(self.seeds)} seeds were given", f"{count}, one per code")

    @property
    def source_z(self) -> Tensor | None:
        """`[N, z_dim]`: the z behind the codes, edits in Z included; none where it is not known."""
        z = self.values[:, 0] if self.space is LatentSpace.Z else self.z
        return z if z is None or self.z_shift is None else z + self.z_shift

    def __len__(self) -> int:
        """Number of codes N."""
        return self.values.shape[0]

    def __getitem__(self, index: int | slice) -> LatentCode:
        """Some of the codes, as a batch of their own.

        Args:
            index: One row (kept as a batch of one; negative counts from the end) or a slice.

        Returns:
            The selected rows.

        Raises:
            LatentError: The row does not exist.
        """
        if isinstance(index, int):
            if not -len(self) <= index < len(self):
                raise LatentError(
                    f"Code {index} was asked for", f"a number from 0 to {len(self) - 1}"
                )
            index = slice(index % len(self), index % len(self) + 1)

        def rows(tensor: Tensor | None) -> Tensor | None:
            return None if tensor is None else tensor[index]

        return replace(
            self,
            values=self.values[index],
            labels=rows(self.labels),
            seeds=None if self.seeds is None else self.seeds[index],
            z=rows(self.z),
            z_shift=rows(self.z_shift),
            style_shift=rows(self.style_shift),
        )


def concatenate(codes: list[LatentCode]) -> LatentCode:
    """Codes of one kind, one batch after the other.

    Args:
        codes: At least one; all of one space, layer count and truncation.

    Returns:
        All rows in order.

    Raises:
        LatentError: The list is empty or the codes are of different kinds.
    """
    if not codes:
        raise LatentError("No latent codes were given", "at least one batch")

    def kind(code: LatentCode) -> tuple[object, ...]:
        given = tuple(getattr(code, name) is None for name in ("labels", "z"))
        truncation = (code.truncation_psi, code.truncation_cutoff)
        return (code.space, code.values.shape[1:], *given, *truncation)

    first = codes[0]
    for code in codes[1:]:
        if kind(code) != kind(first):
            raise LatentError(
                f"Codes of different kinds were put together: {kind(first)} and {kind(code)}",
                "one space, layer count, truncation, and labels in all or none",
            )
    if any(code.z_shift is not None for code in codes):
        codes = [
            replace(code, z_shift=torch.zeros_like(code.z))
            if code.z is not None and code.z_shift is None
            else code
            for code in codes
        ]

    edited = [code.style_shift for code in codes if code.style_shift is not None]
    if edited:
        still = torch.zeros_like(edited[0][:1])  # [1, sum of channels]
        codes = [
            replace(code, style_shift=still.expand(len(code), -1))
            if code.style_shift is None
            else code
            for code in codes
        ]

    def rows(name: str) -> Tensor | None:
        parts = [getattr(code, name) for code in codes]
        return None if parts[0] is None else torch.cat(parts)

    seeds = [code.seeds for code in codes]
    return replace(
        first,
        values=torch.cat([code.values for code in codes]),
        labels=rows("labels"),
        z=rows("z"),
        z_shift=rows("z_shift"),
        style_shift=rows("style_shift"),
        seeds=None if None in seeds else tuple(s for row in seeds if row for s in row),
    )


def parse_layers(
    layers: str | int | list[int] | tuple[int, ...] | range, num_ws: int
) -> tuple[int, ...]:
    """Layer numbers from what people write.

    Args:
        layers: "all", numbers and ranges as in "0-3" or "0,2,5-7" (ends included), one number, or
            a sequence of numbers.
        num_ws: Number of layers of the generator.

    Returns:
        Ascending, unique layer numbers from 0 to `num_ws - 1`; never empty.

    Raises:
        LatentError: The text cannot be read, or a layer does not exist.
    """
    expected = f'"all", or numbers and ranges from 0 to {num_ws - 1} such as "0-3" or "1,4-5"'
    numbers: list[int] = []
    if isinstance(layers, str):
        text = layers.strip().lower()
        if text in ("", "all"):
            return tuple(range(num_ws))
        for part in text.split(","):
            first, dash, last = (piece.strip() for piece in part.partition("-"))
            if not first.isdecimal() or (dash and not last.isdecimal()):
                raise LatentError(f"Layers {layers!r} cannot be read", expected, _WHICH)
            if dash and int(last) < int(first):
                raise LatentError(f"Layers {layers!r} run backwards", expected, _WHICH)
            # A range is never longer than one step beyond the last layer, whatever was written.
            numbers.extend(range(min(int(first), num_ws), min(int(last or first), num_ws) + 1))
    else:
        numbers = [layers] if isinstance(layers, int) else [int(number) for number in layers]
    if not numbers or min(numbers) < 0 or max(numbers) >= num_ws:
        raise LatentError(f"Layers {layers!r} are not layers of this generator", expected, _WHICH)
    return tuple(sorted(set(numbers)))


def format_layers(layers: tuple[int, ...] | None, num_ws: int) -> str:
    """Layer numbers as people write them; the inverse of `parse_layers`.

    Args:
        layers: Ascending layer numbers, or none for all.
        num_ws: Number of layers of the generator.

    Returns:
        Such as "all", "4-7" or "1,4-5".
    """
    if layers is None or len(layers) == num_ws:
        return "all"
    runs: list[list[int]] = []
    for layer in layers:
        if runs and layer == runs[-1][1] + 1:
            runs[-1][1] = layer
        else:
            runs.append([layer, layer])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)
