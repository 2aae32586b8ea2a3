"""`explore`: its options, its address, its end, and what it says where it cannot start."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from command_line import complaint, parsed
from latent_levers.core.cli import main

needs_signals = pytest.mark.skipif(
    sys.platform == "win32", reason="no Ctrl-C to one process on Windows"
)


def test_defaults_are_those_of_the_template() -> None:
    options = parsed(["explore"])
    seeds = (options["seed"], options["count"], options["truncation"], options["label"])
    assert seeds == (0, 4, 0.7, None)
    assert (options["generator"], options["port"], options["no_browser"]) == (
        "portraits-128",
        0,
        False,
    )


def test_a_missing_package_is_named_before_anything_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    line = complaint(capsys, "explore", "no such generator", "--out", str(tmp_path / "out"))
    assert "latent-levers explore needs the package aiohttp, which is not installed" in line
    assert "pip install aiohttp" in line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--count", "0"], "--count"),
        (["--count", "5000"], "--count"),
        (["--seed", "-1"], "--seed"),
        (["--port", "70000"], "--port"),
    ],
)
def test_numbers_have_ranges(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["explore", *words])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_port_in_use_is_refused(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("aiohttp", reason="aiohttp is not installed")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        words = ["explore", gan, "--no-browser", "--port", port, "--out", str(tmp_path)]
        line = complaint(capsys, *words)
    assert f"Port {port} cannot be used" in line
    assert os.strerror(errno.EADDRINUSE).lower() in line.lower()
    assert "--port" in line


@needs_signals
@pytest.mark.parametrize("as_json", [False, True])
def test_it_serves_on_this_machine_alone_until_ctrl_c(
    gan: str, tmp_path: Path, as_json: bool
) -> None:
    pytest.importorskip("aiohttp", reason="aiohttp is not installed")
    code = "import signal, sys\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    code += "from latent_levers.core.cli import main\nsys.exit(main())"
    words = ["explore", gan, "--no-browser", "--out", str(tmp_path / "out")]
    log, errors = tmp_path / "log", tmp_path / "errors"
    with log.open("wb") as out, errors.open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-c", code, *words, *(["--json"] if as_json else [])],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdout=out,
            stderr=err,
        )
    try:
        address = wait_for_address(process, errors if as_json else log)
        with urllib.request.urlopen(address, timeout=30) as page:
            assert b"<title>Latent Levers</title>" in page.read()
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(address.split("/", 3)[0] + "//" + address.split("/")[2] + "/")
        port = int(address.split(":")[2].split("/")[0])
        for other in ("127.0.0.2", "::1"):  # other addresses of this machine
            with pytest.raises(OSError, match=r".+"):
                socket.create_connection((other, port), timeout=5)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0, errors.read_text()
    finally:
        process.kill()
        process.wait()
    if as_json:
        told = json.loads(log.read_text())
        assert told == {
            "address": address,
            "out": str(tmp_path / "out"),
            "files": [],
            "replaced": [],
        }
    else:
        assert errors.read_text() == ""
    assert len(address.rstrip("/").rsplit("/", 1)[1]) >= 32, "the token cannot be guessed"


def wait_for_address(process: subprocess.Popen[bytes], log: Path) -> str:
    """The address that the command prints."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found = re.search(r"The explorer is at (http://127\.0\.0\.1:\d+/\S+/)\n", log.read_text())
        if found:
            return found[1]
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError("no address was printed")
