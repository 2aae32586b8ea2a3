"""Bounds of the house: files in a folder, lines in a file, parameters of a function.

`python tests/test_sizes.py` prints the worst of each.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

MOST_FILES, MOST_LINES, MOST_PARAMETERS = 20, 300, 7

FOLDERS = ("core", "nodes")
"""Where folders and functions are bounded; `__init__.py` is not counted."""

CODE = ("core", "nodes", "bench", "training", "tests", "web")
"""Where the lines of files are bounded."""

NODE_DOOR = {"execute", "fingerprint_inputs", "validate_inputs"}
"""Methods that ComfyUI calls with a node's inputs, each by its name: as many as it has."""

_UNREAD = {"node_modules", "__pycache__"}


def public_door() -> set[str]:
    """The functions of `import latent_levers`, whose signatures people rely on."""
    text = (ROOT / "core" / "__init__.py").read_text(encoding="utf-8")
    block = re.search(r"^__all__ = \[(.*?)^\]", text, re.DOTALL | re.MULTILINE)
    assert block is not None
    return set(re.findall(r'"(\w+)"', block[1]))


def sources(*tops: str, suffixes: tuple[str, ...] = (".py",)) -> Iterator[Path]:
    """Files of code below some folders."""
    for top in tops:
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix in suffixes and not _UNREAD & set(path.parts):
                yield path


def files_of_folders() -> Counter[str]:
    """How many files each folder of core and nodes holds."""
    return Counter(
        str(path.parent.relative_to(ROOT))
        for path in sources(*FOLDERS)
        if path.name != "__init__.py"
    )


def lines_of_files() -> Counter[str]:
    """How many lines each file of code has."""
    return Counter(
        {
            str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
            for path in sources(*CODE, suffixes=(".py", ".js", ".mjs"))
        }
    )


def parameters_of_functions() -> Counter[str]:
    """How many parameters each function outside the doors has, `self` and `cls` apart."""
    door = public_door()
    found: Counter[str] = Counter()
    for path in sources(*FOLDERS, "bench", "training"):
        where = path.relative_to(ROOT)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        top = {id(node) for node in tree.body}
        for node in ast.walk(tree):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            public = where.parts[0] == "core" and id(node) in top and node.name in door
            if public or (where.parts[0] == "nodes" and node.name in NODE_DOOR):
                continue
            given = node.args
            names = [a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
            count = len([name for name in names if name not in ("self", "cls")])
            count += (given.vararg is not None) + (given.kwarg is not None)
            found[f"{where}:{node.lineno} {node.name}"] = count
    return found


BOUNDS = {
    "files in a folder": (files_of_folders, MOST_FILES),
    "lines in a file": (lines_of_files, MOST_LINES),
    "parameters of a function": (parameters_of_functions, MOST_PARAMETERS),
}
"""What is counted, how, and the most there may be."""


@pytest.mark.parametrize("what", BOUNDS)
def test_nothing_is_above_its_bound(what: str) -> None:
    count, bound = BOUNDS[what]
    found = count()
    assert len(found) > 20
    assert {name: number for name, number in found.items() if number > bound} == {}


def test_the_public_functions_exist() -> None:
    """Else a function would be exempt by a name that nobody exports."""
    assert {"resefa", "sefa", "sample_latents", "nearest_seeds"} <= public_door()


if __name__ == "__main__":
    for title, (counted, most) in BOUNDS.items():
        print(f"{title}, at most {most}:")
        for name, number in counted().most_common(5):
            print(f"  {number:>4}  {name}")
