"""What becomes of the names and calls of a pickle: data of a builder, or an inert record.

Checkpoints hold objects beside their weights: settings, random states, functions, loggers. A name
never imports anything, and a call that has no builder becomes a `Record` of its name and arguments,
which runs nothing. Names that only attacks give are refused at sight, to warn people of the file.
"""

from __future__ import annotations

from typing import Any

from ....base.errors import CheckpointError
from .limits_and_refusals import Reading
from .plain_data import Builders, Name, Record

_RENAMED = {"__builtin__": "builtins", "copy_reg": "copyreg", "torch.cuda": "torch"}
"""Other names of modules: those of Python 2, and of storages on a GPU."""

_ATTACKS = frozenset(
    ("os", "posix", "nt", "subprocess", "_posixsubprocess", "pty", "commands", "socket", "shutil",
     "ctypes", "_ctypes", "importlib", "imp", "runpy", "code", "codeop", "pickle", "_pickle",
     "marshal", "webbrowser", "urllib", "ftplib", "smtplib", "ensurepip", "pip"),
)  # fmt: skip
"""Modules that start programs, open files or connections, or read further pickles."""

_ATTACKING_BUILTINS = frozenset(
    ("eval", "exec", "execfile", "compile", "open", "input", "__import__", "breakpoint")
)
"""Functions of Python itself that do."""

_PLAIN_RESULTS = ("_result", "terminal_size")
"""Ends of names in these modules that are no more than tuples, such as `os.uname_result`."""

_OF_A_CALL = Name("", "the result of another call")
"""The class of a record that a call of another call's result becomes."""

_ERRORS = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
"""What builders raise on arguments that they cannot use."""


class InertCalls:
    """Names, instances and calls of one file as plain data.

    Args:
        reading: Limits, and the file name for errors; counts what has no builder.
        builders: Calls that give tensors, arrays, dictionaries and other plain data.
    """

    def __init__(self, reading: Reading, builders: Builders) -> None:
        self._reading = reading
        self._builders = builders

    def name(self, module: str, attribute: str) -> Name:
        """A name, which imports nothing.

        Args:
            module: The module that the file gives.
            attribute: The name within it.

        Returns:
            The name in today's spelling.

        Raises:
            CheckpointError: Only an attack would give it.
        """
        module = module.replace("numpy._core", "numpy.core")
        if attribute == "_reconstruct_persistent_obj":  # forks define it in other modules
            module = "torch_utils.persistence"
        name = Name(_RENAMED.get(module, module), attribute)
        if _is_attack(name):
            raise self._reading.refused(name.path)
        return name

    def instance(self, name: Any, arguments: Any) -> Any:
        """An instance of a class: data of its builder, else a record.

        Args:
            name: The class.
            arguments: For its constructor, a tuple.

        Returns:
            Plain data.
        """
        if isinstance(name, Name) and name not in self._builders:
            self._reading.has_records = True
            return Record(name, _as_tuple(arguments))
        return self.call(name, arguments)

    def call(self, name: Any, arguments: Any) -> Any:
        """What a call gives: data of its builder, else an inert record.

        A builder that meets an inert record where it needs a tensor or a number gives an inert
        record as well, so that only what depends on the unknown call is lost.

        Args:
            name: The function.
            arguments: Its arguments, a tuple.

        Returns:
            Plain data.

        Raises:
            CheckpointError: The call is known, and its arguments are wrong or exceed a limit.
        """
        arguments = _as_tuple(arguments)
        if not isinstance(name, Name):
            return self._inert(_OF_A_CALL, arguments)
        if name not in self._builders:
            return self._inert(name, arguments)
        try:
            return self._builders[name](arguments, self._reading)
        except (CheckpointError, *_ERRORS):
            if not any(isinstance(argument, Record) for argument in arguments):
                raise
            return self._inert(name, arguments)

    def _inert(self, name: Name, arguments: tuple[Any, ...]) -> Record:
        """The record of a call that is not run."""
        self._reading.has_records = True
        if self._reading.first_call is None:
            self._reading.first_call = name.path
        return Record(name, arguments, is_call=True)


def _as_tuple(arguments: Any) -> tuple[Any, ...]:
    """The arguments of a call, which are a tuple in every pickle; else a TypeError."""
    if not isinstance(arguments, tuple):
        raise TypeError
    return arguments


def _is_attack(name: Name) -> bool:
    """Whether a name does in a checkpoint what no checkpoint needs."""
    if name.module == "builtins":
        return name.attribute.split(".", 1)[0] in _ATTACKING_BUILTINS
    return name.module.split(".", 1)[0] in _ATTACKS and not name.attribute.endswith(_PLAIN_RESULTS)
