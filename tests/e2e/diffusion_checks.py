"""Checks of the derivative and of moved latents in ComfyUI itself; prints one JSON line for each.

`python diffusion_checks.py COMFYUI CHECK` runs in ComfyUI's Python, which has no pytest.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def prepare(comfyui: str) -> None:
    """Make ComfyUI, on the CPU, and the pack importable."""
    sys.path[:0] = [comfyui, str(HERE)]
    from comfy.cli_args import args

    args.cpu = True
    if importlib.util.find_spec("latent_levers") is None:
        spec = importlib.util.spec_from_file_location(
            "latent_levers", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
        )
        package = importlib.util.module_from_spec(spec)
        sys.modules["latent_levers"] = package
        spec.loader.exec_module(package)


CHECKS = {
    "derivatives": "diffusion_derivatives",
    "trap": "diffusion_derivatives",
    "samplers": "diffusion_sampling",
    "search": "diffusion_sampling",
    "hashes": "diffusion_sampling",
}
"""The generators of facts, and the modules that they are in."""


def main() -> None:
    """Run one check."""
    comfyui, check = sys.argv[1:3]
    sys.argv[1:] = []
    prepare(comfyui)
    for facts in getattr(importlib.import_module(CHECKS[check]), check)():
        print("FACTS " + json.dumps(facts), flush=True)


if __name__ == "__main__":
    main()
