"""Networks that were saved whole: strides, paddings and activations are what their modules say."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import latent_levers as ll
import pytest
import torch
from latent_levers.core.base.errors import CheckpointError
from stacks import Z_DIM, assert_same_image, names_of
from torch import Tensor, nn
from torch.nn import BatchNorm2d, Conv2d, ConvTranspose2d, Linear


def settled(net: nn.Module) -> nn.Module:
    """The network with statistics of some random latents."""
    for module in net.modules():
        if isinstance(module, BatchNorm2d):
            module.momentum = None
    with torch.no_grad():
        for _ in range(6):
            net.train()(torch.randn(64, Z_DIM, 1, 1))
    return net.eval()


def sequence(*rows: tuple[Any, ...], end: nn.Module | None = None) -> nn.Sequential:
    """Transposed convolutions of outputs, kernel, stride, padding and more, with norms and ReLU."""
    modules: list[nn.Module] = []
    inputs = Z_DIM
    for index, (outputs, *geometry) in enumerate(rows):
        modules.append(ConvTranspose2d(inputs, outputs, *geometry))
        if index < len(rows) - 1:
            modules += [BatchNorm2d(outputs), nn.ReLU()]
        inputs = outputs
    return nn.Sequential(*modules, *([] if end is None else [end]))


SEQUENCES: dict[str, nn.Sequential] = {
    "digits, a first kernel of 1": sequence(
        (32, 1, 1, 0), (16, 7, 1, 0), (8, 4, 2, 1), (1, 4, 2, 1), end=nn.Sigmoid()
    ),
    "digits, no padding": sequence(
        (32, 3, 2, 0), (16, 4, 1, 0), (8, 3, 2, 0), (1, 4, 2, 0), end=nn.Tanh()
    ),
    "digits, cut at the end": sequence((16, 4, 1, 0), (8, 8, 8, 0), (1, 1, 1, 2), end=nn.Tanh()),
    "stride 3": sequence((16, 5, 1, 0), (8, 5, 3, 1), (3, 3, 1, 1), end=nn.Tanh()),
    "output padding": sequence((16, 4, 1, 0), (8, 3, 2, 1, 1), (3, 5, 3, 2, 2), end=nn.Tanh()),
    "no last activation": sequence((16, 4, 1, 0), (8, 4, 2, 1), (3, 4, 2, 1)),
    "first layer with padding": sequence((16, 4, 1, 1), (8, 4, 2, 1), (3, 4, 4, 0), end=nn.Tanh()),
    "not square": sequence((16, (3, 5), 1, 0), (8, (4, 3), (2, 1), (1, 0)), (3, 4, 2, 1)),
    "dilation": nn.Sequential(
        ConvTranspose2d(Z_DIM, 16, 3, 1, 0, dilation=2), BatchNorm2d(16, eps=1e-2),
        nn.LeakyReLU(0.3), ConvTranspose2d(16, 8, 3, 2, 2, 1, dilation=2), BatchNorm2d(8),
        nn.Softplus(), Conv2d(8, 3, 3, 1, 2, dilation=2), nn.Sigmoid(),
    ),
    "norm before the last activation": nn.Sequential(
        ConvTranspose2d(Z_DIM, 16, 4), BatchNorm2d(16), nn.GELU(),
        ConvTranspose2d(16, 3, 4, 2, 1), BatchNorm2d(3), nn.Tanh(),
    ),
    "dropout": nn.Sequential(
        ConvTranspose2d(Z_DIM, 16, 4), BatchNorm2d(16), nn.ReLU(), nn.Dropout2d(0.5),
        ConvTranspose2d(16, 3, 4, 2, 1), nn.Tanh(),
    ),
    "sequences in sequences": nn.Sequential(
        nn.Sequential(ConvTranspose2d(Z_DIM, 16, 4), BatchNorm2d(16)),
        nn.Sequential(nn.Sequential(ConvTranspose2d(16, 3, 2, 2)), nn.Sigmoid()),
    ),
}  # fmt: skip
"""Stacks that shapes do not determine."""


def bounded(image: Tensor, net: nn.Module) -> Tensor:
    """The image in [-1, 1], as a sigmoid's is shown."""
    sigmoid = any(isinstance(module, nn.Sigmoid) for module in net.modules())
    return image * 2 - 1 if sigmoid else image


