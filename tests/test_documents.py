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
from latent_levers.core.cli import build_parser
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

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


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
                build_parser().parse_args(line.split()[1:])


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
    monkeypatch.setattr(registry, "_entries", {entry.id: entry for entry in registry})
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
