"""BigGAN and BigGAN-deep against the published implementations, in both spellings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import latent_levers as ll
import pytest
import torch
from biggan_spellings import brock_spelling, huggingface_spelling
from cases import BIGGAN, tiny
from golden import FOLDER, assert_close, golden, parameters, subspace_angle, write_generator
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.concepts.checkpoint import Checkpoint
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.files.dialects.biggan.spectral_norm import folded
from latent_levers.core.files.loading import assemble, untrained
from latent_levers.core.files.recognition import recognise
from latent_levers.core.generators.architectures.biggan.architecture import BigGANArchitecture
from latent_levers.core.generators.architectures.biggan.network import BigGANBlock, BigGANSettings
from latent_levers.core.generators.layers.attention import SelfAttention
from latent_levers.core.generators.layers.modulation.conditional_norm import TruncatedStatistics
from oracles import full_jacobian, generalised_eigenpairs, grams_of
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

BROCK = (
    "brock_biggan64",
    "brock_biggan32_standing",
    "brock_biggan32_unshared",
    "brock_biggan32_hub",
    "brock_biggan24_raw",
    "brock_biggan_deep64",
)
"""Chunks of z and two self-attentions; sums of "mybn"; a table of norms per class; no `sv0`; no
spectral norm and 3 pixels to begin with; deep."""


def stated(name: str) -> dict[str, Any]:
    """What the reference's constructor was given."""
    with safe_open(FOLDER / f"{name}.safetensors", "pt") as file:
        return json.loads(file.metadata()["config"])


def write_folder(name: str, folder: Path, safe: bool = False, **config: Any) -> Path:
    """A folder as Hugging Face lays it out."""
    (folder / "config.json").write_text(json.dumps({**stated(name), **config}))
    if safe:
        save_file(parameters(name), folder / "model.safetensors")
    else:
        torch.save(parameters(name), folder / "pytorch_model.bin")
    return folder


def load(tensors: dict[str, Tensor], **config: Any) -> Generator:
    """A generator from tensors, without a file."""
    return assemble(recognise(Checkpoint(tensors, "test", config=config)))


def drawn(
    gan: Generator, data: dict[str, Tensor], psi: float = 1.0, label: str = "in.label"
) -> Tensor:
    """Images of a reference file's latents."""
    return ll.render(gan, ll.map_latents(gan, data["in.z"], data[label], truncation_psi=psi))


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


@pytest.mark.parametrize("chosen", [".", "pytorch_model.bin"])
def test_huggingface_configuration_tells_what_shapes_cannot(tmp_path: Path, chosen: str) -> None:
    """Blocks that double in no common order, another eps, nine truncation values."""
    data = golden("huggingface_biggan32")
    gan = ll.load_generator(write_folder("huggingface_biggan32", tmp_path) / chosen)
    assert gan.network.settings.upsampling == (0, 3, 4)
    assert list(gan.network.settings.attention) == [2]
    images = [name for name in data if name.startswith("out.image_trunc")]
    assert len(images) == 4
    for name in images:
        assert_close(drawn(gan, data, int(name[-3:]) / 100), data[name])
    path = write_generator("huggingface_biggan32", tmp_path)
    told = ll.load_generator(path, upsampling="0,3,4", eps=1e-3)
    assert_close(drawn(told, data), data["out.image_trunc100"])
    assert ll.load_generator(path).spec.img_resolution == 16  # every second block, unless told
    assert ll.load_generator(path, upsampling=3).spec.img_resolution == 8


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


def test_what_is_read_off_brocks_files() -> None:
    """Sizes, and the eps that files of the TF-Hub modules were trained with."""
    found = {name: load(parameters(name)) for name in BROCK}
    facts = {
        name: (gan.spec.z_dim, gan.spec.c_dim, gan.spec.num_ws, gan.spec.img_resolution)
        for name, gan in found.items()
    }
    assert facts == {
        "brock_biggan64": (20, 7, 5, 64),
        "brock_biggan32_standing": (12, 5, 1, 32),
        "brock_biggan32_unshared": (11, 6, 1, 32),
        "brock_biggan32_hub": (12, 4, 4, 32),
        "brock_biggan24_raw": (8, 3, 4, 24),
        "brock_biggan_deep64": (9, 5, 9, 64),
    }
    eps = {
        (s.eps, s.output_eps) for s in (found[n].network.settings for n in BROCK if "hub" not in n)
    }
    assert eps == {(1e-5, 1e-5)}
    hub = found["brock_biggan32_hub"].network.settings
    assert (hub.eps, hub.output_eps) == (1e-4, 1e-5)
    spec = found["brock_biggan64"].spec
    assert [(at.name, at.resolution, at.channels) for at in spec.layers] == [
        ("first", 4, 32),
        ("block0", 8, 32),
        ("block1", 16, 16),
        ("block2", 32, 8),
        ("block3", 64, 4),
    ]


