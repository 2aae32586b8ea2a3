"""BigGAN and BigGAN-deep against the published implementations, and levers of theirs."""

from __future__ import annotations

from pathlib import Path

import latent_levers as ll
import pytest
import torch
from biggan_references import BROCK, drawn, load, stated, write_folder
from cases import BIGGAN, tiny
from golden import assert_close, golden, parameters, subspace_angle, write_generator
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.files.loading import untrained
from latent_levers.core.generators.architectures.biggan.architecture import BigGANArchitecture
from latent_levers.core.generators.architectures.biggan.settings import BigGANBlock, BigGANSettings
from oracles import full_jacobian, generalised_eigenpairs, grams_of
from torch import Tensor


@pytest.mark.parametrize("kind", ["file", "folder", "safe folder"])
def test_huggingface_images_equal_the_published_ones(kind: str, tmp_path: Path) -> None:
    """The published layout needs no configuration; a folder brings one."""
    data = golden("biggan_deep32")
    if kind == "file":
        path = write_generator("biggan_deep32", tmp_path)
    else:
        path = write_folder("biggan_deep32", tmp_path, safe=kind == "safe folder")
    gan = ll.load_generator(path)
    assert gan.spec.architecture == "biggan-deep"
    condition = torch.cat([data["in.z"], gan.network.embed(data["in.label"])], dim=1)
    assert_close(condition, data["mid.cond"])
    for psi, name in (
        (data["in.truncation"], "image"),
        (0.37, "image_trunc037"),
        (1.0, "image_trunc100"),
    ):
        assert_close(drawn(gan, data, float(psi)), data[f"out.{name}"])


@pytest.mark.parametrize("name", BROCK)
def test_brock_images_equal_the_published_ones(name: str, tmp_path: Path) -> None:
    """One-hot classes and mixed ones, in safetensors and in a torch file of a parallel network."""
    data = golden(name)
    parallel = {f"module.{key}": tensor for key, tensor in parameters(name).items()}
    torch.save(parallel, tmp_path / "G_ema.pth")
    for path in (write_generator(name, tmp_path), tmp_path / "G_ema.pth"):
        gan = ll.load_generator(path)
        assert_close(drawn(gan, data), data["out.image"])
        if "in.label_soft" in data:
            assert_close(drawn(gan, data, 0.3, "in.label_soft"), data["out.image_soft"])


@pytest.mark.parametrize("name", BIGGAN)
def test_projections_equal_the_first_affine_maps(name: str) -> None:
    """Grams of what meets z in each layer, by autograd in float64; the class stands still."""
    settings = BIGGAN[name]
    gan = untrained("biggan-deep" if settings.deep else "biggan", settings).to(dtype=torch.float64)
    network, spec = gan.network, gan.spec
    codes = ll.sample_latents(gan, 1, labels=2, space=spec.spaces[-1])
    ws = gan.layer_codes(codes)
    layers = [[network.synthesis.first]]
    for index in range(spec.num_ws - 1):
        norms = network.synthesis.block(index).norms()
        layers.append([part for norm in norms for part in (norm.scale, norm.shift)])
    for layer, parts in enumerate(layers):
        outputs: list[Tensor] = []
        hooks = [
            p.register_forward_hook(lambda m, i, o, kept=outputs: kept.append(o)) for p in parts
        ]

        def maps(row: Tensor, layer: int = layer, kept: list[Tensor] = outputs) -> Tensor:
            kept.clear()
            moved = torch.cat([ws[:, :layer], row[None, None], ws[:, layer + 1 :]], dim=1)
            gan.draw(moved, codes, "const")
            return torch.cat(kept, dim=1)[0]

        jacobian = torch.autograd.functional.jacobian(maps, ws[0, layer].clone())
        for hook in hooks:
            hook.remove()
        matrix = network.projection(layer)
        assert matrix.shape == jacobian.shape == (sum(len(p.weight) for p in parts), spec.z_dim)
        torch.testing.assert_close(matrix.T @ matrix, jacobian.T @ jacobian, rtol=0, atol=1e-8)
        assert matrix.abs().max() > 0.1


def test_sefa_of_one_block_and_of_all() -> None:
    """A block that reads a chunk of z has directions in that chunk; all of them fill z."""
    gan = load(parameters("brock_biggan64"))
    levers = ll.sefa(gan, layers=2, count=4)
    assert levers.space is LatentSpace.Z
    outside = torch.ones(20, dtype=torch.bool)
    outside[8:12] = False
    assert levers.vectors[:, outside].abs().max() < 1e-12
    stacked = torch.cat([gan.network.projection(layer) for layer in range(5)]).double()
    expected = torch.linalg.eigvalsh(stacked.T @ stacked).flip(0)
    whole = ll.sefa(gan, count=20, normalize=False)
    torch.testing.assert_close(whole.eigenvalues, expected, rtol=1e-8, atol=0)
    codes = ll.sample_latents(gan, 2, labels=1)
    moved = ll.edit(codes, levers, strength=2.0, unit="distance")
    assert moved.space is LatentSpace.Z_PLUS
    assert (ll.render(gan, moved) - ll.render(gan, codes)).abs().max() > 1e-3


