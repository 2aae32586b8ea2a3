"""SeFa against the published implementation and its own definition."""

from __future__ import annotations

from pathlib import Path

import latent_levers as ll
import pytest
import torch
from cases import tiny
from golden import golden, parameters, write_generator
from latent_levers.core.base.errors import (
    DirectionsError,
    LatentError,
    SolveError,
    UnknownNameError,
)
from latent_levers.core.concepts.eigenproblem import EigenSolution
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.files.writing import save_generator
from latent_levers.core.levers.methods.sefa import SeFaMethod
from latent_levers.core.solvers import SOLVERS
from torch import Tensor

RANGES = ("all", "0-1", "2-5")


def solve(matrices: list[Tensor]) -> EigenSolution:
    """All eigenpairs of some weight matrices."""
    return SOLVERS["dense"].solve(SeFaMethod().problem(matrices, normalize=True), 10_000)


def check(values: Tensor, vectors: Tensor, data: dict[str, Tensor], name: str) -> None:
    """Equal to the published values and to their float64 twin, to 5e-5."""
    for suffix in ("", "_f64"):
        expected = data[f"sefa.{name}.values{suffix}"].double()[: len(values)]
        directions = data[f"sefa.{name}.directions{suffix}"].double()[: len(values)]
        torch.testing.assert_close(values.double(), expected, atol=5e-5, rtol=5e-5)
        torch.testing.assert_close(vectors.double(), directions, atol=5e-5, rtol=0)


@pytest.mark.parametrize("name", RANGES)
def test_stylegan2_by_the_public_function(name: str, tmp_path: Path) -> None:
    """The published directions, sorted, for every range of layers."""
    gan = ll.load_generator(write_generator("genforce_stylegan2", tmp_path))
    levers = ll.sefa(gan, layers=name, count=32)
    check(levers.eigenvalues, levers.vectors, golden("genforce_stylegan2"), name)
    assert levers.space is LatentSpace.W
    assert levers.details["status"] == "OK"


@pytest.mark.parametrize("name", RANGES)
def test_stylegan_from_its_weights(name: str) -> None:
    """StyleGAN (v1): scale and bias of the style are both included."""
    data, weights = golden("genforce_stylegan"), parameters("genforce_stylegan")
    layers = [int(layer) for layer in data[f"sefa.{name}.layers"]]
    found = solve([weights[f"synthesis.layer{layer}.style.weight"] for layer in layers])
    check(found.values, found.vectors, data, name)


def test_pggan_from_its_weights() -> None:
    """PGGAN: the first layer, `[outputs, z_dim, 4, 4]`."""
    data = golden("genforce_pggan")
    name = next(key.split(".")[1] for key in data if key.endswith(".values"))
    weight = parameters("genforce_pggan")["layer0.weight"]
    found = solve([weight.flip(2, 3).permute(0, 2, 3, 1).flatten(0, 2)])
    check(found.values, found.vectors, data, name)


def test_values_are_the_energies_of_the_directions(tmp_path: Path) -> None:
    """Without normalisation the eigenvalue is |A n|^2 with the weights applied to w."""
    gan = ll.load_generator(write_generator("nvlabs_stylegan2ada_uncond", tmp_path))
    levers = ll.sefa(gan, layers=[2, 3], count=5, normalize=False)
    a = torch.cat([gan.network.projection(layer) for layer in (2, 3)]).double()
    energy = (levers.vectors.double() @ a.T).square().sum(dim=1)
    torch.testing.assert_close(energy, levers.eigenvalues, rtol=1e-5, atol=0)
    assert levers.layers == (2, 3)


def closed_form(gan: Generator) -> None:
    """Compare with factors computed by rosinality's code."""
    data = golden("rosinality_stylegan2_uncond")
    levers = ll.sefa(gan, count=32, convention="rosinality")
    expected = data["closedform.singular_values"]
    torch.testing.assert_close(levers.eigenvalues.double().sqrt(), expected, rtol=1e-6, atol=0)
    torch.testing.assert_close(
        levers.vectors.double(), data["closedform.directions"], rtol=0, atol=2e-5
    )
    assert levers.layers is None
    assert levers.details["convention"] == "rosinality"
    assert levers.details["normalize"] is False


def test_rosinalitys_convention(tmp_path: Path) -> None:
    """From its own file, and from the same weights under canonical names."""
    path = tmp_path / "network.pt"
    torch.save({"g_ema": parameters("rosinality_stylegan2_uncond")}, path)
    gan = ll.load_generator(path)
    closed_form(gan)
    closed_form(ll.load_generator(save_generator(gan, tmp_path / "converted.safetensors")))


def test_rosinalitys_convention_on_some_layers() -> None:
    """Layer 1 includes the first RGB output; the last is left out; rows can be scaled."""
    gan = tiny()
    state = gan.network.state_dict()
    stored = {n: t.double() for n, t in state.items() if n.endswith("affine.weight")}
    names = ("synthesis.b8.conv0", "synthesis.b4.torgb")
    a = torch.cat([stored[f"{name}.affine.weight"] for name in names])
    levers = ll.sefa(gan, layers="1", count=5, convention="rosinality")
    expected = torch.linalg.svdvals(a)[: len(levers)].square()
    torch.testing.assert_close(levers.eigenvalues.double(), expected, rtol=1e-5, atol=0)
    rest = ll.sefa(gan, layers="2", count=5, convention="rosinality", normalize=True)
    same = ll.sefa(gan, layers="2-3", count=5, convention="rosinality", normalize=True)
    torch.testing.assert_close(same.vectors, rest.vectors)
    torch.testing.assert_close(
        rest.vectors, ll.sefa(gan, layers="2", count=5).vectors, atol=1e-6, rtol=0
    )
    resnet = tiny("stylegan2-resnet")
    alone = resnet.network.state_dict()["synthesis.b8.conv0.affine.weight"].double()
    found = ll.sefa(resnet, layers="1", count=6, convention="rosinality").eigenvalues
    torch.testing.assert_close(
        found.double(), torch.linalg.svdvals(alone).square(), rtol=1e-5, atol=1e-9
    )


def test_what_conventions_refuse() -> None:
    """Other architectures, only RGB outputs, unknown names."""
    with pytest.raises(
        SolveError, match=r"requested for a dcgan generator.*convention \"genforce\""
    ):
        ll.sefa(tiny("dcgan"), convention="rosinality")
    with pytest.raises(SolveError, match=r"Only b8\.torgb was chosen.*one convolution"):
        ll.sefa(tiny(), layers="3", convention="rosinality")
    with pytest.raises(UnknownNameError, match="Unknown SeFa convention 'mine'.*genforce"):
        ll.sefa(tiny(), convention="mine")


def test_bad_layers_and_counts_are_named(tmp_path: Path) -> None:
    """Messages say what was found and what was expected."""
    gan = ll.load_generator(write_generator("nvlabs_stylegan2ada_uncond", tmp_path))
    with pytest.raises(LatentError, match=r"Layers '6-9' are not layers.*0 to 7"):
        ll.sefa(gan, layers="6-9")
    with pytest.raises(LatentError, match="cannot be read"):
        ll.sefa(gan, layers="a few")
    with pytest.raises(DirectionsError, match="count is 0"):
        ll.sefa(gan, count=0)
