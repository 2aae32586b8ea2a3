"""What batch-norm statistics tell of activations and latents, and of their own worth."""

from __future__ import annotations

import warnings
from pathlib import Path

import latent_levers as ll
import pytest
import torch
from latent_levers.core.concepts.latent_code import LatentCode, LatentSpace
from latent_levers.core.generators.architectures.dcgan import inference as dcgan_inference
from latent_levers.core.generators.architectures.dcgan.choices import LARGE_MISFIT, SMALL_MARGIN
from safetensors.torch import load_file
from stacks import ACTIVATIONS, assert_same_image, names_of, settle, stack, write
from torch import nn


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


def test_a_norm_after_the_image_layer(tmp_path: Path) -> None:
    """It tells the last activation, which is then not assumed."""
    net = stack("first4 up4 up4", (32, 24, 3), ("relu", "tanh"))
    net.insert(len(net) - 1, nn.BatchNorm2d(3, momentum=None))
    settle(net, "normal", 12)
    gan = ll.load_generator(write(net.eval(), tmp_path))
    assert names_of(gan) == ("relu", "tanh")
    assert "assumed" not in str(gan.details["inferred"])
    assert_same_image(gan, net)


@pytest.mark.filterwarnings("ignore:The activation of layer")
def test_large_features_take_fewer_latents(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The choice stands, even where memory allows for one latent only."""
    path = write(stack("first4 up4 up4 up4", between="tanh"), tmp_path)
    for bounds, count in (((2**9, 2**26), 32), ((2**9, 2**13), 16), ((1, 1), 1)):
        monkeypatch.setattr(dcgan_inference, "FEATURES", bounds)
        assert dcgan_inference._affordable(512) == count
        gan = ll.load_generator(path, distribution="normal")
        assert names_of(gan) == ("tanh",) * 3


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


def test_our_own_file_states_what_was_inferred(tmp_path: Path) -> None:
    """Saved and loaded again, nothing is inferred anew and the image is the same."""
    net = stack(
        "first4 up4 plain3 up4", between="leaky_relu:0.1", distribution="uniform", bias=True
    )
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
    assert told[0].endswith("If you know better, give distribution=...")
    misfits = [choice.misfit for choice in gan.network.settings.inference]
    assert min(misfit for misfit in misfits if misfit is not None) > LARGE_MISFIT


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
    assert "If you know better, give activation=..." in gan.details["warnings"][0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_same_image(
            ll.load_generator(tmp_path / "stack.pt", activation="leaky_relu:0.15"), net
        )


def test_a_stack_that_tells_nothing_is_doubted(tmp_path: Path) -> None:
    """One norm, after the first layer: it tells of the latent, and of no activation."""
    net = stack("first4 up4", (32, 3))
    with pytest.warns(UserWarning, match="taken to be relu, but nothing in the file determines it"):
        gan = ll.load_generator(write(net, tmp_path))
    assert gan.details["inferred"][1] == "activation of layer 0: relu (assumed from nothing)"
