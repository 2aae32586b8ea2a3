"""Patterns of names, also those of strangers."""

from __future__ import annotations

import pytest
from latent_levers.core.base.errors import PackError
from latent_levers.core.batch.file_names import (
    check_pattern,
    check_stem,
    file_stem,
    without_ending,
)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("{n:05d}", "00007"),
        ("{row}", "7"),
        ("{seed}_{lever}_{n}", "3_open_mouth_7"),
        ("faces (new) {n:3d}", "faces (new)   7"),
    ],
)
def test_names_are_what_the_pattern_says(pattern: str, name: str) -> None:
    assert file_stem(check_pattern(pattern), 7, 3, "open mouth") == name


@pytest.mark.parametrize(
    "pattern",
    [
        "../{n}", "{n}/a", "a\\{n}", "/{n}", ".{n}", "{n.__class__}", "{n!r}", "{n[0]}",
        "{lever:>99999}{n}", "{n:99999999d}", "{n:{seed}}", "{}", "{0}", "{other}{n}", "{n", "n}",
        "a\0{n}", "sheet_{n}", "part-{n}", "plan.{n}", "x" * 200 + "{n}", "COM{n}",
    ],
)  # fmt: skip
def test_hostile_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(PackError, match="pattern of names"):
        check_pattern(pattern)


def test_a_pattern_names_each_row_once() -> None:
    with pytest.raises(PackError, match=r"several rows one name. Expected \{n\} or \{row\}"):
        check_pattern("{seed}_{lever}")


@pytest.mark.parametrize(
    ("name", "image", "stem"),
    [
        ("{n}.png", "png", "{n}"),
        ("a.JPG", "jpeg", "a"),
        ("a.jpeg", "jpeg", "a"),
        ("v1.5", "png", "v1.5"),
        (".png", "png", ".png"),
        ("webp", "webp", "webp"),
    ],
)
def test_an_ending_that_the_format_adds_is_left_out(name: str, image: str, stem: str) -> None:
    assert without_ending(name, image) == stem


def test_the_ending_of_another_format_is_refused() -> None:
    with pytest.raises(PackError, match=r"ends in .png, and the pictures are webp. Expected '{n}'"):
        without_ending("{n}.png", "webp")


@pytest.mark.parametrize("lever", ["../../etc/passwd", "a/b", "..", "", "\0", "x" * 500, "CON/."])
def test_no_lever_leaves_the_folder(lever: str) -> None:
    name = file_stem(check_pattern("{lever}_{n}"), 1, None, lever)
    assert not set(name) & set("/\\.\0")
    assert len(name) < 100


@pytest.mark.parametrize(
    "name", ["..", ".a", "a/b", "plan", "Sheet_2", "nul", "COM1.x", "", "a.", "a\n"]
)
def test_names_of_tables_are_checked(name: str) -> None:
    with pytest.raises(PackError, match="cannot be used for a file"):
        check_stem(name)
    assert check_stem("smile (2)") == "smile (2)"
