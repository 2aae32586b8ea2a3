"""torch files, zip and legacy: nothing in them is executed.

The pickle machine reads each file first. It checks sizes that torch's weights-only loader does not
check: that loader allocates `torch.Tensor(n)` and `bytearray(n)` for any n, and expands one number
to a tensor of a terabyte. It also reads objects that the loader refuses although they are safe:
settings of a training script, NumPy scalars, whole modules. All other files are then loaded by
torch itself with `weights_only=True`.
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
from .safe_reading.flattening import named_tensors
from .safe_reading.limits_and_refusals import DEPTH, Reading
from .safe_reading.saved_networks import stated_settings, training_settings
from .safe_reading.torch_archive import LEGACY_MAGIC
from .safe_reading.unpickling import read_torch
from .safe_reading.zip_members import ZIP_MAGIC

_TAR_MAGIC = b"ustar"

_OLD_MEMBERS = (b"sys_info", b"pickle", b"storages", b"tensors")
"""Names of members in the tar archives that torch wrote."""


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
        if head[257:262] == _TAR_MAGIC and not head.startswith(_OLD_MEMBERS):
            raise CheckpointError(
                f"{path.name} is a tar archive",
                "a model",
                "Unpack it and choose the model's file",
            )
        if head[257:262] == _TAR_MAGIC:
            raise CheckpointError(
                f"{path.name} is a tar archive, as torch wrote them before 2017",
                "a torch file of version 0.2 or newer",
                "Load it with a torch of that time and save its state dict again",
            )
        content, reading = read_torch(path)
        tensors = named_tensors(content, reading)
        config = {**training_settings(content, reading), **stated_settings(content, reading)}
        if not reading.has_records:  # torch refuses instances, or allocates any size for them
            tensors = _weights_only(path, head[:4] == ZIP_MAGIC, reading) or tensors
        return Checkpoint(tensors, str(path), self.id, config, withheld=reading.withheld)


def _weights_only(path: Path, mapped: bool, reading: Reading) -> dict[str, Tensor] | None:
    """Load a checked file with `torch.load`; none if the weights-only loader refuses it."""
    try:
        with warnings.catch_warnings():  # about pickle protocols and storage classes
            warnings.simplefilter("ignore")
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except pickle.UnpicklingError:
        return None
    except (RuntimeError, OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise reading.damaged(str(error).split("\n", 1)[0]) from None
    return dict(_flatten(content))


def _flatten(value: Any, prefix: str = "", depth: int = 0) -> list[tuple[str, Tensor]]:
    """Dotted names and tensors of nested dictionaries, in file order."""
    if isinstance(value, Tensor):
        return [(prefix, value.detach())]
    if isinstance(value, (list, tuple)) and all(isinstance(inner, Tensor) for inner in value):
        value = dict(enumerate(value))
    if not isinstance(value, Mapping) or depth > DEPTH:
        return []
    rows: list[tuple[str, Tensor]] = []
    for key, inner in value.items():
        rows += _flatten(inner, f"{prefix}.{key}" if prefix else str(key), depth + 1)
    return rows
