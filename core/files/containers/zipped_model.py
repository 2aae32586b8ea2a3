"""Zip archives around one model, as browsers and sites hand them out."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from ...base.errors import CheckpointError
from ...concepts.checkpoint import AbstractContainer, Checkpoint
from .huggingface_folder import WEIGHTS
from .safe_reading.byte_source import map_file
from .safe_reading.limits_and_refusals import Reading
from .safe_reading.zip_members import ZIP_MAGIC, Member, zip_directory

_MODELS = (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle", ".safetensors")
"""Endings of models."""

_ARCHIVES = (".zip", ".tar", ".gz", ".7z", ".rar", ".xz", ".bz2")
"""Endings of further archives."""

_CONFIG, _CONFIG_BYTES = "config.json", 1 << 20
"""Settings that may lie beside weights, and their largest size."""

_SPARE, _RATIO = 64 << 20, 4
"""Largest size of an unpacked member: so many bytes, and its packed size times so much; weights
hardly shrink."""

_STEP = 1 << 20
"""Bytes that are unpacked at once."""

_NAMED = 6
"""Members that a message lists."""

_UNPACK = "Unpack it and choose the model's file"


class ZippedModel(AbstractContainer):
    """A .zip with one model, at its top or in a folder.

    The model is unpacked into a temporary file, mapped by its own reader, and deleted.

    Args:
        readers: Readers of models.
    """

    id = "zip"
    title = "zip archive of one model"
    suffixes = (".zip",)

    def __init__(self, readers: Sequence[AbstractContainer]) -> None:
        self._readers = tuple(readers)

    def recognises(self, path: Path, head: bytes) -> bool:
        """See `AbstractContainer.recognises`: a zip archive that torch or NumPy did not write."""
        if path.is_dir() or not head.startswith(ZIP_MAGIC):
            return False
        try:
            names = list(_members(path))
        except CheckpointError:
            return False  # the reader of torch files says what is wrong
        return not any(name.endswith("/data.pkl") for name in names)

    def read(self, path: Path) -> Checkpoint:
        """See `AbstractContainer.read`."""
        members = {
            name: member
            for name, member in _members(path).items()
            if not name.endswith("/") and not _is_clutter(name)
        }
        models = [name for name in members if name.lower().endswith(_MODELS)]
        if len(models) != 1:
            raise _not_one(path, models, list(members))
        name = models[0]
        member = members[name]
        settings = members.get(str(PurePosixPath(name).with_name(_CONFIG)))
        label = f"{PurePosixPath(name).name[:80]} in {path.name}"
        _check_size(member, label)
        try:
            home = tempfile.TemporaryDirectory(prefix="latent-levers-", ignore_cleanup_errors=True)
        except OSError as error:
            raise _cannot(label, error) from None
        with home as folder:
            is_known = PurePosixPath(name).name in WEIGHTS
            model = Path(folder) / (PurePosixPath(name).name if is_known else "unpacked.model")
            if settings is not None and _size(settings) <= _CONFIG_BYTES:
                _unpack(settings, model.with_name(_CONFIG), label)
            _unpack(member, model, label)
            return self._read(model, path, label)

    def _read(self, model: Path, path: Path, label: str) -> Checkpoint:
        """Read the unpacked model; messages name the archive."""
        with model.open("rb") as file:
            head = file.read(512)
        if self.recognises(model, head):
            raise CheckpointError(f"{label} is another zip archive", "a model", _UNPACK)
        reader = next((r for r in self._readers if r.recognises(model, head)), None)
        if reader is None:
            raise CheckpointError(
                f"{label} begins with {head[:8]!r}, which no reader knows", "a model", _UNPACK
            )
        try:
            return replace(reader.read(model), origin=str(path))
        except CheckpointError as error:
            found = error.found.replace(model.name, label)
            raise CheckpointError(found, error.expected, error.remedy) from None


def _members(path: Path) -> Mapping[str, Member]:
    """The archive's members."""
    view = map_file(path)
    return zip_directory(view, Reading(path.name, "a zip archive", len(view)), comment=True)


def _is_clutter(name: str) -> bool:
    """Whether a member is what systems add to archives of their own."""
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or (bool(parts) and parts[-1].startswith("."))


def _not_one(path: Path, models: Sequence[str], names: Sequence[str]) -> CheckpointError:
    """The error for an archive with no model, or with several."""
    found = models or names
    shown = ", ".join(name[-80:] for name in found[:_NAMED])
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    if models:
        what = f"holds {len(models)} models ({shown}{more})"
    elif any(name.lower().endswith(_ARCHIVES) for name in names):
        what = f"holds another archive ({shown}{more})"
    elif names and all(name.endswith(".npy") for name in names):
        return CheckpointError(
            f"{path.name} is an archive of NumPy arrays ({shown}{more}), and holds no generator",
            "a generator's weights",
            "Arrays are for «load_directions» or «load_latents»",
        )
    else:
        what = f"holds no model ({shown}{more})"
    endings = ", ".join(_MODELS)
    return CheckpointError(
        f"{path.name} is a zip archive that {what}", f"one file of {endings} in it", _UNPACK
    )


def _size(member: Member) -> int:
    """Size of a member in bytes once unpacked."""
    return len(member.content) if member.size is None else member.size


def _check_size(member: Member, label: str) -> None:
    """Refuse a member that unpacks to far more than weights do."""
    size = _size(member)
    if size > _SPARE + _RATIO * len(member.content):
        raise CheckpointError(
            f"{label} would unpack {len(member.content)} bytes to {size}",
            "weights, which hardly shrink",
            "The file is damaged or malicious; get it from another source",
        )


def _cannot(label: str, error: Exception) -> CheckpointError:
    """The error for a member that cannot be unpacked."""
    return CheckpointError(
        f"{label} cannot be unpacked ({str(error)[:100]})", "a complete archive", _UNPACK
    )


def _unpack(member: Member, target: Path, label: str) -> None:
    """Write one member to a file, no more than its stated size."""
    size = left = _size(member)
    try:
        with target.open("wb") as file:
            if member.size is None:
                file.write(member.content)
                return
            stream, packed = zlib.decompressobj(-zlib.MAX_WBITS), member.content
            pending: bytes | memoryview = packed[:_STEP]
            position = len(pending)
            while left and len(pending):
                part = stream.decompress(pending, min(left, _STEP))
                file.write(part)
                left -= len(part)
                pending = stream.unconsumed_tail
                if not pending:
                    pending = packed[position : position + _STEP]
                    position += len(pending)
    except (zlib.error, OSError) as error:
        raise _cannot(label, error) from None
    if left:
        raise CheckpointError(
            f"{label} is cut off: it unpacks to {size - left} bytes, where {size} are stated",
            "a complete archive",
            "Download it again",
        )
