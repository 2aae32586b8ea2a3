"""DCGAN-type generators against torch's own layers."""

from __future__ import annotations

from pathlib import Path

import latent_levers as ll
import pytest
import torch
from golden import assert_close
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.concepts.latent_code import LatentCode, LatentSpace
from latent_levers.core.files.loading import untrained
from latent_levers.core.generators.architectures.dcgan.architecture import DCGANArchitecture
from latent_levers.core.generators.architectures.dcgan.layer import DCGANLayer
from latent_levers.core.generators.architectures.dcgan.settings import DCGANSettings
from latent_levers.core.generators.layers.activations import activation
from stacks import KNOWN, Z_DIM, assert_same_image, stack, write
from torch import Tensor


@pytest.mark.parametrize(
    ("plan", "channels", "size"),
    [
        ("first4 up2 up4 up6", (32, 24, 16, 3), (32, 32)),
        ("first4 up3 up5 up4", (32, 24, 16, 3), (32, 32)),
        ("first7 up4 up4", (32, 24, 1), (28, 28)),
        ("first_wide up4 plain5", (32, 24, 3), (6, 10)),
        ("first4 plain3 up4 plain3", (24, 24, 24, 3), (8, 8)),  # z_dim, inputs and outputs equal
        ("first4 up4 plain1", (24, 24, 3), (8, 8)),
        ("first4 plain3 up4 plain3", (16, 3, 3, 3), (8, 8)),
    ],
)
def test_kernels_strides_and_channels_come_from_shapes(
    plan: str, channels: tuple[int, ...], size: tuple[int, int], tmp_path: Path
) -> None:
    """Any kernels, with and without biases, grey images, images that are not square."""
    for bias in (False, True):
        net = stack(plan, channels, bias=bias, batches=2)
        gan = ll.load_generator(write(net, tmp_path), **KNOWN)
        assert gan.spec.img_size == size
        assert gan.spec.img_channels == channels[-1]
        assert gan.spec.layers[0].channels == channels[0]
        assert_same_image(gan, net)


def test_output_activations(tmp_path: Path) -> None:
    """A sigmoid's image is stretched from [0, 1] to [-1, 1]."""
    net = stack("first4 up4 up4", (32, 24, 3))
    path = write(net, tmp_path)
    z = torch.randn(4, Z_DIM)
    with torch.no_grad():
        raw = net[:-1](z[..., None, None])
    expected = {"tanh": raw.tanh(), "sigmoid": raw.sigmoid() * 2 - 1, "none": raw}
    for name, image in expected.items():
        gan = ll.load_generator(path, output_activation=name)
        assert_close(ll.render(gan, LatentCode(z[:, None], LatentSpace.Z)), image)


def test_projection_is_the_first_weight() -> None:
    """A z, reshaped, is the first convolution's output; SeFa's A has no other factor."""
    layers = (DCGANLayer(6, 5, first=True), DCGANLayer(5, 3, norm=False))
    network = untrained("dcgan", DCGANSettings(layers)).network
    z = torch.randn(2, 6)
    matrix = network.projection(0)
    assert matrix.shape == (5 * 4 * 4, 6)
    expected = network.synthesis.layer(0).convolution(z[..., None, None])
    torch.testing.assert_close((z @ matrix.T).view(2, 5, 4, 4), expected)


@pytest.mark.parametrize(
    "name", ["relu", "leaky_relu", "elu", "tanh", "none", "gelu", "silu", "selu"]
)
def test_forward_mode_equals_reverse_mode(name: str) -> None:
    """Pushed tangents make the same Jacobian as pulled gradients."""
    layers = (
        DCGANLayer(6, 5, (3, 2), first=True, bias=True),
        DCGANLayer(5, 4, (3, 3), transposed=False),
        DCGANLayer(4, 3, norm=False),
    )
    gan = untrained("dcgan", DCGANSettings(layers, (name,), "uniform", "sigmoid")).to(
        dtype=torch.float64
    )
    function = gan.as_function(LatentCode(torch.randn(1, 1, 6), LatentSpace.Z), LatentSpace.Z)
    point = torch.zeros(6, dtype=torch.float64)
    forward = torch.func.jacfwd(function)(point)
    assert forward.shape == (3, 6, 4, 6)
    assert forward.abs().max() > 1e-3
    torch.testing.assert_close(forward, torch.autograd.functional.jacobian(function, point))


