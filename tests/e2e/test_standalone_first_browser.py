"""First levers of a large image in the page of `latent-levers explore`, and the better ones."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from browser import drive, why_no_browser
from latent_levers.core.files.loading import untrained
from latent_levers.core.files.writing import save_generator
from latent_levers.core.generators.architectures.stylegan2.settings import StyleGAN2Settings
from standalone_server import explore

pytestmark = pytest.mark.skipif(why_no_browser() is not None, reason=str(why_no_browser()))

CHANNELS = {4: 24, 8: 24, 16: 16, 32: 16, 64: 12, 128: 8, 256: 6, 512: 4}
"""Of an image of 512 pixels, whose quarter has 128."""


def test_first_levers_then_better_ones(tmp_path: Path) -> None:
    settings = StyleGAN2Settings(z_dim=16, w_dim=16, channels=CHANNELS)
    (tmp_path / "run").mkdir()
    file = tmp_path / "large.safetensors"
    save_generator(untrained("stylegan2", settings), file)
    with explore(sys.executable, tmp_path / "run", str(file), "--count", "1") as address:
        seen = drive({"url": address}, tmp_path / "seen", script="standalone_first.mjs")
    assert not seen["problem"], seen
    assert not seen["troubles"]
    regional = [each for each in seen["asked"] if each["regional"]]
    assert regional[0].get("beyond") == 0, "a first answer"
    assert [each for each in regional if not each.get("warm") and "beyond" not in each], "the whole"
    assert "from a picture of" in seen["first"]
    assert "px" in seen["first"]
    assert seen["cells"] >= 4
    (pinned,) = seen["states"]["first"]["levers"]
    assert pinned["sought"] in (32, 64, 128)
    assert not seen["offered"] or pinned["sought"] < 128
    assert "from a picture of" not in seen["whole"]
    assert seen["after"] or f"No better ones for: {pinned['name']}" in " ".join(
        seen["whole"].split()
    )
    assert not seen["after"] or "Click an end" not in seen["whole"], "the button stands there"
    assert seen["states"]["whole"]["levers"] == [pinned], "nothing is replaced by itself"
    (taken,) = seen["states"]["taken"]["levers"]
    if seen["enabled"]:
        assert taken["vector"] != pinned["vector"]
        assert "sought" not in taken
        assert taken["name"] == pinned["name"]
    else:
        assert taken == pinned, "none is like it, and it stays"
