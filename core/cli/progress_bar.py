"""A progress bar on stderr, so that stdout stays for results."""

from __future__ import annotations

import sys


class Bar:
    """Draws `progress(done, total)` with tqdm; silent where stderr is no terminal.

    Args:
        label: What is being done.
        shown: Whether to draw; none asks whether stderr is a terminal.
    """

    def __init__(self, label: str, shown: bool | None = None) -> None:
        from tqdm import tqdm  # here, so that `--help` need not wait for it

        disable = None if shown is None else not shown
        self._bar = tqdm(desc=label, disable=disable, leave=False, file=sys.stderr, miniters=1)

    def __call__(self, done: int, total: int) -> None:
        """Draw the state.

        Args:
            done: Steps done.
            total: Steps in all.
        """
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """Wipe the line, so that what is printed next stands alone."""
        self._bar.close()
