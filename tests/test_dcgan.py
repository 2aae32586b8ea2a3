"""DCGAN-type stacks against torch's own layers, under many names, and one that a stranger trained."""

from __future__ import annotations

import warnings
from pathlib import Path

import latent_levers as ll
import pytest
import torch
from golden import FOLDER, assert_close, parameters
from latent_levers.core.architectures.dcgan import DCGANArchitecture
from latent_levers.core.architectures.dcgan_inference import LARGE_MISFIT, SMALL_MARGIN
from latent_levers.core.architectures.dcgan_settings import DCGANLayer, DCGANSettings
from latent_levers.core.architectures.layers.activations import activation
from latent_levers.core.checkpoint import Checkpoint
from latent_levers.core.dialects.dcgan_stack import DCGANStack
from latent_levers.core.errors import CheckpointError
from latent_levers.core.latents import LatentCode, LatentSpace
from latent_levers.core.loading import untrained
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

Z_DIM = 24
ACTIVATIONS = {
    "none": nn.Identity,
    "relu": nn.ReLU,
    "leaky_relu:0.1": lambda: nn.LeakyReLU(0.1),
    "leaky_relu:0.2": lambda: nn.LeakyReLU(0.2),
    "elu": nn.ELU,
    "tanh": nn.Tanh,
}
LAYERS = {
    "first4": lambda i, o, bias: nn.ConvTranspose2d(i, o, 4, 1, 0, bias=bias),
    "first7": lambda i, o, bias: nn.ConvTranspose2d(i, o, 7, 1, 0, bias=bias),
    "first_wide": lambda i, o, bias: nn.ConvTranspose2d(i, o, (3, 5), 1, 0, bias=bias),
    "up2": lambda i, o, bias: nn.ConvTranspose2d(i, o, 2, 2, 0, bias=bias),
    "up3": lambda i, o, bias: nn.ConvTranspose2d(i, o, 3, 2, 1, 1, bias=bias),
    "up4": lambda i, o, bias: nn.ConvTranspose2d(i, o, 4, 2, 1, bias=bias),
    "up5": lambda i, o, bias: nn.ConvTranspose2d(i, o, 5, 2, 2, 1, bias=bias),
    "up6": lambda i, o, bias: nn.ConvTranspose2d(i, o, 6, 2, 2, bias=bias),
    "plain1": lambda i, o, bias: nn.Conv2d(i, o, 1, bias=bias),
    "plain3": lambda i, o, bias: nn.Conv2d(i, o, 3, 1, 1, bias=bias),
    "plain5": lambda i, o, bias: nn.Conv2d(i, o, 5, 1, 2, bias=bias),
}


def draw(distribution: str, count: int) -> Tensor:
    """`[N, Z_DIM]` from torch's global generator, which each test seeds."""
    z = torch.randn(count, Z_DIM)
    return z if distribution == "normal" else torch.rand(count, Z_DIM) * 2 - 1


def stack(
    plan: str,
    channels: tuple[int, ...] = (32, 24, 16, 3),
    between: tuple[str, ...] | str = "relu",
    distribution: str = "normal",
    bias: bool = False,
    affine: bool = True,
    batches: int = 12,
) -> nn.Sequential:
    """A stack in torch's layers whose batch norms have seen some batches of latents.

    A name in the plan that ends in "!" has no batch norm after it; neither has the image layer.
    """
    kinds = plan.split()
    names = (between,) * (len(kinds) - 1) if isinstance(between, str) else between
    modules: list[nn.Module] = []
    inputs = Z_DIM
    for index, (kind, outputs) in enumerate(zip(kinds, channels, strict=True)):
        convolution = LAYERS[kind.rstrip("!")](inputs, outputs, bias)
        nn.init.normal_(convolution.weight, 0, 0.1)
        modules.append(convolution)
        if index < len(kinds) - 1:
            if not kind.endswith("!"):
                norm = nn.BatchNorm2d(outputs, momentum=None, affine=affine)  # plain average
                if affine:
                    nn.init.normal_(norm.weight, 0.9, 0.1)
                    nn.init.normal_(norm.bias, -0.2, 0.3)
                modules.append(norm)
            modules.append(ACTIVATIONS[names[index]]())
        inputs = outputs
    net = nn.Sequential(*modules, nn.Tanh())
    settle(net, distribution, batches)
    return net.eval()


