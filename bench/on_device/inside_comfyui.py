"""Runs in a ComfyUI's own Python: `python -m bench.on_device.inside_comfyui FOLDER SETTING`.

The pack's own `nodes.host` moves the generator, as in every node; the other model is a plain
network in ComfyUI's `ModelPatcher`. Nothing of ComfyUI is replaced.
"""

from __future__ import annotations

import gc
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .check import Finding, Setting
from .checkout import register

_SHARE, _SMALL = 0.3, 8 << 20
"""Share of the free memory that the other model takes on a GPU, and its bytes elsewhere."""


def main() -> None:
    """Print each finding as a line of JSON."""
    folder, given = sys.argv[1:]
    setting = Setting(**json.loads(given))
    sys.argv[1:] = []  # ComfyUI reads them
    sys.path.insert(0, folder)  # before this repository, which has a folder `nodes` too
    from comfy.cli_args import args

    args.cpu = setting.device == "cpu"
    register()
    version = _version(Path(folder))
    for finding in findings(setting, version):
        print(json.dumps(asdict(finding)), flush=True)


def _version(folder: Path) -> str:
    """Such as "ComfyUI 0.3.64"."""
    place = folder / "comfyui_version.py"
    text = place.read_text(encoding="utf-8") if place.is_file() else ""
    found = re.search(r'__version__\s*=\s*"([^"]+)"', text)
    return f"ComfyUI {found[1] if found else 'of unknown version'}"


def findings(setting: Setting, version: str) -> Iterator[Finding]:
    """Load both, have the generator unloaded, and load it again.

    Args:
        setting: The device.
        version: Name of the installation.

    Yields:
        The findings.
    """
    import comfy.model_management as management
    import latent_levers as ll
    import torch
    from latent_levers.nodes import host

    from .workloads import grey_levels, workload

    device = management.get_torch_device()
    yield Finding(f"{version}: device is {setting.device}", float(device.type == setting.device),
                  least=1.0, note=str(device))  # fmt: skip
    given = workload(setting, "stylegan2-256")
    with torch.inference_mode(False):
        codes = ll.sample_latents(given.gan, 2, 0)
        expected = ll.render(given.gan, codes)
        loaded = host.loaded_gan(given.gan, "bench")
        free = management.get_free_memory(device)
        other = _other(int(free * _SHARE) if device.type != "cpu" else _SMALL)
    management.load_models_gpu([other])
    beside = management.get_free_memory(device)
    yield Finding(f"{version}: the other model alone", (free - beside) / 1e6, "MB",
                  note="of the device's free memory")  # fmt: skip
    with torch.inference_mode():  # as ComfyUI runs nodes
        with host.session(loaded, measuring=True) as session:
            options = session.jacobian_options("exact")
            yield from _used(session, codes, expected, version)
            levers = ll.resefa(
                session.generator, codes[:1], given.region, count=3, effort=options, solver="krylov"
            )
        yield Finding(f"{version}: levers found in a session", float(len(levers)), least=1.0)
        kept = _is_on(other, device)
        yield Finding(f"{version}: the other model is still loaded", float(kept), least=1.0)
        cache = options.cache
        assert cache is not None  # nodes share one
        yield Finding(f"{version}: Jacobians in the cache", float(len(cache)), least=1.0)
        management.unload_all_models()
        gc.collect()
        management.soft_empty_cache()
        yield Finding(
            f"{version}: Jacobians after all models were unloaded",
            float(len(cache)), "", 0.0,
        )  # fmt: skip
        if device.type != "cpu":
            given_back = management.get_free_memory(device) / free
            yield Finding(f"{version}: free memory then / before", given_back, least=0.9)
            there = loaded.generator.device.type == device.type
            yield Finding(f"{version}: the generator is still on the device", float(there), "", 0.0)
        with host.session(loaded) as session:
            again = ll.render(session.generator, codes)
    yield Finding(f"{version}: images after it was loaded again", grey_levels(again, expected),
                  "grey levels", 1.0)  # fmt: skip


def _used(session: Any, codes: Any, expected: Any, version: str) -> Iterator[Finding]:
    """Images of the generator, in a session as nodes open it."""
    import comfy.model_management as management
    import latent_levers as ll

    from .workloads import grey_levels

    on = session.generator.device.type == management.get_torch_device().type
    yield Finding(f"{version}: the generator is on the device", float(on), least=1.0)
    images = ll.render(session.generator, codes)
    difference = grey_levels(images, expected)
    yield Finding(f"{version}: images beside the other model", difference, "grey levels", 1.0)


def _other(size: int) -> Any:
    """Another model of that many bytes, as ComfyUI wraps its own."""
    import comfy.model_management as management
    import comfy.model_patcher
    from torch.nn import Linear, Sequential

    side = max(8, int((size / 8 / 4) ** 0.5))
    layers = [Linear(side, side, bias=False) for _ in range(8)]
    network = Sequential(*layers).requires_grad_(False)
    return comfy.model_patcher.ModelPatcher(
        network, management.get_torch_device(), management.unet_offload_device()
    )


def _is_on(patcher: Any, device: Any) -> bool:
    """Whether all of a model is on a device."""
    return all(each.device.type == device.type for each in patcher.model.parameters())


if __name__ == "__main__":
    main()
