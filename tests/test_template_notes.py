"""The note of every template exists in every language, of the English that the template has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from locale_texts import LOCALES
from node_facts import WORKFLOWS, read_json


def note(path: Path) -> str:
    """The text of the only note of a template."""
    (found,) = [node for node in read_json(path)["nodes"] if node["type"] == "MarkdownNote"]
    return found["widgets_values"][0]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_the_note_is_the_english_text(path: Path) -> None:
    """The page translates a note only where it is word for word the English one."""
    text = note(path)
    key, *rest = text.split("\n")
    assert key.startswith("## ")
    assert rest
    assert read_json(LOCALES / "en" / "main.json")["latentLevers"][key] == text


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_the_note_is_translated(path: Path) -> None:
    head, *rest = read_json(LOCALES / "zh" / "main.json")["latentLevers"][
        note(path).split("\n")[0]
    ].split("\n")
    for part in (head, *rest):
        assert re.search(r"[\u4e00-\u9fff]", part)


def test_templates_are_numbered_in_order() -> None:
    stems = [path.stem for path in WORKFLOWS]
    assert [stem[:3] for stem in stems] == [f"{number:02} " for number in range(1, len(stems) + 1)]
    grouped = ["For researchers" in stem for stem in stems]
    assert grouped == sorted(grouped), "the figures of papers are the last group"
