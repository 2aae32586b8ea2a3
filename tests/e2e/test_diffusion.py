"""The derivative of denoised pictures, and moved latents, in each ComfyUI's own samplers."""

from __future__ import annotations

import json
import os
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from installations import Installation
from what_was_tested import INSTALLATIONS, NO_COMFYUI, TESTED

HERE = Path(__file__).resolve().parent

WANTED = {"SD15", "SDXL", "SD3", "Flux"}
"""Networks that every ComfyUI has."""

installations = pytest.mark.parametrize(
    "comfyui",
    [pytest.param(each, id=each.name) for each in INSTALLATIONS if each.front_end is None]
    or [pytest.param(None, marks=pytest.mark.skip(reason=NO_COMFYUI))],
)


@lru_cache
def facts_of(comfyui: Installation, check: str) -> list[dict[str, Any]]:
    """What `diffusion_checks.py` finds in ComfyUI's own Python."""
    command = [comfyui.python, str(HERE / "diffusion_checks.py"), str(comfyui.folder), check]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=comfyui.folder, env=environment, check=False
    )
    lines = [line[6:] for line in done.stdout.splitlines() if line.startswith("FACTS ")]
    assert done.returncode == 0, done.stderr[-3000:]
    assert lines, done.stderr[-3000:]
    TESTED.append(f"ComfyUI {comfyui.version}: {check} of diffusion")
    return [json.loads(line) for line in lines]


LIMITS = {"torch.float32": (1e-5, 5e-3), "torch.bfloat16": (2e-2, 0.3)}
"""By type: how far both modes of differentiation may be apart, and central differences."""


@installations
def test_products_agree_in_every_network_and_type(comfyui: Installation) -> None:
    found = facts_of(comfyui, "derivatives")
    assert [facts for facts in found if "error" in facts] == []
    assert {facts["kind"] for facts in found} >= WANTED
    assert {facts["stored"] for facts in found} == {"float32", "bf16", "fp8"}
    for facts in found:
        modes, central = LIMITS[facts["dtype"]]
        assert facts["reproduced"] < 3e-6, facts
        assert facts["modes"] < modes, facts
        assert facts["forward"] < central, facts
        assert facts["noise"] < central, facts
    print(sorted({facts["kind"] for facts in found}))


@installations
def test_a_rope_that_drops_derivatives_is_refused(comfyui: Installation) -> None:
    found = facts_of(comfyui, "trap")
    assert [facts for facts in found if "error" in facts] == []
    text = (comfyui.folder / "comfy" / "ldm" / "flux" / "math.py").read_text(encoding="utf-8")
    fused = "ck.apply_rope" in text  # older ones have a plain formula, which nothing replaces
    for facts in found:
        refused = facts["refused"]
        if facts["planted"] == "none" or not fused:
            assert refused == "", facts
        elif (facts["planted"], facts["push"]) == ("absent", "central"):
            assert "cannot be differentiated" in refused, facts
        else:
            assert "differs from central differences" in refused, facts
            assert "drops" in refused, facts


@installations
def test_every_sampler_is_exact_at_0_and_moved_above(comfyui: Installation) -> None:
    found = facts_of(comfyui, "samplers")
    assert [facts for facts in found if "error" in facts] == []
    assert len({facts["sampler"] for facts in found}) > 25
    for facts in found:
        assert facts["repeatable"], facts
        assert facts["exact_at_0"], facts
        assert facts["moved"] > 3e-3, facts
        assert facts["chained"] < 0.03, facts  # two halves against the whole


@installations
def test_a_search_finds_levers_and_a_pull_does_what_they_say(comfyui: Installation) -> None:
    found = facts_of(comfyui, "search")
    assert [facts for facts in found if "error" in facts] == []
    for facts in found:
        if facts["effort"] == "cancelled":
            assert facts["evaluations"] == 25, facts  # the one that was running
            continue
        assert facts["inside"][0] > 0.4, facts  # a quarter is inside
        assert facts["cosine"] > (0.999 if facts["stored"] == "float32" else 0.8), facts
        assert (facts["backwards"] == 0) == (facts["effort"] == "forward-only")
        assert facts["push"] == (
            "central"
            if facts["stored"] == "float32" or facts["effort"] == "forward-only"
            else "forward"
        )
        assert facts["evaluations"] > 0, facts
        assert facts["seconds"] > 0, facts
    exact = {facts["kind"]: facts["values"][0] for facts in found if facts["effort"] == "exact"}
    quick = {facts["kind"]: facts["values"][0] for facts in found if facts["effort"] == "quick"}
    for kind, value in exact.items():
        assert quick[kind] > 0.7 * value, kind


@installations
def test_a_model_is_told_from_one_with_another_lora(comfyui: Installation) -> None:
    (facts,) = facts_of(comfyui, "hashes")
    assert "error" not in facts, facts
    plain, same = facts["plain"]
    assert plain == same
    for kind in ("adapter", "difference"):
        assert len({plain, *facts[kind]}) == 4, facts
        assert facts[f"{kind} again"] == facts[kind][0]
