"""`edit --onto`: a lever pulled on the faces of a photograph."""

from __future__ import annotations

from pathlib import Path

import latent_levers as ll
import numpy as np
import pytest
from command_line import complaint, pixels, result, text_of
from latent_levers.core.cli.onto_options import read_matrix
from latent_levers.core.pictures.images import to_bytes
from PIL import Image

CENTRE = '[{"box": [0.25, 0.25, 0.5, 0.5]}]'


@pytest.fixture(scope="module")
def photo(gan: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of 120 x 90 pixels: two samples of the generator on grain."""
    folder = tmp_path_factory.mktemp("photo")
    generator = ll.load_generator(gan)
    codes = ll.sample_latents(generator, 2, seed=5)
    ll.save_latents(codes, folder / "faces.safetensors")
    faces = to_bytes(ll.render(generator, codes)).numpy()
    picture = np.random.default_rng(0).integers(0, 256, (90, 120, 3)).astype(np.uint8)
    picture[10:42, 12:44], picture[40:72, 70:102] = faces
    Image.fromarray(picture).save(folder / "photo.png")
    return folder / "photo.png"


def words(gan: str, levers: str, photo: Path, *more: str) -> list[str]:
    """A command."""
    return ["edit", gan, "--levers", levers, "--strength", "2", "--onto", str(photo), *more]


def test_two_faces_of_given_codes(
    gan: str, levers: str, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The photo keeps its size and every pixel outside; each region becomes the sampled edit."""
    latents = str(photo.with_name("faces.safetensors"))
    places = ["--box", "12,10,32,32", "--box", "70,40,32,32", "--latents", latents]
    facts = result(
        capsys, *words(gan, levers, photo, *places, "--region", CENTRE, "--out", str(tmp_path))
    )
    (image,) = facts["images"]
    path = Path(image["file"])
    assert path.name == "photo_lever0_+2.0.png"
    before, after = pixels(photo), pixels(path)
    changed = (before != after).any(axis=2)
    assert changed[16:36, 18:38].any()
    assert changed[46:66, 76:96].any()
    allowed = np.zeros_like(changed)
    allowed[16:36, 18:38] = allowed[46:66, 76:96] = True  # the centres with their soft edges
    assert not changed[~allowed].any()
    generator = ll.load_generator(gan)
    codes = ll.load_latents(Path(latents), generator)
    pulled = ll.edit(codes, ll.load_directions(levers, gan=generator), 0, 2.0)
    edited = to_bytes(ll.render(generator, pulled)).numpy().astype(int)
    assert np.abs(after[20:32, 22:34] - edited[0, 10:22, 10:22]).max() <= 1
    assert text_of(path)["onto"] == "photo.png"
    assert text_of(path)["box"] == "12,10,32,32; 70,40,32,32"
    assert "truncation" not in text_of(path)


def test_the_code_is_found_by_itself(
    gan: str, levers: str, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A matrix in a file is the same place as a box; the inverter is written and read again."""
    inverter = str(tmp_path / "inverter.safetensors")
    (tmp_path / "align.txt").write_text("[[1, 0, -12], [0, 1, -10]]")
    common = ["--region", CENTRE, "--no-refine", "--inverter", inverter, "--out"]
    box = result(
        capsys, *words(gan, levers, photo, "--box", "12,10,32,32", *common, str(tmp_path / "a"))
    )
    matrix = ["--matrix", str(tmp_path / "align.txt")]
    other = result(capsys, *words(gan, levers, photo, *matrix, *common, str(tmp_path / "b")))
    assert inverter in box["files"]
    assert inverter not in other["files"]
    assert box["crops"] == other["crops"]
    one, two = (pixels(Path(facts["images"][0]["file"])) for facts in (box, other))
    assert np.abs(one - two).max() <= 2  # the file's numbers are rounded
    assert (one != pixels(photo)).any()


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (["--box", "0,0,32,32"], "without a region"),
        (["--region", CENTRE], "120x90 pixels, and neither --box nor --matrix"),
        (["--region", CENTRE, "--box", "200,0,32,32"], "outside of the photo of 120x90"),
        (["--region", CENTRE, "--box", "0,0,32"], "left, top, width and height"),
        (["--region", CENTRE, "--box", "0,0,32,32", "--seeds", "3"], "--seeds and --onto"),
        (["--region", CENTRE, "--box", "0,0,32,32", "--scale", "2"], "--scale and --onto"),
    ],
)
def test_what_does_not_fit_is_refused(
    gan: str,
    levers: str,
    photo: Path,
    more: list[str],
    expected: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert expected in complaint(capsys, *words(gan, levers, photo, *more))


def test_without_a_photo_its_options_are_refused(
    gan: str, levers: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = ["edit", gan, "--levers", levers]
    assert "--region was given without --onto" in complaint(capsys, *plain, "--region", "mouth")
    assert "--no-refine was given without" in complaint(capsys, *plain, "--no-refine")


def test_a_tiny_photo_and_a_missing_one(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (1, 1)).save(tmp_path / "dot.png")
    dot = words(gan, levers, tmp_path / "dot.png", "--region", CENTRE)
    assert "1x1 pixels" in complaint(capsys, *dot)
    assert "no file" in complaint(
        capsys, *words(gan, levers, tmp_path / "none.png", "--region", CENTRE)
    )


def test_files_of_matrices(tmp_path: Path) -> None:
    """Six numbers, or nine, as text or as an array; nothing else."""
    rows = np.array([[1.5, 0, -12], [0, 1.5, -1e1]])
    np.save(tmp_path / "a.npy", rows)
    (tmp_path / "b.txt").write_text("1.5 0 -12\n0 1.5 -1e1\n")
    (tmp_path / "c.json").write_text('{"M": [[1.5, 0, -12], [0, 1.5, -10]]}')
    for name in ("a.npy", "b.txt", "c.json"):
        assert read_matrix(tmp_path / name).tolist() == rows.tolist(), name
    (tmp_path / "d.txt").write_text("1 2 3")
    np.save(tmp_path / "e.npy", np.array([{"a": 1}] * 6), allow_pickle=True)
    (tmp_path / "f.txt").write_bytes(b"1" * 20_000)
    (tmp_path / "g.txt").write_bytes(b"\xff\xfe 1")
    for name, words in {
        "d.txt": "holds 3 numbers",
        "e.npy": "cannot be read",
        "f.txt": "20,000 bytes",
        "g.txt": "cannot be read",
        "h.txt": "no file",
    }.items():
        with pytest.raises(ll.PackError, match=words):
            read_matrix(tmp_path / name)
