"""StyleGAN (v1) against the published implementations, in their spellings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import latent_levers as ll
import pytest
import torch
from cases import tiny
from golden import assert_close, golden, parameters
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.concepts.checkpoint import Blueprint, Checkpoint
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.latent_code import LatentCode, LatentSpace
from latent_levers.core.files.loading import assemble, stated_options
from latent_levers.core.files.recognition import recognise
from latent_levers.core.generators.architectures.stylegan1.settings import StyleGAN1Settings
from older_spellings import numbered_stylegan, random_state
from oracles import full_jacobian, generalised_eigenpairs, grams_of

BASE = StyleGAN1Settings(z_dim=5, w_dim=4, channels={4: 4, 8: 3}, mapping_widths=(6, 4))
SETTINGS = {
    "small": BASE,
    "larger": replace(BASE, channels={4: 5, 8: 5, 16: 4, 32: 2}, img_channels=1),
    "deep": replace(BASE, mapping_widths=(4,) * 11, channels={4: 6, 8: 2}),
    "classes": replace(BASE, c_dim=7, embed_features=5, mapping_widths=(4,)),
    "w first": replace(BASE, const_size=None, channels={4: 5, 8: 5, 16: 3}),
    "wider filter": replace(BASE, blur_size=5),
    "no filter": replace(BASE, blur_size=1),
}
COND = {
    "genforce_stylegan_cond": {"lr_multiplier": 0.1, "fused_scale": True},
    "hammer_stylegan_cond": {"fused_scale": True},
}
"""Files with classes, and what they do not say."""


def written(name: str, folder: Path) -> Path:
    """A reference network as its repository saves it."""
    path = folder / f"{name}.pth"
    content: dict[str, Any] = {"generator_smooth": parameters(name)}
    torch.save({"models": content} if name.startswith("hammer") else content, path)
    return path


@pytest.mark.parametrize("name", ["genforce_stylegan", "hammer_stylegan", *COND])
@pytest.mark.filterwarnings("ignore:The training was still growing")
def test_images_equal_the_published_ones(name: str, tmp_path: Path) -> None:
    """Mapping, noise, truncation of all layers and of four; one file stands at lod 0.5."""
    data, labels = golden(name), golden(name).get("in.label")
    gan = ll.load_generator(written(name, tmp_path), **COND.get(name, {}))
    assert gan.spec.architecture == "stylegan1"
    assert gan.spec.num_ws == 2 * (gan.spec.img_resolution.bit_length() - 2)
    codes = ll.map_latents(gan, data["in.z"], labels)
    assert_close(codes.values[:, 0], data["mid.w"])
    assert_close(ll.render(gan, codes), data["out.image"])
    truncated = ll.map_latents(gan, data["in.z"], labels, 0.7)
    assert_close(ll.render(gan, truncated), data["out.image_psi07"])
    four = ll.map_latents(gan, data["in.z"], labels, 0.7, 4)
    assert four.space is LatentSpace.W_PLUS
    assert_close(ll.render(gan, four), data["out.image_psi07_layers4"])


@pytest.mark.parametrize("name", ["genforce_stylegan", "hammer_stylegan"])
def test_per_layer_codes_and_no_noise(name: str, tmp_path: Path) -> None:
    """What only the files without classes hold."""
    data = golden(name)
    gan = ll.load_generator(written(name, tmp_path))
    codes = ll.map_latents(gan, data["in.z"])
    assert_close(ll.render(gan, codes, noise_mode="none"), data["out.image_nonoise"])
    plus = ll.map_latents(gan, data["in.z"], space="W+")
    assert_close(plus.values, data["mid.ws"])
    for key in ("mid.ws_psi07", "mid.ws_psi07_layers8"):
        if key in data:
            cutoff = min(8, gan.spec.num_ws) if key.endswith("8") else None
            cut = ll.map_latents(gan, data["in.z"], None, 0.7, cutoff, space="W+")
            assert_close(cut.values, data[key])


def test_sefa_equals_the_published_one(tmp_path: Path) -> None:
    """Both halves of the style, for every range of layers."""
    data = golden("genforce_stylegan")
    gan = ll.load_generator(written("genforce_stylegan", tmp_path))
    for name in ("all", "0-1", "2-5"):
        levers = ll.sefa(gan, layers=name, count=32)
        for twin in ("", "_f64"):
            values = data[f"sefa.{name}.values{twin}"].double()
            rows = data[f"sefa.{name}.directions{twin}"].double()
            torch.testing.assert_close(levers.eigenvalues, values, atol=5e-5, rtol=5e-5)
            torch.testing.assert_close(levers.vectors.double(), rows, atol=5e-5, rtol=0)
        assert list(levers.layers or range(8)) == data[f"sefa.{name}.layers"].tolist()


@pytest.mark.parametrize("hammer", [False, True])
@pytest.mark.parametrize("name", SETTINGS)
def test_numbered_spellings(name: str, hammer: bool) -> None:
    """Weights written as genforce and as Hammer write them give the same image."""
    settings = SETTINGS[name]
    state = random_state("stylegan1", settings)
    expected = assemble(Blueprint("stylegan1", state, stated_options("stylegan1", settings)))
    blueprint = recognise(Checkpoint(numbered_stylegan(state, hammer), "x.pth"))
    assert blueprint.details["dialect"] == ("hammer" if hammer else "genforce") + "-stylegan1"
    same_images(assemble(blueprint), expected)


def same_images(found: Generator, expected: Generator) -> None:
    """Equal facts, centres and images."""
    assert replace(found.spec, fingerprint="") == replace(expected.spec, fingerprint="")
    codes = ll.sample_latents(found, 2, seed=4, labels=1 if found.spec.c_dim else None)
    assert found.w_avg is not None
    torch.testing.assert_close(found.w_avg, expected.w_avg)
    torch.testing.assert_close(
        ll.render(found, codes), ll.render(expected, codes), atol=1e-5, rtol=1e-5
    )


@pytest.mark.parametrize(("fused", "turned_from"), [(True, 8), (False, 1024), ("auto", 128)])
def test_fused_scale_means_turned_kernels(fused: bool | str, turned_from: int) -> None:
    """The same image from kernels turned where they are said to be."""
    settings = replace(BASE, channels=dict.fromkeys((4, 8, 16, 32, 64, 128), 2), noise=False)
    plain = random_state("stylegan1", settings)
    turned = {
        name: tensor.flip(2, 3)
        if name.endswith("layer0.weight") and int(name.split(".")[1][1:]) >= turned_from
        else tensor
        for name, tensor in plain.items()
    }
    gan = assemble(Blueprint("stylegan1", plain, {"fused_scale": False}))
    codes = ll.sample_latents(gan, 1, seed=1)
    other = assemble(Blueprint("stylegan1", turned, {"fused_scale": fused}))
    torch.testing.assert_close(ll.render(other, codes), ll.render(gan, codes), atol=1e-4, rtol=0)


def test_every_layer_matters() -> None:
    """Each of the num_ws layers changes the image, so none is wired to nothing."""
    for name in ("stylegan1", "stylegan1-conditional"):
        gan = tiny(name)
        label = 1 if gan.spec.c_dim else None
        base = ll.map_latents(gan, torch.randn(1, gan.spec.z_dim), label, space="W+")
        before = ll.render(gan, base)
        for layer in range(gan.spec.num_ws):
            values = base.values.clone()
            values[:, layer] += 1.0
            after = ll.render(gan, LatentCode(values, LatentSpace.W_PLUS, base.labels))
            assert (after - before).abs().max() > 1e-3, (name, layer)


def test_random_noise_follows_the_seed() -> None:
    """Noise mode "random" depends on each code's seed, not on the batch."""
    gan = tiny("stylegan1")
    codes = ll.sample_latents(gan, 3, seed=1)
    images = ll.render(gan, codes, noise_mode="random")
    alone = ll.render(gan, codes[2], noise_mode="random")
    torch.testing.assert_close(images[2:], alone, atol=1e-5, rtol=0)
    assert (images - ll.render(gan, codes)).abs().max() > 1e-3


