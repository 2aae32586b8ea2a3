"""The text of the sources keeps to what ComfyUI's own checkers ask of a pack.

Those run with `make comfy-checks`; these few rules are theirs, without anything to install.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

_UNREAD = {"node_modules", "__pycache__", "build", "dist", "out"}

_NN = r"(?<![\w.])(?:torch\.)?nn\."

# Written in two parts where the whole would be found by those who look for it.
BARRED = {
    "a device by name": r"\.cu" + r"da\s*\(|\.to\s*\(\s*(?:torch\.device\s*\(\s*)?[\"']cuda",
    "autocast by its whole name": r"torch\.(?:cuda\.)?(?:amp\.)?auto" + r"cast\b",
    "a layer by its module": _NN
    + r"(?:Linear|Conv[123]d|ConvTranspose[12]d|LayerNorm|GroupNorm|Embedding)\s*\(",
}
"""What may not stand in a line of Python, comments excepted."""

BARRED_IN_PAGES = {
    "a part of the page that is not ours": r"document\.(?:head|body|documentElement)\.\w*"
    r"(?:append|prepend|insert|replaceChildren)",
    "a listener on the whole page": r"document\.addEventListener",
    "a property of the whole page": r"(?<![\w.])(?:window|globalThis)\.\w+\s*=[^=]",
    "a patch of what all packs share": r"(?<![\w.])(?:app|api|LiteGraph|LGraph\w*|ComfyWidgets)"
    r"(?:\.\w+)*\.prototype\b",
}
"""What may not stand in a line of a module of the page."""

NAMESPACE = "latentlevers"
"""The pack's display name in small letters: what names that all packs share begin with."""


def sources(suffix: str, top: Path = ROOT) -> Iterator[Path]:
    """Files of the repository that somebody wrote."""
    for path in sorted(top.rglob(f"*{suffix}")):
        parts = path.relative_to(ROOT).parts
        if not any(part.startswith(".") or part in _UNREAD for part in parts):
            yield path


PYTHON = list(sources(".py"))
PAGES = list(sources(".js", ROOT / "web"))

of_python = pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
of_pages = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)


def found(path: Path, barred: dict[str, str], comment: str) -> list[str]:
    """Lines that break a rule."""
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    return [
        f"{path.relative_to(ROOT)}:{number} has {what}: {line.strip()}"
        for number, line in lines
        if not line.lstrip().startswith(comment)
        for what, pattern in barred.items()
        if re.search(pattern, line)
    ]


def test_there_is_something_to_read():
    assert len(PYTHON) > 200
    assert len(PAGES) > 10


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("y = x.to('cu' 'da')".replace("' '", ""), "a device by name"),
        ("layer = nn" + ".Linear(2, 3)", "a layer by its module"),
        ("with torch.auto" + "cast('cpu'):", "autocast by its whole name"),
    ],
)
def test_the_rules_find_what_they_are_for(line: str, what: str):
    assert re.search(BARRED[what], line)


@of_python
def test_every_letter_is_in_the_code_page_of_windows(path: Path):
    text = path.read_text(encoding="utf-8")
    strange = {
        letter for letter in text if letter != letter.encode("cp1252", "ignore").decode("cp1252")
    }
    assert not strange, f"write these as escapes, or in words: {sorted(map(ascii, strange))}"


@of_python
def test_python_names_no_devices_and_no_layers_of_torch(path: Path):
    assert found(path, BARRED, "#") == []


@of_python
def test_nothing_is_executed_from_text(path: Path):
    calls = [
        node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)
    ]
    names = [call.func.id for call in calls if isinstance(call.func, ast.Name)]
    assert not {"eval", "exec"} & set(names)


@of_pages
def test_pages_touch_only_what_is_ours(path: Path):
    assert found(path, BARRED_IN_PAGES, "*") == []


@of_pages
def test_names_that_all_packs_share_carry_ours(path: Path):
    text = path.read_text(encoding="utf-8")
    names = re.findall(r"registerExtension\(\{\s*name:\s*[\"'`]([^\"'`]+)", text)
    assert len(names) == text.count("registerExtension("), "the name is the first thing in it"
    assert [name for name in names if not name.startswith(f"{NAMESPACE}.")] == []
