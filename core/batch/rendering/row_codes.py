"""The latent codes of a plan's rows, each mapped once and kept while there is room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import torch

from ...concepts.generator import Generator
from ...concepts.latent_code import LatentCode, concatenate
from ...latents.sampling import draw_z_of, map_latents
from ..codes_entry import CodesEntry
from .padding import fewest_chunks, padded_places

_ROOM = 64 * 2**20
"""Bytes of the codes that are kept."""


class RowCodes:
    """Codes by their row; bit-equal whichever others are asked for, and in which order.

    Args:
        gan: The generator.
        entry: Where the codes come from.
        batch_size: How many are mapped at once.
        stored: The codes of the file, where the entry names one.
    """

    def __init__(
        self, gan: Generator, entry: CodesEntry, batch_size: int, stored: LatentCode | None = None
    ) -> None:
        self._gan, self._entry, self._size, self._stored = gan, entry, batch_size, stored
        self._kept: OrderedDict[int, LatentCode] = OrderedDict()
        self.mapped = 0
        """How many codes were mapped so far."""

    def get(self, rows: Sequence[int]) -> LatentCode:
        """The codes of some rows.

        Args:
            rows: Rows of the codes, at least one; one may appear twice.

        Returns:
            One code per entry.
        """
        if self._stored is not None:
            return concatenate([self._stored[row] for row in rows])
        found = {row: self._kept[row] for row in rows if row in self._kept}
        missing = [row for row in dict.fromkeys(rows) if row not in found]
        for chunk in fewest_chunks(missing, self._size):
            filled, places = padded_places(chunk, self._size)
            codes = self._map([chunk[position] for position in filled])
            found |= {row: codes[place] for row, place in zip(chunk, places, strict=True)}
            self.mapped += len(chunk)
        for row in dict.fromkeys(rows):
            self._kept[row] = found[row]
            self._kept.move_to_end(row)
        room = max(1, _ROOM // _bytes(found[rows[0]]))
        while len(self._kept) > room:
            self._kept.popitem(last=False)
        return concatenate([found[row] for row in rows])

    def _map(self, rows: Sequence[int]) -> LatentCode:
        """Sample and map as many codes as there are places."""
        entry, spec = self._entry, self._gan.spec
        assert entry.seeds is not None
        seeds = tuple(entry.seeds[row] for row in rows)
        z = draw_z_of(spec.z_dim, seeds, spec.distribution)
        if spec.distribution == "truncated-normal":
            z = z * entry.truncation
        return map_latents(self._gan, z, entry.label, entry.truncation, entry.cutoff, seeds=seeds)


def _bytes(code: LatentCode) -> int:
    """Bytes of one code, which has its own memory or a share of a batch's, and of its objects."""
    tensors = (code.values, code.z, code.labels)
    return 2000 + sum(t.numel() * t.element_size() for t in tensors if isinstance(t, torch.Tensor))