@pytest.mark.parametrize("name", ["stylegan1", "stylegan1-conditional", "stylegan1-wide"])
def test_projection_is_the_jacobian_of_the_style(name: str) -> None:
    """In float64, for every layer."""
    gan = tiny(name)
    network = gan.network.double()
    for index, layer in enumerate(gan.spec.layers):
        affine = network.get_submodule(f"synthesis.{layer.name}.affine")
        at = torch.randn(1, gan.spec.latent_dim, dtype=torch.float64)
        jacobian = torch.func.jacrev(lambda w, affine=affine: affine(w)[0])(at)[:, 0]
        found = network.projection(index)
        torch.testing.assert_close(found.T @ found, jacobian.T @ jacobian, atol=0, rtol=1e-8)
    gan.network.float()


@pytest.mark.parametrize("space", ["Z", "W", "W+"])
def test_resefa_equals_the_oracle(space: str) -> None:
    """The same directions as from an autograd Jacobian, in every space."""
    gan = tiny("stylegan1-conditional")
    codes = ll.sample_latents(gan, 1, seed=3, labels=2, space=space)
    box = ll.Region.box(3, 3, 6, 6, gan.spec.img_size)
    levers = ll.resefa(gan, codes, box, space=space, count=5)
    point = torch.zeros(gan.spec.direction_dim(LatentSpace(space)))
    jacobian = full_jacobian(gan.as_function(codes, LatentSpace(space)), point)
    a, b = grams_of(jacobian, box.weights[0])
    values, rows = generalised_eigenpairs(a, b + 1e-3 * b.trace() * torch.eye(len(b)))
    torch.testing.assert_close(levers.eigenvalues[:3], values[:3], atol=0, rtol=1e-3)
    assert abs(float(levers.vectors[0].double() @ rows[0])) > 0.999


def test_contradictions_are_reported() -> None:
    """Messages say what was found and what was expected."""
    state = dict(tiny("stylegan1").network.state_dict())
    wide = {**state, "mapping.fc1.weight": torch.zeros(20, 7), "mapping.fc1.bias": torch.zeros(20)}
    with pytest.raises(
        CheckpointError, match="network has 20 outputs.*5, the w_dim of every layer"
    ):
        assemble(Blueprint("stylegan1", wide, {}))
    with pytest.raises(CheckpointError, match="fused_scale 'maybe' was given"):
        assemble(Blueprint("stylegan1", state, {}), options={"fused_scale": "maybe"})
    gap = {name.replace("b8", "b16"): tensor for name, tensor in state.items()}
    with pytest.raises(CheckpointError, match=r"resolution \[4, 16\].*without a gap"):
        assemble(Blueprint("stylegan1", gap, {}))
    last = {name: tensor for name, tensor in state.items() if "b4.torgb" not in name}
    with pytest.raises(CheckpointError, match="no image layer for 4 pixels.*lod 1"):
        assemble(Blueprint("stylegan1", last, {"lod": 1}))
