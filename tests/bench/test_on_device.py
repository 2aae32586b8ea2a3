"""The script for a GPU: all of its code runs on a CPU, on tiny networks."""

from __future__ import annotations

import ast
import json
import os
import runpy
import subprocess
import sys
import textwrap
import threading
from dataclasses import asdict
from pathlib import Path

import pytest
from installations import find_installations

from bench import on_cuda
from bench.__main__ import DOCUMENTS
from bench.on_device import agreement, run, table
from bench.on_device.arms import all_arms, arms_of, device_calls, truth
from bench.on_device.check import CUT_OFF, FAILED, NOT_HERE, NOT_TESTED, Check, Finding, Setting
from bench.on_device.checkout import ROOT
from bench.on_device.device import described
from bench.on_device.registry import CHECKS
from bench.on_device.tracing import lines_reached
from bench.rows import processor

ARMS = all_arms(ROOT)
COMFYUI = [str(each.folder) for each in find_installations()][:1]


@pytest.fixture(scope="module")
def found() -> dict[str, list[Finding]]:
    """Every check on the CPU, with the time that it may take on a busy machine."""
    slow = [Check(c.id, c.title, c.module, 900.0, c.traced) for c in CHECKS]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMFYUI_PATH", "".join(COMFYUI))
        return run.run(slow, Setting("cpu", True, 3600.0))


def by_id(found: dict[str, list[Finding]], name: str) -> list[Finding]:
    """The findings of a check."""
    (title,) = [check.title for check in CHECKS if check.id == name]
    return found[title]


def test_nothing_fails_on_a_cpu(found: dict[str, list[Finding]]) -> None:
    assert set(found) == {check.title for check in CHECKS}
    bad = [f.text for fs in found.values() for f in fs if f.outcome in (FAILED, CUT_OFF)]
    assert bad == []
    assert [f.text for fs in found.values() for f in fs if f.verdict == "falls short"] == []


def test_every_architecture_agrees_with_itself(found: dict[str, list[Finding]]) -> None:
    lines = by_id(found, "agreement")
    assert len(lines) == 3 * len(agreement.GENERATORS)
    assert all(line.verdict == "holds" and "itself" in line.note for line in lines)


def test_what_a_gpu_alone_can_do_is_said_to_be_absent(found: dict[str, list[Finding]]) -> None:
    absent = {f.what for name in ("precisions", "graphs") for f in by_id(found, name)
              if f.outcome == NOT_HERE}  # fmt: skip
    assert absent == {"16 px, tf32", "16 px: one image, graph / calls"}


def test_speed_has_every_row(found: dict[str, list[Finding]]) -> None:
    rows = {f.what.split(": ")[1]: f.figure for f in by_id(found, "speed")}
    for name in (
        "a column of W",
        "vmap(jvp) / ours",
        "the published way, pixel by pixel / ours",
        "ten levers of W, all columns",
        "ten levers of W+, products alone",
        "W+, products alone / all columns",
    ):
        assert (rows[name] or 0) > 0, name


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of a CPU's allocator is Linux's")
def test_a_real_limit_halves_batches(found: dict[str, list[Finding]]) -> None:
    largest, images, *_ = by_id(found, "out-of-memory")
    assert largest.figure is not None
    assert 0 < largest.figure <= 0.5
    assert images.verdict == "holds"


def test_a_session_of_the_explorer_is_measured(found: dict[str, list[Finding]]) -> None:
    figures = {f.what.split(": ")[1]: f for f in by_id(found, "explorer")}
    assert figures["what the pull changes"].verdict == "holds"
    assert figures["picture against the CPU's"].figure == 0.0


@pytest.mark.skipif(not COMFYUI, reason="there is no ComfyUI")
def test_comfyui_moves_the_generator(found: dict[str, list[Finding]]) -> None:
    lines = by_id(found, "comfyui")
    assert lines[0].what.startswith("ComfyUI ")
    assert any("Jacobians after all models were unloaded" in f.what for f in lines)


