"""Limits on reading one file, and the errors that refuse it.

A file that comes from a stranger may be built to exhaust memory or time. So every step and every
byte is counted before it is spent, in proportion to the size of the file.
"""

from __future__ import annotations

from ....base.errors import CheckpointError

STEPS = 400_000
"""Opcodes and visited entries per file; NVIDIA's pickles take about 150 per tensor."""

SPARE_BYTES = 64 << 20
"""Bytes that a file may allocate beyond four times its own size."""

TEXT_BYTES = 64 << 20
"""Longest single text; it may take four times that in memory."""

NESTING = 3
"""Deepest nesting of archives: a network's pickle holds one archive per storage."""

DEPTH = 32
"""Deepest nesting of dictionaries and modules; no checkpoint is nested deeper."""

REMEDY = "Download or save it again; if it is whole, ask its author for a state dict"
"""What to do about a file that cannot be read."""


class Reading:
    """The state of reading one file: its name for messages, and its remaining limits.

    Args:
        origin: File name.
        kind: The kind of file that it is read as, with its article, such as "a torch file".
        size: Size of the file in bytes.

    Attributes:
        nesting: Number of archives that are open at the moment, each inside the previous one.
        has_records: Whether the file holds instances of classes, which became `Record`s.
        first_call: Name of the first call that became an inert record, if any.
        withheld: Dotted names of entries that a call which was not run would have made, with the
            name of that call.
    """

    def __init__(self, origin: str, kind: str, size: int) -> None:
        self.origin = origin
        self.kind = kind
        self.nesting = 0
        self.has_records = False
        self.first_call: str | None = None
        self.withheld: dict[str, str] = {}
        self._steps = STEPS
        self._bytes = 4 * size + SPARE_BYTES

    def spend_steps(self, count: int = 1) -> None:
        """Count work against the limit.

        Args:
            count: Number of opcodes, or of entries visited or copied.

        Raises:
            CheckpointError: The file takes more steps than any generator's file needs.
        """
        self._steps -= count
        if self._steps < 0:
            raise self.excessive(f"takes more than {STEPS} steps to read")

    def spend_bytes(self, count: int) -> None:
        """Count memory against the limit, before it is allocated.

        Args:
            count: Number of bytes.

        Raises:
            CheckpointError: The file needs more memory than its size can justify.
        """
        self._bytes -= count
        if self._bytes < 0:
            raise self.excessive("asks for far more memory than its own size")

    def damaged(self, reason: str) -> CheckpointError:
        """The error for bytes that cannot be interpreted.

        Args:
            reason: What was found, without a full stop.

        Returns:
            The error, to be raised.
        """
        return CheckpointError(
            f"{self.origin} cannot be read as {self.kind} ({reason})",
            f"{self.kind} that is complete",
            REMEDY,
        )

    def refused(self, what: str) -> CheckpointError:
        """The error for a file that asks to run something.

        Args:
            what: The name that the file wants to run.

        Returns:
            The error, to be raised.
        """
        return CheckpointError(
            f"{self.origin} asks to run {what[:120]}, and nothing in a file is ever run",
            f"{self.kind} of tensors, numbers and text",
            "Ask its author for a state dict",
        )

    def excessive(self, what: str) -> CheckpointError:
        """The error for a file that exceeds a limit.

        Args:
            what: What the file does, without a full stop.

        Returns:
            The error, to be raised.
        """
        return CheckpointError(
            f"{self.origin} {what}",
            f"{self.kind} as generators are saved",
            "The file is damaged or malicious; get it from another source",
        )
