"""The interface of packs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...base.errors import PackError
from ...base.progress import Progress
from ..plan import Plan

if TYPE_CHECKING:
    from ..drawing import Drawer


class AbstractPack(ABC):
    """One way to store the pictures of a shard; the caller holds the shard's lock."""

    id: str
    """Short, unique, stable name."""
    others: tuple[tuple[str, str], ...] = ()
    """Patterns of files that other packs leave in a folder, and the id of the pack of each."""
    needs: tuple[str, str, str] | None = None
    """Arguments of `import_extra` for an optional package without which it cannot work, if any."""

    def check_folder(self, folder: Path) -> None:
        """Refuse a folder whose rows are stored in another pack, before any of them is drawn twice.

        Args:
            folder: Folder of the batch; it need not exist.

        Raises:
            PackError: It holds rows of another pack.
        """
        for pattern, pack in self.others:
            if any(file.is_file() and file.stat().st_size for file in folder.glob(pattern)):
                raise PackError(
                    f"{str(folder)!r} holds rows in the pack {pack!r}, not {self.id!r}",
                    "one pack in a folder",
                    "Go on with the pack of the folder. «another_folder»",
                )

    def files(self, folder: Path, shard: int) -> tuple[Path, ...]:
        """The files that are the shard, once it is done.

        Args:
            folder: Folder of the batch.
            shard: Number of the shard.

        Returns:
            Their paths; none for packs of a file per picture.
        """
        return ()

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
