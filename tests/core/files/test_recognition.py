"""Where generators lie in files, and what is said of files that hold none."""

from __future__ import annotations

import pytest
import torch
from cases import tiny
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.concepts.checkpoint import Checkpoint, KeySignature
from latent_levers.core.files.recognition import recognise
from latent_levers.core.files.roots import roots, without_wrappers
from torch import Tensor

STATE = tiny().network.state_dict()
"""A StyleGAN2 under canonical names."""


def under(prefix: str, scale: float = 1.0) -> dict[str, Tensor]:
    """The generator under a prefix."""
    return {f"{prefix}{name}": tensor * scale for name, tensor in STATE.items()}


@pytest.mark.parametrize(
    "prefix",
    [
        "",
        "module.",
        "g_ema.",
        "G_ema.module.",
        "generator_smooth.",
        "models.generator_smooth.",
        "models.module.generator_smooth.",
        "state_dict.generator.",
        "state_dict.G.",
        "state_dict.g_ema.",
        "state_dict.module.generator_ema.",
        "module.state_dict.decoder.",
        "params_ema.",
        "netG._orig_mod.",
    ],
)
def test_every_nesting(prefix: str) -> None:
    found = recognise(Checkpoint(under(prefix), "x.pt"))
    assert found.architecture == "stylegan2"
    assert set(found.tensors) == set(STATE)


def test_wrapped_parts() -> None:
    """Trainings wrap mapping and synthesis apart."""
    wrapped = {name.replace(".", ".module.", 1): tensor for name, tensor in STATE.items()}
    assert set(recognise(Checkpoint(wrapped, "x.pt")).tensors) == set(STATE)


def test_names_that_would_collide_are_left_alone() -> None:
    tensors = {"module.a": torch.zeros(1), "a": torch.ones(1)}
    assert dict(without_wrappers(Checkpoint(tensors, "x")).tensors) == tensors


@pytest.mark.parametrize(
    ("average", "last"),
    [
        ("g_ema.", "g."),
        ("G_ema.", "G."),
        ("models.generator_smooth.", "models.generator."),
        ("state_dict.generator_ema.", "state_dict.generator."),
        ("ema.", "generator."),
        ("state_dict.g_ema.", ""),
        ("avgG.", "netG."),
        ("netG_ema.", "netG."),
    ],
)
def test_the_running_average_is_preferred(average: str, last: str) -> None:
    tensors = {**under(last, 2.0), **under(average), "discriminator.x": torch.zeros(1)}
    found = recognise(Checkpoint(tensors, "x.pt"))
    torch.testing.assert_close(found.tensors["synthesis.b4.const"], STATE["synthesis.b4.const"])
    assert found.details["root"] == average.rstrip(".")


def test_roots_in_order() -> None:
    names = ["state_dict.G.a", "state_dict.g_ema.a", "g_ema.a", "G.model.a", "other.G.a"]
    expected = ["g_ema", "state_dict.g_ema", "state_dict", "G", "state_dict.G", "G.model", ""]
    assert roots(names) == expected


def test_a_dictionary_of_rivals_is_no_network() -> None:
    """Two stacks of convolutions could else be taken for one."""
    assert roots(["state_dict.netG.a", "state_dict.netD.a"]) == ["state_dict.netG", ""]
    assert roots(["D.a"]) == [""]


def test_settings_lie_under_the_root() -> None:
    config = {"G_ema.module.conv_clamp": 256, "G.conv_clamp": 1, "lr_multiplier": 0.01}
    found = recognise(Checkpoint(under("G_ema.module."), "x.pkl", config=config))
    assert found.config == {"conv_clamp": 256, "lr_multiplier": 0.01}


def test_what_lies_beside_a_root_stays_within_reach() -> None:
    """Of one name the nearer tensor counts; tensors of other dictionaries do not."""
    far, near, other = torch.zeros(1), torch.ones(1), torch.ones(2)
    tensors = {"mean": far, "state_dict.mean": near, "a": other, "b.c": other, **under("x.")}
    part = Checkpoint(
        {**tensors, "state_dict.decoder.weight": other, "state_dict.encoder.weight": other}, "x"
    ).under("state_dict.decoder")
    assert set(part.tensors) == {"weight"}
    assert set(part.beside) == {"mean", "a"}
    assert part.beside["mean"] is near


def test_an_unknown_file_gets_the_nearest_with_keys_and_shapes() -> None:
    tensors = under("g_ema.")
    del tensors["g_ema.mapping.fc0.weight"]
    tensors["g_ema.synthesis.b4.const"] = torch.zeros(1, 7, 4, 4)
    with pytest.raises(CheckpointError) as error:
        recognise(Checkpoint(tensors, "folder/near.pt"))
    message = str(error.value)
    assert "near.pt holds" in message
    assert "(g_ema.mapping.w_avg [5], " in message
    assert "Nearest: StyleGAN2 (" in message
    assert "no tensor mapping.fc0.weight of 2 axes" in message
    assert "synthesis.b4.const is [1, 7, 4, 4], not of 3 axes" in message
    assert message.count("StyleGAN2 (synthesis.b4.const") == 1, "its nearest root counts alone"


def test_signatures() -> None:
    """Patterns, numbers of axes, and names that must not be."""
    signature = KeySignature({"a.*.weight": 2, "b": 1}, forbidden=("c*",))
    assert signature.missing({"a.0.weight": torch.zeros(2, 2), "b": torch.zeros(1)}) == []
    gaps = signature.missing({"A.0.weight": torch.zeros(2, 2), "b": torch.zeros(3, 1), "c1": STATE})
    expected = ["no tensor a.*.weight of 2 axes", "b is [3, 1], not of 1 axes"]
    assert gaps == [*expected, "unexpected tensor c1"]
