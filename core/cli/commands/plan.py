"""`plan`: a plan of a batch as a file, which `vary` draws."""

from __future__ import annotations

from typing import Any

import click

from ...base.wording import counted
from ...batch.plan_file import create_plan
from ..batch_options import plan_options, row_parameters
from ..command import AbstractCommand, Options, Output
from ..outputs import output_file


class PlanBatch(AbstractCommand):
    """Calls `plan_file.create_plan`."""

    example = (
        "latent-levers plan portraits --levers out/mouth.safetensors --seeds 0-99999 --mode random "
        "--count 1000000 --out out/batch/plan.json"
    )

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [*row_parameters(), *output_file("out/vary/plan.json", "the plan", ".json")]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        plan = create_plan(options.out, plan_options(options, options.out, shared=True).plan)
        output.add_file(options.out)
        output.print(
            f"{counted(len(plan), 'row')} in {counted(plan.shards, 'shard')}, drawn "
            f"{plan.batch_size} at a time; the first is {plan[0].caption}."
        )
        output.print(f"Draw them with: latent-levers vary --plan {options.out}")
        about = {"rows": len(plan), "shards": plan.shards, "batch_size": plan.batch_size}
        return {**about, "digest": plan.digest, "plan": str(options.out)}


COMMAND = PlanBatch()
