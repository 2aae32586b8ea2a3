"""DCGAN-type networks of PyTorch's own layers, with batch-norm statistics of random latents."""

from __future__ import annotations

from pathlib import Path

import latent_levers as ll
import torch
from latent_levers.core.concepts.latent_code import LatentCode, LatentSpace
from latent_levers.core.generators.architectures.dcgan.settings import DCGANSettings
from torch import Tensor, nn
from torch.nn import Conv2d, ConvTranspose2d

Z_DIM = 24
KNOWN: dict[str, object] = {"activation": "relu", "distribution": "normal"}
ACTIVATIONS = {
    "none": nn.Identity,
    "relu": nn.ReLU,
    "leaky_relu:0.1": lambda: nn.LeakyReLU(0.1),
    "leaky_relu:0.2": lambda: nn.LeakyReLU(0.2),
    "elu": nn.ELU,
    "tanh": nn.Tanh,
}
LAYERS = {
    "first4": lambda i, o, bias: ConvTranspose2d(i, o, 4, 1, 0, bias=bias),
    "first7": lambda i, o, bias: ConvTranspose2d(i, o, 7, 1, 0, bias=bias),
    "first_wide": lambda i, o, bias: ConvTranspose2d(i, o, (3, 5), 1, 0, bias=bias),
    "up2": lambda i, o, bias: ConvTranspose2d(i, o, 2, 2, 0, bias=bias),
    "up3": lambda i, o, bias: ConvTranspose2d(i, o, 3, 2, 1, 1, bias=bias),
    "up4": lambda i, o, bias: ConvTranspose2d(i, o, 4, 2, 1, bias=bias),
    "up5": lambda i, o, bias: ConvTranspose2d(i, o, 5, 2, 2, 1, bias=bias),
    "up6": lambda i, o, bias: ConvTranspose2d(i, o, 6, 2, 2, bias=bias),
    "plain1": lambda i, o, bias: Conv2d(i, o, 1, bias=bias),
    "plain3": lambda i, o, bias: Conv2d(i, o, 3, 1, 1, bias=bias),
    "plain5": lambda i, o, bias: Conv2d(i, o, 5, 1, 2, bias=bias),
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
    """A network of PyTorch layers with batch-norm statistics of some batches of latents.

    A name in the plan that ends in "!" has no batch norm after it; nor has the image layer.
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
    """Save the state under other module names, in that order, as a PyTorch file."""
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
    """Assert that the generator and the PyTorch layers render the same images."""
    z = torch.randn(4, Z_DIM)
    image = ll.render(gan, LatentCode(z[:, None], LatentSpace.Z))
    with torch.no_grad():
        torch.testing.assert_close(image, net(z[..., None, None]), atol=1e-5, rtol=1e-5)


def names_of(gan: ll.Generator) -> tuple[str, ...]:
    """The activations that the network applies."""
    settings = gan.network.settings
    assert isinstance(settings, DCGANSettings)
    return settings.activations
