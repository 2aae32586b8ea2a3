"""Run in ComfyUI's Python: what its `UNetModel` and its sampler make of a U-Net's tensors.

    python unet_model_outputs.py FOLDER_OF_COMFYUI GIVEN.safetensors RESULT.safetensors

GIVEN holds the tensors, `given.x`, `given.times` and `given.noise`, and in its header the class's
`arguments` and the number of `steps`. RESULT holds `output` of the class, and `sampled`, what
ComfyUI's Euler sampler makes of the noise.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def main() -> None:
    """Load the class, evaluate it, and sample with it."""
    folder, given, result = sys.argv[1:]
    sys.argv = [sys.argv[0], "--cpu"]
    sys.path.insert(0, folder)
    import comfy.options  # pyright: ignore[reportMissingImports]

    comfy.options.enable_args_parsing()
    import comfy.latent_formats  # pyright: ignore[reportMissingImports]
    import comfy.model_base  # pyright: ignore[reportMissingImports]
    import comfy.model_patcher  # pyright: ignore[reportMissingImports]
    import comfy.sample  # pyright: ignore[reportMissingImports]
    import comfy.supported_models_base  # pyright: ignore[reportMissingImports]
    import torch
    from safetensors import safe_open
    from safetensors.torch import load_file, save_file

    tensors = load_file(given)
    with safe_open(given, "pt") as file:
        header: dict[str, str] = file.metadata()
    x, times, noise = (tensors.pop(f"given.{name}") for name in ("x", "times", "noise"))

    class Latent(comfy.latent_formats.LatentFormat):  # pyright: ignore[reportUntypedBaseClass]
        latent_channels = noise.shape[1]

    class Config(comfy.supported_models_base.BASE):  # pyright: ignore[reportUntypedBaseClass]
        unet_extra_config: dict[str, Any] = {}
        latent_format = Latent
        sampling_settings = {"shift": 1.0}

    class Model(comfy.model_base.BaseModel):  # pyright: ignore[reportUntypedBaseClass]
        def extra_conds(self, **kwargs: Any) -> dict[str, Any]:
            return {}  # no text

    arguments = json.loads(header["arguments"]) | {"dtype": torch.float32}
    flow = comfy.model_base.ModelType.FLOW
    model = Model(Config(arguments), flow, device=torch.device("cpu")).eval()
    model.diffusion_model.load_state_dict(tensors)
    cpu = torch.device("cpu")
    patcher = comfy.model_patcher.ModelPatcher(model, cpu, cpu)
    text: list[Any] = [[torch.zeros(1, 4, 8), {}]]
    with torch.no_grad():
        output = model.diffusion_model(x, times)
        sampled = comfy.sample.sample(
            patcher, noise, int(header["steps"]), 4.0, "euler", "simple", text, text,
            torch.zeros_like(noise), disable_pbar=True, seed=0,
        )  # fmt: skip
    save_file({"output": output.contiguous(), "sampled": sampled.contiguous()}, result)


if __name__ == "__main__":
    main()
