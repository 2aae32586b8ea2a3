"""PNG files with text chunks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from command_line import text_of
from latent_levers.core.cli import pictures


def test_pictures_are_whole_and_readable_by_others(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.png"
    image = load_pixels()
    pictures.save_png(path, image, {"seed": 3, "label": None, "name": "\u00e9"})
    assert text_of(path) == {"seed": "3", "name": "\u00e9", "software": "Latent Levers"}
    assert pictures.is_complete(path)
    assert not pictures.is_complete(tmp_path / "none.png")
    path.write_bytes(path.read_bytes()[:-1])
    assert not pictures.is_complete(path)
    (tmp_path / "plain").write_text("")
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode


def load_pixels() -> Any:
    """A small picture as a tensor."""
    import torch

    return torch.zeros(4, 5, 3, dtype=torch.uint8)
