"""The command line: one command per file in `commands/`, one line here."""

from __future__ import annotations

import importlib
import json
import os
import sys
import warnings
from collections.abc import Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import click

from ..base.errors import PackError
from .command import AbstractCommand, Options, Talk

COMMANDS = {
    "demo": "Find levers of the mouth and the eyes of eight seeds, pull them, draw all.",
    "describe": "Show what a generator is: sizes, layers, options, file, licence.",
    "sample": "Draw images from seeds, one PNG each, and a contact sheet.",
    "sefa": "Find global levers from the weights alone (SeFa).",
    "resefa": "Find levers that change a region and leave the rest (ReSeFa).",
    "edit": "Pull levers on images: a PNG per seed, lever and strength, and a sheet of all.",
    "sweep": "Draw levers at rising strength: several on the first seed, or one on every seed.",
    "traverse": "Film levers as they move, or seeds as they turn into each other.",
    "vary": "Write a batch of any size, seeds x levers x strengths or at random; resumes.",
    "combine": "Make levers of levers: a sum, or what is left of them without others.",
    "convert": "Write a generator as one safetensors file that says what it is and runs nothing.",
}
"""Each command, in the order of `--help`, with its summary: `commands/<name>.py` holds it as
`COMMAND` and is imported when the command is used, so that `--help` need not wait for torch."""

_WRONG, _STOPPED, _CLOSED = 2, 130, 141
"""Exit codes, as shells know them: bad input, Ctrl-C, and a reader that went away."""

_JSON = click.Option(["--json"], is_flag=True, help="print one JSON object, nothing else")


def load_command(name: str) -> AbstractCommand:
    """Import a command.

    Args:
        name: One of `COMMANDS`.

    Returns:
        The command.
    """
    return importlib.import_module(f".commands.{name}", __name__).COMMAND


class _LateCommand(click.Command):
    """A command that is imported only when it is parsed, run, or asked for its help."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """See `click.Command.get_params`."""
        if not self.params:
            command = load_command(str(self.name))
            self.params = [*command.parameters(), _JSON]
            self.epilog = f"Example: {command.example}"
        return super().get_params(ctx)


class _InOrder(click.Group):
    """Lists commands in the order of `COMMANDS`, in which people need them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """See `click.Group.list_commands`."""
        return list(self.commands)


def build_cli() -> click.Group:
    """The whole command line.

    Returns:
        A group of all commands; invoking one returns its exit code.
    """
    commands = [
        _LateCommand(name, help=summary, short_help=summary, callback=partial(_run, name))
        for name, summary in COMMANDS.items()
    ]
    group = _InOrder(
        "latent-levers",
        commands,
        help="Find the hidden levers of a trained GAN, and pull them.",
        epilog="GENERATOR is a file, or the bundled generator portraits, which is the default. "
        "README.md says how a shell completes commands and options.",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    return click.version_option(_version(), prog_name="latent-levers")(group)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: Words after `latent-levers`; none takes them from the process.

    Returns:
        Exit code: 0 done, 2 wrong input, 130 stopped by Ctrl-C, 141 the reader of the output is
        gone.

    Raises:
        SystemExit: The words cannot be parsed; its code is 2.
    """
    words = None if argv is None else list(argv)
    try:
        return build_cli().main(words, prog_name="latent-levers", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        raise SystemExit(error.exit_code) from None


def _run(name: str, *, json: bool, **typed: Any) -> int:
    """Run a command with what was typed, print its result, and return the exit code."""
    talk = Talk(json)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _warn
            result = load_command(name).run(Options(**typed), talk)
        if json:
            print(_as_json({**result, "files": talk.files}))
        elif talk.files:
            print("\n  ".join(["Wrote:", *talk.files]))
        sys.stdout.flush()
    except KeyboardInterrupt:
        _complain("stopped")
        return _STOPPED
    except BrokenPipeError:
        # The reader, such as head, has closed the pipe; Python must not try to write the rest.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        return _CLOSED
    except (PackError, OSError) as error:
        _complain(" ".join(str(error).split()))
        return _WRONG
    return 0


def _as_json(result: dict[str, Any]) -> str:
    """A result on one line."""
    return json.dumps(result, default=str)


def _version() -> str:
    """The version that is installed."""
    try:
        return version("latent-levers")
    except PackageNotFoundError:  # a checkout that was never installed, such as in custom_nodes
        package = importlib.import_module(__name__.rsplit(".core.", 1)[0])
        return str(getattr(package, "__version__", "unknown"))


def _warn(message: Warning | str, category: type[Warning], *_: object) -> None:
    """Show the pack's warnings as sentences; those of libraries are for their authors."""
    if category is UserWarning:
        _complain(f"note: {message}")


def _complain(text: str) -> None:
    """One line on stderr."""
    print(f"latent-levers: {text}", file=sys.stderr)
