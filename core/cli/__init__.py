"""The command line: one command per file in `commands/`, one line here."""

from __future__ import annotations

import errno
import importlib
import io
import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import click

from ..base.errors import PackError
from ..base.idle_threads import let_idle_threads_sleep
from ..base.wording import PackWarning
from .command import AbstractCommand, Options, Output, harmless
from .interrupts import interrupts_deferred
from .outputs import files_before, refuse_to_replace
from .wording import COMMAND_LINE

COMMANDS = {
    "demo": "Find levers of the mouth and the eyes on eight seeds, and draw them all.",
    "describe": "Show what a generator is: sizes, layers, options, file, licence.",
    "show": "Show what a file of levers or latent codes holds.",
    "sample": "Render seeds: one PNG each, and a contact sheet.",
    "sefa": "Find global levers from the weights alone (SeFa).",
    "resefa": "Find levers that change a region and leave the rest alone (ReSeFa).",
    "lowrankgan": "Find levers of a region by robust PCA (LowRankGAN), to compare with resefa.",
    "stylespace": "Find single style channels that act in a region (StyleSpace).",
    "ganspace": "Find global levers along which random codes vary most (GANSpace).",
    "interfacegan": "Find a lever for an attribute from labelled images (InterFaceGAN).",
    "score": "Find a lever for an attribute or a change between two pictures; or rank levers.",
    "explore": "Find and pull levers live, in a browser: the explorer without ComfyUI.",
    "invert": "Find the latents of photographs, which edit and explore take.",
    "tune": "Fit a generator to photographs, for edits that change everything, such as the pose.",
    "edit": "Pull levers on images: a PNG per seed, lever and strength, and a contact sheet.",
    "sweep": "Draw levers at rising strengths: several on the first seed, or one on every seed.",
    "evaluate": "Judge levers: what changes outside of a region at an equal change inside.",
    "traverse": "Animate levers as they move, or interpolate from seed to seed.",
    "plan": "Plan a batch of any size as a file, which vary draws in parts and on any machine.",
    "vary": "Write a batch of seeds x levers x strengths, or at random; resumes if interrupted.",
    "check": "Check every picture of a batch: zeroed, truncated, doubled, missing; and repair it.",
    "gallery": "Write a page to look through a batch, keep and drop pictures, without a server.",
    "export": "Write a batch as a data set with a column for each lever.",
    "combine": "Combine levers: add them up, remove others from them, or join two files.",
    "convert": "Write a generator as one safetensors file, which holds its settings and no code.",
}
"""Name and summary of each command, in the order of `--help`. Its file in `commands/` defines it as
`COMMAND`, and is imported when the command is used, so that `--help` does not import torch."""

_FOLDERS: Mapping[str, str] = {
    "check": "batches.",
    "export": "batches.",
    "gallery": "batches.",
    "invert": "photos.",
    "tune": "photos.",
}
"""Commands whose file is in a folder of `commands/`."""

_FAILED, _BAD_INPUT, _INTERRUPTED, _BROKEN_PIPE = 1, 2, 130, 141
"""Exit codes by the conventions of shells: an unexpected error, bad input, Ctrl-C (SIGINT), and
SIGPIPE."""

_FULL = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))
"""Errors of a disk that is full, or of a file that may not grow."""

_REASON = 300
"""Characters of an unexpected error that are printed."""

_OF_ALL = (
    click.Option(["--json"], is_flag=True, help="print one JSON object and nothing else"),
    click.Option(["--debug"], is_flag=True, help="show where an unexpected error comes from"),
)
"""Options of every command."""


def load_command(name: str) -> AbstractCommand:
    """Import a command.

    Args:
        name: One of `COMMANDS`.

    Returns:
        The command.
    """
    with interrupts_deferred():
        module = importlib.import_module(f".commands.{_FOLDERS.get(name, '')}{name}", __name__)
    return module.COMMAND


class _LazyCommand(click.Command):
    """A command whose module is imported when its options are parsed or its help is shown."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """See `click.Command.get_params`."""
        if not self.params:
            try:
                command = load_command(str(self.name))
            except KeyboardInterrupt:  # click would print an empty line first
                raise click.Abort from None
            self.params = [*command.parameters(), *_OF_ALL]
            self.epilog = f"Example: {command.example}"
        return super().get_params(ctx)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """See `click.Command.get_help_option`."""
        return _in_our_style(super().get_help_option(ctx))


class _OrderedGroup(click.Group):
    """A group whose help lists the commands in the order of `COMMANDS`, not alphabetically."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """See `click.Group.list_commands`."""
        return list(self.commands)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """See `click.Command.get_help_option`."""
        return _in_our_style(super().get_help_option(ctx))


def _in_our_style(option: click.Option | None) -> click.Option | None:
    """Reword click's `--help` like the help texts of all other options."""
    if option is not None:
        option.help = "print this help"
    return option


