"""GANExplorer rejects malformed requests with a reason, and nothing changes."""

from __future__ import annotations

import subprocess
from pathlib import Path

from explorer_graphs import levers, opened, pinned_state
from malformed_requests import malformed


def files(folder: Path) -> set[tuple[str, int]]:
    """All files below a folder with their sizes, without the server's log and database."""
    return {
        (str(path), path.stat().st_size)
        for path in folder.rglob("*")
        if path.is_file() and path.name != "server.log" and "comfyui.db" not in path.name
    }


def checked_out(folder: Path) -> str:
    """Output of `git status`, which must be the same before and after."""
    return subprocess.run(
        ["git", "-C", str(folder), "status", "--porcelain"], capture_output=True, text=True
    ).stdout


def test_malformed_requests_get_a_reason_and_change_nothing(server, page):
    token = opened(page)
    state = pinned_state(levers(page, token, count=3).json["levers"])
    before = page.ask("picture", token, state=state)
    pack = Path(__file__).resolve().parents[2]
    folders = (server.base, server.installation.folder)
    seen = [files(folders[0]), checked_out(folders[1]), checked_out(pack)]
    logged = len(server.log)
    count = 0
    for route, body, kind in malformed(token, state):
        answer = page.send(route, body, kind)
        details = (route, body[:300], kind, answer.status, answer.body[:300])
        assert 400 <= answer.status < 500, details
        reason = answer.json["error"]
        assert isinstance(reason, str), details
        assert len(reason) > 10, details
        count += 1
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        for route in ("picture", "levers", "progress", "close", "find"):
            assert 400 <= page.send(route, b"{}", method=method).status < 500
            count += 1
    print(f"\n{count} malformed requests were refused")
    assert count >= 200
    assert page.ask("picture", token, state=state).body == before.body
    assert [files(folders[0]), checked_out(folders[1]), checked_out(pack)] == seen
    assert "Traceback" not in server.log[logged:]
