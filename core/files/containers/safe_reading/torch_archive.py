"""The two layouts of torch files, read with the pickle machine: zip, and the older stream."""

from __future__ import annotations

import struct
from typing import Any

from ....base.errors import CheckpointError
from .allowed_calls import ALLOWED_CALLS
from .byte_source import ByteSource
from .limits_and_refusals import NESTING, Reading
from .pickle_machine import PickleMachine
from .plain_data import Builder, Name, plain_sizes
from .tensor_plans import TENSOR_BUILDERS, Storage, storage_type
from .zip_members import ZIP_MAGIC, zip_members

_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_MAGIC = _MAGIC.to_bytes(10, "little")
"""Number at the start of every torch file from before version 1.6, after a LONG1 opcode."""


def read_archive(view: memoryview, reading: Reading) -> Any:
    """Read a file of `torch.save` in either layout, running nothing.

    Args:
        view: All bytes of the file.
        reading: Limits, and the file name for errors.

    Returns:
        Plain data as from `PickleMachine.run`; tensors are `TensorPlan`s on the given bytes.

    Raises:
        CheckpointError: The file is damaged, exceeds a limit, or is an attack.
    """
    if bytes(view[:4]) == ZIP_MAGIC:
        return _read_zip(view, reading)
    return _read_stream(view, reading)


def _nested(arguments: tuple[Any, ...], reading: Reading) -> Any:
    """A storage that was pickled on its own: a torch file inside bytes."""
    (data,) = arguments
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError
    reading.spend_steps(20)
    reading.nesting += 1
    if reading.nesting > NESTING:
        raise reading.excessive(f"nests more than {NESTING} archives in each other")
    content = read_archive(memoryview(data), reading)
    reading.nesting -= 1
    return content


TORCH_CALLS: dict[Name, Builder] = {
    **ALLOWED_CALLS,
    **TENSOR_BUILDERS,
    Name("torch.storage", "_load_from_bytes"): _nested,
}
"""Calls in torch files, and in pickles with torch tensors, that give data."""


def _read_stream(view: memoryview, reading: Reading) -> Any:
    """The layout before version 1.6: several pickles, then the numbers of all storages."""
    storages: dict[str, Storage] = {}
    source = ByteSource(view, reading)

    def storage(identity: Any) -> Any:
        """A storage, or the class of a module, which is stored with its source code."""
        if isinstance(identity, tuple) and identity[:1] == ("module",):
            return identity[1]
        return _find_storage(identity, storages, reading)

    machine = PickleMachine(reading, TORCH_CALLS, storage)
    magic, version = machine.run(source), machine.run(source)
    if magic != _MAGIC or version != 1001:
        raise reading.damaged("it lacks the number that torch files begin with")
    system = machine.run(source)
    if isinstance(system, dict) and system.get("little_endian") is False:
        raise reading.damaged("it was written on a big-endian machine")
    content = machine.run(source)
    keys = machine.run(source)
    if not isinstance(keys, list):
        raise reading.damaged("it lacks the list of its storages")
    for key in keys:
        found = storages.get(key) if isinstance(key, str) else None
        if found is None:
            raise reading.damaged("it lists a storage that no tensor lies on")
        (count,) = struct.unpack("<q", source.take(8))
        if count != found.count:
            raise reading.damaged(f"a storage of {found.count} numbers has {count}")
        found.data = source.take(found.nbytes)
    return content


def _read_zip(view: memoryview, reading: Reading) -> Any:
    """The layout since version 1.6: a pickle and one member per storage, none compressed."""
    members = zip_members(view, reading)
    root = next(iter(members)).split("/", 1)[0]
    if members.get(f"{root}/byteorder", b"little") != b"little":
        raise reading.damaged("it was written on a big-endian machine")
    if f"{root}/data.pkl" not in members:
        raise reading.damaged("the archive holds no data.pkl")
    if f"{root}/constants.pkl" in members:
        raise CheckpointError(
            f"{reading.origin} is a TorchScript program, which is code, not weights alone",
            "a torch file of weights",
            "Load it with torch.jit.load and save its state_dict()",
        )
    storages: dict[str, Storage] = {}

    def storage(identity: Any) -> Storage:
        """A storage with the bytes of its archive member."""
        found = _find_storage(identity, storages, reading)
        found.data = members.get(f"{root}/data/{identity[2]}")
        if found.data is None or len(found.data) < found.nbytes:
            raise reading.damaged(f"a storage of {found.count} numbers has no such member")
        return found

    machine = PickleMachine(reading, TORCH_CALLS, storage)
    return machine.run(ByteSource(members[f"{root}/data.pkl"], reading))


def _find_storage(identity: Any, storages: dict[str, Storage], reading: Reading) -> Storage:
    """The storage of a persistent id: "storage", type, key, device (ignored), number of entries."""
    if not isinstance(identity, tuple) or len(identity) < 5 or identity[0] != "storage":
        raise reading.damaged("it refers to something that is no storage")
    key = identity[2]
    dtype = storage_type(identity[1], reading)
    (count,) = plain_sizes((identity[4],), reading, "the length of a storage")
    if not isinstance(key, str):
        raise reading.damaged("a storage has no key")
    whole = storages.setdefault(key, Storage(dtype, count))
    if (whole.dtype, whole.count) != (dtype, count):
        raise reading.damaged("a storage is stated twice, in two ways")
    part = identity[5] if len(identity) > 5 else None
    if part is None:
        return whole
    _, start, length = part
    plain_sizes((start, length), reading, "a part of a storage")
    if start + length > count:
        raise reading.damaged("a part of a storage goes beyond its end")
    return Storage(dtype, length, base=whole, start=start)
