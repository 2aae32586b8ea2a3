"""Checks of the derivative of denoised pictures in ComfyUI's networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from diffusion_runs import apart, run_of, sampled, told


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
