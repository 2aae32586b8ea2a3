"""What the README lists is complete, what it claims names a command, and its example holds."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import latent_levers as ll
import pytest
import torch
from latent_levers.core.cli import COMMANDS
from latent_levers.core.files.dialects import DIALECTS
from latent_levers.core.generators.architectures import ARCHITECTURES
from latent_levers.core.measures.attribute_network import bundled_reader
from node_facts import FACTS, WORKFLOWS, read_json
from PIL import Image
from test_documents import DOCUMENTS, ROOT, blocks

from bench.__main__ import DOCUMENTS as DOCUMENTS_OF_BENCHES
from bench.cases import CASES

README = (ROOT / "README.md").read_text("utf-8")
MODELS = (ROOT / "docs" / "models.md").read_text("utf-8")
PERFORMANCE = (ROOT / "docs" / "performance.md").read_text("utf-8")

TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))


def rows_of(text: str) -> list[list[str]]:
    """Cells of all rows of the tables in a document, heads and rules apart."""
    lines = re.findall(r"^\| (.*) \|$", text, re.M)
    return [line.split(" | ") for line in lines if not line.startswith("---")]


def section(text: str, title: str) -> str:
    """What stands below a heading, up to the next of its kind."""
    (found,) = re.findall(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.S | re.M)
    return found


def measured(case: str, method: str, column: str) -> float:
    """A number of docs/performance.md."""
    (text,) = re.findall(rf"^## {re.escape(case)}: .*?\n(.*?)(?=^## |\Z)", PERFORMANCE, re.S | re.M)
    head, *rows = rows_of(text)
    (row,) = [row for row in rows if row[0] == method]
    return float(row[head.index(column)])


def test_every_command_is_shown() -> None:
    lines = [line for block in blocks(ROOT / "README.md", "") for line in block.splitlines()]
    shown = [line.split()[1] for line in lines if line.startswith("latent-levers ")]
    assert sorted(shown) == sorted(COMMANDS)


def test_every_template_and_node_is_listed() -> None:
    named = {
        name
        for row in rows_of(section(README, "Install in ComfyUI"))
        for name in re.findall(r"`(\w+)`", row[0])
    }
    facts = read_json(FACTS)
    nodes = {name for name, node in facts.items() if "Latent Levers" in node.get("category", "")}
    assert len(nodes) > 20
    assert nodes == named
    templates = re.findall(r"^\| \*\*(\d\d .*?)\*\* \|", README, re.M)
    assert templates == [path.stem for path in WORKFLOWS], "in the order of learning"


def test_the_picture_at_the_top_moves() -> None:
    """Ten seconds, small enough to load at once."""
    (first, *_) = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    place = ROOT / first
    assert place.stat().st_size <= 3_000_000
    with Image.open(place) as picture:
        shown = 0
        for number in range(picture.n_frames):
            picture.seek(number)
            picture.load()
            shown += picture.info["duration"]
    assert 6_000 <= shown <= 13_000


def test_every_claim_names_what_exists() -> None:
    _, *claims = rows_of(section(README, "How good is it"))
    assert len(claims) > 15
    for claim, command in claims:
        words = command.strip("`").split()
        files = [word for word in words if "/" in word]
        assert [file for file in files if not (ROOT / file).exists()] == [], claim
        if words[0] == "make":
            assert words[1] in TARGETS, claim
        elif words[:3] == ["python", "-m", "bench"]:
            assert words[-1] in {*CASES, *DOCUMENTS_OF_BENCHES}, claim
        else:
            assert files, claim


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_verbs_of_make_exist(document: Path) -> None:
    text = document.read_text("utf-8")
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.M))
    assert named <= TARGETS


def test_figures_are_those_of_the_bench() -> None:
    """Each figure of a claim is of the row that it speaks of."""
    columns, whole = ("stylegan2-256-W", "linearised-float32"), "total, s"
    quick, quicker = measured(*columns, whole), measured(*columns, "times quicker")
    forward = measured(columns[0], "vmap-jvp", whole)
    per_column = measured(*columns, "ms/column")
    bare = measured(columns[0], "convolutions", "ms/column")
    ends = [measured(columns[0], method, whole) for method in ("exact", "fast")]
    first, mouth, half = (
        measured("second-region", f"{name}", whole)
        for name in ("first-region", "second-region-mouth", "second-region-half")
    )
    large = measured("stylegan2-1024-W", "linearised-float32", whole)
    minutes = {9: "nine"}[round(large / 60)]
    (processor,) = re.findall(r"^Measured on: (.*?) \(.*?, 2 threads", PERFORMANCE, re.M)[:1]
    angle = measured(columns[0], "fast", "angle")
    for figure in (
        f"On two cores of an {processor}, all columns",
        f"in {ends[1]:.0f}, within an angle of {angle:.0e} ".replace("e-0", "e-"),
        f"in {quick:.0f} seconds: {quicker:.0f} times quicker than pixel by pixel",
        f"{forward / quick:.1f} times than `vmap(jvp)`",
        f"{per_column:.0f} ms for a column, {bare:.0f} for its bare convolutions",
        f"end to end in {ends[0]:.0f} seconds; with `--precision fast` in {ends[1]:.0f}",
        f"in {mouth:.2f} (the mouth) to {half:.1f} seconds (half the image)",
        f"instead of {first:.0f} |",
        f"[{minutes} minutes at 1024]",
    ):
        assert figure in README, figure


def test_shares_of_the_dense_time_are_those_of_their_rows() -> None:
    claims = re.findall(
        r"\| .*?: ([\d.]+) of the processor time of all columns.*`python -m bench --only (\S+)`",
        README,
    )
    assert claims
    for stated, case in claims:
        pattern = rf"^## {re.escape(case)}: .*?of dense processor time ([\d.]+)"
        found = re.search(pattern, PERFORMANCE, re.S | re.M)
        assert found, case
        assert float(stated) == pytest.approx(float(found[1]), abs=0.005)


def run(code: str, folder: Path) -> dict[str, Any]:
    """The names that a piece of Python leaves behind, run in a folder."""
    file = folder / "snippet.py"
    file.write_text(code, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return runpy.run_path(str(file))


@pytest.fixture(scope="module")
def snippet(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The names that the README's Python leaves behind, run in an empty folder."""
    folder = tmp_path_factory.mktemp("readme")
    names = run("\n".join(blocks(ROOT / "README.md", "python")), folder)
    assert (folder / "out" / "open_mouth.safetensors").is_file()
    return names


