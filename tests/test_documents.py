"""What the documents promise: code that runs, links that lead somewhere."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from command_line import parsed
from latent_levers.core.concepts.checkpoint import Checkpoint
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.concepts.region import Region
from latent_levers.core.files.loading import assemble, untrained
from latent_levers.core.files.recognition import recognise
from latent_levers.core.generators import architectures
from latent_levers.core.jacobians.measuring import measure_grams
from latent_levers.core.jacobians.options import Derivative, JacobianOptions
from latent_levers.core.jacobians.strategies import JACOBIANS
from latent_levers.core.latents.sampling import sample_latents
from test_layering import OUTSIDE, ROOMS

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


ARCHITECTURE = ROOT / "docs" / "architecture.md"
EXTENDING = ROOT / "docs" / "extending.md"

TOPS = "|".join(("assets", "core", "docs", "locales", "page", "tests", "web", *OUTSIDE))
"""Folders at the root that documents name files of."""

MAPS = (ARCHITECTURE, EXTENDING, ROOT / "CONTRIBUTING.md", ROOT / "README.md")
"""Documents that say where things are."""


def named_files(document: Path) -> list[str]:
    """Paths from the repository's root in backticks, in order; patterns and placeholders apart."""
    text = re.sub(r"^```.*?^```", "", document.read_text("utf-8"), flags=re.S | re.M)
    return re.findall(rf"`((?:{TOPS})/[\w./+-]*)`", text)


def blocks(document: Path, language: str) -> list[str]:
    """Fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", document.read_text("utf-8"), re.S | re.M)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_files(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text("utf-8")):
        assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_python_is_python(document: Path) -> None:
    for block in blocks(document, "python"):
        ast.parse(block)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_command_lines_parse(document: Path) -> None:
    for block in blocks(document, ""):
        for line in block.splitlines():
            if line.startswith("latent-levers "):
                assert "json" in parsed(line.split()[1:])


@pytest.mark.parametrize("document", MAPS, ids=lambda path: path.name)
def test_files_that_are_named_exist(document: Path) -> None:
    names = [name for name in named_files(document) if "toygan" not in name]
    assert [name for name in names if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_names_that_are_placed_in_a_file_are_in_it(document: Path) -> None:
    placed = re.findall(r"`([\w/.]+\.py): (\w+)`", document.read_text("utf-8"))
    wrong = [(file, name) for file, name in placed if name not in (ROOT / file).read_text("utf-8")]
    assert wrong == []


def test_the_map_names_files_of_every_room() -> None:
    names = named_files(ARCHITECTURE)
    assert len(names) > 60
    assert {f"core/{room}/" for room in (*ROOMS, "cli")} <= set(names)


def test_the_picture_shows_every_room_and_arrows_down() -> None:
    (picture,) = blocks(ARCHITECTURE, "mermaid")
    arrows = [
        (above, below)
        for above, ends in re.findall(r"^ *(\w+) --> ([\w& ]+)$", picture, re.M)
        for below in ends.split(" & ")
    ]
    order = (*ROOMS, "cli", "nodes")
    assert {room for arrow in arrows for room in arrow} == set(order)
    assert [(a, b) for a, b in arrows if order.index(a) <= order.index(b)] == []
    assert not {("cli", "nodes"), ("nodes", "cli")} & set(arrows)


def test_no_journey_enters_a_file_twice() -> None:
    _, *journeys = re.split(
        r"^### ", ARCHITECTURE.read_text("utf-8").split("## Where")[0], flags=re.M
    )
    assert len(journeys) == 3
    for journey in journeys:
        steps = re.findall(r"^ *\d\. `([\w./]+)`", journey, re.M)
        assert len(steps) > 10
        assert len(steps) == len(set(steps))


def test_the_architecture_of_the_walk_through_works(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (code,) = blocks(ROOT / "CONTRIBUTING.md", "python")
    file = tmp_path / "toygan.py"
    file.write_text(code, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(f"{architectures.__name__}.toygan", file)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    spec.loader.exec_module(module)
    registry = architectures.ARCHITECTURES
    monkeypatch.setattr(
        registry, "_entries", {entry.id: entry for entry in registry if entry.id != "toygan"}
    )
    registry.add(module.ToyGANArchitecture())
    gan = untrained("toygan", module.ToyGANSettings(z_dim=5, channels=3))
    tensors = gan.network.state_dict()
    found = recognise(Checkpoint(tensors, "toy.safetensors"))
    assert found.architecture == "toygan"
    again = assemble(found)
    assert again.spec == gan.spec
    codes = sample_latents(gan, 1)
    function = gan.as_function(codes, LatentSpace.Z)
    exact = torch.autograd.functional.jacobian(function, torch.zeros(5)).flatten(0, 2)
    whole = Region.from_mask(torch.ones(8, 8))
    for strategy in JACOBIANS.ids[:3]:
        (gram,) = measure_grams(
            gan, codes, [whole], Derivative(LatentSpace.Z), JacobianOptions(strategy)
        )
        found = gram.total[0].float()
        torch.testing.assert_close(found, exact.T @ exact, atol=1e-4, rtol=1e-4)
