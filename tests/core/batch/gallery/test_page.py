"""The gallery's page: facts are text, the policy fits the script, nothing comes from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from latent_levers.core.base.errors import PackError
from latent_levers.core.batch.gallery import columns
from latent_levers.core.batch.gallery.columns import gallery_columns, write_gallery
from latent_levers.core.batch.gallery.page import gallery_page
from latent_levers.core.batch.stored.records import Pull, Record
from PIL import Image

EVIL = "</script><!--<script>@batch@ &amp; \u2028 \U0001f600"


def record(row: int, name: str = "smile", file: str = "") -> Record:
    return Record(row, file or f"{row:05d}.png", row + 5, (Pull(2, name, 1.5), Pull(0, "age", -1)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "batch"
    path.mkdir()
    for name in ("00000.png", "00001.png", "00002.png", "%41 #.png"):
        Image.new("RGB", (12, 18)).save(path / name)
    return path


def stored(page: str) -> dict[str, Any]:
    """The facts in a page, as a browser takes them out."""
    found = re.search(r'<script type="application/json" id="batch">(.*?)</script', page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_columns(folder: Path) -> None:
    facts = gallery_columns([record(0), record(1)], folder, "", "digest")
    assert facts["levers"] == ["age", "smile"]
    assert facts["pulls"] == [[1, 1.5, 0, -1]] * 2
    assert (facts["rows"], facts["files"], facts["digits"], facts["ending"]) == (
        None,
        None,
        5,
        ".png",
    )
    assert (facts["seeds"], facts["width"], facts["aspect"]) == ([5, 6], 12, 1.5)
    facts = gallery_columns([record(1), record(7, file="%41 #.png")], folder)
    assert (facts["rows"], facts["files"]) == ([1, 7], ["00001.png", "%41 #.png"])


def test_facts_cannot_leave_their_element(folder: Path) -> None:
    facts = gallery_columns([record(0, EVIL)], folder)
    page = gallery_page({**facts, "name": EVIL})
    assert stored(page) == {**facts, "name": EVIL}
    assert page.count("</script") == 2
    assert "<!--" not in page
    assert "<title>&lt;/script&gt;&lt;!--" in page


def test_the_policy_names_script_and_style(folder: Path) -> None:
    page = gallery_page(gallery_columns([record(0)], folder))
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{rule} 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; img-src 'self' file: data:;")
    assert not re.search(r"https?:|//[a-z]+\.", page.replace("://www.w3.org", ""))
    assert "unsafe" not in policy


def test_only_pictures_that_are_there_are_shown(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "pages" / "look.html"
    records = [record(0), record(1), record(9)]
    assert write_gallery(out, folder, records, "d") == 2
    facts = stored(out.read_text(encoding="utf-8"))
    assert (facts["base"], facts["plan"], facts["name"]) == ("../batch/", "d", "batch")
    with pytest.raises(PackError, match="Draw them first"):
        write_gallery(out, folder, [record(9)])


def test_a_page_has_a_bound(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "MOST_PICTURES", 2)
    with pytest.raises(PackError, match="some rows, such as 0-1"):
        write_gallery(folder / "g.html", folder, [record(n) for n in range(3)])
