"""Imports run down: the rooms of core in order, the fronts on top, no file twice on one path."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "core"

ROOMS = (
    "base", "concepts", "regions", "solvers", "generators", "latents", "files", "jacobians",
    "levers", "diffusion", "edits", "measures", "photos", "pictures", "batch", "explorer", "server",
)  # fmt: skip
"""Rooms of core, bottom to top: a file imports from its own room and from those below it."""

FRONTS = ("cli", "__main__")
"""What may know every room; the nodes are the other front."""

OUTSIDE = ("nodes", "bench", "training")
"""Folders beside core that import from it."""


def modules(folder: Path) -> list[Path]:
    """All Python files below a folder."""
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


SOURCES = [
    ROOT / "__init__.py",
    *(path for top in ("core", *OUTSIDE) for path in modules(ROOT / top)),
]
"""Every Python file that the layering is about."""


def own_name(module: str | None) -> str | None:
    """The dotted name of a module of this repository, from its root on; none for others."""
    name = (module or "").removeprefix("latent_levers.")
    return name if name.split(".")[0] in ("core", *OUTSIDE) else None


def imported(path: Path, root: Path | None = None) -> Iterator[tuple[str, ...]]:
    """What a file imports, those under TYPE_CHECKING and in functions among it.

    Args:
        path: The file.
        root: Top of the repository; none for this one.

    Yields:
        Parts from the repository's root on, the imported name last, where it is the repository's;
        else an empty string and the name.
    """
    here = path.relative_to(root or ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = own_name(alias.name)
                yield tuple((name or f".{alias.name}").split("."))
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                base = here[: len(here) - node.level + 1]
                base += tuple(node.module.split(".")) if node.module else ()
            else:
                name = own_name(node.module)
                base = tuple((name or f".{node.module}").split("."))
            yield from ((*base, alias.name) for alias in node.names)


def file_of(parts: tuple[str, ...], root: Path | None = None) -> Path | None:
    """The file that an import reads: a module, or the `__init__.py` that defines the name."""
    top = root or ROOT
    for end in (len(parts), len(parts) - 1):
        place = top.joinpath(*parts[:end])
        if place.with_suffix(".py").is_file():
            return place.with_suffix(".py")
        if (place / "__init__.py").is_file():
            return place / "__init__.py"
    return None


def floor(parts: tuple[str, ...]) -> int:
    """How high a module of core stands; fronts and the public door stand above every room."""
    name = parts[1] if len(parts) > 1 else "__init__"
    return ROOMS.index(name) if name in ROOMS else len(ROOMS)


def violations(path: Path, root: Path | None = None) -> list[str]:
    """Upward imports of one file of core."""
    where = path.relative_to(root or ROOT)
    return [
        f"{where} imports {'.'.join(parts)}"
        for parts in imported(path, root)
        if parts[0] == "core" and floor(parts) > floor(where.with_suffix("").parts)
    ]


def graph_of(paths: list[Path], root: Path | None = None) -> dict[Path, set[Path]]:
    """Files, and the files that each imports."""
    return {
        path: {
            found
            for parts in imported(path, root)
            if parts[0] and (found := file_of(parts, root)) is not None and found != path
        }
        for path in paths
    }


def cycle_in(graph: dict[Path, set[Path]]) -> list[Path]:
    """Files that import each other in a circle, or nothing."""
    done: set[Path] = set()

    def visit(path: Path, above: list[Path]) -> list[Path]:
        if path in above:
            return [*above[above.index(path) :], path]
        if path in done:
            return []
        for other in sorted(graph.get(path, ())):
            found = visit(other, [*above, path])
            if found:
                return found
        done.add(path)
        return []

    return next((found for path in sorted(graph) if (found := visit(path, []))), [])


@pytest.mark.parametrize("path", modules(CORE), ids=lambda path: str(path.relative_to(CORE)))
def test_imports_of_core_run_down(path: Path) -> None:
    assert violations(path) == []


def test_the_rooms_are_those_of_the_list() -> None:
    folders = {path.name for path in CORE.iterdir() if (path / "__init__.py").is_file()}
    assert folders == {*ROOMS, "cli"}
    files = {path.stem for path in CORE.glob("*.py")}
    assert files == {"__init__", "__main__"}


def test_no_file_imports_itself_on_any_path() -> None:
    assert [str(path.relative_to(ROOT)) for path in cycle_in(graph_of(SOURCES))] == []


def test_core_never_sees_a_front_or_the_host() -> None:
    for path in modules(CORE):
        for parts in imported(path):
            assert parts[0] not in OUTSIDE, path
            foreign = parts[1] if parts[0] == "" else ""
            assert foreign not in {"comfy", "comfy_api", "folder_paths", "nodes", "core"}, path


def test_nodes_and_cli_do_not_know_each_other() -> None:
    for path in modules(ROOT / "nodes"):
        assert not [parts for parts in imported(path) if parts[:2] == ("core", "cli")], path


def test_what_lies_outside_core_is_known_to_none_of_the_others() -> None:
    """But for benches, which photograph as `training` does and use ComfyUI as `nodes` do."""
    for top in OUTSIDE:
        known = {top, "training", "nodes"} if top == "bench" else {top}
        for path in modules(ROOT / top):
            for parts in imported(path):
                assert parts[0] not in OUTSIDE or parts[0] in known, path


def test_only_two_files_import_the_host() -> None:
    for path in modules(ROOT / "nodes"):
        names = {parts[1] for parts in imported(path) if parts[0] == ""}
        known = {"host.py": {"comfy"}, "folders.py": {"folder_paths"}}.get(path.name, set())
        assert not names & {"comfy", "folder_paths", "server", "execution"} - known, path


def test_numpy_and_safetensors_stay_where_they_are_needed() -> None:
    """Concepts are torch and the standard library; of the base, only what writes knows more."""
    for room in ("base", "concepts"):
        for path in modules(CORE / room):
            names = {parts[1] for parts in imported(path) if parts[0] == ""}
            assert "numpy" not in names, path
            assert "PIL" not in names, path
            assert path.stem == "atomic_files" or "safetensors" not in names, path


def test_the_package_uses_relative_imports_only() -> None:
    """ComfyUI names the package after its folder, so its own name must not appear."""
    for path in [ROOT / "__init__.py", *modules(CORE), *modules(ROOT / "nodes")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"^\s*(from|import) latent_levers\b", text, re.MULTILINE), path


def test_no_module_shadows_the_standard_library_and_no_drawer_exists() -> None:
    for path in [*modules(CORE), *modules(ROOT / "nodes")]:
        assert (
            path.stem == "__init__"
            or path.stem == "__main__"
            or (path.stem not in sys.stdlib_module_names)
        ), path
        assert path.stem not in {"utils", "helpers", "common", "misc"}, path


def test_tests_of_core_mirror_it() -> None:
    """`test_x.py` and `test_x_more.py` lie in the folder of `x.py` or `x/`, or in `x/` itself."""
    for path in modules(ROOT / "tests" / "core"):
        room = ROOT / path.relative_to(ROOT / "tests").parent
        assert (room / "__init__.py").is_file(), path
        if path.stem.startswith("test_"):
            subjects = {room.name, *(file.stem for file in room.iterdir())}
            name = path.stem.removeprefix("test_")
            assert any(name == stem or name.startswith(f"{stem}_") for stem in subjects), path


def plant(root: Path, name: str, text: str) -> Path:
    """A file in a tree of its own."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_an_upward_import_is_seen(tmp_path: Path) -> None:
    wrong = plant(
        tmp_path,
        "core/solvers/wrong.py",
        "from ..levers.factorization import sefa\nfrom ..concepts.gram import Gram\n",
    )
    assert violations(wrong, tmp_path) == [
        "core/solvers/wrong.py imports core.levers.factorization.sefa"
    ]
    noun = plant(
        tmp_path,
        "core/concepts/gram.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..jacobians import plan\n"
        "def late():\n    from ..cli import main\n",
    )
    assert len(violations(noun, tmp_path)) == 2


def test_a_circle_is_seen(tmp_path: Path) -> None:
    one = plant(tmp_path, "core/base/one.py", "from .two import b\n")
    two = plant(
        tmp_path,
        "core/base/two.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .one import a\n",
    )
    assert cycle_in(graph_of([one, two], tmp_path)) == [one, two, one]
    two.write_text("b = 1\n", encoding="utf-8")
    assert cycle_in(graph_of([one, two], tmp_path)) == []
