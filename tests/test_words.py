"""Words that had to be read twice have gone: each pattern, and what is said instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

CODE = ("core/**/*.py", "nodes/**/*.py", "web/**/*.js")
TEXT = (*CODE, "web/docs/**/*.md", "docs/*.md", "README.md", "locales/en/*.json")

MOVED = (
    "aligning|aligning_levers|blending|building|caching|centring|classing|comparing|computing|"
    "describing|exact_pencil|explored_levers|explorer_state|exploring|fields|filming|grams|"
    "holding|judging|lettering|lever_cards|lever_facts|metrics|mixing|moving|named_regions|"
    "overlays|placing_directions|portraying|reading_directions|recognising|refining|"
    "region_shapes|saving|saving_latents|shape_drawing|sheets|solving|stated|sweeping|traversing|"
    "varying|wanting|live"
)
"""Modules that have other names now."""

DISTINCT = "judging|wanting|holding|stated|portraying|lettering|sweeping|varying|solving|caching"
"""Those of them that can be nothing else."""

BARRED = {
    r"\bWanted\b|\bwanted\(|\bwanted_image\b|\bwanting\b": ("JacobianPlan, plan_jacobian", CODE),
    r"\bEffort\b": ("JacobianOptions", TEXT),
    r"(?<![.\w])hold\(|(?<![.\w])fold\(|\bHeldColumns\b|\bheld_columns\b": (
        "store_columns, accumulate_grams, StoredColumns",
        ("core/jacobians/**/*.py", "core/levers/**/*.py"),
    ),
    r"\bAbstractJacobianStrategy\b|\ba way to get\b": ("JacobianStrategy", TEXT),
    r"\bworker\b": (
        "strategy, solver",
        ("core/jacobians/**/*.py", "core/solvers/**/*.py", "core/levers/**/*.py"),
    ),
    r"\bmeans\s*=|\bmeans\.\w|\bmeans\[": ("averages", CODE),
    r"\.support\b|\bsupport\s*[=:]": ("rank bound", CODE),
    r"(?i)\btold\s*[=(]|(?<!\.)(?<!def )\btell\s*[=(]|\.told\b|\btold (of|by)\b": ("report", TEXT),
    r"(?i)\b(is|are|was|were|be) had\b": ("computed", TEXT),
    r"(?i)\bbooks\b": ("manifest", TEXT),
    r"(?i)\bdoings\b": ("actions", TEXT),
    r"(?i)\bhear\b": ("onMessage", TEXT),
    r"(?i)\bwhence\b": ("source", TEXT),
    r"\bexact[ _]pencil\b|\bExactPencil\b": ("matrix pencil", TEXT),
    r"(?i)\bgo(es)? on later\b": ("resumes", TEXT),
    r"(?i)\bbears? (many|more)\b": ("can be pulled many sigmas", TEXT),
    r"(?i)\bhelped along\b": ("needs a space", TEXT),
    r"(?i)\btold by what\b": ("identified by content", TEXT),
    r"(?i)\bcomes? along\b": ("bundled", TEXT),
    rf"`(core[./])?({MOVED})(\.\w+|\.py)`|`({DISTINCT})`": ("today's module", TEXT),
}
"""Pattern, what is said instead, and the files in which it is looked for."""

ALIAS = ("core/__init__.py", '"Effort": "JacobianOptions"')
"""The one place of the old public name."""


def lines_of(patterns: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every line of some files, with where it stands."""
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            name = path.relative_to(ROOT).as_posix()
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if not (name == ALIAS[0] and ALIAS[1] in line):
                    yield f"{name}:{number}", line


@pytest.mark.parametrize("pattern", BARRED, ids=[better for better, _ in BARRED.values()])
def test_the_old_words_have_gone(pattern: str) -> None:
    better, where = BARRED[pattern]
    seen = [
        f"{place}: {line.strip()}" for place, line in lines_of(where) if re.search(pattern, line)
    ]
    assert seen == [], f"say {better}"


def test_no_docstring_answers_an_argument_with_see() -> None:
    asked = re.compile(r"^\s+\w+: See ")
    code = ("core/**/*.py", "nodes/**/*.py")
    assert [f"{place}: {line.strip()}" for place, line in lines_of(code) if asked.match(line)] == []


def test_there_is_something_to_read() -> None:
    assert sum(1 for _ in lines_of(TEXT)) > 10_000


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("means = average(each)", r"\bmeans\s*=|\bmeans\.\w|\bmeans\["),
        ("How the Jacobian Is had", r"(?i)\b(is|are|was|were|be) had\b"),
        (
            "progress: Told of steps done",
            r"(?i)\btold\s*[=(]|(?<!\.)(?<!def )\btell\s*[=(]|\.told\b|\btold (of|by)\b",
        ),
    ],
)
def test_the_patterns_find_what_they_are_for(text: str, pattern: str) -> None:
    assert re.search(pattern, text)
