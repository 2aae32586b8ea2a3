"""Names and shapes of the two published BigGANs: what is read from them, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import latent_levers as ll
import pytest
import torch
from biggan_references import BROCK, drawn, load, write_folder
from biggan_spellings import brock_spelling, huggingface_spelling
from cases import BIGGAN
from golden import assert_close, golden, parameters, write_generator
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.files.dialects.biggan.spectral_norm import folded
from latent_levers.core.files.loading import untrained
from latent_levers.core.generators.architectures.biggan.settings import BigGANBlock, BigGANSettings
from torch import Tensor


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
        ("biggan_deep32", {}, {"eps": "small"}, "eps is 'small'. Expected a number, 0 or more"),
        ("biggan_deep32", {}, {"eps": -1}, "eps is -1. Expected a number, 0 or more"),
        ("biggan_deep32", {}, {"layers": [True, 2]}, "config.json gives the layers [True, 2]"),
        ("biggan_deep32", {}, {"layers": 5}, "a list of [doubles, inputs, outputs], one per block"),
        ("biggan_deep32", {}, {"layers": [[True]] * 9}, "Block 6 was said to double the image"),
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
            "whose norms take 32 numbers, 40 of them of the class",
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
            "Block 2 leads from 16 to 8 channels with nothing around it",
        ),
        (
            "brock_biggan24_raw",
            {"blocks.1.0.conv1.weight": torch.ones(8, 5, 3, 3)},
            {},
            "Block 1 takes 5 channels. Expected 8, which the block before it gives",
        ),
        (
            "brock_biggan24_raw",
            {"linear.weight": torch.ones(72, 3)},
            {},
            "A first layer of shape [72, 3] stands before a block of 8 channels",
        ),
    ],
)
def test_contradictions_are_told(
    name: str, changes: dict[str, Tensor | None], config: dict[str, Any], words: str
) -> None:
    """What was found, and what was expected."""
    tensors = {key: tensor for key, tensor in parameters(name).items() if key not in changes}
    tensors |= {key: tensor for key, tensor in changes.items() if tensor is not None}
    with pytest.raises(CheckpointError) as caught:
        load(tensors, **config)
    assert words in str(caught.value)