def build_cli() -> click.Group:
    """Build the command line.

    Returns:
        A group of all commands; invoking one returns its exit code.
    """
    commands = [
        _LazyCommand(name, help=summary, short_help=summary, callback=partial(_run, name))
        for name, summary in COMMANDS.items()
    ]
    group = _OrderedGroup(
        "latent-levers",
        commands,
        help="Find the hidden levers of a trained GAN, and pull them.",
        epilog="GENERATOR is a file, or the name of a bundled generator: portraits (64 pixels, "
        "the default) or portraits-128. "
        "README.md explains completion in the shell.",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    return click.version_option(_version(), prog_name="latent-levers", help="print the version")(
        group
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: Arguments after `latent-levers`; none means those of the process.

    Returns:
        Exit code: 0 for success, 1 for an unexpected error, 2 for bad input, 3 where `check` found
        something, 130 after Ctrl-C, 141 if the reader of the output closed the pipe.

    Raises:
        SystemExit: The arguments cannot be parsed; its code is 2.
    """
    arguments, stdout = None if argv is None else list(argv), sys.stdout
    let_idle_threads_sleep()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a console may lack letters of a name
            stream.reconfigure(errors="replace")
    if any("\0" in word for word in arguments or ()):  # the system passes none
        return _refused(PackError("The command line holds a NUL character", "names without one"))
    try:
        code = build_cli().main(arguments, prog_name="latent-levers", standalone_mode=False)
        sys.stdout.flush()  # what `--help` printed, while a closed pipe can still be told
        return code
    except click.ClickException as error:
        _print_error(_in_one_line(error))
        raise SystemExit(error.exit_code) from None
    except (PackError, OSError) as error:  # of an option, or of printing the help
        return _refused(error)
    except (click.Abort, KeyboardInterrupt):  # Ctrl-C while a command was imported
        _print_error("stopped")
        return _INTERRUPTED
    except Exception as error:  # of an option
        if "--debug" in (arguments or sys.argv):
            raise
        return _unexpected(error)
    except SystemExit:  # of completion; or click found that the reader of the help closed the pipe
        if sys.stdout is not stdout:
            return _closed()
        raise


def _run(name: str, *, json: bool, debug: bool, **parameters: Any) -> int:
    """Run a command with its parsed parameters, print its result, and return the exit code."""
    output = Output(json)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            command = load_command(name)
            refuse_to_replace(command.parameters(), parameters)
            there = files_before(command.parameters(), parameters)
            result = command.run(Options(**parameters), output)
        output.finish(result, there.replaced(output.files))
        sys.stdout.flush()
    except KeyboardInterrupt:
        _print_error("stopped")
        return _INTERRUPTED
    except (PackError, OSError) as error:
        return _refused(error)
    except click.ClickException:
        raise
    except MemoryError:
        _print_error("The memory is full. Use fewer seeds at once, or close other programs.")
        return _FAILED
    except Exception as error:
        if debug:
            raise
        return _unexpected(error)
    return output.exit_code


def _unexpected(error: Exception) -> int:
    """Print an error that nobody expected on one line, and return the exit code."""
    reason = " ".join(f"{type(error).__name__}: {error}".split())[:_REASON]
    _print_error(
        f"Unexpected error ({reason}). This is a mistake of Latent Levers; please report it with "
        "what --debug prints."
    )
    return _FAILED


def _closed() -> int:
    """End without a word where a reader such as head has closed the pipe, and return the code."""
    # Python must not flush the rest into the pipe at exit.
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    return _BROKEN_PIPE


def _refused(error: Exception) -> int:
    """Print an error of bad input, or of the disk, on one line, and return the exit code."""
    if isinstance(error, BrokenPipeError):
        return _closed()
    if isinstance(error, OSError) and error.errno in _FULL:
        where = f" while writing {error.filename}" if error.filename else ""
        _print_error(
            f"The disk is full{where} ({error.strerror}). What is complete was kept. Free some "
            "space, or choose another folder with --out."
        )
        return _FAILED
    words = error.worded(COMMAND_LINE) if isinstance(error, PackError) else str(error)
    _print_error(" ".join(words.split()))
    return _BAD_INPUT


def _in_one_line(error: click.ClickException) -> str:
    """A mistake in the command line, and where to look."""
    words = " ".join(error.format_message().split())
    if isinstance(error, click.UsageError) and error.ctx is not None:
        words += "" if words.endswith((".", "?", "!")) else "."
        words += f" See {error.ctx.command_path} --help."
    return words


def _version() -> str:
    """The version of the installed package."""
    try:
        return version("latent-levers")
    except PackageNotFoundError:  # a checkout that was never installed, such as in custom_nodes
        package = importlib.import_module(__name__.rsplit(".core.", 1)[0])
        return str(getattr(package, "__version__", "unknown"))


def _show_warning(message: Warning | str, *_: object) -> None:
    """Print the pack's own warnings as notes; ignore others."""
    if isinstance(message, PackWarning):
        _print_error(f"note: {COMMAND_LINE.word(message.advice)}")


def _print_error(text: str) -> None:
    """Print one line on stderr."""
    print(f"latent-levers: {harmless(text)}", file=sys.stderr)
