"""The U-Net's tensors in ComfyUI's `UNetModel`: the same outputs, and the same pictures."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
import torch
from installations import Installation
from latent_levers.core.diffusion.rectified_flow import sample, seeded_noise
from latent_levers.core.diffusion.unet import UNet, UNetSettings
from safetensors.torch import load_file, save_file
from what_was_tested import INSTALLATIONS, NO_COMFYUI

SCRIPT = Path(__file__).with_name("unet_model_outputs.py")
STEPS = 5


@pytest.mark.skipif(not INSTALLATIONS, reason=NO_COMFYUI)
@pytest.mark.parametrize("installation", INSTALLATIONS, ids=lambda found: found.name)
@pytest.mark.parametrize(
    "settings",
    [UNetSettings(), UNetSettings(12, 32, (1, 3, 3), (1, 2, 1), (False, True, True), 16)],
    ids=["bundled", "other"],
)
def test_comfyui_computes_the_same(
    installation: Installation, settings: UNetSettings, tmp_path: Path
) -> None:
    """Outputs to 1e-5 of their size, and Euler's pictures, whatever cfg is: there is no text."""
    torch.manual_seed(0)
    network = UNet(settings).eval().requires_grad_(False)
    for parameter in network.parameters():
        if not parameter.any():
            parameter.normal_(std=0.05)
    x, times = torch.randn(2, 12, 32, 32), torch.tensor([13.7, 900.0])
    noise = seeded_noise(range(2), (12, 32, 32))
    given, result = tmp_path / "given.safetensors", tmp_path / "result.safetensors"
    inputs = {"given.x": x, "given.times": times, "given.noise": noise}
    header = {"arguments": json.dumps(settings.unet_model_arguments()), "steps": str(STEPS)}
    save_file({**network.state_dict(), **inputs}, given, header)
    plain = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [installation.python, str(SCRIPT), str(installation.folder), str(given), str(result)]
    done = subprocess.run(command, env=plain, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = load_file(result)
    expected = network(x, times)
    assert (found["output"] - expected).abs().max() < 1e-5 * expected.abs().max()
    pictures = sample(network, noise, STEPS)
    assert (found["sampled"] - pictures).abs().max() < 1e-4 * pictures.abs().max()
