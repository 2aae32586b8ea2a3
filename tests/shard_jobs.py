"""A job of shards for tests of engines, in a file that other processes can import."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from latent_levers.core.base.atomic_files import write_atomically
from latent_levers.core.base.errors import PackError
from latent_levers.core.base.progress import Progress
from latent_levers.core.base.wording import warn
from latent_levers.core.batch.engines.job import AbstractJob


@dataclass(frozen=True)
class NumberJob(AbstractJob):
    """Writes the square of a shard's number, and who computed it with how many threads."""

    folder: Path
    dies_once: int = -1
    """Shard whose process is killed the first time."""
    dies: int = -1
    """Shard whose processes are always killed."""
    fails: int = -1
    """Shard that cannot be computed."""
    seconds: float = 0.0
    """Duration of a shard."""
    threads: int = 1

    def path(self, shard: int) -> Path:
        return self.folder / f"{shard}.txt"

    def steps(self, shard: int) -> int:
        return 10

    def is_done(self, shard: int) -> bool:
        return self.path(shard).exists()

    def run(self, shard: int, progress: Progress) -> None:
        warn("shards are squares")
        with (self.folder / "runs.log").open("a") as log:
            log.write(f"{shard}\n")
        deaths = self.folder / "died"
        if shard == self.dies or (shard == self.dies_once and not deaths.exists()):
            deaths.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if shard == self.fails:
            raise PackError(f"Shard {shard} is odd", "an even one", "Leave it out")
        for step in range(10):
            time.sleep(self.seconds / 10)
            progress(step + 1, 10)
        text = f"{shard**2} {torch.get_num_threads()} {os.getpid()}"
        write_atomically(self.path(shard), text.encode())

    def results(self) -> dict[int, int]:
        """Squares by shard."""
        files = self.folder.glob("[0-9]*.txt")
        return {int(path.stem): int(path.read_text().split()[0]) for path in files}

    def processes(self) -> set[int]:
        """Processes that computed them."""
        files = self.folder.glob("[0-9]*.txt")
        return {int(path.read_text().split()[2]) for path in files}
