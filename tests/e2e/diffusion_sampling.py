"""Checks of moved latents and of whole searches in ComfyUI's samplers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from diffusion_runs import apart, run_of, sampled, told

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


def hashes() -> Iterator[dict[str, Any]]:
    """What tells models apart: their weights, and strength and content of their patches."""
    import torch
    from comfy.weight_adapter import LoRAAdapter
    from latent_levers.nodes.diffusion import host
    from tiny_comfy_models import available, tiny_model

    model = tiny_model(next(kind for kind in available() if kind.name == "SD15"))
    weights = model.model.diffusion_model.state_dict()
    name = next(name for name, weight in weights.items() if weight.ndim == 2)
    rows, columns = weights[name].shape

    def patched(seed: int, strength: float, kind: str) -> str:
        draw = torch.Generator().manual_seed(seed)
        up, down = torch.randn(rows, 2, generator=draw), torch.randn(2, columns, generator=draw)
        change = LoRAAdapter(set(), (up, down, 1.0, None, None, None))
        clone = model.clone()
        given = change if kind == "adapter" else ("diff", (up @ down,))
        clone.add_patches({f"diffusion_model.{name}": given}, strength)
        return host.model_hash(clone)

    facts: dict[str, Any] = {"plain": [host.model_hash(model), host.model_hash(model.clone())]}
    with told(facts):
        for kind in ("adapter", "difference"):
            facts[kind] = [patched(seed, by, kind) for seed, by in ((1, 1.0), (2, 1.0), (1, 0.5))]
            facts[f"{kind} again"] = patched(1, 1.0, kind)
    yield facts
