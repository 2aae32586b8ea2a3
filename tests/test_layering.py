"""Imports point down: fronts, verbs, rooms, nouns."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "core"

NOUNS = {
    "architecture", "caching", "checkpoint", "columns", "computing", "conditions", "directions",
    "eigen", "errors", "files", "forward_linearisation", "generator", "grams", "image_map",
    "images", "latents", "linearisation", "memory", "network", "precision", "progress", "regions",
    "registry", "stated",
}  # fmt: skip
"""One idea per file: what the rest is made of. A new noun is one word here."""

FRONTS = {"cli", "__main__"}
"""What may know everything in core; the nodes are the other front."""

ROOMS = {path.name for path in CORE.iterdir() if (path / "__init__.py").is_file()} - FRONTS
"""Folders of plug-ins."""


def modules(folder: Path) -> list[Path]:
    """All Python files below a folder."""
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def imported(path: Path) -> Iterator[tuple[str, ...]]:
    """What a file imports: parts from the pack's root on where it is the pack's, else a name."""
    here = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (("", *alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield ("", *(node.module or "").split("."))
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1]
            module = tuple(node.module.split(".")) if node.module else ()
            if module:
                yield (*base, *module)
            else:
                yield from ((*base, alias.name) for alias in node.names)


def layer(parts: tuple[str, ...]) -> tuple[str, str]:
    """Which layer a module of core is of, and its name or that of its room."""
    name = parts[1] if len(parts) > 1 else "__init__"
    if name in ROOMS:
        return "room", name
    if name in FRONTS:
        return "front", name
    return ("noun" if name in NOUNS else "verb"), name


def violations(path: Path) -> list[str]:
    """Upward imports of one file of core."""
    own = layer(path.relative_to(ROOT).with_suffix("").parts)
    wrong: list[str] = []
    for parts in imported(path):
        if parts[0] != "core":
            continue
        other = layer(parts)
        allowed = {
            "noun": other[0] == "noun",
            "room": other[0] == "noun" or other == own,
            "verb": other[0] in ("noun", "room", "verb"),
            "front": True,
        }[own[0]]
        if not allowed and own[1] != "__init__":
            wrong.append(f"{path.relative_to(ROOT)} ({own[0]}) imports {'.'.join(parts)}")
    return wrong


@pytest.mark.parametrize("path", modules(CORE), ids=lambda path: str(path.relative_to(CORE)))
def test_imports_of_core_point_down(path: Path) -> None:
    assert violations(path) == []


def test_the_nouns_exist() -> None:
    named = {path.stem for path in CORE.glob("*.py")}
    assert named >= NOUNS


def test_core_never_sees_a_front_or_the_host() -> None:
    for path in modules(CORE):
        for parts in imported(path):
            assert parts[0] != "nodes", path
            foreign = parts[1] if parts[0] == "" else ""
            assert foreign not in {"comfy", "comfy_api", "folder_paths", "nodes", "core"}, path


def test_nodes_and_cli_do_not_know_each_other() -> None:
    for path in modules(ROOT / "nodes"):
        assert not [parts for parts in imported(path) if parts[:2] == ("core", "cli")], path


def test_only_the_host_files_import_the_host() -> None:
    for path in modules(ROOT / "nodes"):
        names = {parts[1] for parts in imported(path) if parts[0] == ""}
        if path.name not in {"host.py", "host_server.py"}:
            assert not names & {"comfy", "folder_paths", "server", "execution"}, path


def test_numpy_and_safetensors_stay_where_they_are_needed() -> None:
    """Nouns are torch and the standard library; files.py, which writes, knows safetensors."""
    for name in NOUNS:
        names = {parts[1] for parts in imported(CORE / f"{name}.py") if parts[0] == ""}
        assert "numpy" not in names, name
        assert "PIL" not in names, name
        assert name == "files" or "safetensors" not in names, name


def test_the_package_uses_relative_imports_only() -> None:
    """ComfyUI names the package after its folder, so its own name must not appear."""
    for path in [ROOT / "__init__.py", *modules(CORE), *modules(ROOT / "nodes")]:
        for parts in imported(path):
            assert parts[:2] != ("", "latent_levers"), path


def test_no_module_shadows_the_standard_library_and_no_drawer_exists() -> None:
    for path in [*modules(CORE), *modules(ROOT / "nodes")]:
        assert (
            path.stem == "__init__"
            or path.stem == "__main__"
            or (path.stem not in sys.stdlib_module_names)
        ), path
        assert path.stem not in {"utils", "helpers", "common", "misc"}, path


def test_a_violation_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    room = tmp_path / "core" / "solvers" / "wrong.py"
    room.parent.mkdir(parents=True)
    room.write_text("from ..solving import sefa\nfrom ..eigen import EigenProblem\n")
    assert violations(room) == ["core/solvers/wrong.py (room) imports core.solving"]
    noun = tmp_path / "core" / "grams.py"
    noun.write_text("from . import rendering\nfrom .solvers import SOLVERS\n")
    assert len(violations(noun)) == 2