def test_synchronised_norms_are_read() -> None:
    """The same statistics under the names of the third kind of batch norm."""
    name = "brock_biggan64"
    tensors = {
        key.replace("stored_", "bn.running_"): tensor for key, tensor in parameters(name).items()
    }
    tensors["blocks.0.0.bn1.bn.num_batches_tracked"] = torch.tensor(7)
    assert_close(drawn(load(tensors), golden(name)), golden(name)["out.image"])


SETTINGS = {
    **BIGGAN,
    "deep, 7 classes, attention first and last": BigGANSettings(
        deep=True,
        z_dim=4,
        c_dim=7,
        blocks=(BigGANBlock(16, 16, 4), BigGANBlock(16, 12, 5), BigGANBlock(12, 8, 3)),
        upsampling=(1,),
        embed_features=6,
        attention={0: (2, 8), 3: (1, 4)},
        base=4,
        statistics=11,
        eps=1e-4,
    ),
    "deep, one set of statistics": BigGANSettings(
        deep=True,
        z_dim=5,
        c_dim=3,
        blocks=(BigGANBlock(4, 4, 3), BigGANBlock(4, 4, 2)),
        upsampling=(1,),
        embed_features=2,
        attention={1: (1, 2)},
    ),
    "one class, one block": BigGANSettings(
        deep=False,
        z_dim=8,
        c_dim=1,
        blocks=(BigGANBlock(4, 3, 3, skip=True),),
        upsampling=(0,),
        embed_features=2,
        base=3,
    ),
    "seven blocks": BigGANSettings(
        deep=False,
        z_dim=24,
        c_dim=5,
        blocks=tuple(BigGANBlock(4, 4, 4, skip=True) for _ in range(7)),
        upsampling=(0, 1, 2, 3, 4, 5, 6),
        embed_features=3,
        attention={2: (1, 2), 4: (1, 2)},
        base=1,
    ),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_are_read_back_in_every_spelling(name: str) -> None:
    """Canonical, and the foreign spelling of its kind, with spectral norms not converged."""
    settings = SETTINGS[name]
    gan = untrained("biggan-deep" if settings.deep else "biggan", settings, seed=3)
    for buffer in gan.network.buffers():
        buffer += 0.3 * torch.rand(buffer.shape)
    assert gan.network.settings == settings
    codes = ll.sample_latents(gan, 2, labels=0, truncation_psi=0.53)
    expected = ll.render(gan, codes)
    assert 0.05 < expected.std() < 20
    options = {n: getattr(settings, n) for n in ("eps", "output_eps", "upsampling")}
    spellings = [gan.network.state_dict()]
    if settings.deep:
        spellings.append(huggingface_spelling(gan.network))
    if settings.statistics == 1:  # Brock's files hold no table
        spellings.append(brock_spelling(gan.network))
    for tensors in spellings:
        again = load(tensors, **options)
        assert again.network.settings == settings
        assert_close(ll.render(again, codes), expected)


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
    moved = ll.edit(codes, levers, strength=2.0)
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
    edited = ll.edit(codes, levers, strength=1.5)
    assert edited.truncation_psi == 0.4
    torch.testing.assert_close(edited.labels, codes.labels)
    by_hand = ll.map_latents(gan, edited.values[:, 0], [1, 2, 3], truncation_psi=0.4)
    torch.testing.assert_close(ll.render(gan, edited), ll.render(gan, by_hand))
    back = ll.edit(edited, levers, strength=-1.5)
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
    moved = ll.render(gan, ll.edit(code, levers, strength=0.5))
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
    moved = ll.edit(codes, levers, strength=0.5)
    assert moved.space is LatentSpace.Z_PLUS
    assert (ll.render(gan, moved) - ll.render(gan, codes)).abs().max() > 1e-3


def test_attention_in_parts_is_attention() -> None:
    """Rows made a few at a time, against the map made whole; and pushed tangents against pulled."""
    layer = SelfAttention(4, 3, 5).double().requires_grad_(False)
    x = torch.randn(2, 4, 12, 8, dtype=torch.float64)
    queries, keys, values = layer.queries(x), layer.keys(x), layer.values(x)
    pooled = [torch.nn.functional.max_pool2d(part, 2).flatten(2) for part in (keys, values)]
    whole = torch.softmax(torch.einsum("nkp,nkq->npq", queries.flatten(2), pooled[0]), dim=2)
    attended = torch.einsum("npq,nvq->nvp", whole, pooled[1]).reshape(2, 5, 12, 8)
    expected = x + layer.gamma * layer.out(attended)
    torch.testing.assert_close(layer(x), expected)
    small = x[:1, :, :4, :4]
    forward = torch.func.jacfwd(layer)(small)
    torch.testing.assert_close(forward, torch.autograd.functional.jacobian(layer, small))


def test_statistics_between_two_truncations_are_mixed_as_published() -> None:
    """The nearer value weighs less; -psi is psi, and beyond 1 is 1."""
    table = TruncatedStatistics(2, 5, 0.5)
    table.mean.copy_(torch.arange(10.0).reshape(5, 2))
    table.variance.copy_(table.mean + 1)
    for psi, row in ((0.25, 1.0), (0.3, 1.8), (-0.3, 1.8), (0.0, 0.0), (1.0, 4.0), (1.7, 4.0)):
        mean, factor = table(psi)
        torch.testing.assert_close(mean, torch.tensor([2 * row, 2 * row + 1]))
        torch.testing.assert_close(factor, (mean + 1.5).rsqrt())
    for count in range(1, 120):  # rounding must not reach beyond the table
        assert TruncatedStatistics(1, count, 0.0)(1.0)[0].shape == (1,)


def test_spectral_norm_without_its_second_vector() -> None:
    """Old files lack v; half precision is divided in float32; what belongs to it goes."""
    weight, u = torch.randn(4, 3, 3, 3), torch.randn(4)
    matrix = weight.flatten(1)
    v = torch.nn.functional.normalize(matrix.T @ u, dim=0)
    expected = weight / (matrix @ v).norm()
    old = folded({"a.weight_orig": weight, "a.weight_u": u, "a.bias": u})
    brock = folded({"a.weight": weight, "a.u0": u[None], "a.sv0": u[:1], "a.bias": u})
    assert set(old) == set(brock) == {"a.weight", "a.bias"}
    torch.testing.assert_close(old["a.weight"], expected)
    torch.testing.assert_close(brock["a.weight"], expected)
    half = folded({"a.weight": weight.half() * 1000, "a.u0": u[None].half() * 1000})["a.weight"]
    torch.testing.assert_close(half, expected, rtol=1e-2, atol=1e-2)


def test_class_names_of_a_configuration(tmp_path: Path) -> None:
    """As many as there are classes; those without a name keep their number."""
    names = {"0": "tench", "2": "great white shark", "99": "nobody"}
    gan = ll.load_generator(write_folder("biggan_deep32", tmp_path, id2label=names))
    classes = ll.describe(gan)["details"]["classes"]
    assert classes == ["tench", "1", "great white shark", *"3456789"]
    plain = ll.load_generator(write_folder("biggan_deep32", tmp_path, id2label="many"))
    assert "classes" not in ll.describe(plain)["details"]
    assert ll.describe(plain)["classes"] == 10


@pytest.mark.parametrize(
    ("name", "changes", "config", "words"),
    [
        (
            "biggan_deep32",
            {},
            {"eps": "small"},
            "eps is stated as 'small'. Expected a number, 0 or more",
        ),
        ("biggan_deep32", {}, {"eps": -1}, "eps is stated as '-1'. Expected a number, 0 or more"),
        ("biggan_deep32", {}, {"layers": [True, 2]}, "config.json gives the layers [True, 2]"),
        ("biggan_deep32", {}, {"layers": 5}, "a list of [doubles, inputs, outputs], one per block"),
        ("biggan_deep32", {}, {"layers": [[True]] * 9}, "upsampling names block 6"),
        ("biggan_deep32", {}, {"upsampling": "many"}, "upsampling='many' cannot be read"),
        ("biggan_deep32", {}, {"activation": "swoosh"}, "Unknown activation 'swoosh'"),
        (
            "biggan_deep32",
            {"generator.gen_z.weight_u": torch.ones(3)},
            {},
            "The spectral norm of generator.gen_z has vectors of 3 and 32 numbers",
        ),
        (
            "biggan_deep32",
            {"generator.gen_z.bias": torch.ones(100)},
            {},
            "generator.gen_z has 2048 outputs and 100 biases",
        ),
        (
            "biggan_deep32",
            {"embeddings.weight": torch.ones(40, 10)},
            {},
            "whose norms have 32 inputs, 40 of them of the class",
        ),
        (
            "brock_biggan64",
            {"blocks.1.0.conv1.weight": None},
            {},
            "synthesis.block1.conv0.weight is absent. Expected weights of every layer",
        ),
        (
            "brock_biggan64",
            {"blocks.1.0.bn2.stored_var": None},
            {},
            "Batch norm blocks.1.0.bn2 holds no mean and variance",
        ),
        (
            "brock_biggan64",
            {"blocks.2.0.conv_sc.weight": None},
            {},
            "Block 2 has 16 input and 8 output channels without a convolution",
        ),
        (
            "brock_biggan24_raw",
            {"blocks.1.0.conv1.weight": torch.ones(8, 5, 3, 3)},
            {},
            "Block 1 takes 5 channels. Expected 8, the outputs of the block before it",
        ),
        (
            "brock_biggan24_raw",
            {"linear.weight": torch.ones(72, 3)},
            {},
            "A first layer of shape [72, 3] precedes a block of 8 channels",
        ),
    ],
)
def test_contradictions_are_reported(
    name: str, changes: dict[str, Tensor | None], config: dict[str, Any], words: str
) -> None:
    """What was found, and what was expected."""
    tensors = {key: tensor for key, tensor in parameters(name).items() if key not in changes}
    tensors |= {key: tensor for key, tensor in changes.items() if tensor is not None}
    with pytest.raises(CheckpointError) as caught:
        load(tensors, **config)
    assert words in str(caught.value)


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
