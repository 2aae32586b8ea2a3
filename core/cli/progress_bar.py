"""A progress bar on stderr; stdout holds results only."""

from __future__ import annotations

import sys


class ProgressBar:
    """Draws `progress(done, total)` with tqdm.

    Args:
        label: Text left of the bar.
        shown: Whether to draw; none draws if stderr is a terminal.
    """

    def __init__(self, label: str, shown: bool | None = None) -> None:
        from tqdm import tqdm  # here, since it slows `--help` down

        disable = None if shown is None else not shown
        self._bar = tqdm(desc=label, disable=disable, leave=False, file=sys.stderr, miniters=1)

    def __call__(self, done: int, total: int) -> None:
        """Update the bar.

        Args:
            done: Steps done.
            total: Steps in all.
        """
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """Erase the bar."""
        self._bar.close()
