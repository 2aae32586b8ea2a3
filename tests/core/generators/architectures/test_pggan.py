"""PGGAN against the published implementations, in their spellings."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import latent_levers as ll
import pytest
import torch
from cases import tiny
from golden import arguments, assert_close, golden, parameters
from latent_levers.core.base.errors import CheckpointError, LatentError
from latent_levers.core.concepts.checkpoint import Blueprint, Checkpoint
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.files.loading import assemble
from latent_levers.core.files.recognition import recognise
from latent_levers.core.generators.architectures.pggan.settings import PGGANSettings
from older_spellings import numbered_pggan, random_state
from oracles import full_jacobian, generalised_eigenpairs, grams_of

SETTINGS = {
    "equal": PGGANSettings(z_dim=5, channels={4: 4, 8: 4, 16: 4}),
    "shrinking": PGGANSettings(z_dim=3, channels={4: 6, 8: 5, 16: 3, 32: 2}, img_channels=1),
    "fused": PGGANSettings(z_dim=4, channels={4: 5, 8: 5, 16: 3}, fused_scale=True),
    "classes": PGGANSettings(
        z_dim=4, channels={4: 5, 8: 3}, c_dim=6, fused_scale=True, normalize_z_first=True
    ),
    "smallest": PGGANSettings(z_dim=2, channels={4: 3}),
}


def written(name: str, folder: Path) -> Path:
    """A reference network as its repository saves it."""
    path = folder / f"{name}.pth"
    content: dict[str, Any] = {"generator_smooth": parameters(name)}
    torch.save({"models": content} if name.startswith("hammer") else content, path)
    return path


def options(name: str) -> dict[str, Any]:
    """What such a file does not say: classes and the last activation."""
    given = arguments(name)
    classes = given.get("label_size", given.get("label_dim", 0))
    return {"c_dim": classes, "final_tanh": given.get("final_tanh", False)}


@pytest.mark.parametrize("name", ["genforce_pggan", "hammer_pggan"])
def test_images_equal_the_published_ones(name: str, tmp_path: Path) -> None:
    """Through the public door, nothing given."""
    data = golden(name)
    gan = ll.load_generator(written(name, tmp_path))
    assert gan.spec.architecture == "pggan"
    assert gan.spec.widest == {"genforce_pggan": 16 * 32**2, "hammer_pggan": 32 * 16**2}[name]
    codes = ll.map_latents(gan, data["in.z"])
    assert codes.space is LatentSpace.Z
    assert_close(ll.render(gan, codes), data["out.image"])
    normal = data["in.z"] * (data["in.z"].square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()
    assert_close(normal, data["mid.z_norm"])


@pytest.mark.parametrize("name", ["genforce_pggan_cond", "hammer_pggan_cond"])
@pytest.mark.filterwarnings("ignore:The training was still growing")
def test_classes_fused_scale_growing_and_tanh(name: str, tmp_path: Path) -> None:
    """Classes join z after its first scaling; Hammer's file stands at lod 0.5."""
    data = golden(name)
    path = written(name, tmp_path)
    gan = ll.load_generator(path, **options(name))
    assert gan.spec.c_dim == data["in.label"].shape[1]
    codes = ll.map_latents(gan, data["in.z"], data["in.label"])
    assert_close(ll.render(gan, codes), data["out.image"])
    other = ll.map_latents(gan, data["in.z"], data["in.label"].flip(0))
    assert (ll.render(gan, other) - data["out.image"]).abs().max() > 1e-2
    with pytest.raises(LatentError, match="No label was given"):
        ll.map_latents(gan, data["in.z"])


def test_growing_is_reported(tmp_path: Path) -> None:
    """A network that was still growing says so, and can be drawn with all its layers."""
    path = written("hammer_pggan_cond", tmp_path)
    with pytest.warns(
        UserWarning, match="lod 0.5.*up to 16 pixels, the last of them at 50%.*lod=0"
    ):
        ll.load_generator(path, **options("hammer_pggan_cond"))
    gan = ll.load_generator(path, lod=0, **options("hammer_pggan_cond"))
    assert "warnings" not in gan.details
    with pytest.raises(CheckpointError, match="detail 5 was found with 3 resolutions.*0 .*to 2"):
        ll.load_generator(path, lod=5)


def test_sefa_equals_the_published_one(tmp_path: Path) -> None:
    """The first layer, whatever layers are asked for."""
    data = golden("genforce_pggan")
    gan = ll.load_generator(written("genforce_pggan", tmp_path))
    levers = ll.sefa(gan, count=40)
    for suffix in ("", "_f64"):
        values, rows = data[f"sefa.all.values{suffix}"], data[f"sefa.all.directions{suffix}"]
        torch.testing.assert_close(levers.eigenvalues, values.double(), atol=5e-5, rtol=5e-5)
        torch.testing.assert_close(levers.vectors.double(), rows.double(), atol=5e-5, rtol=0)
    assert levers.space is LatentSpace.Z


