"""The interface of work that is divided into shards."""

from __future__ import annotations

from abc import ABC, abstractmethod

from ...base.progress import Progress


class AbstractJob(ABC):
    """Work in shards, each a pure function of the job and of its number.

    A job is a small value that pickles: it names files and holds no network and no picture. A shard
    writes its result to a folder that every process sees, atomically and last of all, so that the
    result's presence means that the shard is done. A shard that is run twice writes the same bytes.
    """

    threads: int
    """Threads of torch in each process; sums are bit-equal for one number of threads."""

    @abstractmethod
    def steps(self, shard: int) -> int:
        """Size of a shard, for progress.

        Args:
            shard: Its number, from 0.

        Returns:
            Steps, at least 1.
        """

    @abstractmethod
    def is_done(self, shard: int) -> bool:
        """Whether the result of a shard is there.

        Args:
            shard: Its number.

        Returns:
            Whether it is, without a look at its content.
        """

    @abstractmethod
    def run(self, shard: int, progress: Progress) -> None:
        """Compute a shard and write its result.

        Args:
            shard: Its number.
            progress: Called with (done, total) steps of this shard; may raise to cancel.

        Raises:
            PackError: It cannot be computed.
        """
