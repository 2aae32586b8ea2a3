"""Run the command line and read what it writes, for tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from latent_levers.core.cli import build_cli, main
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings
from PIL import Image

SETTINGS = StyleGAN2Settings(12, 12, {4: 12, 8: 10, 16: 8, 32: 6}, mapping_widths=(12, 12))


def result(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """What a command prints with `--json`, and nothing else."""
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command prints."""
    capsys.readouterr()
    assert main(words) == 0
    return capsys.readouterr().out


def complaint(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one line in which a command refuses, with exit code 2."""
    capsys.readouterr()
    assert main(words) == 2
    captured = capsys.readouterr()
    (line,) = captured.err.splitlines()
    assert line.startswith("latent-levers: ")
    return line


def parsed(words: Sequence[str]) -> dict[str, Any]:
    """The options of a command line; `click.UsageError` where it cannot be parsed."""
    name, *rest = words
    return build_cli().commands[name].make_context(name, rest).params


def planned(gan: str, levers: str, folder: Path, *more: str) -> list[str]:
    """Words of a plan of twelve random rows."""
    return [
        "plan", gan, "--levers", levers, "--seeds", "0-4", "--mode", "random", "--count", "12",
        "--out", str(folder / "plan.json"), *more,
    ]  # fmt: skip


def text_of(path: str | Path) -> dict[str, str]:
    """Text chunks of a PNG."""
    with Image.open(path) as picture:
        picture.load()
        return dict(picture.text)  # type: ignore[attr-defined]


def pixels(path: Path) -> np.ndarray:
    """A picture as numbers."""
    with Image.open(path) as picture:
        return np.asarray(picture).astype(int)
