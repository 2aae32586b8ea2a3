""".npz files: several named arrays, such as the latents of a photograph from a projector."""

from __future__ import annotations

import struct
from pathlib import Path

from torch import Tensor

from ...base.errors import CheckpointError
from ...concepts.checkpoint import AbstractContainer, Checkpoint
from .numpy_file import read_array
from .safe_reading.byte_source import map_file
from .safe_reading.limits_and_refusals import Reading
from .safe_reading.zip_members import ZIP_MAGIC, zip_members

_END = ".npy"
"""Suffix of a member that is an array."""


class NumpyArchive(AbstractContainer):
    """Arrays of floating-point numbers, as `numpy.savez` and `savez_compressed` write them."""

    id = "numpy-archive"
    title = "NumPy archive"
    suffixes = (".npz",)

    def recognises(self, path: Path, head: bytes) -> bool:
        """See `AbstractContainer.recognises`: a zip archive whose first member is an array."""
        if not head.startswith(ZIP_MAGIC) or len(head) < 30:
            return False
        (length,) = struct.unpack("<H", head[26:28])
        return head[30 : 30 + length].endswith(_END.encode())

    def read(self, path: Path) -> Checkpoint:
        """See `AbstractContainer.read`; other members are skipped."""
        view = map_file(path)
        try:
            members = zip_members(
                view, Reading(path.name, "a NumPy archive", len(view)), unpack=True
            )
        except CheckpointError as error:
            raise CheckpointError(
                error.found,
                "an archive as numpy.savez writes it",
                "Save it again with numpy.savez or numpy.savez_compressed",
            ) from None
        arrays: dict[str, Tensor] = {}
        refused: list[CheckpointError] = []
        for name, member in members.items():
            try:
                arrays[name.removesuffix(_END)] = read_array(f"{name} of {path.name}", member)
            except CheckpointError as error:
                refused.append(error)
        if not arrays:
            raise refused[0]
        return Checkpoint(arrays, str(path), self.id)
