"""Inputs and outputs of the nodes that save and load files."""

from __future__ import annotations

from comfy_api.latest import io

from .file_names import KEEP_BOTH, REPLACE
from .folders import NEWEST, FileKind


def file_to_save_inputs(
    default: str, example: str, others: str
) -> tuple[io.String.Input, io.Combo.Input]:
    """Name of the file to save, and what happens if it exists.

    Args:
        default: Default of the name.
        example: A name with a folder, for the tooltip.
        others: What an existing file contains, with its verb, for the tooltip.

    Returns:
        The inputs "name" and "existing".
    """
    name = io.String.Input(
        "name",
        default=default,
        tooltip=f"Name of the file; it may contain a folder, as in {example}.",
    )
    existing = io.Combo.Input(
        "existing",
        options=[KEEP_BOTH, REPLACE],
        default=KEEP_BOTH,
        tooltip=f"What happens if {others} saved under that name. keep both: the new file gets a "
        "number. replace: the old file is overwritten.",
    )
    return name, existing


def saved_file_output(tooltip: str) -> io.String.Output:
    """Name of the file that was written.

    Args:
        tooltip: Its tooltip.

    Returns:
        The output "file".
    """
    return io.String.Output("file", display_name="file", tooltip=tooltip)


def file_to_load_inputs(kind: FileKind) -> tuple[io.Combo.Input, io.String.Input]:
    """The file to load: an entry of the list, or a name from the node that saved it.

    Args:
        kind: Kind of file.

    Returns:
        The inputs "saved" and "file".
    """
    saved = io.Combo.Input(
        "saved",
        options=kind.names(),
        default=NEWEST,
        tooltip=f"The file, in models/{kind.id}; (newest) is the most recently saved one.",
    )
    file = io.String.Input(
        "file",
        optional=True,
        force_input=True,
        tooltip=f"Name of a file, from {kind.saver}; it takes precedence over the list.",
    )
    return saved, file
