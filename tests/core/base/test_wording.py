"""Messages of core in the words of the library, the command line and the nodes."""

import ast
import copy
import pickle
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import latent_levers as ll
import latent_levers.core
import pytest
from latent_levers.core.base.errors import LatentError
from latent_levers.core.base.wording import LIBRARY, Advice, PackWarning, counted, warn
from latent_levers.core.cli import COMMANDS
from latent_levers.core.cli.wording import COMMAND_LINE

ROOT = Path(ll.__file__).parent
CORE = sorted(p for p in (ROOT / "core").rglob("*.py") if "cli" not in p.relative_to(ROOT).parts)
_MARK = re.compile("\xab([a-z_]+)( [^\xab\xbb]*)?\xbb")


def node_display_names() -> list[str]:
    """The names of our nodes, as people see them."""
    named = re.compile(r'node_id=.*\n\s+display_name="([^"]+)"')
    found = [named.search(p.read_text("utf-8")) for p in sorted((ROOT / "nodes").glob("*/*.py"))]
    return [match[1].split(" (")[0] for match in found if match]


def nodes_wording() -> dict[str, str]:
    """The words of the nodes, read from the source, which imports without ComfyUI only as text."""
    tree = ast.parse((ROOT / "nodes" / "wording.py").read_text("utf-8"))
    return next(ast.literal_eval(n) for n in ast.walk(tree) if isinstance(n, ast.Dict))


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """The texts of a file but docstrings; what an f-string inserts is left out."""
    tree = ast.parse(path.read_text("utf-8"))
    silent: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            silent.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "X" for part in node.values]
            silent |= {id(part) for part in node.values}
            yield node.lineno, "".join(map(str, parts))
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in silent:
            yield node.lineno, node.value


MESSAGES = [
    (f"{path.relative_to(ROOT)}:{line}", text)
    for path in CORE
    if path.name != "wording.py"
    and path.parent.name != "graphs"  # notes that only ComfyUI's page shows, beside the nodes
    for line, text in texts(path)
]
MARKED = [(where, text) for where, text in MESSAGES if _MARK.search(text)]


def test_each_front_has_words_for_every_mark():
    assert set(COMMAND_LINE.names) == set(LIBRARY.names)
    assert set(nodes_wording()) == set(LIBRARY.names)


def test_every_mark_is_used_and_every_used_mark_is_known():
    used = {mark[1] for _, text in MARKED for mark in _MARK.finditer(text)}
    assert used == set(LIBRARY.names)


@pytest.mark.parametrize("name", sorted(LIBRARY.names))
def test_a_value_is_given_where_the_words_have_a_place_for_it(name):
    phrases = [words[name] for words in (LIBRARY.names, COMMAND_LINE.names, nodes_wording())]
    values = {bool(m[2]) for _, text in MARKED for m in _MARK.finditer(text) if m[1] == name}
    assert values == {any("{}" in phrase for phrase in phrases)}


def test_messages_of_core_speak_the_words_of_no_front():
    nodes = node_display_names()
    functions = [name for name in ll.core.__all__ if "_" in name and name.islower()]
    keyword = re.compile(r"\b(Pass|pass|Set|set|State|state|Use|use) [a-z_]+=")
    wrong = []
    for where, text in MESSAGES:
        bare = _MARK.sub("", text)
        if " " not in bare.strip():
            continue  # a name, not a message
        found = [name for name in (*nodes, *functions) if re.search(rf"\b{name}\b", bare)]
        if found or keyword.search(bare) or re.search(r"(^|\s)--[a-z]", bare):
            wrong.append((where, text))
    assert not wrong


def test_the_words_of_each_front_exist_there():
    options = {
        word for phrase in COMMAND_LINE.names.values() for word in re.findall(r"--[a-z-]+", phrase)
    }
    from latent_levers.core.cli import load_command

    known = {text for name in COMMANDS for p in load_command(name).parameters() for text in p.opts}
    assert options
    assert options <= known
    named = set(
        re.findall(r"(?:Load GAN|GAN(?: [A-Z][a-z]+)+)", "; ".join(nodes_wording().values()))
    )
    assert named
    assert named <= set(node_display_names())


def test_warnings_are_given_in_one_way():
    asked = [
        path.relative_to(ROOT).as_posix()
        for path in (*CORE, *(ROOT / "nodes").rglob("*.py"), *(ROOT / "core" / "cli").rglob("*.py"))
        if "warnings.warn(" in path.read_text("utf-8")
    ]
    assert asked == ["core/base/deprecation.py", "core/base/wording.py"]


def test_an_error_is_worded_for_each_front():
    error = LatentError("No label was given", "a class", "Give it with \xablabels\xbb")
    assert str(error) == "No label was given. Expected a class. Give it with labels."
    assert error.worded(COMMAND_LINE).endswith("Give it with --label.")


def test_advice_is_a_text_that_can_be_worded_again():
    advice = Advice("Give \xaboption lod=0\xbb to \xabunknown mark\xbb")
    assert advice == "Give lod=0 to \xabunknown mark\xbb"
    for same in (advice, copy.deepcopy(advice), pickle.loads(pickle.dumps(advice))):
        assert COMMAND_LINE.word(same) == "Give --option lod=0 to \xabunknown mark\xbb"


def test_a_warning_points_to_the_caller():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn("Use \xabunit distance\xbb", stacklevel=1)
    assert isinstance(caught[0].message, PackWarning)
    assert caught[0].filename == __file__
    assert str(caught[0].message) == "Use unit='distance'"
    assert COMMAND_LINE.word(caught[0].message.advice) == "Use --unit distance"


def test_one_is_singular() -> None:
    words = [counted(number, "picture") for number in (0, 1, 2, 1200)]
    assert words == ["0 pictures", "1 picture", "2 pictures", "1,200 pictures"]
    assert [counted(number, "process", "processes") for number in (1, 2)] == [
        "1 process",
        "2 processes",
    ]