@pytest.mark.parametrize("name", SETTINGS)
def test_numbered_spelling(name: str) -> None:
    """Weights written as genforce and Hammer write them give the same image."""
    settings = SETTINGS[name]
    state = random_state("pggan", settings)
    stated = {
        "c_dim": settings.c_dim,
        "fused_scale": settings.fused_scale,
        "normalize_z_first": True,
    }
    expected = assemble(Blueprint("pggan", state, stated))
    checkpoint = Checkpoint(numbered_pggan(state), "x.pth", config={"label_size": settings.c_dim})
    blueprint = recognise(checkpoint)
    assert blueprint.details["dialect"] == "genforce-pggan"
    same_images(assemble(blueprint), expected)


def same_images(found: Generator, expected: Generator) -> None:
    """Equal facts and images."""
    assert found.spec == expected.spec
    label = 1 if found.spec.c_dim else None
    codes = ll.sample_latents(found, 2, seed=4, labels=label)
    torch.testing.assert_close(
        ll.render(found, codes), ll.render(expected, codes), atol=1e-5, rtol=1e-5
    )


def test_fused_scale_of_equal_widths_can_be_given() -> None:
    """Shapes tell nothing then; turned and transposed kernels draw the same image."""
    state = random_state("pggan", SETTINGS["equal"])
    turned = {
        name: tensor.flip(2, 3).transpose(0, 1) if "layer0.weight" in name and ".b4." not in name
        else tensor
        for name, tensor in state.items()
    }  # fmt: skip
    plain = assemble(Blueprint("pggan", state, {}))
    fused = assemble(Blueprint("pggan", turned, {}), options={"fused_scale": True})
    codes = ll.sample_latents(plain, 2, seed=4)
    torch.testing.assert_close(ll.render(fused, codes), ll.render(plain, codes), atol=1e-5, rtol=0)
    wrong = assemble(Blueprint("pggan", turned, {}))
    assert (ll.render(wrong, codes) - ll.render(plain, codes)).abs().max() > 1e-2


def test_projection_is_the_jacobian_of_the_first_map() -> None:
    """In float64; the class is fixed, and z counts after its scaling."""
    gan = tiny("pggan-conditional")
    block = gan.network.get_submodule("synthesis.b4.layer0")
    weight, inputs = block.weight.double(), gan.spec.z_dim + gan.spec.c_dim
    joined = torch.randn(inputs, dtype=torch.float64)

    def first(z: torch.Tensor) -> torch.Tensor:
        return torch.cat([z, joined[gan.spec.z_dim :]]) @ (weight * math.sqrt(2 / 16 / inputs)).T

    jacobian = torch.func.jacrev(first)(joined[: gan.spec.z_dim])
    found = gan.network.double().projection(0)
    gan.network.float()
    torch.testing.assert_close(found.T @ found, jacobian.T @ jacobian, atol=0, rtol=1e-8)


@pytest.mark.parametrize("name", ["pggan", "pggan-conditional"])
def test_resefa_equals_the_oracle(name: str) -> None:
    """The same directions in Z as from an autograd Jacobian."""
    gan = tiny(name)
    label = 1 if gan.spec.c_dim else None
    codes = ll.sample_latents(gan, 1, seed=3, labels=label)
    box = ll.Region.box(1, 1, 3, 3, gan.spec.img_size)
    levers = ll.resefa(gan, codes, box, count=gan.spec.z_dim)
    point = torch.zeros(gan.spec.z_dim)
    jacobian = full_jacobian(gan.as_function(codes, LatentSpace.Z), point)
    a, b = grams_of(jacobian, box.weights[0])
    values, rows = generalised_eigenpairs(a, b + 1e-3 * b.trace() * torch.eye(len(b)))
    torch.testing.assert_close(levers.eigenvalues[:3], values[:3], atol=0, rtol=1e-3)
    assert abs(float(levers.vectors[0].double() @ rows[0])) > 0.999


def test_contradictions_are_reported() -> None:
    """Messages say what was found and what was expected."""
    state = dict(tiny("pggan").network.state_dict())
    with pytest.raises(CheckpointError, match="6 classes were stated for a first layer of 6"):
        assemble(Blueprint("pggan", state, {"c_dim": 6}))
    bare = {name: tensor for name, tensor in state.items() if "torgb" not in name}
    bare["synthesis.b16.torgb.weight"] = torch.zeros(3, 4, 1, 1)
    with pytest.raises(CheckpointError, match="no image layer for 4, 8 pixels"):
        assemble(Blueprint("pggan", bare, {}))
    gap = {name.replace("b8", "b16"): tensor for name, tensor in state.items()}
    with pytest.raises(CheckpointError, match=r"resolution \[4, 16\].*without a gap"):
        assemble(Blueprint("pggan", gap, {}))
    last = {name: tensor for name, tensor in state.items() if "b4.torgb" not in name}
    with pytest.raises(CheckpointError, match="no image layer for 4 pixels.*lod 0.5"):
        assemble(Blueprint("pggan", last, {"lod": 0.5}))
    found, codes = assemble(Blueprint("pggan", last, {})), ll.sample_latents(tiny("pggan"), 1)
    assert torch.equal(ll.render(found, codes), ll.render(tiny("pggan"), codes))
