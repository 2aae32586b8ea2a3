"""Checks of the derivative and of moved latents in ComfyUI itself; prints one JSON line for each.

`python diffusion_checks.py COMFYUI CHECK` runs in ComfyUI's Python, which has no pytest.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

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


def run_of(kind: Any, sampler: str = "euler", **numbers: float) -> Any:
    """A sampler with four steps and guidance."""
    import torch
    from latent_levers.nodes.diffusion.stopping import SamplerRun
    from tiny_comfy_models import conditioning

    given = {"cfg": 2.5, "steps": 4, "seed": 11, "denoise": 1.0, **numbers}
    latent = {"samples": torch.zeros(kind.shape)}
    return SamplerRun(
        conditioning(kind, 1), conditioning(kind, 2), latent, sampler, "normal", given
    )


def sampled(model: Any, run: Any) -> tuple[Any, list[Any]]:
    """An ordinary run: its result, and the pictures that it reported."""
    import comfy.sample
    import torch

    pictures: list[Any] = []

    def report(step: int, denoised: Any, x: Any, total: int) -> None:
        pictures.append(denoised.clone())

    number, samples = run.numbers, run.latent["samples"]
    with torch.inference_mode():
        result = comfy.sample.sample(
            model,
            comfy.sample.prepare_noise(samples, int(number["seed"])),
            int(number["steps"]),
            number["cfg"],
            run.sampler,
            run.scheduler,
            run.positive,
            run.negative,
            samples,
            denoise=number["denoise"],
            noise_mask=run.latent.get("noise_mask"),
            callback=report,
            disable_pbar=True,
            seed=int(number["seed"]),
        )
    return result, pictures


def apart(one: Any, other: Any) -> float:
    """Norm of the difference, relative to the second."""
    return float((one.double() - other.double()).norm() / other.double().norm().clamp_min(1e-30))


def derivatives() -> Iterator[dict[str, Any]]:
    """Each kind of network in each type: reproduction, push, pull, forward mode."""
    import torch
    from latent_levers.core.diffusion.denoised_map import DenoisedMap, Derivative
    from latent_levers.core.diffusion.self_check import check_products
    from latent_levers.nodes.diffusion import host
    from tiny_comfy_models import STORED, available, tiny_model

    for kind in available():
        for stored in STORED:
            facts: dict[str, Any] = {"kind": kind.name, "stored": stored}
            with told(facts):
                model, run = tiny_model(kind, stored), run_of(kind)
                pictures = sampled(model, run)[1]
                weight = torch.zeros(kind.shape[-2:])
                weight[:4, :4] = 1

                def work(moment: Any) -> None:
                    dtype = host.compute_dtype(model)  # noqa: B023
                    facts["dtype"] = str(dtype)  # noqa: B023
                    facts["reproduced"] = apart(  # noqa: B023
                        moment.denoised(moment.latent),
                        pictures[moment.step],  # noqa: B023
                    )
                    how = Derivative(dtype, formulas=host.ROPES)
                    image = DenoisedMap(moment.denoised, moment.latent, how)
                    found = check_products(image, weight)  # noqa: B023
                    facts.update(noise=found.noise, dot=found.dot, spread=found.spread)  # noqa: B023
                    facts.update(forward_and_reverse(moment, dtype, host.ROPES))  # noqa: B023

                with torch.inference_mode():
                    host.at_step(model, run, 0.3, work)
            yield facts


def forward_and_reverse(moment: Any, dtype: Any, ropes: Any) -> dict[str, float]:
    """Both modes against each other, which no step limits: `<u, J v>` and `<J^T u, v>`."""
    import torch
    from latent_levers.core.diffusion.denoised_map import DenoisedMap, Derivative

    how = Derivative(dtype, push="forward", formulas=ropes)
    image = DenoisedMap(moment.denoised, moment.latent, how)
    draw = torch.Generator().manual_seed(5)
    worst = 0.0
    forward = central = None
    for _ in range(3):
        v = torch.randn(1, image.point.numel(), generator=draw)
        v /= v.norm()
        forward = image.push(v)[0]
        central = image.difference(v[0])
        u = forward / forward.norm()
        back = image.pull(u[None])[0]
        one, other = (
            float((u.double() * forward.double()).sum()),
            float(back.double() @ v[0].double()),
        )
        worst = max(worst, abs(one - other) / abs(one))
    return {"modes": worst, "forward": apart(forward, central)}


def trap() -> Iterator[dict[str, Any]]:
    """Without the formulas of rope, or with one that drops derivatives, the self-check refuses."""
    import torch
    from latent_levers.core.base.errors import SolveError
    from latent_levers.core.diffusion.denoised_map import DenoisedMap, Derivative
    from latent_levers.core.diffusion.self_check import check_products
    from latent_levers.nodes.diffusion import host
    from tiny_comfy_models import available, tiny_model

    def deaf(formula: Callable[..., Any]) -> Callable[..., Any]:
        def dropping(*given: Any) -> Any:
            with torch.no_grad():
                found = formula(*[each.detach() for each in given])
            return found

        return dropping

    for kind in available():
        if kind.name not in ("Flux", "Lumina2", "QwenImage", "WAN21_T2V"):
            continue
        for planted in ("none", "deaf", "absent"):
            for push in ("central", "forward"):
                facts: dict[str, Any] = {"kind": kind.name, "planted": planted, "push": push}
                with told(facts):
                    model, run = tiny_model(kind), run_of(kind)
                    formulas = {
                        "none": host.ROPES,
                        "deaf": {name: deaf(each) for name, each in host.ROPES.items()},
                        "absent": {},
                    }[planted]
                    weight = torch.zeros(kind.shape[-2:])
                    weight[:4, :4] = 1

                    def work(moment: Any) -> None:
                        how = Derivative(torch.float32, push, formulas=formulas)  # noqa: B023
                        image = DenoisedMap(moment.denoised, moment.latent, how)
                        try:
                            check_products(image, weight)  # noqa: B023
                            facts["refused"] = ""  # noqa: B023
                        except SolveError as error:
                            facts["refused"] = str(error)  # noqa: B023

                    host.at_step(model, run, 0.3, work)
                yield facts


SETTINGS = {"SD15": ((0.0, False), (0.5, False), (0.5, True)), "SD3": ((0.5, False),)}
"""Share of the steps before a move, and whether there is a noise mask; noise added and mixed in."""


def samplers() -> Iterator[dict[str, Any]]:
    """Every sampler that ComfyUI lists: reproduced, bit-exact at strength 0, moved above."""
    import comfy.samplers
    import torch
    from latent_levers.core.diffusion.region_levers import RegionLevers
    from latent_levers.nodes.diffusion import host
    from tiny_comfy_models import available, tiny_model

    kinds = {kind.name: kind for kind in available()}
    for name in SETTINGS:
        kind = kinds[name]
        model = tiny_model(kind)
        for sampler in comfy.samplers.KSampler.SAMPLERS:
            for at, masked in SETTINGS[name]:
                facts: dict[str, Any] = {"kind": name, "sampler": sampler, "at": at}
                facts["masked"] = masked
                with told(facts):
                    run = run_of(kind, sampler, steps=6)
                    if masked:
                        mask = torch.zeros(1, 1, *kind.shape[-2:])
                        mask[..., :4, :] = 1
                        run.latent["noise_mask"] = mask
                    plain, _ = sampled(model, run)
                    facts["repeatable"] = bool(torch.equal(plain, sampled(model, run)[0]))
                    moment = host.at_step(model, run, at, lambda moment: moment)
                    vector = torch.zeros(1, *kind.shape[1:])
                    vector[..., :4, :4] = torch.randn(
                        kind.shape[1], 4, 4, generator=torch.Generator().manual_seed(3)
                    )
                    vector /= vector.norm()
                    lever = RegionLevers(
                        vector,
                        vector,
                        torch.ones(1).double(),
                        torch.zeros(1).double(),
                        torch.full((1,), float(moment.latent.norm())).double(),
                        torch.zeros(1, *kind.shape[1:]),
                        torch.ones(kind.shape[-2:]),
                        moment.sigma,
                        11,
                        host.model_hash(model),
                    )
                    still, _ = sampled(host.pull(model, lever, 0, 0.0), run)
                    facts["exact_at_0"] = bool(torch.equal(still, plain))
                    change = {}
                    for strength in (0.05, 0.1):
                        pulled = host.pull(model, lever, 0, strength)
                        change[strength] = (sampled(pulled, run)[0] - plain).double()
                    facts["moved"] = float(change[0.1].norm() / plain.double().norm())
                    facts["ratio"] = float(change[0.1].norm() / change[0.05].norm())
                    twice = host.pull(host.pull(model, lever, 0, 0.05), lever, 0, 0.05)
                    facts["chained"] = apart(sampled(twice, run)[0] - plain, change[0.1])
                yield facts


def search() -> Iterator[dict[str, Any]]:
    """A whole search in a graph's conditions; what a pull does; cancelling."""
    import comfy.model_management as management
    import torch
    from latent_levers.core.diffusion.region_levers import EFFORTS
    from latent_levers.core.diffusion.search import SearchOptions
    from latent_levers.nodes.diffusion import host
    from tiny_comfy_models import available, tiny_model

    kinds = {kind.name: kind for kind in available()}
    for name, stored in (("SD15", "float32"), ("Flux", "float32"), ("SD3", "bf16")):
        kind = kinds[name]
        model, run = tiny_model(kind, stored), run_of(kind)
        mask = torch.zeros(64, 64)
        mask[:32, :32] = 1
        for effort in EFFORTS:
            facts: dict[str, Any] = {"kind": name, "stored": stored, "effort": effort}
            with told(facts), torch.inference_mode():
                options = SearchOptions(3, effort)
                levers = host.find(model, run, mask, 0.5, options)
                facts.update(levers.facts, values=levers.values.tolist())
                facts["inside"] = levers.shares_inside().tolist()
                plain = host.at_step(model, run, 0.5, lambda m: m.denoised(m.latent))
                strength = 0.01 if stored == "float32" else 0.1  # above the rounding of its type
                pulled = host.pull(model, levers, 0, strength)
                moved = host.at_step(pulled, run, 0.5, lambda m: m.denoised(m.latent))
                change = (moved - plain).double().flatten()
                expected = levers.pictures[0].double().flatten()
                facts["cosine"] = float(change @ expected / (change.norm() * expected.norm()))
            yield facts
        facts = {"kind": name, "stored": stored, "effort": "cancelled"}
        with told(facts), torch.inference_mode():
            evaluations = [0]

            def count(executor: Any, *given: Any) -> Any:
                evaluations[0] += 1  # noqa: B023
                if evaluations[0] == 25:  # noqa: B023
                    management.interrupt_current_processing(True)
                return executor(*given)

            from comfy.patcher_extension import WrappersMP

            watched = model.clone()
            watched.add_wrapper_with_key(WrappersMP.PREDICT_NOISE, "count", count)
            try:
                host.find(watched, run, mask, 0.5)
            except management.InterruptProcessingException:
                facts["evaluations"] = evaluations[0]
        yield facts


@contextlib.contextmanager
def told(facts: dict[str, Any]) -> Iterator[None]:
    """Put an error into the facts instead of ending all checks."""
    try:
        yield
    except Exception as error:
        lines = traceback.format_exc().strip().splitlines()
        facts["error"] = f"{type(error).__name__}: {error} ({' | '.join(lines[-5:-1])})"


CHECKS = {"derivatives": derivatives, "trap": trap, "samplers": samplers, "search": search}


def main() -> None:
    """Run one check."""
    comfyui, check = sys.argv[1:3]
    sys.argv[1:] = []
    prepare(comfyui)
    for facts in CHECKS[check]():
        print("FACTS " + json.dumps(facts), flush=True)


if __name__ == "__main__":
    main()
