"""How commands end when the world fails: a full disk, Ctrl-C, a reader that goes away."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and limits of Unix")

COMMANDS = """
import contextlib, io, json, resource, sys
from latent_levers.core.cli import main
import latent_levers.core.cli.commands.vary, latent_levers.core.cli.commands.traverse
limit = int(sys.argv[1])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
for words in json.loads(sys.argv[2]):
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
        code = main(words)
    print(json.dumps([code, errors.getvalue()]), flush=True)
"""


def environment() -> dict[str, str]:
    """The environment of a process that imports the package."""
    search = os.pathsep.join(path for path in sys.path if path)
    return {**os.environ, "PYTHONPATH": search}


def writers(gan: str, levers: str, folder: Path) -> list[list[str]]:
    """A command line of each command that writes files."""
    out = ["--seeds", "0-1", "--out"]
    pull = ["--levers", levers, "--index", "0"]
    return [
        ["convert", gan, "--out", str(folder / "convert.safetensors")],
        ["sefa", gan, "--out", str(folder / "sefa.safetensors"), "--count", "12"],
        ["sample", gan, *out, str(folder / "sample")],
        ["edit", gan, *pull, *out, str(folder / "edit")],
        ["sweep", gan, *pull, *out, str(folder / "sweep.png")],
        ["traverse", gan, *pull, *out, str(folder / "traverse.gif")],
        ["combine", gan, "--levers", levers, "--and", levers, "--out", str(folder / "and")],
        ["vary", gan, *pull, *out, str(folder / "vary")],
    ]


def check_full(output: str, commands: list[list[str]]) -> None:
    """Each command ended in one line that names the disk, with status 1."""
    ends = [json.loads(line) for line in output.splitlines()]
    assert len(ends) == len(commands)
    for words, (code, errors) in zip(commands, ends, strict=True):
        assert code == 1, (words, errors)
        (line,) = errors.splitlines()
        assert line.startswith("latent-levers: The disk is full"), (words, line)


def left_behind(folder: Path) -> list[str]:
    """Files of which only a part was written."""
    return [path.name for path in folder.rglob("*") if ".part" in path.name]


def test_a_file_that_may_not_grow(gan: str, levers: str, tmp_path: Path) -> None:
    commands = writers(gan, levers, tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS, "600", json.dumps(commands)],
        env=environment(), capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    check_full(done.stdout, commands)
    assert left_behind(tmp_path) == []
    assert not list(tmp_path.rglob("*.safetensors"))


def test_a_disk_that_is_full(gan: str, levers: str, tmp_path: Path) -> None:
    """A real one of 40 kilobytes, in a mount namespace of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["unshare", "-m", "sh", "-c"]
    small = f'mount -t tmpfs -o size=40k tmpfs "{disk}"'
    if shutil.which("unshare") is None or subprocess.run([*mount, small], check=False).returncode:
        pytest.skip("no file system can be mounted here: a full disk was not tested")
    commands = [words for words in writers(gan, levers, disk) if words[0] in ("convert", "sample")]
    script = f'{small} && exec "$@"'
    done = subprocess.run(
        [*mount, script, "sh", sys.executable, "-c", COMMANDS, "0", json.dumps(commands)],
        env=environment(), capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    check_full(done.stdout, commands)


def run_and(
    words: list[str], act: Callable[[subprocess.Popen[bytes]], object], first: bool = False
) -> tuple[int, str]:
    """Status and errors of a command line in a process that `act` disturbs, or does so first."""
    code = (
        "import sys\nfrom latent_levers.core.cli import main\nimport click.testing\n"
        "print('ready', flush=True)\n"
        "if sys.argv[1] == 'wait': sys.stdin.readline()\n"
        "raise SystemExit(main(sys.argv[2:]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, "wait" if first else "go", *words],
        env=environment(),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == b"ready\n"
    act(process)
    process.stdin.close()  # ends the wait
    errors = process.stderr.read().decode()
    return process.wait(timeout=300), errors


@pytest.mark.parametrize("delay", [0.1, 0.3, 0.8])
def test_ctrl_c_while_torch_is_imported(gan: str, delay: float) -> None:
    def interrupt(process: subprocess.Popen[bytes]) -> None:
        time.sleep(delay)
        process.send_signal(signal.SIGINT)

    status, errors = run_and(["describe", gan], interrupt)
    assert (status, errors.lstrip("\n")) == (
        130,
        "latent-levers: stopped\n",
    )  # click ends the line of ^C


@pytest.mark.parametrize(
    "words", [["describe"], ["describe", "--json"], ["--help"], ["sample", "--help"], ["--version"]]
)
def test_a_reader_that_closes_the_pipe(gan: str, words: list[str]) -> None:
    def close(process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        process.stdout.close()

    given = [words[0], gan, *words[1:]] if words[0] == "describe" else words
    assert run_and(given, close, first=True) == (141, "")
