"""Every text of every node exists in English and Chinese; needs no ComfyUI.

`make locales` writes the English files from the schemas. Translators update the other languages,
then run `make translated`.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from locale_texts import ENGLISH, LOCALES, STAMPS, english, flat, stamp
from node_facts import FACTS, as_text, read_json

UPDATE = "UPDATE_LOCALES"
"""Environment variable: write the English texts instead of comparing them."""

UPDATE_STAMPS = "UPDATE_TRANSLATED"
"""Environment variable: record that all translations are up to date."""

OTHERS = [path for path in sorted(LOCALES.iterdir()) if path.name != "en"]
of_others = pytest.mark.parametrize("folder", OTHERS, ids=lambda path: path.name)

SCRIPTS = {"zh": r"[\u4e00-\u9fff]"}
"""Characters that each translation must contain."""


def texts(folder: Path, file: str = "nodeDefs.json") -> dict[str, str]:
    """All texts of a file of a language."""
    return flat(read_json(folder / file))


def test_english_is_what_the_schemas_say():
    if os.environ.get(UPDATE):
        text = json.dumps(english(), indent=1, ensure_ascii=False) + "\n"
        ENGLISH.write_text(text, encoding="utf-8", newline="\n")
    known = read_json(ENGLISH)
    stale = [
        name for name in sorted({*known, *english()}) if known.get(name) != english().get(name)
    ]
    assert not stale, f"Run `make locales`: {ENGLISH.name} is stale for {', '.join(stale)}"


def test_chinese_is_among_the_languages():
    assert "zh" in [folder.name for folder in OTHERS]


@of_others
@pytest.mark.parametrize("file", ["main.json", "nodeDefs.json"])
def test_every_text_is_translated(folder: Path, file: str):
    wanted, known = texts(LOCALES / "en", file), texts(folder, file)
    missing, unknown = sorted(wanted.keys() - known.keys()), sorted(known.keys() - wanted.keys())
    words = "\n".join(f"{key}: {wanted[key]}" for key in missing)
    assert not missing, f"{folder.name}/{file} lacks {len(missing)} texts:\n{words}"
    assert not unknown, f"{folder.name}/{file} translates what is not there: {unknown}"


@of_others
def test_translations_are_in_their_language(folder: Path):
    foreign = [
        key for key, text in texts(folder).items() if not re.search(SCRIPTS[folder.name], text)
    ]
    assert not foreign


@of_others
def test_braces_are_those_of_the_english_text(folder: Path):
    """The page would treat a bare brace as a placeholder and show nothing."""
    wanted = texts(LOCALES / "en")
    for key, text in texts(folder).items():
        bare = re.sub(r"\{'[{}@|]'\}", "", text)
        assert not re.search(r"[{}@|]", bare), key
        assert text.count("{'{'}") == wanted[key].count("{'{'}"), key


@of_others
def test_choices_are_named_as_they_stand_on_the_node(folder: Path):
    """The page does not translate choices, so a tooltip must not rename them."""
    facts: dict[str, Any] = english()
    for node, about in facts.items():
        for name, entry in about["inputs"].items():
            said = re.findall(r"(?:^|[.;] )([a-z][\w ]*): ", entry["tooltip"])
            tooltip = texts(folder).get(f"{node}.inputs.{name}.tooltip", "")
            lost = [choice for choice in said if choice not in tooltip]
            assert not lost or not _is_choice(node, name, lost[0]), f"{node} {name}: {lost}"


def _is_choice(node: str, name: str, word: str) -> bool:
    """Whether a word before a colon is a choice of a list."""
    (entry,) = [one for one in read_json(FACTS)[node]["inputs"] if one["name"] == name]
    return word in entry.get("choices", [])


def test_translations_are_of_the_english_that_there_is():
    wanted = {key: stamp(text) for key, text in texts(LOCALES / "en").items()}
    if os.environ.get(UPDATE_STAMPS):
        STAMPS.write_text(as_text(wanted), encoding="utf-8", newline="\n")
    known = read_json(STAMPS)
    changed = [key for key, value in wanted.items() if known.get(key) != value]
    words = "\n".join(f"{key}: {texts(LOCALES / 'en')[key]}" for key in changed)
    assert not changed, f"Update the translations of these, then run `make translated`:\n{words}"
    assert wanted.keys() == known.keys(), "Run `make translated`"