def test_without_a_comfyui_it_is_not_tested(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from bench.on_device import comfyui

    setting = Setting("cpu", True, 60.0)
    monkeypatch.delenv("COMFYUI_PATH", raising=False)
    (line,) = comfyui.findings(setting)
    assert (line.outcome, line.note) == (NOT_TESTED, "COMFYUI_PATH names no ComfyUI")
    monkeypatch.setenv("COMFYUI_PATH", str(tmp_path))
    (line,) = comfyui.findings(setting)
    assert line.outcome == NOT_TESTED


def test_branches_are_listed_and_none_was_reached(found: dict[str, list[Finding]]) -> None:
    """Had a run on the CPU gone through one of them, the list would be wrong."""
    lines = by_id(found, "branches")
    assert lines[0].figure == len(ARMS) > 10
    assert {f.outcome for f in lines[1:]} == {NOT_HERE, "no effect on a CPU"}


def test_known_branches_are_found() -> None:
    conditions = {(arm.file, arm.condition, arm.value): arm.taken_on for arm in ARMS}
    memory = "core/base/memory.py"
    assert conditions[(memory, "device.type == 'cuda'", True)] == ("cuda",)
    assert conditions[(memory, "device.type != 'cpu'", True)] == ("cuda", "mps", "xpu")
    assert conditions[("core/generators/rendering.py", "on_cpu", False)]
    assert ("core/base/memory.py:52", "torch.cuda.mem_get_info") in device_calls(ROOT)


@pytest.mark.parametrize(
    ("condition", "on_cpu", "on_cuda"),
    [
        ("x.device.type == 'cpu'", True, False),
        ("device.type in ('cpu', 'cuda')", True, True),
        ("busy and device.type == 'cuda'", False, None),
        ("busy or device.type != 'mps'", True, True),
        ("not torch.cuda.is_available()", True, False),
        ("x.is_cuda", False, True),
        ("one.device == other.device", True, None),
        ("kind.type == 'cpu'", None, None),
        ("busy", None, None),
    ],
)
def test_conditions_are_decided_by_the_device(
    condition: str, on_cpu: bool | None, on_cuda: bool | None
) -> None:
    parsed = ast.parse(condition, mode="eval").body
    assert (truth(parsed, "cpu"), truth(parsed, "cuda")) == (on_cpu, on_cuda)


SOURCE = textwrap.dedent(
    """
    def limit(device, busy):
        if device.type == "cpu":
            return 1
        if busy:
            return 2
        return 3 if device.type == "cuda" else 4
    """
)


def test_what_follows_an_early_return_is_an_arm() -> None:
    first, second = arms_of(SOURCE, "limit.py")
    assert (first.value, first.first) == (False, 5)
    assert (second.value, second.first, second.taken_on) == (True, 7, ("cuda",))
    assert first.reached("cuda", ["limit.py:5"])
    assert second.reached("cuda", ["limit.py:7"])
    assert not second.reached("mps", ["limit.py:7"])
    assert not second.reached("cuda", ["limit.py:5"])


def test_lines_are_traced_in_threads_too(tmp_path: Path) -> None:
    file = tmp_path / "traced.py"
    file.write_text("def work():\n    return 1\n\ndef other():\n    return 2\n")
    names = runpy.run_path(str(file))
    before = sys.gettrace()
    with lines_reached(tmp_path, ["traced.py"]) as reached:
        thread = threading.Thread(target=names["work"])
        thread.start()
        thread.join()
    assert reached == {"traced.py:2"}
    assert sys.gettrace() is before


def test_a_lack_of_time_is_said_before_a_check_begins(capsys: pytest.CaptureFixture[str]) -> None:
    (lines,) = run.run(CHECKS[:1], Setting("cpu", True, 1.0)).values()
    assert [(f.outcome, f.note) for f in lines] == [(CUT_OFF, "no time was left")]
    assert lines[0].text in capsys.readouterr().out


def test_a_check_that_takes_too_long_is_ended(capsys: pytest.CaptureFixture[str]) -> None:
    large = Check("speed", "Speed", "speed", 6.0)  # 1,024 px on a CPU: an hour
    (lines,) = run.run([large], Setting("cpu", False, 60.0)).values()
    assert (lines[-1].outcome, lines[-1].note) == (CUT_OFF, "its time of 6 s was over")
    assert lines[-1].text in capsys.readouterr().out


def test_the_line_of_a_cpu_names_its_processor() -> None:
    assert described("cpu").startswith(f"{processor()}, ")


def test_findings_before_the_end_of_the_time_are_kept(tmp_path: Path) -> None:
    lines = [json.dumps(asdict(Finding(name, 1.0))) for name in ("first", "second")]
    (tmp_path / "findings").write_text(f"{lines[0]}\n{lines[1][:20]}")  # while it was written
    assert run._read(tmp_path / "findings") == [Finding("first", 1.0)]
    assert run._read(tmp_path / "none") == []


def test_a_check_that_fails_says_why() -> None:
    (lines,) = run.run(
        [Check("no-such", "None", "none", 60.0)], Setting("cpu", True, 90.0)
    ).values()
    assert lines[-1].outcome == FAILED
    assert "ValueError" in lines[-1].note


def test_verdicts() -> None:
    assert Finding("a", 1.0, "s", 2.0).verdict == "holds"
    assert Finding("a", 3.0, "s", 2.0).verdict == "falls short"
    assert Finding("a", 3.0, "s", least=4.0).verdict == "falls short"
    assert Finding("a", float("nan"), most=2.0).verdict == "falls short"
    assert Finding("a", None, most=2.0).verdict == "falls short"
    assert Finding("a", 3.0).verdict == ""
    assert Finding("a", 1.0, "s", 2.0, "twice").text == "a: 1 s, at most 2 (twice): holds"


def test_the_table_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    path.write_text("# Performance\n\nBy hand.\n")
    table.write(path, table.UNMEASURED)
    assert "not measured" in path.read_text()
    text = table.markdown("a machine", {"Speed": [Finding("a | b", 1.5, "s", 2.0)]})
    table.write(path, text)
    table.write(path, text)
    written = path.read_text()
    assert "By hand." in written
    assert "not measured" not in written
    assert written.count("| a \\| b | 1.5 s | at most 2 | holds |  |") == 1


def test_the_script_runs_as_a_file() -> None:
    """From elsewhere, without an installed pack: the repository is registered under its name."""
    assert DOCUMENTS["on-cuda"] == "bench.on_cuda"
    assert callable(on_cuda.main)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    command = [sys.executable, str(ROOT / "bench" / "on_cuda.py"), "--device", "cpu", "--quick"]
    done = subprocess.run(
        [*command, "--only", "branches"], capture_output=True, text=True, env=environment,
        cwd=Path(sys.executable).anchor,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "| **Branches that no test on a CPU reaches** | | | | |" in done.stdout
    assert "tiny networks" in done.stdout


def test_a_device_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert on_cuda.main(["--device", "tpu"]) == 1
    assert "no device 'tpu'" in capsys.readouterr().out
