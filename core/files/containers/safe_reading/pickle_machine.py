"""An interpreter of pickle opcodes that builds plain data and runs nothing.

`pickletools.genops` reads the opcodes of protocols 0 to 5. A pickle is a program for a stack
machine that can reach code in four ways: import a name (GLOBAL and similar opcodes), create an
instance (NEWOBJ and similar), call something (REDUCE), and set state (BUILD). Here a name stays a
`Name` and imports nothing. An instance becomes a `Record`. A call is looked up in the table of
builders, and becomes an inert record if it is not there. State is stored in the record.
"""

from __future__ import annotations

import pickletools
import sys
from collections.abc import Callable
from typing import Any

from ....base.errors import CheckpointError
from .byte_source import ByteSource
from .inert_calls import InertCalls
from .limits_and_refusals import Reading
from .plain_data import Builders, Name, Record, is_key

_VALUES = frozenset(
    {
        "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT",
        "STRING", "BINSTRING", "SHORT_BINSTRING",
        "UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8",
        "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8",
    }
)  # fmt: skip
"""Opcodes whose argument is the value."""

_FRESH: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "EMPTY_DICT": dict,
    "EMPTY_SET": list,  # sets stay lists: hashes of chosen values can take any time
}
"""Opcodes that push a constant or an empty container."""

_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}

_INTEGER_BITS = 2048
"""Longest integer; no checkpoint has longer ones, and they are slow to print."""

_REASONS: dict[type[Exception], str] = {
    IndexError: "an opcode lacks its operands",
    KeyError: "an opcode refers to a key that was never there",
    TypeError: "an opcode meets a value that it cannot act on",
    AttributeError: "an opcode meets a value that it cannot act on",
}
"""What Python's errors mean here; other errors keep their own message."""


