"""Hostile files: nothing runs, nothing is taken, and the error says what is wrong."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from cases import tiny
from hostile_file import MARKER
from kinds import every_kind
from safetensors.torch import save_file

KINDS = every_kind()
SECONDS = 2.0

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="limits are measured on Linux"
)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Any]]]:
    """What became of every file, opened in a process of its own."""
    home = tmp_path_factory.mktemp("hostile")
    marker = home / ("m" * (len(MARKER) * 20 - len(str(home)) - 1))
    assert len(str(marker)) == len(MARKER) * 20
    folder = home / "f"
    folder.mkdir()
    titles: dict[str, str] = {}
    for index, (title, kind) in enumerate(KINDS.items()):
        data = kind.data.replace((MARKER * 20).encode(), str(marker).encode())
        (folder / f"{index:04}").write_bytes(data)
        titles[f"{index:04}"] = title
    for title, value in (("NaN", torch.nan), ("infinity", torch.inf)):
        state = {n: t.clone() for n, t in tiny().network.state_dict().items()}
        state["synthesis.b8.conv1.weight"][0, 0, 0, 0] = value
        save_file(state, folder / title)
        torch.save({"g_ema": state}, folder / f"{title} in a torch file")
    run = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("child.py")), str(folder)],
        capture_output=True, text=True, check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    yield {titles.get(line["file"], line["file"]): line for line in lines}
    assert not marker.exists()


@pytest.mark.parametrize("title", KINDS)
def test_hostile_file(title: str, reports: dict[str, dict[str, Any]]) -> None:
    report = reports[title]
    assert report["error"] == "ours", report
    assert re.search(KINDS[title].words, report["words"]), report["words"]
    assert report["seen"] == []
    assert report["cpu"] < SECONDS


@pytest.mark.parametrize("value", ["NaN", "infinity"])
@pytest.mark.parametrize("place", ["", " in a torch file"])
def test_weights_that_are_not_finite(
    value: str, place: str, reports: dict[str, dict[str, Any]]
) -> None:
    report = reports[f"{value}{place}"]
    assert report["error"] == "ours", report
    assert "b8.conv1.weight holds NaN or infinite weights" in report["words"]


def test_there_are_many_kinds() -> None:
    assert len(KINDS) >= 40


def test_figures(reports: dict[str, dict[str, Any]]) -> None:
    """The slowest ones, for people (pytest -s)."""
    slowest = sorted(reports, key=lambda title: -reports[title]["cpu"])[:5]
    print(f"{len(reports)} files; slowest:", {t: round(reports[t]["cpu"], 2) for t in slowest})
    assert reports[slowest[0]]["cpu"] < SECONDS


def test_the_measurement_measures(tmp_path: Path) -> None:
    """A reader that took too much, or ran something, would be seen."""
    script = (
        "import json, os, sys; sys.path.insert(0, sys.argv[1]); import child\n"
        "def bad(path):\n"
        "    os.system('true')\n"
        "    bytearray(2 << 30)\n"
        "child.ll.load_generator = bad\n"
        "path = child.Path(sys.argv[1]) / 'child.py'\n"
        "print(json.dumps(child.open_file(path, child.Watch())))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(Path(__file__).parent)],
        capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    report = json.loads(run.stdout.splitlines()[-1])
    assert report["error"] == "MemoryError"
    assert report["seen"] == ["os.system"]