def settle(net: nn.Sequential, distribution: str, batches: int) -> None:
    """Average the running statistics over some batches of 64 latents."""
    norms = [index for index, module in enumerate(net) if isinstance(module, nn.BatchNorm2d)]
    for index in norms:
        net[index].train().reset_running_stats()
    with torch.no_grad():
        for _ in range(batches):
            net[: norms[-1] + 1](draw(distribution, 64)[..., None, None])


def write(net: nn.Module, folder: Path, rename: dict[str, str] | None = None) -> Path:
    """A torch file with the state under other module names, in that order."""
    state = net.state_dict()
    if rename is not None:
        state = {
            f"{new}.{leaf}": state[f"{old}.{leaf}"]
            for old, new in rename.items()
            for leaf in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
            if f"{old}.{leaf}" in state
        }
    path = folder / "stack.pt"
    torch.save(state, path)
    return path


def assert_same_image(gan: ll.Generator, net: nn.Module) -> None:
    """The generator draws what torch's layers draw."""
    z = torch.randn(4, Z_DIM)
    image = ll.render(gan, LatentCode(z[:, None], LatentSpace.Z))
    with torch.no_grad():
        torch.testing.assert_close(image, net(z[..., None, None]), atol=1e-5, rtol=1e-5)


def names_of(gan: ll.Generator) -> tuple[str, ...]:
    """The activations that the network applies."""
    settings = gan.network.settings
    assert isinstance(settings, DCGANSettings)
    return settings.activations


def test_the_model_that_a_stranger_trained(real_folder: Path) -> None:
    """CelebA faces: the first layer has no activation, z is uniform; nothing is doubtful."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gan = ll.load_generator(real_folder / "celeba32-dcgan.pt")
    data = load_file(real_folder / "celeba32-dcgan.reference.safetensors")
    found = ll.render(gan, LatentCode(data["in.z"][:, None], LatentSpace.Z))
    torch.testing.assert_close(found, data["out.image"], atol=1e-4, rtol=0)
    assert names_of(gan) == ("none", *["leaky_relu:0.2"] * 3)
    facts = ll.describe(gan)
    assert (facts["distribution"], facts["z_dim"], facts["num_ws"]) == ("uniform", 100, 1)
    assert facts["image"] == {"height": 32, "width": 32, "channels": 3}
    inferred = facts["details"]["inferred"]
    assert [line.split(" (")[0] for line in inferred] == [
        "distribution: uniform",
        "activation of layer 0: none",
        *[f"activation of layer {i}: leaky_relu:0.2" for i in (1, 2, 3)],
    ]
    assert "misfit" in inferred[0]
    assert "next normal, margin" in inferred[0]
    assert inferred[-1].endswith("(assumed from other layers)")
    assert "warnings" not in facts["details"]
    assert min(choice.margin or 99 for choice in gan.network.settings.inference) > 20


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
@pytest.mark.parametrize("between", list(ACTIVATIONS))
def test_inference_finds_what_was_trained(between: str, distribution: str, tmp_path: Path) -> None:
    """Every candidate, without a doubt, in the names of torch's tutorial."""
    net = stack("first4 up4 up4 up4", between=between, distribution=distribution)
    renamed = {str(i): f"main.{i}" for i in range(len(net))}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gan = ll.load_generator(write(net, tmp_path, renamed))
    assert (names_of(gan), gan.spec.distribution) == ((between,) * 3, distribution)
    assert gan.details["dialect"] == "dcgan-stack"
    assert_same_image(gan, net)


def test_inference_tells_layers_apart(tmp_path: Path) -> None:
    """Each layer is judged alone; the last one, which no norm follows, goes with the most."""
    net = stack("first4 plain3 up4 up4", between=("none", "tanh", "tanh"))
    assert names_of(ll.load_generator(write(net, tmp_path))) == ("none", "tanh", "tanh")
    net = stack("first4 plain3 up4 up4", between=("relu", "none", "none"))
    gan = ll.load_generator(write(net, tmp_path))
    assert names_of(gan) == ("relu", "none", "none")  # of two equals the nearest to the image


def test_layers_without_norm_share_one_activation(tmp_path: Path) -> None:
    """A norm two layers up still tells, also of the distribution when the first layer has none."""
    net = stack("first4! plain3 up4", (32, 24, 3), "leaky_relu:0.2", "uniform", bias=True)
    gan = ll.load_generator(write(net, tmp_path))
    assert (names_of(gan), gan.spec.distribution) == (("leaky_relu:0.2",) * 2, "uniform")
    assert_same_image(gan, net)
    net = stack("first4 plain3! up4 up4", between="tanh")
    gan = ll.load_generator(write(net, tmp_path))
    assert names_of(gan) == ("tanh",) * 3
    assert_same_image(gan, net)


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
        gan = ll.load_generator(write(net, tmp_path), activation="relu", distribution="normal")
        assert gan.spec.img_size == size
        assert gan.spec.img_channels == channels[-1]
        assert gan.spec.layers[0].channels == channels[0]
        assert_same_image(gan, net)


