"""The allow-list: calls of pickles that give data, each with a builder of plain data.

The builders return dictionaries, lists, bytes, text and records; none of them runs anything that a
file names.
"""

from __future__ import annotations

import sys
from typing import Any

from .array_plans import ARRAY_BUILDERS
from .limits_and_refusals import Reading
from .plain_data import Builder, Name, Record, is_key

_ENCODINGS = {"latin1": "latin-1", "latin-1": "latin-1", "ascii": "ascii", "utf-8": "utf-8"}
"""Encodings in which pickles store bytes as text; other codecs may decompress, or worse."""


def _record(module: str, attribute: str) -> Builder:
    """A builder that returns records of one class."""
    name = Name(module, attribute)
    return lambda arguments, reading: Record(name, arguments)


def _dictionary(arguments: tuple[Any, ...], reading: Reading) -> dict[Any, Any]:
    """A dictionary from no argument, a dictionary, or pairs of keys and values."""
    content = arguments[0] if arguments else {}
    if isinstance(content, (Name, type(None))):  # the factory of a defaultdict
        content = {}
    reading.spend_steps(len(content))
    pairs = list(content.items()) if isinstance(content, dict) else content
    if not all(is_key(key) for key, _ in pairs):
        raise TypeError
    return dict(pairs)


def _list(arguments: tuple[Any, ...], reading: Reading) -> list[Any]:
    """A list from no argument or a list; sets stay lists, since hashes can take any time."""
    if not arguments:
        return []
    if not isinstance(arguments[0], (list, tuple)):
        raise TypeError
    reading.spend_steps(len(arguments[0]))
    return list(arguments[0])


def _encoded(arguments: tuple[Any, ...], reading: Reading) -> bytes:
    """Bytes, which protocols 0 to 2 store as text."""
    text, encoding = arguments[0], arguments[1] if len(arguments) > 1 else "utf-8"
    if not isinstance(text, str) or not isinstance(encoding, str):
        raise TypeError
    if encoding not in _ENCODINGS:
        raise reading.refused(f"_codecs.encode with {encoding[:40]!r}")
    reading.spend_bytes(sys.getsizeof(text))
    return text.encode(_ENCODINGS[encoding])


def _bytes(arguments: tuple[Any, ...], reading: Reading) -> bytes:
    """Bytes from no argument, bytes, or text with its encoding; never from a number (a length)."""
    if not arguments:
        return b""
    if isinstance(arguments[0], str):
        return _encoded(arguments, reading)
    if not isinstance(arguments[0], (bytes, bytearray, memoryview)):
        raise reading.refused("the making of bytes from something other than bytes or text")
    reading.spend_bytes(len(arguments[0]))
    return bytes(arguments[0])


def _complex(arguments: tuple[Any, ...], reading: Reading) -> complex:
    """A complex number from two numbers."""
    return complex(float(arguments[0]), float(arguments[1]))


def _path(arguments: tuple[Any, ...], reading: Reading) -> str:
    """A path as text; it is never opened."""
    reading.spend_steps(len(arguments))
    return "/".join(part for part in arguments if isinstance(part, str))[:4096]


def _reconstructed(arguments: tuple[Any, ...], reading: Reading) -> Record:
    """An instance in protocols 0 and 1: class, base class, and content of the base class."""
    name, _, content = arguments
    if not isinstance(name, Name):
        raise TypeError
    record = Record(name)
    if isinstance(content, dict):
        record.items = content
    elif isinstance(content, list):
        record.elements = content
    return record


def _persistent_object(arguments: tuple[Any, ...], reading: Reading) -> Record:
    """NVIDIA's persistent objects: class name and state; their source code is left out."""
    meta = arguments[0].items if isinstance(arguments[0], Record) else arguments[0]
    name = meta["class_name"]
    if not isinstance(name, str):
        raise TypeError
    return Record(Name("", name), state=meta["state"])


_PATHS = ("PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath", "Path")

ALLOWED_CALLS: dict[Name, Builder] = {
    **ARRAY_BUILDERS,
    **{Name("collections", n): _dictionary for n in ("OrderedDict", "defaultdict", "Counter")},
    Name("collections", "deque"): _list,
    **{Name("builtins", n): _list for n in ("set", "frozenset", "list")},
    Name("builtins", "dict"): _dictionary,
    Name("builtins", "complex"): _complex,
    **{Name("builtins", n): _bytes for n in ("bytes", "bytearray")},
    Name("_codecs", "encode"): _encoded,
    Name("copyreg", "_reconstructor"): _reconstructed,
    **{
        Name(*path): _record(*path)
        for path in (
            ("argparse", "Namespace"),
            ("types", "SimpleNamespace"),
            ("functools", "partial"),
            ("builtins", "slice"),
            ("datetime", "datetime"),
            ("datetime", "date"),
            ("datetime", "timedelta"),
            ("datetime", "time"),
            ("datetime", "timezone"),
            ("builtins", "range"),
            ("builtins", "xrange"),
            ("uuid", "UUID"),
            ("decimal", "Decimal"),
            ("fractions", "Fraction"),
            ("re", "_compile"),
            ("collections", "ChainMap"),
        )
    },
    **{Name(m, n): _path for m in ("pathlib", "pathlib._local") for n in _PATHS},
    Name("torch_utils.persistence", "_reconstruct_persistent_obj"): _persistent_object,
}
"""Calls in every kind of pickle that give data, and their builders."""
