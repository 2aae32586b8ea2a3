"""Stacks under many names are recognised, and everything else is not, with reasons."""

from __future__ import annotations

from pathlib import Path

import latent_levers as ll
import pytest
import torch
from golden import FOLDER, parameters
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.concepts.checkpoint import Checkpoint
from latent_levers.core.files.dialects.dcgan_stack import DCGANStack
from safetensors.torch import save_file
from stacks import KNOWN, assert_same_image, stack, write
from torch import Tensor, nn
from torch.nn import Conv2d


def test_norms_without_scale_and_shift(tmp_path: Path) -> None:
    """`affine=False` leaves running statistics alone in the file."""
    net = stack("first4 up4 up4", (32, 24, 3), affine=False)
    assert_same_image(ll.load_generator(write(net, tmp_path)), net)


@pytest.mark.parametrize(
    "names",
    [
        ["deconv1", "deconv1_bn", "deconv2", "deconv2_bn", "deconv3", "deconv3_bn", "deconv4"],
        [
            "module.a.8",
            "module.a.9",
            "module.b.10",
            "module.b.11",
            "module.c.0",
            "module.c.1",
            "out.0",
        ],
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
    assert_same_image(ll.load_generator(path, **KNOWN), net)
    save_file(torch.load(path, weights_only=True), tmp_path / "stack.safetensors")
    assert_same_image(ll.load_generator(tmp_path / "stack.safetensors", **KNOWN), net)


def test_norms_listed_after_all_convolutions(tmp_path: Path) -> None:
    """As a class lists them that makes its convolutions first; numbers pair them."""
    net = stack("first4 up4 up4 up4")
    renamed = {
        "0": "conv1",
        "3": "conv2",
        "6": "conv3",
        "9": "conv4",
        "1": "bn1",
        "4": "bn2",
        "7": "bn3",
    }
    assert_same_image(ll.load_generator(write(net, tmp_path, renamed)), net)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.safetensors")), ids=lambda path: path.stem)
def test_other_architectures_are_no_stacks(path: Path) -> None:
    """The loose names must not catch anybody else's generator."""
    tensors = parameters(path.stem)
    assert not tensors or DCGANStack().missing(tensors)


def test_a_discriminator_is_no_stack() -> None:
    """Plain convolutions that end in one number."""
    net = nn.Sequential(
        Conv2d(3, 16, 4, 2, 1),
        Conv2d(16, 32, 4, 2, 1),
        nn.BatchNorm2d(32),
        Conv2d(32, 1, 4),
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
        (
            FIRST | zeros(weight_orig=(6, 5, 4, 4)),
            "the top is neither a convolution nor a batch norm",
        ),
        (
            FIRST | zeros(c__weight=(9, 3, 4, 4)),
            "c.weight of shape [9, 3, 4, 4] does not lead from 5",
        ),
        (
            FIRST | zeros(c__weight=(9, 3, 4, 4)),
            "Conditional DCGANs, which join a class to the latent",
        ),
        (
            FIRST | zeros(c__weight=(5, 8, 4, 4)),
            "2 convolutions end in 8 channels. Expected two or more",
        ),
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
    with pytest.raises(
        CheckpointError, match="Conditional DCGANs, which join a class to the latent"
    ):
        ll.load_generator(tmp_path / "conditional.pt")