def test_norms_without_scale_and_shift(tmp_path: Path) -> None:
    """`affine=False` leaves running statistics alone in the file."""
    net = stack("first4 up4 up4", (32, 24, 3), affine=False)
    assert_same_image(ll.load_generator(write(net, tmp_path)), net)


@pytest.mark.parametrize(
    "names",
    [
        ["deconv1", "deconv1_bn", "deconv2", "deconv2_bn", "deconv3", "deconv3_bn", "deconv4"],
        ["module.a.8", "module.a.9", "module.b.10", "module.b.11", "module.c.0", "module.c.1", "out.0"],
        ["main.0", "main.1", "main.3", "main.4", "main.6", "main.7", "main.9"],
        ["main.6", "main.7", "main.9", "main.10", "main.12", "main.13", "main.100"],
        ["conv1", "bn1", "conv2", "bn2", "conv3", "bn3", "conv4"],
    ],
)
def test_names_do_not_matter(names: list[str], tmp_path: Path) -> None:
    """In the order of the file, and sorted as safetensors sorts them."""
    net = stack("first4 up4 up4 up4")
    modules = [name for name, module in net.named_children() if list(module.parameters())]
    path = write(net, tmp_path, dict(zip(modules, names, strict=True)))
    known = {"activation": "relu", "distribution": "normal"}
    assert_same_image(ll.load_generator(path, **known), net)
    save_file(torch.load(path, weights_only=True), tmp_path / "stack.safetensors")
    assert_same_image(ll.load_generator(tmp_path / "stack.safetensors", **known), net)


def test_norms_listed_after_all_convolutions(tmp_path: Path) -> None:
    """As a class lists them that makes its convolutions first; numbers pair them."""
    net = stack("first4 up4 up4 up4")
    renamed = {"0": "conv1", "3": "conv2", "6": "conv3", "9": "conv4", "1": "bn1", "4": "bn2", "7": "bn3"}
    assert_same_image(ll.load_generator(write(net, tmp_path, renamed)), net)


def test_options_override_inference(tmp_path: Path) -> None:
    """What is given is taken, and what is not given is still inferred."""
    net = stack("first4 up4 up4 up4", between="leaky_relu:0.2", distribution="uniform")
    path = write(net, tmp_path)
    gan = ll.load_generator(path, activation="relu", distribution="normal")
    assert (names_of(gan), gan.spec.distribution) == (("relu",) * 3, "normal")
    assert "inferred" not in gan.details
    gan = ll.load_generator(path, activation="elu, none,leaky_relu")
    assert (names_of(gan), gan.spec.distribution) == (("elu", "none", "leaky_relu"), "uniform")
    assert [line.split(":")[0] for line in gan.details["inferred"]] == ["distribution"]
    gan = ll.load_generator(path, activation=["leaky_relu"] * 3, distribution="uniform")
    assert_same_image(gan, net)
    gan = ll.load_generator(path, distribution="uniform")
    assert names_of(gan) == ("leaky_relu:0.2",) * 3
    assert len(gan.details["inferred"]) == 3


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


def test_our_own_file_states_what_was_inferred(tmp_path: Path) -> None:
    """Saved and loaded again, nothing is inferred anew and the image is the same."""
    net = stack("first4 up4 plain3 up4", between="leaky_relu:0.1", distribution="uniform", bias=True)
    gan = ll.load_generator(write(net, tmp_path))
    again = ll.load_generator(ll.save_generator(gan, tmp_path / "own.safetensors"))
    assert again.network.settings == gan.network.settings
    assert again.spec == gan.spec
    assert "inferred" not in again.details
    assert_same_image(again, net)


def test_statistics_that_have_not_settled_are_doubted(tmp_path: Path) -> None:
    """Batch norms that still hold their first values fit no candidate: warned of, and recorded."""
    net = stack("first4 up4 up4", (32, 24, 3), batches=0)
    with pytest.warns(UserWarning, match="no candidate fits the batch-norm statistics") as caught:
        gan = ll.load_generator(write(net, tmp_path))
    told = [str(warning.message) for warning in caught]
    assert told == ll.describe(gan)["details"]["warnings"]
    assert told[0].startswith("The distribution was taken to be ")
    assert told[0].endswith("Pass distribution= if you know better.")
    assert all(choice.misfit is None or choice.misfit > LARGE_MISFIT for choice in gan.network.settings.inference)


