"""StyleGAN3 against the published implementations, and what it alone can do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import latent_levers as ll
import pytest
import torch
from cases import tiny
from golden import FOLDER, assert_close, golden, parameters, write_generator
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.cli import main
from latent_levers.core.concepts.checkpoint import Checkpoint
from latent_levers.core.concepts.conditions import Conditions
from latent_levers.core.concepts.latent_code import LatentCode, LatentSpace
from latent_levers.core.files.dialects.hammer.stylegan3 import HammerStyleGAN3
from latent_levers.core.generators.architectures.stylegan3.architecture import StyleGAN3Architecture
from latent_levers.core.generators.architectures.stylegan3.network import StyleGAN3
from latent_levers.core.generators.architectures.stylegan3.settings import StyleGAN3Settings
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file

NVLABS = (
    "nvlabs_stylegan3_t",
    "nvlabs_stylegan3_r",
    "nvlabs_stylegan3_r64",
    "nvlabs_stylegan3_t_options",
)
ARCHITECTURE = StyleGAN3Architecture()


def header(name: str, entry: str) -> Any:
    """An entry of a reference file's header."""
    with safe_open(FOLDER / f"{name}.safetensors", "pt") as file:
        return json.loads((file.metadata() or {}).get(entry, "null"))


def stated(name: str) -> dict[str, Any]:
    """What the reference was built with, as far as options tell of it."""
    config = header(name, "config")
    config |= config.get("mapping_kwargs", {})
    return {option: config[option] for option in ARCHITECTURE.options if option in config}


def opened(name: str, folder: Path) -> ll.Generator:
    """The reference generator, with the arguments that shapes cannot tell."""
    options = {} if name.startswith("hammer") else stated(name)
    return ll.load_generator(write_generator(name, folder), **options)


@pytest.mark.parametrize("name", [*NVLABS, "hammer_stylegan3_t"])
def test_images_equal_the_published_ones(name: str, tmp_path: Path) -> None:
    """Mapping, truncation and images, through the public door."""
    data, gan = golden(name), opened(name, tmp_path)
    labels = data.get("in.label")
    codes = ll.map_latents(gan, data["in.z"], labels)
    assert_close(codes.values[:, 0], data["mid.ws"][:, 0])
    assert_close(ll.render(gan, codes), data["out.image"])
    truncated = ll.map_latents(gan, data["in.z"], labels, truncation_psi=0.7)
    assert_close(ll.render(gan, truncated), data["out.image_psi07"])


@pytest.mark.parametrize("name", NVLABS[:2])
def test_input_and_cutoff_equal_the_published_ones(name: str, tmp_path: Path) -> None:
    """Fourier features in the file's frame, and truncation of the first three layers."""
    data, gan = golden(name), opened(name, tmp_path)
    network = gan.network
    assert isinstance(network, StyleGAN3)
    entry = network.synthesis.input
    assert_close(entry(entry.affine(data["mid.w"]), None), data["mid.input"])
    codes = ll.map_latents(gan, data["in.z"], data.get("in.label"), 0.5, 3)
    assert codes.space is LatentSpace.W_PLUS
    assert_close(codes.values, data["mid.ws_psi05_cutoff3"])


def test_hammer_truncates_four_layers(tmp_path: Path) -> None:
    """The same in the spelling that counts layers."""
    data, gan = golden("hammer_stylegan3_t"), opened("hammer_stylegan3_t", tmp_path)
    codes = ll.map_latents(gan, data["in.z"], truncation_psi=0.7, truncation_cutoff=4)
    assert_close(ll.render(gan, codes), data["out.image_psi07_layers4"])


def test_a_given_transform_replaces_the_stored_one(tmp_path: Path) -> None:
    """The identity undoes the motion that this file holds."""
    data, gan = golden("nvlabs_stylegan3_r"), opened("nvlabs_stylegan3_r", tmp_path)
    codes = ll.map_latents(gan, data["in.z"], data["in.label"])
    ws = gan.layer_codes(codes)
    assert_close(gan.draw(ws, codes, "const", torch.eye(3)), data["out.image_identity"])
    assert_close(gan.draw(ws, codes, "const"), data["out.image"])


