"""Small batches that several processes draw, and what they drew as one digest."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path

import latent_levers as ll
import numpy as np
from latent_levers.core.base.number_runs import NumberRuns
from latent_levers.core.base.seeds import SEEDS
from latent_levers.core.batch.codes_entry import CodesEntry
from latent_levers.core.batch.engines import ENGINES
from latent_levers.core.batch.engines.engine import EngineOptions
from latent_levers.core.batch.entries import PullEntry
from latent_levers.core.batch.jobs.plan_job import PlanJob, draw_shards
from latent_levers.core.batch.opening import generator_entry, levers_entry
from latent_levers.core.batch.plan import Plan
from latent_levers.core.batch.plan_file import PLAN, create_plan, read_plan
from latent_levers.core.batch.rows import RowsEntry
from PIL import Image


def small_plan(folder: Path, count: int = 40, shard_size: int = 8) -> Plan:
    """Make a plan of random rows of the bundled portraits, and write it into a folder.

    Args:
        folder: The folder; the levers lie beside it.
        count: Number of rows.
        shard_size: Rows of a shard.

    Returns:
        The plan.
    """
    gan, levers = ll.load_generator("portraits"), folder.parent / "levers.safetensors"
    if not levers.exists():
        ll.save_directions(ll.sefa(gan, count=3), levers)
    plan = Plan(
        generator_entry(gan, "portraits"),
        levers_entry(ll.load_directions(levers), str(levers)),
        CodesEntry(NumberRuns.parse("0-19", SEEDS, "seeds")),
        PullEntry(),
        RowsEntry("random", count, (0, 1, 2), (-3.0, 3.0), 5),
        batch_size=4,
        shard_size=shard_size,
    )
    return create_plan(folder / PLAN, plan)


def tar_digest(folder: Path, plan: Plan) -> str:
    """SHA-256 of pixels and labels of all rows in order, each of which must be there once.

    Args:
        folder: Folder of tar files.
        plan: Its plan.

    Returns:
        64 hex digits.
    """
    seen: dict[int, str] = {}
    for path in sorted(folder.glob("shard-*.tar")):
        with tarfile.open(path) as tar:
            members = tar.getmembers()
            for picture, label in zip(members[::2], members[1::2], strict=True):
                data, facts = (tar.extractfile(one).read() for one in (picture, label))
                row = json.loads(facts)["row"]
                assert picture.name == f"{row:012d}.png"
                assert label.name == f"{row:012d}.json"
                assert (picture.mtime, picture.uid) == (0, 0)
                assert row not in seen, f"row {row} is there twice"
                with Image.open(io.BytesIO(data)) as image:
                    pixels = np.asarray(image).tobytes()
                seen[row] = hashlib.sha256(pixels + facts).hexdigest()
    assert sorted(seen) == list(range(len(plan))), "a row is lost"
    return hashlib.sha256("".join(seen[row] for row in sorted(seen)).encode()).hexdigest()


def draw(folder: Path, engine: str, workers: int | None, pack: str) -> int:
    """Draw what the folder of a plan lacks.

    Args:
        folder: The folder.
        engine: Id of the engine.
        workers: Its processes; none means the usual.
        pack: Id of the pack.

    Returns:
        How many shards were drawn.
    """
    plan = read_plan(folder)
    job = PlanJob.of(plan, folder, pack=pack)
    return draw_shards(ENGINES[engine], job, range(plan.shards), EngineOptions(workers))


if __name__ == "__main__":
    print(draw(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]))