def test_shapes_of_an_untrained_stack_are_read_back() -> None:
    """Settings to tensors and back."""
    settings = DCGANSettings(
        (
            DCGANLayer(6, 5, (4, 4), first=True, bias=True),
            DCGANLayer(5, 7, (3, 3), transposed=False, norm=False),
            DCGANLayer(7, 1, (2, 2), norm=False, bias=True),
        ),
        ("relu", "tanh"),
        "uniform",
        "none",
    )
    gan = untrained("dcgan", settings)
    assert gan.network.settings == settings
    assert gan.spec.img_size == (8, 8)


CANONICAL = {
    "synthesis.layer0.deconv.weight": torch.zeros(6, 5, 4, 4),
    "synthesis.layer1.deconv.weight": torch.zeros(5, 3, 4, 4),
}


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (
            {"synthesis.layer1.conv.weight": torch.zeros(3, 5, 3, 3)},
            "layer1 has deconv and conv weights",
        ),
        ({"synthesis.layer3.conv.weight": torch.zeros(3, 5, 3, 3)}, "layer2 has no weights"),
        (
            {"synthesis.layer1.deconv.weight": torch.zeros(5, 3)},
            "one convolution's weight of 4 axes",
        ),
        ({"synthesis.layer1.norm.weight": torch.zeros(3)}, "lacks bias, running_mean, running_var"),
        (
            {"synthesis.layer1.deconv.weight": torch.zeros(4, 3, 4, 4)},
            "Layer 1 takes 4 channels. Expected 5",
        ),
        ({"synthesis.layer2.conv.weight": torch.zeros(3, 3, 2, 2)}, "of kernel [2, 2] was found"),
    ],
)
def test_contradicting_shapes_are_reported(extra: dict[str, Tensor], words: str) -> None:
    """Canonical names with impossible shapes."""
    with pytest.raises(CheckpointError) as caught:
        DCGANArchitecture().settings(CANONICAL | extra, KNOWN)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"activation": "swoosh"}, "Unknown activation 'swoosh'. Expected one of none, relu,"),
        ({"activation": "leaky_relu:steep"}, "Unknown activation 'leaky_relu:steep'"),
        ({"activation": "relu,relu"}, "2 activations were given. Expected one for all, or 1"),
        ({"activation": 5}, "The activation 5 was given. Expected a name or a list of names"),
        ({"activation": [5]}, "The activation [5] was given"),
        (
            {"distribution": "cauchy"},
            "Unknown distribution 'cauchy'. Expected one of normal, uniform",
        ),
        ({"output_activation": "relu"}, "Unknown output_activation 'relu'. Expected one of tanh"),
    ],
)
def test_unknown_options_are_reported(config: dict[str, object], words: str) -> None:
    """Wrong values for the three keywords."""
    with pytest.raises(CheckpointError) as caught:
        DCGANArchitecture().settings(CANONICAL, KNOWN | config)
    assert words in str(caught.value)


def test_the_latent_meets_the_first_layer_alone() -> None:
    """Settings made by hand."""
    with pytest.raises(
        CheckpointError, match="A layer other than the first has the latent as input"
    ):
        DCGANSettings((DCGANLayer(6, 5), DCGANLayer(5, 3)))
    with pytest.raises(CheckpointError, match="A plain convolution as first layer was found"):
        DCGANLayer(6, 5, (3, 3), transposed=False, first=True)


def test_an_immense_image_is_refused() -> None:
    """A few bytes per layer could else fill the memory."""
    layers = (DCGANLayer(6, 1, first=True), *[DCGANLayer(1, 1, (2, 2), norm=False)] * 30)
    with pytest.raises(CheckpointError, match=r"4096 x 4096 pixels\. Expected .*1024"):
        DCGANSettings(layers)


def test_activations_by_name() -> None:
    """The slope after the colon, and 0.2 without one."""
    x = torch.tensor([-1.0, 2.0])
    assert activation("leaky_relu")(x).tolist() == pytest.approx([-0.2, 2.0])
    assert activation("leaky_relu:0.01")(x).tolist() == pytest.approx([-0.01, 2.0])
    assert activation("none")(x).tolist() == [-1.0, 2.0]