def test_a_small_margin_is_doubted(tmp_path: Path) -> None:
    """A slope halfway between two candidates fits both alike."""
    net = stack("first4 up4 up4 up4", between="leaky_relu:0.1")
    for index in (2, 5, 8):
        net[index] = nn.LeakyReLU(0.15)
    settle(net, "normal", 12)
    with pytest.warns(UserWarning, match=r"leaky_relu:0.[12] fits almost as well \(margin 1"):
        gan = ll.load_generator(write(net.eval(), tmp_path))
    doubtful = gan.network.settings.inference[1]
    assert doubtful.margin is not None
    assert doubtful.margin < SMALL_MARGIN
    assert doubtful.misfit is not None
    assert doubtful.misfit < LARGE_MISFIT
    assert "Pass activation= if you know better." in gan.details["warnings"][0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_same_image(ll.load_generator(tmp_path / "stack.pt", activation="leaky_relu:0.15"), net)


def test_a_stack_that_tells_nothing_is_doubted(tmp_path: Path) -> None:
    """One norm, after the first layer: it tells of the latent, and of no activation."""
    net = stack("first4 up4", (32, 3))
    with pytest.warns(UserWarning, match="taken to be relu, but nothing in the file tells"):
        gan = ll.load_generator(write(net, tmp_path))
    assert gan.details["inferred"][1] == "activation of layer 0: relu (assumed from nothing)"


def test_projection_is_the_first_weight() -> None:
    """A z, reshaped, is the first convolution's output; SeFa's A has no other factor."""
    layers = (DCGANLayer(6, 5, first=True), DCGANLayer(5, 3, norm=False))
    network = untrained("dcgan", DCGANSettings(layers)).network
    z = torch.randn(2, 6)
    matrix = network.projection(0)
    assert matrix.shape == (5 * 4 * 4, 6)
    expected = network.synthesis.layer(0).convolution(z[..., None, None])
    torch.testing.assert_close((z @ matrix.T).view(2, 5, 4, 4), expected)


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "elu", "tanh", "none", "gelu", "silu", "selu"])
def test_forward_mode_equals_reverse_mode(name: str) -> None:
    """Pushed tangents make the same Jacobian as pulled gradients."""
    layers = (
        DCGANLayer(6, 5, (3, 2), first=True, bias=True),
        DCGANLayer(5, 4, (3, 3), transposed=False),
        DCGANLayer(4, 3, norm=False),
    )
    gan = untrained("dcgan", DCGANSettings(layers, (name,), "uniform", "sigmoid")).to(dtype=torch.float64)
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


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.safetensors")), ids=lambda path: path.stem)
def test_other_architectures_are_no_stacks(path: Path) -> None:
    """The loose names must not catch anybody else's generator."""
    tensors = parameters(path.stem)
    assert not tensors or DCGANStack().missing(tensors)


def test_a_discriminator_is_no_stack() -> None:
    """Plain convolutions that end in one number."""
    net = nn.Sequential(
        nn.Conv2d(3, 16, 4, 2, 1), nn.Conv2d(16, 32, 4, 2, 1), nn.BatchNorm2d(32), nn.Conv2d(32, 1, 4)
    )
    assert "does not lead from" in DCGANStack().missing(net.state_dict())[0]


def zeros(**shapes: tuple[int, ...]) -> dict[str, Tensor]:
    """Tensors by name, two underscores for a dot."""
    return {name.replace("__", "."): torch.zeros(shape) for name, shape in shapes.items()}


NORM = zeros(b__running_mean=(5,), b__running_var=(5,))
FIRST = zeros(a__weight=(6, 5, 4, 4)) | NORM


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        (FIRST | zeros(embed__weight=(10, 6)), "embed is neither a convolution nor a batch norm"),
        (FIRST | zeros(weight_orig=(6, 5, 4, 4)), "the top is neither a convolution nor a batch norm"),
        (FIRST | zeros(c__weight=(9, 3, 4, 4)), "c.weight of shape [9, 3, 4, 4] does not lead from 5"),
        (FIRST | zeros(c__weight=(9, 3, 4, 4)), "Conditional DCGANs, which join a class to the latent"),
        (FIRST | zeros(c__weight=(5, 8, 4, 4)), "2 convolutions end in 8 channels. Expected two or more"),
        (FIRST, "1 convolutions end in 5 channels"),
        (NORM | zeros(c__weight=(5, 3, 4, 4)), "Batch norm b follows no convolution"),
        (FIRST | zeros(a__bias=(4,)), "Batch norm b does not have the size of a"),
        (zeros(a__weight=(6, 5, 4, 4), c__weight=(5, 3, 4, 4)), "no tensor *running_mean"),
    ],
)
def test_what_is_no_stack_is_told_why(tensors: dict[str, Tensor], words: str) -> None:
    """Each gap in words, for the report of near misses; translating raises the same."""
    gaps = DCGANStack().missing(tensors)
    assert any(words in gap for gap in gaps), gaps
    if "neither" not in words and "no tensor" not in words:
        with pytest.raises(CheckpointError) as caught:
            DCGANStack().translate(Checkpoint(tensors, "here"))
        assert words in str(caught.value)


