"""PNG files with text chunks, and masks from pictures."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from command_line import text_of
from latent_levers.core.base.errors import PackError
from latent_levers.core.cli import pictures
from PIL import Image


def test_pictures_are_whole_and_readable_by_others(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.png"
    image = torch.zeros(4, 5, 3, dtype=torch.uint8)
    pictures.save_png(path, image, {"seed": 3, "label": None, "name": "\u00e9"})
    assert text_of(path) == {"seed": "3", "name": "\u00e9", "software": "Latent Levers"}
    assert pictures.is_complete(path)
    assert not pictures.is_complete(tmp_path / "none.png")
    path.write_bytes(path.read_bytes()[:-1])
    assert not pictures.is_complete(path)
    (tmp_path / "plain").write_text("")
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode


HALF = np.zeros((4, 6), dtype=np.uint8)
HALF[:, :3] = 255


def saved(path: Path, mode: str, *channels: np.ndarray) -> Path:
    """A picture of a mode with these channels."""
    Image.merge(mode, [Image.fromarray(channel) for channel in channels]).save(path)
    return path


def test_masks_are_luminance_or_alpha(tmp_path: Path) -> None:
    black, full = np.zeros_like(HALF), np.full_like(HALF, 255)
    expected = torch.from_numpy(HALF / 255).float()
    for name, picture in {
        "grey": Image.fromarray(HALF),
        "black on a transparent layer": saved(
            tmp_path / "a.png", "RGBA", black, black, black, HALF
        ),
        "white on a transparent layer": saved(tmp_path / "b.png", "RGBA", full, full, full, HALF),
        "white on opaque black": saved(tmp_path / "c.png", "RGBA", HALF, HALF, HALF, full),
        "grey with alpha": saved(tmp_path / "d.png", "LA", full, HALF),
        "16 bit": Image.fromarray(HALF.astype(np.uint16) * 257),
        "1 bit": Image.fromarray(HALF > 0),
    }.items():
        path = tmp_path / "mask.png" if isinstance(picture, Image.Image) else picture
        if isinstance(picture, Image.Image):
            picture.save(path)
        assert torch.equal(pictures.read_mask(path), expected), name
    Image.fromarray(HALF).convert("P").save(tmp_path / "e.gif", transparency=0)
    assert pictures.read_mask(tmp_path / "e.gif").unique().tolist() == [0, 1]


def test_masks_of_other_kinds_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An EPS would start Ghostscript, and a pipe would be waited for."""
    eps = tmp_path / "mask.eps"
    Image.fromarray(HALF).convert("RGB").save(eps)
    eps.rename(tmp_path / "mask.png")
    with pytest.raises(PackError, match="cannot be read"):
        pictures.read_mask(tmp_path / "mask.png")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")
        with pytest.raises(PackError, match="There is no file"):
            pictures.read_mask(tmp_path / "pipe.png")
    monkeypatch.setattr(pictures, "_MOST_PIXELS", 20)
    Image.fromarray(HALF).save(tmp_path / "large.png")
    with pytest.raises(PackError, match="6 x 4 pixels"):
        pictures.read_mask(tmp_path / "large.png")
