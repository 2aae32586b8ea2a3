"""torch files, zip and legacy: nothing in them is executed.

Our own interpreter goes over each file first. It checks what torch's weights-only reader takes on
trust (that reader makes `torch.Tensor(n)` and `bytearray(n)` of any n, and tensors of a terabyte by
repeating one number), and it reads what that reader refuses though it is harmless: settings of a
training script, numbers of numpy, networks that were saved whole. All else is then
read by torch itself, weights only.
"""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...base.errors import CheckpointError
from ...concepts.checkpoint import AbstractContainer, Checkpoint
from .safe_reading.flattening import tensors
from .safe_reading.inert import DEPTH, Reading
from .safe_reading.saved_networks import stated_settings
from .safe_reading.torch_archive import LEGACY_MAGIC
from .safe_reading.unpickling import read_torch
from .safe_reading.zip_members import ZIP_MAGIC

_TAR_MAGIC = b"ustar"


class TorchFile(AbstractContainer):
    """.pt, .pth, .bin and .ckpt files: tensors in nested dictionaries, or whole modules."""

    id = "torch"
    title = "torch file, weights only"
    suffixes = (".pt", ".pth", ".bin", ".ckpt")

    def recognises(self, path: Path, head: bytes) -> bool:
        """See `AbstractContainer.recognises`: a zip or tar archive, or the legacy magic number."""
        is_tar = head[257:262] == _TAR_MAGIC
        return head[:4] == ZIP_MAGIC or LEGACY_MAGIC in head[:32] or is_tar

    def read(self, path: Path) -> Checkpoint:
        """See `AbstractContainer.read`."""
        with path.open("rb") as file:
            head = file.read(512)
        if head[257:262] == _TAR_MAGIC:
            raise CheckpointError(
                f"{path.name} is a tar archive, as torch wrote them before 2017",
                "a torch file of version 0.2 or newer",
                "Load it with the torch of its time and save its state dict again",
            )
        content, reading = read_torch(path)
        ours = tensors(content, reading)
        if not ours:
            raise reading.empty(content)
        config = stated_settings(content, reading)
        if not reading.has_records:  # which torch refuses, or allocates for as they ask
            ours = _weights_only(path, head[:4] == ZIP_MAGIC, reading) or ours
        return Checkpoint(ours, str(path), self.id, config)


def _weights_only(path: Path, mapped: bool, reading: Reading) -> dict[str, Tensor] | None:
    """What torch's own reader makes of a file that ours has checked; none where it refuses."""
    try:
        with warnings.catch_warnings():  # of pickle protocols and storage classes
            warnings.simplefilter("ignore")
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except pickle.UnpicklingError:
        return None
    except (RuntimeError, OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise reading.damaged(str(error).split("\n", 1)[0]) from None
    return dict(_flatten(content))


def _flatten(value: Any, prefix: str = "", depth: int = 0) -> list[tuple[str, Tensor]]:
    """Dotted names and tensors of nested dictionaries, in their order."""
    if isinstance(value, Tensor):
        return [(prefix, value.detach())]
    if not isinstance(value, Mapping) or depth > DEPTH:
        return []
    rows: list[tuple[str, Tensor]] = []
    for key, inner in value.items():
        rows += _flatten(inner, f"{prefix}.{key}" if prefix else str(key), depth + 1)
    return rows
