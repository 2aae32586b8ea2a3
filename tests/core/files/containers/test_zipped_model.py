"""Zip archives around one model, as browsers and sites hand them out."""

from __future__ import annotations

import io
import os
import pickle
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import latent_levers as ll
import numpy as np
import pytest
import torch
from cases import tiny
from latent_levers.core.base.errors import CheckpointError, DirectionsError
from pickle_writer import write_nvlabs
from safetensors.torch import save

pytestmark = pytest.mark.filterwarnings("ignore")
STATE = {name: tensor.clone() for name, tensor in tiny().network.state_dict().items()}


def torch_bytes(zipped: bool = True) -> bytes:
    """A torch file."""
    buffer = io.BytesIO()
    torch.save({"g_ema": STATE}, buffer, _use_new_zipfile_serialization=zipped)
    return buffer.getvalue()


def nvlabs_bytes(folder: Path) -> bytes:
    """NVIDIA's pickle."""
    write_nvlabs(folder / "net.pkl", STATE, {"z_dim": 6}, folder / "ran")
    return (folder / "net.pkl").read_bytes()


def zipped(folder: Path, members: dict[str, bytes], **options: Any) -> Path:
    """An archive of members."""
    path = folder / "models.zip"
    with zipfile.ZipFile(path, "w", options.get("method", zipfile.ZIP_DEFLATED)) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        archive.comment = options.get("comment", b"")
    return path


def left_behind() -> set[str]:
    """Temporary folders of the reader."""
    return {n for n in os.listdir(tempfile.gettempdir()) if n.startswith("latent-levers-")}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("kind", ["pt", "old pth", "pkl", "safetensors", "plain pickle"])
def test_one_model_is_read(kind: str, method: int, tmp_path: Path) -> None:
    """Every kind of file, stored or compressed; nothing is left behind."""
    before = left_behind()
    members = {
        "pt": {"model.pt": torch_bytes()},
        "old pth": {"a/b/Model.PTH": torch_bytes(zipped=False)},
        "pkl": {"network.pkl": nvlabs_bytes(tmp_path)},
        "safetensors": {"model.safetensors": save(STATE)},
        "plain pickle": {"m.pickle": pickle.dumps({n: t.numpy() for n, t in STATE.items()})},
    }[kind]
    path = zipped(tmp_path, members, method=method)
    gan = ll.load_generator(path)
    assert gan.spec.fingerprint == tiny().spec.fingerprint
    assert gan.details["file"] == "models.zip"
    assert left_behind() <= before
    path.unlink()
    assert torch.isfinite(ll.render(gan, ll.sample_latents(gan, count=1, seed=0))).all()


def test_what_lies_around_the_model(tmp_path: Path) -> None:
    """A folder, what macOS adds, texts, pictures, and the comment of a site."""
    members = {
        "model/": b"",
        "model/net.pth": torch_bytes(),
        "__MACOSX/model/._net.pth": b"\0" * 100,
        "model/.DS_Store": b"x",
        "model/README.md": b"text",
        "model/face.png": b"\x89PNG\r\n",
        "big.txt": b"0" * (70 << 20),
    }
    path = zipped(tmp_path, members, comment=b"0123456789abcdef")
    assert ll.load_generator(path).spec.fingerprint == tiny().spec.fingerprint


def test_settings_beside_the_weights(tmp_path: Path) -> None:
    members = {"x/model.safetensors": save(STATE), "x/config.json": b'{"conv_clamp": 256}'}
    gan = ll.load_generator(zipped(tmp_path, members))
    assert gan.network.settings.conv_clamp == 256


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"a.pkl": b"x", "b/c.pt": b"y"}, r"holds 2 models \(a\.pkl, b/c\.pt\)"),
        ({"readme.txt": b"x"}, r"holds no model \(readme\.txt\)"),
        ({"inner.zip": b"PK\x03\x04"}, r"holds another archive \(inner\.zip\)"),
        ({"__MACOSX/._a.pt": b"x"}, "holds no model"),
        ({"a.pt": b"<html></html>"}, "a.pt in models.zip begins with"),
        ({"a.pkl": b"\x80\x04cposix\nsystem\n."}, "asks to run posix.system"),
        ({"a.pkl": b"\x80\x04N"}, "a.pkl in models.zip cannot be read as a pickle .*cut off"),
        ({"a.npy": b"x"}, r"an archive of NumPy arrays \(a\.npy\), and holds no generator"),
    ],
)
def test_what_holds_no_single_model_is_named(
    members: dict[str, bytes], words: str, tmp_path: Path
) -> None:
    with pytest.raises(CheckpointError, match=words):
        ll.load_generator(zipped(tmp_path, members))


def test_an_archive_in_the_archive(tmp_path: Path) -> None:
    inner = zipped(tmp_path, {"model.pt": torch_bytes()}).read_bytes()
    with pytest.raises(CheckpointError, match="model.pt in models.zip is another zip archive"):
        ll.load_generator(zipped(tmp_path, {"model.pt": inner}, method=zipfile.ZIP_STORED))


def test_a_size_that_weights_never_have(tmp_path: Path) -> None:
    path = zipped(tmp_path, {"model.pt": b"\0" * (80 << 20)})
    with pytest.raises(CheckpointError, match=r"would unpack \d+ bytes to 83886080"):
        ll.load_generator(path)


def test_latents_in_an_archive_are_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", w=np.zeros((1, 4, 8)))
    with pytest.raises(CheckpointError, match="Arrays are for load_directions or load_latents"):
        ll.load_generator(tmp_path / "w.npz")


def test_a_model_that_unpacks_to_another_size(tmp_path: Path) -> None:
    """No more is written than is stated, and what is cut off is said."""
    path = zipped(tmp_path, {"model.pt": torch_bytes()})
    data = bytearray(path.read_bytes())
    place = data.index(b"PK\x01\x02")
    size = int.from_bytes(data[place + 24 : place + 28], "little")
    data[place + 24 : place + 28] = (size + 5).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match=rf"is cut off: it unpacks to {size} bytes"):
        ll.load_generator(path)
    data[place + 24 : place + 28] = (size - 5).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="model.pt in models.zip"):
        ll.load_generator(path)


def test_an_archive_that_is_cut_off_or_locked(tmp_path: Path) -> None:
    path = zipped(tmp_path, {"model.pt": torch_bytes()})
    data = path.read_bytes()
    for end in (10, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:end])
        with pytest.raises(CheckpointError, match="cut off"):
            ll.load_generator(path)
    locked = bytearray(data)
    place = locked.index(b"PK\x01\x02")
    locked[place + 8] |= 1
    path.write_bytes(locked)
    with pytest.raises(CheckpointError, match=r"a packed member 'model\.pt'"):
        ll.load_generator(path)


def test_a_folder_for_temporary_files_that_is_full(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    path = zipped(tmp_path, {"model.pt": torch_bytes()})
    with pytest.raises(CheckpointError, match="cannot be unpacked"):
        ll.load_generator(path)


def test_levers_of_this_pack_in_an_archive(tmp_path: Path) -> None:
    ll.save_directions(ll.sefa(tiny(), count=2), tmp_path / "levers.safetensors")
    with zipfile.ZipFile(tmp_path / "levers.zip", "w") as archive:
        archive.write(tmp_path / "levers.safetensors", "levers.safetensors")
    with pytest.raises(DirectionsError, match="an archive around a file of this pack.*Unpack it"):
        ll.load_directions(tmp_path / "levers.zip")
