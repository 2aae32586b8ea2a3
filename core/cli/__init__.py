"""The command line: one command per file, one line here."""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from collections.abc import Sequence

from ..base.errors import PackError
from ..base.registry import Registry
from .command import AbstractCommand, Talk
from .commands.combine import Combine
from .commands.convert import Convert
from .commands.demo import Demo
from .commands.describe import Describe
from .commands.edit import Edit
from .commands.resefa import ReSeFa
from .commands.sample import Sample
from .commands.sefa import SeFa
from .commands.sweep import Sweep
from .commands.traverse import Traverse
from .commands.vary import Vary

COMMANDS: Registry[AbstractCommand] = Registry(
    "command",
    Demo(),
    Describe(),
    Sample(),
    SeFa(),
    ReSeFa(),
    Edit(),
    Sweep(),
    Traverse(),
    Vary(),
    Combine(),
    Convert(),
)
"""In the order of the list that `--help` shows."""

_WRONG, _STOPPED, _CLOSED = 2, 130, 141
"""Exit codes, as shells know them: bad input, Ctrl-C, and a reader that went away."""


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line.

    Returns:
        A parser whose result holds `command`.
    """
    parser = argparse.ArgumentParser(
        prog="latent-levers", description="Find the hidden levers of a trained GAN, and pull them."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for command in COMMANDS:
        part = commands.add_parser(
            command.id,
            help=command.summary,
            description=command.summary,
            epilog=f"example: {command.example}",
        )
        command.add_arguments(part)
        part.add_argument("--json", action="store_true", help="print one JSON object, nothing else")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: Words after `latent-levers`; none takes them from the process.

    Returns:
        Exit code: 0 done, 2 something does not fit, 130 stopped by Ctrl-C, 141 nobody reads on.
        Words that cannot be parsed exit with 2 at once.
    """
    options = build_parser().parse_args(argv)
    talk = Talk(options.json)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _warn
            result = COMMANDS[options.command].run(options, talk)
        if options.json:
            print(json.dumps({**result, "files": talk.files}, default=str))
        elif talk.files:
            print("\n  ".join(["Wrote:", *talk.files]))
        sys.stdout.flush()
    except KeyboardInterrupt:
        _complain("stopped")
        return _STOPPED
    except BrokenPipeError:
        # Whoever read, such as head, has seen enough; Python must not try to write the rest.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        return _CLOSED
    except (PackError, OSError) as error:
        _complain(" ".join(str(error).split()))
        return _WRONG
    return 0


def _warn(message: Warning | str, category: type[Warning], *_: object) -> None:
    """Show the pack's warnings as sentences; those of libraries are for their authors."""
    if category is UserWarning:
        _complain(f"note: {message}")


def _complain(text: str) -> None:
    """One line on stderr."""
    print(f"latent-levers: {text}", file=sys.stderr)