def test_the_python_runs(snippet: dict[str, Any]) -> None:
    images = snippet["images"]
    assert images.shape == (8, 3, 64, 64)
    assert images.abs().max() > 1, "the comment says that images are not clamped"
    cache = snippet["cached"].cache
    stored, hits = len(cache), cache.hits_here
    eyes = ll.Region.box(20, 14, 10, 36, snippet["gan"].spec.img_size)
    ll.resefa(snippet["gan"], snippet["codes"], eyes, effort=snippet["cached"])
    assert len(cache) == stored > 0
    assert cache.hits_here > hits


def test_the_python_of_formats_runs(tmp_path: Path) -> None:
    (code,) = blocks(ROOT / "docs" / "formats.md", "python")
    names = run(code, tmp_path)
    torch.testing.assert_close(names["again"].vectors, names["levers"].vectors, rtol=0, atol=0)


def test_the_python_for_photographs_changes_the_region(snippet: dict[str, Any]) -> None:
    photo, result = snippet["photo"], snippet["result"]
    assert not torch.equal(photo, result)
    assert torch.equal(photo[:, :, :30], result[:, :, :30]), "above the mouth"
    assert float(snippet["found"].psnr[0]) > 25


def test_the_example_opens_mouths_and_leaves_beards(snippet: dict[str, Any]) -> None:
    """As the README says: -1 opens every mouth, +1 shuts them, -3 gives seed 1 a beard."""
    reader = bundled_reader()
    gan, codes, levers = (snippet[name] for name in ("gan", "codes", "levers"))

    def read(strength: float) -> dict[str, torch.Tensor]:
        drawn = ll.render(gan, ll.edit(codes, levers, 0, strength, unit="sigma"))
        return dict(zip(reader.names, reader.read(drawn)[1].T, strict=True))

    before, opened, shut, too_far = (read(strength) for strength in (0.0, -1.0, 1.0, -3.0))
    assert (opened["mouth_openness"] - before["mouth_openness"]).min() > 0.02
    assert opened["mouth_openness"].median() > 0.5
    assert shut["mouth_openness"].max() < 0.12
    assert (opened["beard"] - before["beard"]).abs().max() < 0.12
    assert too_far["beard"][1] > 1.8 * before["beard"][1]


def test_every_spelling_has_a_place_to_find_it() -> None:
    """Each architecture is a heading of docs/models.md, each dialect stands in a table."""
    heads = " ".join(re.findall(r"^## (.*)$", MODELS, re.M))
    assert [a.title for a in ARCHITECTURES if a.title not in heads] == []
    schemes = {name for row in rows_of(MODELS) for name in re.findall(r"`([\w-]+)`", row[-1])}
    assert set(DIALECTS.ids) == schemes


def test_the_page_of_models_is_linked() -> None:
    assert "(docs/models.md)" in README
    assert "docs/models.md" in (ROOT / "web" / "docs" / "LoadGAN.md").read_text("utf-8")


def test_figures_of_locality_are_those_of_its_page() -> None:
    """Ratios of geometric means, and what holds leave, as the page has them."""
    _, *claims = rows_of(section(README, "How good is it"))
    (claim,) = [claim for claim, command in claims if command == "`python -m bench locality`"]
    page = (ROOT / "docs" / "locality.md").read_text("utf-8")

    def figure(what: str) -> float:
        found = re.search(rf"\| {re.escape(what)} \| [^|]+ \| ([0-9.e-]+) \|", page)
        assert found, what
        return float(found[1])

    stated = [float(number) for number in re.findall(r"(?<![\d.])(\d+(?:\.\d+)?)", claim)][1:]
    means = [
        figure(f"{mine} / {other}, geometric means")
        for mine in ("ReSeFa W", "ReSeFa W+ standard")
        for other in ("SeFa", "LowRankGAN")
    ]
    parts = ("mouth", "one eye", "eyes", "brows", "nose", "hair", "background")
    left = [1 / figure(f"{part}: MSE outside, held / plain") for part in parts]
    for number, measured_ in zip(stated, [*means, min(left), max(left)], strict=True):
        assert number == pytest.approx(measured_, rel=0.05)