class Bounded(nn.Module):
    """A network whose image is shown in [-1, 1]."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, z: Tensor) -> Tensor:
        return bounded(self.net(z), self.net)


@pytest.mark.parametrize("wrapped", ["alone", "in a dictionary", "parallel"])
@pytest.mark.parametrize("title", SEQUENCES)
def test_sequences_are_drawn_as_torch_draws_them(title: str, wrapped: str, tmp_path: Path) -> None:
    net = settled(SEQUENCES[title])
    content: Any = net
    if wrapped == "in a dictionary":
        content = {"netG": net, "netD": Linear(2, 1), "epoch": 3}
    if wrapped == "parallel":
        content = nn.DataParallel(net)
    torch.save(content, tmp_path / "net.pt")
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="The (file|activation|network)")
        gan = ll.load_generator(tmp_path / "net.pt")
    assert_same_image(gan, Bounded(net))
    own = ll.load_generator(ll.save_generator(gan, tmp_path / "own.safetensors"))
    assert own.network.settings == gan.network.settings
    assert_same_image(own, Bounded(net))


class Tutorial(nn.Module):
    """A sequence, and a last activation in code."""

    def __init__(self) -> None:
        super().__init__()
        self.main = sequence((16, 4, 1, 0), (8, 3, 2, 0), (3, 4, 2, 0), end=nn.Tanh())

    def forward(self, z: Tensor) -> Tensor:
        return self.main(z)


class ByHand(nn.Module):
    """Modules in the order of their kinds; code says how they are run."""

    def __init__(self) -> None:
        super().__init__()
        self.up1, self.up2 = ConvTranspose2d(Z_DIM, 16, 4), ConvTranspose2d(16, 8, 4, 1)
        self.up3 = ConvTranspose2d(8, 3, 4, 2, 0)
        self.bn1, self.bn2 = BatchNorm2d(16), BatchNorm2d(8)
        self.act, self.last = nn.LeakyReLU(0.2), nn.Tanh()

    def forward(self, z: Tensor) -> Tensor:
        x = self.act(self.bn1(self.up1(z)))
        return self.last(self.up3(self.act(self.bn2(self.up2(x)))))


class Functional(nn.Module):
    """Activations in code alone."""

    def __init__(self) -> None:
        super().__init__()
        self.up1, self.bn1 = ConvTranspose2d(Z_DIM, 16, 4), BatchNorm2d(16)
        self.up2, self.bn2 = ConvTranspose2d(16, 8, 4, 1), BatchNorm2d(8)
        self.up3 = ConvTranspose2d(8, 3, 4, 2, 0)

    def forward(self, z: Tensor) -> Tensor:
        x = nn.functional.elu(self.bn1(self.up1(z)))
        return torch.tanh(self.up3(nn.functional.elu(self.bn2(self.up2(x)))))


@pytest.mark.parametrize("kind", [Tutorial, ByHand, Functional])
def test_classes_of_their_own(kind: type[nn.Module], tmp_path: Path) -> None:
    """What code decides is inferred; strides and paddings are stated."""
    torch.manual_seed(3)
    net = settled(kind())
    torch.save({"G": net}, tmp_path / "net.pt")
    assert_same_image(ll.load_generator(tmp_path / "net.pt"), net)


def test_given_options_override_the_file(tmp_path: Path) -> None:
    torch.save(settled(SEQUENCES["no last activation"]), tmp_path / "net.pt")
    gan = ll.load_generator(tmp_path / "net.pt", activation="elu", padding=[0, 1, 0])
    assert names_of(gan) == ("elu", "elu")
    assert gan.spec.img_size == (18, 18)
    with pytest.raises(CheckpointError, match="make images of 16 x 16 pixels, not of 28 x 28"):
        ll.load_generator(tmp_path / "net.pt", img_resolution=28, distribution="normal")


class View(nn.Module):
    """A module without weights."""

    def forward(self, x: Tensor) -> Tensor:
        return x


def test_a_module_of_unknown_code_is_told(tmp_path: Path) -> None:
    net = settled(nn.Sequential(View(), *SEQUENCES["dropout"]))
    torch.save(net, tmp_path / "net.pt")
    with pytest.warns(UserWarning, match=r"a module 0 of class .*View, whose code is not run"):
        gan = ll.load_generator(tmp_path / "net.pt")
    assert_same_image(gan, net)


FIRST = (ConvTranspose2d(Z_DIM, 16, 4), BatchNorm2d(16), nn.ReLU())


@pytest.mark.parametrize(
    ("modules", "words"),
    [
        ((*FIRST, nn.Upsample(scale_factor=2), Conv2d(16, 3, 3, 1, 1)), "of class Upsample"),
        ((*FIRST, nn.PReLU(), ConvTranspose2d(16, 3, 4)), "3 is neither"),
        ((*FIRST, Conv2d(16, 3, 3, 1, 1, padding_mode="reflect")), "the padding mode 'reflect'"),
        ((*FIRST, Conv2d(16, 3, 3, 2, 1)), "A plain convolution of stride 2, padding 1"),
        ((*FIRST, nn.ELU(0.5), ConvTranspose2d(16, 3, 4)), "class ELU with alpha 0.5"),
        (
            (ConvTranspose2d(Z_DIM, 16, 4), nn.ReLU(), BatchNorm2d(16), ConvTranspose2d(16, 3, 4)),
            "an activation before a batch norm",
        ),
    ],
)
def test_what_is_no_plain_stack_is_refused(
    modules: tuple[nn.Module, ...], words: str, tmp_path: Path
) -> None:
    torch.save(nn.Sequential(*modules), tmp_path / "net.pt")
    with pytest.raises(CheckpointError, match=words):
        ll.load_generator(tmp_path / "net.pt")