class PickleMachine:
    """A stack machine that reads one pickle after another from the same bytes.

    Args:
        reading: Limits, and the file name for errors.
        builders: The calls that give data; all others become inert records.
        storage: Returns the object for a persistent id; none refuses persistent ids.
    """

    def __init__(
        self,
        reading: Reading,
        builders: Builders,
        storage: Callable[[Any], Any] | None = None,
    ) -> None:
        self._reading = reading
        self._calls = InertCalls(reading, builders)
        self._storage = storage
        self._stack: list[Any] = []
        self._marks: list[list[Any]] = []
        self._memo: dict[int, Any] = {}
        self._handlers: dict[str, Callable[[Any], None]] = {
            "PROTO": self._protocol,
            "FRAME": lambda _: None,  # every read is checked against the end of the file
            "STOP": lambda _: None,
            "MARK": self._mark,
            "POP": self._pop,
            "POP_MARK": lambda _: self._drop(self._pop_mark()),
            "DUP": lambda _: self._push(self._stack[-1]),
            "GET": self._get,
            "BINGET": self._get,
            "LONG_BINGET": self._get,
            "PUT": self._put,
            "BINPUT": self._put,
            "LONG_BINPUT": self._put,
            "MEMOIZE": lambda _: self._put(len(self._memo)),
            "LIST": lambda _: self._push(self._pop_mark()),
            "TUPLE": lambda _: self._push(tuple(self._pop_mark())),
            "FROZENSET": lambda _: self._push(self._pop_mark()),
            "DICT": self._dict,
            "APPEND": lambda _: self._extend([self._stack.pop()]),
            "APPENDS": lambda _: self._extend(self._pop_mark()),
            "ADDITEMS": lambda _: self._extend(self._pop_mark()),
            "SETITEM": self._set_item,
            "SETITEMS": lambda _: self._set_items(self._pop_mark()),
            "GLOBAL": lambda argument: self._push(self._calls.name(*argument.split(" ", 1))),
            "STACK_GLOBAL": self._stack_global,
            "INST": self._inst,
            "OBJ": self._obj,
            "NEWOBJ": self._new_object,
            "NEWOBJ_EX": self._new_object_with_keywords,
            "REDUCE": self._reduce,
            "BUILD": self._build,
            "PERSID": self._persistent,
            "BINPERSID": lambda _: self._persistent(self._stack.pop()),
            "READONLY_BUFFER": lambda _: None,
        }

    def run(self, source: ByteSource) -> Any:
        """Interpret one pickle.

        Args:
            source: Bytes; its position is behind the pickle afterwards.

        Returns:
            Plain data: numbers, text, bytes or views of them, lists (also for sets), tuples,
            dictionaries, `Name`, `Record`, and the results of the builders.

        Raises:
            CheckpointError: The pickle is damaged, exceeds a limit, or is an attack.
        """
        self._stack, self._marks, self._memo = [], [], {}
        try:
            for opcode, argument, _ in pickletools.genops(source):  # pyright: ignore[reportArgumentType]
                self._reading.spend_steps()
                name = opcode.name
                if name in _VALUES:
                    self._value(argument)
                elif name in _FRESH:
                    self._stack.append(_FRESH[name]())
                elif name in _TUPLES:
                    self._stack[-_TUPLES[name] :] = [tuple(self._top(_TUPLES[name]))]
                elif name in self._handlers:
                    self._handlers[name](argument)
                else:
                    raise self._reading.refused(f"what the pickle opcode {name} stands for")
            return self._stack.pop()
        except CheckpointError:
            raise
        except (ValueError, IndexError, KeyError, TypeError, AttributeError, ArithmeticError) as e:
            own = str(e)[:100]
            reason = next((words for kind, words in _REASONS.items() if isinstance(e, kind)), own)
            raise self._reading.damaged(f"{reason} before byte {source.position}") from None

    def _push(self, value: Any) -> None:
        self._stack.append(value)

    @staticmethod
    def _drop(_: Any) -> None:
        """Discard a value."""

    def _value(self, value: Any) -> None:
        """Push an argument; copied text and bytes count against the memory limit."""
        if isinstance(value, int) and value.bit_length() > _INTEGER_BITS:
            raise self._reading.excessive(f"holds an integer of {value.bit_length()} bits")
        if isinstance(value, (str, bytearray)):
            self._reading.spend_bytes(sys.getsizeof(value))
        self._stack.append(value)

    def _top(self, count: int) -> list[Any]:
        """The topmost values, without removing them from the stack."""
        if len(self._stack) < count:
            raise IndexError
        return self._stack[-count:]

    def _protocol(self, version: int) -> None:
        if version > 5:
            raise self._reading.damaged(f"pickle protocol {version}, where 5 is the newest")

    def _mark(self, _: Any) -> None:
        self._marks.append(self._stack)
        self._stack = []

    def _pop_mark(self) -> list[Any]:
        """All values above the last mark."""
        values, self._stack = self._stack, self._marks.pop()
        return values

    def _pop(self, _: Any) -> None:
        if self._stack:
            self._stack.pop()
        else:
            self._pop_mark()

    def _get(self, index: int) -> None:
        self._stack.append(self._memo[index])

    def _put(self, index: int) -> None:
        self._memo[index] = self._stack[-1]

    def _extend(self, values: list[Any]) -> None:
        target = self._stack[-1]
        elements = target.elements if isinstance(target, Record) else target
        if not isinstance(elements, list):
            raise TypeError
        elements.extend(values)

    def _dict(self, _: Any) -> None:
        pairs = self._pop_mark()
        self._stack.append({})
        self._set_items(pairs)

    def _set_item(self, _: Any) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        self._set_items([key, value])

    def _set_items(self, pairs: list[Any]) -> None:
        target = self._stack[-1]
        items = target.items if isinstance(target, Record) else target
        if not isinstance(items, dict):
            raise TypeError
        for key, value in zip(pairs[::2], pairs[1::2], strict=True):
            if not is_key(key):
                raise self._reading.excessive("has a dictionary whose keys are not text or numbers")
            items[key] = value

    def _stack_global(self, _: Any) -> None:
        attribute, module = self._stack.pop(), self._stack.pop()
        if not isinstance(attribute, str) or not isinstance(module, str):
            raise TypeError
        self._stack.append(self._calls.name(module, attribute))

    def _inst(self, argument: str) -> None:
        arguments = tuple(self._pop_mark())
        name = self._calls.name(*argument.split(" ", 1))
        self._stack.append(self._calls.instance(name, arguments))

    def _obj(self, _: Any) -> None:
        name, *arguments = self._pop_mark()
        self._stack.append(self._calls.instance(name, tuple(arguments)))

    def _new_object(self, _: Any) -> None:
        arguments, name = self._stack.pop(), self._stack.pop()
        self._stack.append(self._calls.instance(name, arguments))

    def _new_object_with_keywords(self, _: Any) -> None:
        keywords, arguments, name = self._stack.pop(), self._stack.pop(), self._stack.pop()
        if not isinstance(keywords, dict):
            raise TypeError
        if keywords:
            arguments = (*arguments, keywords)
        self._stack.append(self._calls.instance(name, arguments))

    def _reduce(self, _: Any) -> None:
        arguments, name = self._stack.pop(), self._stack.pop()
        self._stack.append(self._calls.call(name, arguments))

    def _build(self, _: Any) -> None:
        """Store the state of an object; attributes of plain dictionaries and lists are ignored."""
        state, target = self._stack.pop(), self._stack[-1]
        if isinstance(target, Name):
            raise self._reading.refused(f"changes to {target.path}")
        if hasattr(target, "set_state"):
            target.set_state(state, self._reading)
        elif not isinstance(target, (dict, list)):
            raise TypeError
        elif isinstance(state, dict):  # other readers copy it each time
            self._reading.spend_steps(len(state))

    def _persistent(self, identity: Any) -> None:
        if self._storage is None:
            raise self._reading.damaged("it refers to objects outside the file")
        self._stack.append(self._storage(identity))