def test_a_conditional_stack_is_refused_with_its_reason(tmp_path: Path) -> None:
    """Two first layers, one for z and one for the class: the report of near misses says so."""
    tensors = FIRST | zeros(d__weight=(10, 5, 4, 4), e__weight=(10, 3, 4, 4))
    torch.save(tensors, tmp_path / "conditional.pt")
    with pytest.raises(CheckpointError, match="Conditional DCGANs, which join a class to the latent"):
        ll.load_generator(tmp_path / "conditional.pt")


CANONICAL = {
    "synthesis.layer0.deconv.weight": torch.zeros(6, 5, 4, 4),
    "synthesis.layer1.deconv.weight": torch.zeros(5, 3, 4, 4),
}


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"synthesis.layer1.conv.weight": torch.zeros(3, 5, 3, 3)}, "layer1 holds deconv and conv weights"),
        ({"synthesis.layer3.conv.weight": torch.zeros(3, 5, 3, 3)}, "layer2 holds no weights"),
        ({"synthesis.layer1.deconv.weight": torch.zeros(5, 3)}, "one convolution's weight of 4 axes"),
        ({"synthesis.layer1.norm.weight": torch.zeros(3)}, "lacks bias, running_mean, running_var"),
        ({"synthesis.layer1.deconv.weight": torch.zeros(4, 3, 4, 4)}, "Layer 1 takes 4 channels. Expected 5"),
        ({"synthesis.layer2.conv.weight": torch.zeros(3, 3, 2, 2)}, "of kernel [2, 2] was found"),
    ],
)
def test_contradicting_shapes_are_told(extra: dict[str, Tensor], words: str) -> None:
    """Canonical names with impossible shapes."""
    with pytest.raises(CheckpointError) as caught:
        DCGANArchitecture().settings(CANONICAL | extra, {"activation": "relu", "distribution": "normal"})
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"activation": "swoosh"}, "Unknown activation 'swoosh'. Expected one of none, relu,"),
        ({"activation": "leaky_relu:steep"}, "Unknown activation 'leaky_relu:steep'"),
        ({"activation": "relu,relu"}, "2 activations were given. Expected one for all, or 1"),
        ({"activation": 5}, "The activation 5 was given. Expected a name or a list of names"),
        ({"activation": [5]}, "The activation [5] was given"),
        ({"distribution": "cauchy"}, "Unknown distribution 'cauchy'. Expected one of normal, uniform"),
        ({"output_activation": "relu"}, "Unknown output_activation 'relu'. Expected one of tanh"),
    ],
)
def test_unknown_options_are_told(config: dict[str, object], words: str) -> None:
    """Wrong values for the three keywords."""
    with pytest.raises(CheckpointError) as caught:
        DCGANArchitecture().settings(CANONICAL, {"activation": "relu", "distribution": "normal"} | config)
    assert words in str(caught.value)


def test_the_latent_meets_the_first_layer_alone() -> None:
    """Settings made by hand."""
    with pytest.raises(CheckpointError, match="The latent meets another layer than the first"):
        DCGANSettings((DCGANLayer(6, 5), DCGANLayer(5, 3)))
    with pytest.raises(CheckpointError, match="A plain convolution as first layer was found"):
        DCGANLayer(6, 5, (3, 3), transposed=False, first=True)


def test_activations_by_name() -> None:
    """The slope after the colon, and 0.2 without one."""
    x = torch.tensor([-1.0, 2.0])
    assert activation("leaky_relu")(x).tolist() == pytest.approx([-0.2, 2.0])
    assert activation("leaky_relu:0.01")(x).tolist() == pytest.approx([-0.01, 2.0])
    assert activation("none")(x).tolist() == [-1.0, 2.0]