def test_truncation_goes_from_sampling_through_edits_to_the_statistics() -> None:
    """Latents are scaled once, when drawn; statistics follow the codes to the end."""
    gan = load(parameters("biggan_deep32"), **stated("biggan_deep32"))
    codes = ll.sample_latents(gan, 3, seed=5, truncation_psi=0.4, labels=[1, 2, 3])
    whole = ll.sample_latents(gan, 3, seed=5, truncation_psi=1.0, labels=[1, 2, 3])
    assert codes.space is LatentSpace.Z
    assert whole.values.abs().max() <= 2
    torch.testing.assert_close(codes.values, 0.4 * whole.values)
    torch.testing.assert_close(codes.labels, torch.eye(10)[[1, 2, 3]])
    given = ll.map_latents(gan, codes.values[:, 0], [1, 2, 3], truncation_psi=1.0)
    torch.testing.assert_close(given.values, codes.values)
    assert (ll.render(gan, given) - ll.render(gan, codes)).abs().max() > 1e-2
    levers = ll.sefa(gan, count=2)
    edited = ll.edit(codes, levers, strength=1.5, unit="distance")
    assert edited.truncation_psi == 0.4
    torch.testing.assert_close(edited.labels, codes.labels)
    by_hand = ll.map_latents(gan, edited.values[:, 0], [1, 2, 3], truncation_psi=0.4)
    torch.testing.assert_close(ll.render(gan, edited), ll.render(gan, by_hand))
    back = ll.edit(edited, levers, strength=-1.5, unit="distance")
    torch.testing.assert_close(ll.render(gan, back), ll.render(gan, codes), rtol=0, atol=1e-4)
    assert (ll.render(gan, edited) - ll.render(gan, codes)).abs().max() > 1e-2


@pytest.mark.parametrize("name", BIGGAN)
def test_resefa_solves_its_problem_in_z(name: str) -> None:
    """Without a space it works in Z, as the node's "auto" asks for; class and statistics stay."""
    gan = tiny(name)
    code = ll.sample_latents(gan, 1, seed=1, truncation_psi=0.6, labels=1)
    box = ll.Region.box(1, 2, 4, 4, gan.spec.img_size)
    levers = ll.resefa(gan, code, box, count=2)
    assert levers.space is LatentSpace.Z
    function = gan.as_function(code, LatentSpace.Z)
    a, b = grams_of(full_jacobian(function, torch.zeros(gan.spec.z_dim)), box.weights[0])
    values, vectors = generalised_eigenpairs(a, b + 1e-3 * b.trace() * torch.eye(len(b)).double())
    torch.testing.assert_close(levers.eigenvalues, values[:2], rtol=1e-3, atol=0)
    assert subspace_angle(levers.vectors[:1], vectors[:1]) < 1e-2
    moved = ll.render(gan, ll.edit(code, levers, strength=0.5, unit="distance"))
    assert (moved - ll.render(gan, code)).abs().max() > 1e-3


def test_resefa_on_some_layers() -> None:
    """One z per layer: the others stand still, and the directions edit codes of Z."""
    gan = tiny("biggan-chunks")
    codes = ll.sample_latents(gan, 2, seed=1, labels=1)
    box = ll.Region.box(1, 2, 4, 4, gan.spec.img_size)
    levers = ll.resefa(gan, codes, box, space="Z+", count=2, layers="1-2")
    assert levers.vectors.shape == (2, 18)
    read = torch.zeros(3, 6, dtype=torch.bool)
    read[1, 2:4] = read[2, 4:6] = True  # block i reads chunk i + 1 of its own z
    assert levers.vectors[:, ~read.flatten()].abs().max() < 1e-6
    moved = ll.edit(codes, levers, strength=0.5, unit="distance")
    assert moved.space is LatentSpace.Z_PLUS
    assert (ll.render(gan, moved) - ll.render(gan, codes)).abs().max() > 1e-3


def test_settings_that_cannot_be() -> None:
    """An immense image, and self-attention where no block is."""
    block = BigGANBlock(1, 1, 1, skip=True)
    with pytest.raises(CheckpointError, match="make an image of 4096 pixels a side.*2048 at most"):
        BigGANSettings(False, 11, 1, (block,) * 10, tuple(range(10)))
    with pytest.raises(CheckpointError, match="Self-attention after 3 blocks was found.*2 at most"):
        BigGANSettings(False, 3, 1, (block,) * 2, (), attention={3: (1, 1)})


def test_the_two_kinds_are_told_apart() -> None:
    """Each architecture wants its own blocks."""
    deep, plain = BigGANArchitecture(deep=True), BigGANArchitecture(deep=False)
    for name, settings in BIGGAN.items():
        state = tiny(name).network.state_dict()
        assert bool(deep.missing(state)) != settings.deep
        assert bool(plain.missing(state)) == settings.deep
