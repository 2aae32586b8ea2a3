"""PNG files with text chunks, and masks from pictures."""

from __future__ import annotations

import os
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from command_line import text_of
from latent_levers.core.base.errors import PackError
from latent_levers.core.base.wording import PackWarning
from latent_levers.core.pictures import picture_files as pictures
from PIL import Image, ImageCms


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


def test_photos_are_upright_and_keep_all_bits_of_grey(tmp_path: Path) -> None:
    """What is lost, or turned, is said."""
    tall = np.zeros((4, 6, 3), dtype=np.uint8)
    tall[:, :3] = 255
    about = Image.Exif()
    about[0x0112] = 6  # the camera was turned: a quarter clockwise shows it upright
    Image.fromarray(tall).save(tmp_path / "turned.png", exif=about)
    with pytest.warns(PackWarning, match="turned as its EXIF says"):
        turned = pictures.read_picture(tmp_path / "turned.png")
    expected = torch.from_numpy(np.rot90(tall, -1).copy()).permute(2, 0, 1)[None] / 127.5 - 1
    torch.testing.assert_close(turned, expected.float())
    grey = np.arange(24, dtype=np.uint16).reshape(4, 6) * 2000
    Image.fromarray(grey).save(tmp_path / "grey.png")
    with pytest.warns(PackWarning, match="16 bits of grey; pictures are written in 8"):
        read = pictures.read_picture(tmp_path / "grey.png")
    assert read.shape == (1, 3, 4, 6)
    torch.testing.assert_close(read[0, 1], torch.from_numpy(grey / 32767.5 - 1).float())
    clear = saved(tmp_path / "clear.png", "RGBA", HALF, HALF, HALF, HALF)
    with pytest.warns(PackWarning, match="opacity is dropped"):
        assert pictures.read_picture(clear).shape == (1, 3, 4, 6)


def other_profile() -> bytes:
    """The profile of sRGB with red and green exchanged, and another name."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for old, new in ((b"rXYZ", b"????"), (b"gXYZ", b"rXYZ"), (b"????", b"gXYZ")):
        profile = profile.replace(old, new)
    return profile.replace("sRGB".encode("utf-16-be"), "Swap".encode("utf-16-be"))


def test_colour_profiles_are_converted_and_said(tmp_path: Path) -> None:
    red = Image.new("RGB", (4, 4), (255, 0, 0))
    red.save(tmp_path / "other.png", icc_profile=other_profile())
    with pytest.warns(PackWarning, match="colour profile 'Swap built-in' and is converted to sRGB"):
        found = pictures.read_picture(tmp_path / "other.png")
    torch.testing.assert_close(found[0, :, 0, 0], torch.tensor([-1.0, 1, -1]), atol=0.02, rtol=0)
    same = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    red.save(tmp_path / "same.png", icc_profile=same)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = pictures.read_picture(tmp_path / "same.png")
    assert found[0, :, 0, 0].tolist() == [1, -1, -1]
    for profile in (b"no profile at all", other_profile()[:200], bytes(5 << 20)):
        red.save(tmp_path / "broken.tif", icc_profile=profile)
        with pytest.warns(PackWarning, match="cannot be used .*read as sRGB"):
            found = pictures.read_picture(tmp_path / "broken.tif")
        assert found[0, :, 0, 0].tolist() == [1, -1, -1]
    Image.new("L", (4, 4), 90).save(tmp_path / "grey.png", icc_profile=other_profile())
    with pytest.warns(PackWarning, match="read as sRGB"):  # a profile of three colours
        assert torch.unique(pictures.read_picture(tmp_path / "grey.png")).numel() == 1


def test_photos_of_more_bits_are_said_and_fractions_refused(tmp_path: Path) -> None:
    rows = b"".join(b"\0" + bytes(range(36)) for _ in range(4))  # 6 pixels of 3 x 16 bits
    header = struct.pack(">IIBBBBB", 6, 4, 16, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    (tmp_path / "deep.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    with pytest.warns(PackWarning, match="16 bits a colour"):
        pictures.read_picture(tmp_path / "deep.png")
    Image.fromarray(np.zeros((4, 6), np.float32)).save(tmp_path / "fractions.tif")
    with pytest.raises(PackError, match="unknown range"):
        pictures.read_picture(tmp_path / "fractions.tif")
