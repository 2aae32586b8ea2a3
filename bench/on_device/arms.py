"""Branches that depend on the device, found in the source, and those that a CPU never takes."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOMS = ("core", "nodes")
"""Folders that are searched."""

_AVAILABLE = {
    "torch.cuda.is_available()": "cuda",
    "torch.backends.mps.is_available()": "mps",
    "torch.mps.is_available()": "mps",
    "torch.xpu.is_available()": "xpu",
}
"""Questions whose answer is yes where this kind of device is there."""

_BACKENDS = (
    "torch.cuda.",
    "torch.mps.",
    "torch.xpu.",
    "torch.backends.cuda",
    "torch.backends.cudnn",
)
"""Beginnings of what has an effect on some devices alone."""

_BODIES = (ast.Return, ast.Raise, ast.Continue, ast.Break)


@dataclass(frozen=True)
class Arm:
    """What is done where a condition has a value that it never has on a CPU."""

    file: str
    """Path from the root of the repository."""
    line: int
    """Line of the condition."""
    condition: str
    """The condition."""
    value: bool
    """Its value."""
    first: int
    """First line of what is done then."""
    taken_on: tuple[str, ...]
    """Kinds of devices where it has that value, as far as the kind decides it."""

    @property
    def place(self) -> str:
        """Such as "core/base/memory.py:51"."""
        return f"{self.file}:{self.line}"

    def reached(self, device: str, lines: Sequence[str]) -> bool:
        """Whether a run went this way.

        Args:
            device: Its kind of device.
            lines: The lines that it ran through, as `place`.

        Returns:
            True where it did; of a conditional expression the kind of device decides.
        """
        if f"{self.file}:{self.first}" not in lines:
            return False
        return self.first != self.line or device in self.taken_on


def truth(
    condition: ast.expr, device: str, names: Mapping[str, ast.expr] | None = None
) -> bool | None:
    """The value of a condition, as far as the kind of device decides it.

    Args:
        condition: Any expression.
        device: Kind of device.
        names: What local variables are assigned.

    Returns:
        None where something else decides it.
    """
    names = names or {}
    if isinstance(condition, ast.UnaryOp) and isinstance(condition.op, ast.Not):
        found = truth(condition.operand, device, names)
        return None if found is None else not found
    if isinstance(condition, ast.BoolOp):
        parts = [truth(part, device, names) for part in condition.values]
        decisive = isinstance(condition.op, ast.Or)
        if decisive in parts:
            return decisive
        return None if None in parts else not decisive
    if isinstance(condition, ast.Name) and condition.id in names:
        return truth(names[condition.id], device)
    if isinstance(condition, ast.Compare) and len(condition.ops) == 1:
        return _compared(condition, device)
    text = ast.unparse(condition)
    if text in _AVAILABLE:
        return _AVAILABLE[text] == device
    if isinstance(condition, ast.Attribute) and condition.attr in ("is_cuda", "is_mps", "is_xpu"):
        return condition.attr == f"is_{device}"
    return None


def _compared(condition: ast.Compare, device: str) -> bool | None:
    """The value of a comparison with kinds of devices, or of two devices with each other."""
    left, right = condition.left, condition.comparators[0]
    operator = condition.ops[0]
    both = (ast.unparse(left), ast.unparse(right))
    if all(text.endswith("device") for text in both) and device == "cpu":
        # Where there is a CPU alone, all devices are that one.
        return {ast.Eq: True, ast.NotEq: False}.get(type(operator))
    if not both[0].endswith("device.type"):
        return None
    try:
        kinds = ast.literal_eval(right)
    except ValueError:
        return None
    known = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    if isinstance(operator, (ast.Eq, ast.In)):
        return device in known
    return device not in known if isinstance(operator, (ast.NotEq, ast.NotIn)) else None


def arms_of(source: str, file: str, kinds: Sequence[str] = ("cuda", "mps", "xpu")) -> Iterator[Arm]:
    """The arms of one file that a CPU never takes.

    Args:
        source: The source.
        file: Its path.
        kinds: Kinds of devices other than the CPU.

    Yields:
        The arms in order.
    """
    tree = ast.parse(source)
    found: list[Arm] = []
    for function in _scopes(tree):
        names = _assigned(function)
        for block in _blocks(function):
            for number, node in enumerate(block):
                rest = block[number + 1 :]
                for condition, yes, no in _choices(node, rest):
                    value = truth(condition, "cpu", names)
                    taken = no if value else yes
                    if value is None or taken is None:
                        continue
                    on = tuple(k for k in kinds if truth(condition, k, names) is not value)
                    text = ast.unparse(condition)
                    found.append(Arm(file, condition.lineno, text, not value, taken, on))
    unique = {(arm.line, arm.condition, arm.value): arm for arm in found}
    yield from sorted(unique.values(), key=lambda arm: arm.line)


def _scopes(tree: ast.Module) -> list[ast.AST]:
    """The module and its functions."""
    kinds = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def _assigned(scope: ast.AST) -> dict[str, ast.expr]:
    """Variables that are assigned once."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Name):
                found.setdefault(target.id, []).append(node.value)
    return {name: values[0] for name, values in found.items() if len(values) == 1}


def _blocks(scope: ast.AST) -> Iterator[list[ast.stmt]]:
    """Lists of statements below a scope."""
    for node in ast.walk(scope):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                yield block


def _choices(
    node: ast.stmt, rest: list[ast.stmt]
) -> Iterator[tuple[ast.expr, int | None, int | None]]:
    """Conditions of a statement, with the first lines of what follows from yes and from no."""
    if isinstance(node, ast.If):
        after = rest[0].lineno if rest and isinstance(node.body[-1], _BODIES) else None
        otherwise = node.orelse[0].lineno if node.orelse else after
        yield node.test, node.body[0].lineno, otherwise
    for inner in ast.walk(node):
        if isinstance(inner, ast.stmt) and inner is not node:
            continue
        if isinstance(inner, ast.IfExp):
            line = inner.test.lineno
            yield inner.test, line, line


def all_arms(root: Path) -> list[Arm]:
    """The arms of the whole pack.

    Args:
        root: Folder of the repository.

    Returns:
        In the order of files and lines.
    """
    return [
        arm
        for path in _sources(root)
        for arm in arms_of(path.read_text(encoding="utf-8"), path.relative_to(root).as_posix())
    ]


def device_calls(root: Path) -> list[tuple[str, str]]:
    """Where something is used that has an effect on some devices alone.

    Args:
        root: Folder of the repository.

    Returns:
        Places and expressions.
    """
    found: list[tuple[str, str]] = []
    for path in _sources(root):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and id(node) not in inner:
                text = ast.unparse(node)
                if text.startswith(_BACKENDS) and not text.endswith("is_available"):
                    found.append((f"{path.relative_to(root).as_posix()}:{node.lineno}", text))
    return found


def _sources(root: Path) -> list[Path]:
    """Python files of the rooms."""
    return [path for room in ROOMS for path in sorted((root / room).rglob("*.py"))]
