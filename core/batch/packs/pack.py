"""The interface of packs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...base.progress import Progress
from ..plan import Plan

if TYPE_CHECKING:
    from ..drawing import Drawer


class AbstractPack(ABC):
    """One way to store the pictures of a shard; the caller holds the shard's lock."""

    id: str
    """Short, unique, stable name."""

    @abstractmethod
    def missing(self, plan: Plan, folder: Path, rows: Sequence[int]) -> list[int]:
        """Which rows of a shard are not stored yet.

        Args:
            plan: The plan.
            folder: Folder of the batch.
            rows: Rows of one shard, rising.

        Returns:
            Those of them that `write` would draw.
        """

    def is_done(self, plan: Plan, folder: Path, shard: int) -> bool:
        """Whether all rows of a shard are stored.

        Args:
            plan: The plan.
            folder: Folder of the batch.
            shard: Number of the shard.

        Returns:
            True where nothing is left to draw.
        """
        return not self.missing(plan, folder, plan.shard(shard))

    @abstractmethod
    def write(
        self,
        drawer: Drawer,
        rows: Sequence[int],
        folder: Path,
        progress: Progress | None = None,
    ) -> int:
        """Draw and store rows of one shard.

        Args:
            drawer: Draws rows of the plan.
            rows: Rows of one shard, rising, as `missing` returned them.
            folder: Folder of the batch.
            progress: Called with (done, total) rows; may raise to cancel, which keeps what is
                stored.

        Returns:
            How many rows were drawn.
        """
