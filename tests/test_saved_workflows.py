"""Saved workflows and prompts of earlier versions keep their meaning; needs no ComfyUI.

`tests/data/released_nodes.json` lists the inputs and outputs that saved workflows rely on.
"""

from __future__ import annotations

from typing import Any

import pytest
from node_facts import FACTS, TESTS, read_json

NODES: dict[str, Any] = {name: node for name, node in read_json(FACTS).items() if node["ours"]}

RELEASED: dict[str, Any] = read_json(TESTS / "data" / "released_nodes.json")

SOCKETS = ("IMAGE", "MASK", "GAN", "GAN_LATENT", "GAN_DIRECTIONS", "GAN_CROP")
"""Types of values that are only connected."""

of_released = pytest.mark.parametrize("name", RELEASED)


@of_released
def test_inputs_and_outputs_are_only_appended(name: str):
    """Workflows store values by position, and links by the number of the output."""
    inputs = [entry["name"] for entry in NODES[name]["inputs"]]
    before = list(RELEASED[name]["inputs"])
    assert inputs[: len(before)] == before
    outputs = [entry["name"] for entry in NODES[name]["outputs"]]
    assert outputs[: len(RELEASED[name]["outputs"])] == RELEASED[name]["outputs"]


@of_released
def test_prompts_without_new_inputs_run(name: str):
    """ComfyUI refuses a prompt that lacks a required input."""
    released = RELEASED[name]["inputs"]
    for entry in NODES[name]["inputs"]:
        needed = released.get(entry["name"], "optional") == "required"
        assert needed or not entry["required"], entry["name"]
        known = entry["name"] in released or entry["type"] in SOCKETS
        known = known or entry.get("forceInput", False)  # a socket, whatever its type
        assert known or "default" in entry, entry["name"]


BYPASSED = {
    "GANAverageLatent": {"latents": "latents"},
    "GANBeforeAfter": {"side by side": "before", "split": "after", "blink": "before"},
    "GANBlendLatents": {"latents": "first"},
    "GANCombineDirections": {"directions": "directions"},
    "GANCompositePhoto": {"photo": "photo"},
    "GANConcatenateLatents": {"latents": "first"},
    "GANCropPhoto": {"cut": "photo"},
    "GANDifferenceMap": {"maps": "before", "sheet": "after", "difference": "mask"},
    "GANExplorer": {
        "image": "photo",
        "latents": "latents",
        "directions": "directions",
        "mask": "mask",
        "frames": "photo",
    },
    "GANInterpolateClasses": {"latents": "latents"},
    "GANInvertPhoto": {"latents": "start", "reconstruction": "photo"},
    "GANLatentsFromBatch": {"latents": "latents"},
    "GANMixStyles": {"latents": "content"},
    "GANNameLevers": {"directions": "directions"},
    "GANNearestSeeds": {"latents": "latents"},
    "GANRankLevers": {"directions": "directions"},
    "GANSweep": {"latents": "latents", "transparency": "mask"},
    "GANTraverse": {"latents": "latents", "transparency": "mask"},
    "GANTruncateLatents": {"latents": "latents"},
    "GANTunePhoto": {"gan": "gan"},
    "GANVariations": {"latents": "latents", "transparency": "hold"},
    "LatentEdit": {"latents": "latents"},
    "RegionMask": {"mask": "mask"},
}
"""Bypassed nodes: which input passes to which output; nothing passes to all others."""


def passed(node: dict[str, Any]) -> dict[str, str]:
    """What ComfyUI's page passes through a bypassed node, by output.

    The input of the output's number if the types agree, else the first input of the type.
    """
    inputs = [(entry["name"], entry["type"]) for entry in node["inputs"]]
    found: dict[str, str] = {}
    for number, output in enumerate(node["outputs"]):
        same = [name for name, kind in inputs if kind == output["type"]]
        if output["type"] not in SOCKETS or not same:
            continue
        opposite, kind = inputs[number] if number < len(inputs) else ("", "")
        found[output["name"]] = opposite if kind == output["type"] else same[0]
    return found


@pytest.mark.parametrize("name", NODES)
def test_a_bypassed_node_passes_what_its_help_says(name: str):
    through = passed(NODES[name])
    assert through == BYPASSED.get(name, {})
    if name == "GANExplorer":  # its page says it in other words
        return
    page = (TESTS.parent / "web" / "docs" / f"{name}.md").read_text(encoding="utf-8")
    images = [one["name"] for one in NODES[name]["outputs"] if one["type"] == "IMAGE"]
    if through or images:
        (line,) = [line for line in page.splitlines() if line.startswith("**Bypassed**")]
        for value in through.values():
            assert value in line
        if set(images) - set(through):
            assert "image" in line or "pictures" in line, "an image does not pass"