@pytest.mark.parametrize("name", NVLABS[2:])
def test_motion_equals_the_published_one(name: str, tmp_path: Path) -> None:
    """Degrees and image widths mean what they mean to the published scripts."""
    data, gan = golden(name), opened(name, tmp_path)
    codes = ll.map_latents(gan, data["in.z"], data.get("in.label"))
    rotation, x, y = header(name, "move")
    moved = ll.render(gan, codes, rotation=rotation, translation=(x, y))
    assert_close(moved, data["out.image_moved"])
    assert (moved - data["out.image"]).abs().max() > 0.1


@pytest.mark.parametrize("name", NVLABS)
def test_filters_follow_from_the_formulas(name: str, tmp_path: Path) -> None:
    """Those in the file equal those computed, so a file without them draws the same image."""
    weights = parameters(name)
    built = ARCHITECTURE.build(ARCHITECTURE.settings(weights, stated(name))).state_dict()
    assert built.keys() == weights.keys()
    filters = [key for key in weights if key.endswith("_filter")]
    assert len(filters) == 2 * (len([k for k in weights if k.endswith("magnitude_ema")]) - 1)
    for key in filters:
        torch.testing.assert_close(built[key], weights[key], atol=1e-6, rtol=0)
    bare = {key: tensor for key, tensor in weights.items() if key not in filters}
    save_file(bare, tmp_path / "bare.safetensors")
    # Without filters nothing but words tells how they were made.
    words = {"use_radial_filters": "_r" in name, **stated(name)}
    gan = ll.load_generator(tmp_path / "bare.safetensors", **words)
    codes = ll.map_latents(gan, golden(name)["in.z"], golden(name).get("in.label"))
    assert_close(ll.render(gan, codes), golden(name)["out.image"])


def test_what_names_and_shapes_tell() -> None:
    """Margin, taps, depth and critical layers need no words."""
    found = ARCHITECTURE.settings(parameters("nvlabs_stylegan3_t_options"), {"lrelu_upsampling": 4})
    assert (found.margin_size, found.filter_size, found.img_channels) == (7, 4, 1)
    assert (found.c_dim, found.embed_features, found.mapping_widths) == (3, 14, (14,))
    assert found.sizes == (30, 30, 46, 46, 46, 46, 32)
    found = ARCHITECTURE.settings(parameters("nvlabs_stylegan3_r64"), {})
    assert (found.conv_kernel, found.use_radial_filters, found.num_critical) == (1, True, 2)


UNTOLD = ("conv_clamp", "output_scale", "lrelu_upsampling", "first_cutoff", "num_critical")
"""Options that neither names nor shapes tell, or not always."""

VARIANTS = {
    "smallest": StyleGAN3Settings(4, 5, 4, (4, 4, 3)),
    "deep": StyleGAN3Settings(5, 6, 16, (6,) * 9 + (5,) * 5, mapping_widths=(7, 8, 6)),
    "shallow": StyleGAN3Settings(5, 4, 128, (5, 4, 3), num_critical=1),
    "round": StyleGAN3Settings(
        6, 5, 64, (6, 5, 5, 4), conv_kernel=1, use_radial_filters=True, num_critical=1
    ),
    "never critical": StyleGAN3Settings(
        6, 5, 16, (5, 4, 4), use_radial_filters=True, num_critical=0
    ),
    "classes": StyleGAN3Settings(6, 5, 32, (5, 4, 4), c_dim=3, embed_features=7, img_channels=1),
    "no power of two": StyleGAN3Settings(6, 5, 24, (6, 5, 4)),
    "margins": StyleGAN3Settings(6, 5, 32, (6, 5, 4, 3), margin_size=5, filter_size=4),
    "one rate": StyleGAN3Settings(6, 5, 32, (6, 5, 4), lrelu_upsampling=1),
    "wide steps": StyleGAN3Settings(
        6, 5, 64, (6, 5, 4, 3), first_cutoff=1, lrelu_upsampling=3, conv_kernel=5, filter_size=5
    ),
    "unbounded": StyleGAN3Settings(4, 5, 16, (4, 4, 3), conv_clamp=None, output_scale=1.0),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_settings_and_image_survive_a_file(name: str, tmp_path: Path) -> None:
    """Written without our header and with it: the same settings, the same image."""
    torch.manual_seed(2)
    network = ARCHITECTURE.build(VARIANTS[name])
    save_file(network.state_dict(), tmp_path / "bare.safetensors")
    words = {option: getattr(VARIANTS[name], option) for option in UNTOLD}
    gan = ll.load_generator(tmp_path / "bare.safetensors", **words)
    assert gan.network.settings == network.settings  # type: ignore[attr-defined]
    codes = ll.sample_latents(gan, 2, labels=1 if gan.spec.c_dim else None)
    with torch.no_grad():
        expected = network.synthesize(gan.layer_codes(codes), Conditions())
    assert expected.shape == (2, gan.spec.img_channels, *gan.spec.img_size)
    assert torch.isfinite(expected).all()
    assert expected.std() > 0.01
    assert_close(ll.render(gan, codes), expected)
    again = ll.load_generator(ll.save_generator(gan, tmp_path / "ours.safetensors"))
    assert again.network.settings == network.settings  # type: ignore[attr-defined]
    assert_close(ll.render(again, codes), expected)


@pytest.fixture
def round_one(tmp_path: Path) -> ll.Generator:
    """A StyleGAN3-R with margins as wide as usual, so that borders stay out of the image."""
    torch.manual_seed(3)
    settings = StyleGAN3Settings(
        5, 6, 16, (5, 4, 4), conv_kernel=1, use_radial_filters=True, output_scale=1.0
    )
    path = tmp_path / "round.safetensors"
    save_file(ARCHITECTURE.build(settings).state_dict(), path)
    return ll.load_generator(path, output_scale=1.0)


def test_a_shift_moves_right_and_down(round_one: ll.Generator) -> None:
    """By a quarter of the image, exactly: all sampling rates are multiples of four."""
    gan, codes, step = round_one, ll.sample_latents(round_one, 2), 4
    images = ll.render(gan, codes)
    right = ll.render(gan, codes, translation=(0.25, 0.0))
    torch.testing.assert_close(right[..., step:], images[..., :-step], atol=1e-5, rtol=0)
    up = ll.render(gan, codes, translation=(0.0, -0.25))
    torch.testing.assert_close(up[:, :, :-step], images[:, :, step:], atol=1e-5, rtol=0)
    assert (right - images).abs().max() > 0.05


def test_a_rotation_is_counterclockwise_and_comes_before_the_shift(
    round_one: ll.Generator,
) -> None:
    """By a right angle, exactly: -R treats rows and columns alike."""
    gan, codes, step = round_one, ll.sample_latents(round_one, 2), 4
    turned = torch.rot90(ll.render(gan, codes), 1, (2, 3))
    torch.testing.assert_close(ll.render(gan, codes, rotation=90), turned, atol=1e-5, rtol=0)
    both = ll.render(gan, codes, rotation=90, translation=(0.25, 0.0))
    torch.testing.assert_close(both[..., step:], turned[..., :-step], atol=1e-5, rtol=0)


def test_motion_comes_on_top_of_the_stored_one(round_one: ll.Generator, tmp_path: Path) -> None:
    """A file that is turned by 90 degrees already, turned by 90 more, is upside down."""
    gan, codes = round_one, ll.sample_latents(round_one, 1)
    quarter = torch.tensor([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])  # where the image samples
    save_file(
        {**gan.network.state_dict(), "synthesis.input.transform": quarter},
        tmp_path / "turned.safetensors",
    )
    turned = ll.load_generator(tmp_path / "turned.safetensors", output_scale=1.0)
    expected = torch.rot90(ll.render(gan, codes), 1, (2, 3))
    torch.testing.assert_close(ll.render(turned, codes), expected, atol=1e-5, rtol=0)
    expected = torch.rot90(expected, 1, (2, 3))
    torch.testing.assert_close(ll.render(turned, codes, rotation=90), expected, atol=1e-5, rtol=0)


def test_motion_is_refused_in_words() -> None:
    """By other generators, and where it is no number."""
    other, codes = tiny(), ll.sample_latents(tiny(), 1)
    with pytest.raises(ll.PackError, match="rotation or translation was asked of a stylegan2"):
        ll.render(other, codes, rotation=10)
    gan = tiny("stylegan3-t")
    with pytest.raises(ll.PackError, match="nan.*Expected finite numbers"):
        ll.render(gan, ll.sample_latents(gan, 1), translation=(float("nan"), 0.0))


def test_commands_take_rotate_and_shift(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Pictures move and say so; a batch does not go on with another motion."""
    gan = tiny("stylegan3-t")
    file = str(ll.save_generator(gan, tmp_path / "tiny.safetensors"))
    levers = str(ll.save_directions(ll.sefa(gan, count=2), tmp_path / "levers.safetensors"))
    words = ["--seeds", "3", "--out"]
    assert main(["sample", file, *words, str(tmp_path / "still")]) == 0
    moving = ["--rotate", "30", "--shift=-0.25,0.1"]
    assert main(["sample", file, *words, str(tmp_path / "moved"), *moving]) == 0
    assert main(["edit", file, "--levers", levers, *words, str(tmp_path / "edit"), *moving]) == 0
    still, moved = (tmp_path / folder / "seed0003.png" for folder in ("still", "moved"))
    with Image.open(still) as before, Image.open(moved) as after:
        assert before.tobytes() != after.tobytes()
        assert (after.info["rotate"], after.info["shift"]) == ("30.0", "-0.25,0.1")
        assert "rotate" not in before.info
    vary = ["vary", file, "--levers", levers, "--index", "0", *words, str(tmp_path / "vary")]
    assert main([*vary, *moving]) == 0
    capsys.readouterr()
    assert main(vary) == 2
    assert "rotate was 30.0, now 0.0" in capsys.readouterr().err
    assert main(["sample", file, *words, str(tmp_path / "odd"), "--shift", "1,2,3"]) == 2
    assert "is 3 numbers. Expected two" in capsys.readouterr().err


def test_every_layer_matters() -> None:
    """Each of the num_ws layers changes the image, the input and ToRGB among them."""
    gan = tiny("stylegan3-t")
    assert gan.spec.num_ws == 5
    assert [layer.name for layer in gan.spec.layers[:2]] == ["input", "L0_10_5"]
    base = ll.sample_latents(gan, 1, space="W+")
    before = ll.render(gan, base)
    for layer in range(gan.spec.num_ws):
        values = base.values.clone()
        values[:, layer] += 1.0
        after = ll.render(gan, LatentCode(values, LatentSpace.W_PLUS))
        assert (after - before).abs().max() > 1e-3, layer


@pytest.mark.parametrize("name", ["stylegan3-t", "stylegan3-r"])
def test_sefa_takes_the_first_affine_map_of_each_layer(name: str) -> None:
    """A^T A equals that of an autograd Jacobian of what the layer computes from w first."""
    network = ARCHITECTURE.build(getattr(tiny(name).network, "settings"))  # noqa: B009
    network = network.double()
    seen: list[torch.Tensor] = []
    for part in ("input", *network.synthesis.names):
        affine = network.synthesis.get_submodule(part).affine
        affine.register_forward_hook(lambda module, given, made: seen.append(made))
    width = network.settings.w_dim

    def first_maps(w: torch.Tensor) -> tuple[torch.Tensor, ...]:
        seen.clear()
        network.synthesize(w.expand(1, network.spec().num_ws, -1), Conditions())
        return tuple(made[0] for made in seen)

    jacobians = torch.autograd.functional.jacobian(first_maps, torch.randn(width).double())
    assert len(jacobians) == network.spec().num_ws
    for layer, jacobian in enumerate(jacobians):
        a = network.projection(layer)
        torch.testing.assert_close(a.T @ a, jacobian.T @ jacobian, atol=1e-8, rtol=0)


def test_resefa_finds_a_lever_of_a_region() -> None:
    """The first lever changes the region more, and the rest less, than the last."""
    gan = tiny("stylegan3-t")
    codes = ll.sample_latents(gan, 1)
    region = ll.Region.box(2, 2, 3, 3, gan.spec.img_size)
    levers = ll.resefa(gan, codes, region, count=gan.spec.latent_dim)
    inside = region.weights[0] > 0
    before, ratios = ll.render(gan, codes), []
    for index in (0, len(levers) - 1):
        after = ll.render(gan, ll.edit(codes, levers, index, 0.01, "distance"))
        change = (after - before).square().sum(dim=(0, 1))
        ratios.append(float(change[inside].mean() / change[~inside].mean()))
    assert ratios[0] > 3 * ratios[1]


def test_hammer_tells_sizes_by_its_grid_and_filters() -> None:
    """Where the rate doubles or rises fourfold, the filters say so."""
    plan = ARCHITECTURE.build(StyleGAN3Settings(5, 4, 64, (5, 5, 4, 3), margin_size=6))
    back = {"weight": "conv.weight", "affine.weight": "conv.style.weight", "bias": "filter.bias"}
    foreign: dict[str, torch.Tensor] = {}
    for name, tensor in plan.state_dict().items():
        root, _, part = name.removeprefix("synthesis.").partition(".")
        if root.startswith("L"):
            number = root[1:].split("_")[0]
            part = {"up_filter": "filter.up_filter", "down_filter": "filter.down_filter"}.get(
                part, {**back, "affine.bias": "conv.style.bias"}.get(part, part)
            )
            foreign[f"synthesis.layer{number}.{part}"] = tensor
    at = (torch.arange(28) + 0.5 - 14) / 16
    grid = torch.stack(torch.meshgrid(at, at, indexing="xy"), dim=-1)[None]
    foreign["synthesis.early_layer.grid"] = grid
    found = HammerStyleGAN3().translate(Checkpoint(foreign, "test"))
    expected = {n for n in plan.state_dict() if n.startswith("synthesis.L")}
    assert set(found.tensors) == expected
    assert found.config["margin_size"] == 6


def test_what_does_not_fit_is_reported() -> None:
    """Gaps, sizes, numbers."""
    weights = parameters("nvlabs_stylegan3_t")
    gap = {n: t for n, t in weights.items() if not n.startswith("synthesis.L3_")}
    with pytest.raises(CheckpointError, match="L2, L4.*without a gap"):
        ARCHITECTURE.settings(gap, {})
    odd = {n.replace("L1_36_", "L1_38_"): t for n, t in weights.items()}
    with pytest.raises(CheckpointError, match="fit no margin of 10.*margin_size"):
        ARCHITECTURE.settings(odd, {})
    with pytest.raises(CheckpointError, match="output_scale is stated as 'much'"):
        ARCHITECTURE.settings(weights, {"output_scale": "much"})
    with pytest.raises(CheckpointError, match="lrelu_upsampling is 1000000"):
        ARCHITECTURE.settings(weights, {"lrelu_upsampling": 10**6})
    with pytest.raises(CheckpointError, match="more layers than critical ones"):
        ARCHITECTURE.build(StyleGAN3Settings(4, 4, 16, (4, 4)))
    with pytest.raises(CheckpointError, match="sizes that grow"):
        ARCHITECTURE.build(StyleGAN3Settings(4, 4, 16, (4, 4, 4), sizes=(52, 36, 16)))
    with pytest.raises(CheckpointError, match="one for each"):
        StyleGAN3Settings(4, 4, 16, (4, 4, 4), sizes=(36, 16))
