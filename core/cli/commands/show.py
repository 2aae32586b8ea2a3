"""`show`: what a file of levers, latent codes or a tuned generator holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ...base.errors import PackError
from ...concepts.checkpoint import Checkpoint
from ...concepts.directions import Directions
from ...concepts.latent_code import LatentCode, LatentSpace
from ...files.bundled import BUNDLED
from ...files.latent_files import LATENTS_FORMAT, load_latents
from ...files.loading import load_generator
from ...files.readers import read_with
from ...files.tuned_files import tuned_file
from ...files.writing import GENERATOR_FORMAT
from ...levers.direction_loading import READERS, load_directions
from ..command import AbstractCommand, Options, Output
from ..options import print_generator

_ROWS = 20
"""Most arrays that are printed."""

_NAME = 30
"""Letters of a fact's name up to which the values stand below each other."""

_SHOWN = 100
"""Characters of one fact that are printed."""


class Show(AbstractCommand):
    """Prints the facts of a file of levers or latent codes, or of a generator."""

    example = "latent-levers show out/mouth.safetensors"

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            click.Argument(["file"], type=click.Path(path_type=Path)),
            click.Option(
                ["--space"],
                type=click.Choice([space.value for space in LatentSpace]),
                help="read the arrays of another program as directions in this latent space",
            ),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        content = "levers or latent codes"
        if str(options.file) in BUNDLED and not options.file.exists():
            return _generator_facts(BUNDLED[str(options.file)], output)
        if options.file.exists() and not options.file.is_file():
            raise PackError(f"This is no file: {str(options.file)!r}", f"a file of {content}")
        checkpoint = read_with(options.file, READERS, content)
        written = checkpoint.details.get("format")
        tuned = tuned_file(checkpoint)
        if tuned is not None:
            facts = {"tuned from": tuned.base_name or "unknown", **tuned.facts}
        elif written == GENERATOR_FORMAT:
            return _generator_facts(options.file, output)
        elif written is None and options.space is not None:
            facts = _lever_facts(load_directions(options.file, space=options.space), output)
        elif written is None:
            facts = _array_facts(checkpoint, output)
        elif written == LATENTS_FORMAT:
            facts = _latent_facts(load_latents(options.file, space=options.space))
        else:
            facts = _lever_facts(load_directions(options.file, space=options.space), output)
        left_out = ("levers", "arrays")
        printed = {_printed(name): facts[name] for name in facts if name not in left_out}
        width = min(_NAME, max(12, *map(len, printed)))
        for name, value in printed.items():
            output.print(f"{name:<{width}}  {_printed(value)}")
        return facts


def _generator_facts(file: Path, output: Output) -> dict[str, Any]:
    """Facts of a generator, as `describe` prints them."""
    return print_generator(load_generator(file), output)


def _array_facts(checkpoint: Checkpoint, output: Output) -> dict[str, Any]:
    """Arrays of another program, which may be levers or latent codes."""
    arrays = {name: list(tensor.shape) for name, tensor in checkpoint.tensors.items()}
    for name, shape in list(arrays.items())[:_ROWS]:
        output.print(f"{_printed(name) or 'an array':<40}{shape}")
    if len(arrays) > _ROWS:
        output.print(f"and {len(arrays) - _ROWS} more")
    output.print(
        "Arrays of another program: use them with --levers or --latents, which say what is"
    )
    output.print("assumed of their latent space.")
    return {"container": checkpoint.container, "arrays": arrays}


def _lever_facts(levers: Directions, output: Output) -> dict[str, Any]:
    """Facts of levers; prints a line for each."""
    sigma = [None] * len(levers) if levers.sigma is None else levers.sigma.tolist()
    rows = [
        {"name": levers.label(index), "eigenvalue": value, "sigma": spread}
        for index, (value, spread) in enumerate(
            zip(levers.eigenvalues.tolist(), sigma, strict=True)
        )
    ]
    output.print(f"{'lever':<24}{'eigenvalue':>12}{'1 sigma':>10}")
    for row in rows:
        spread = "" if row["sigma"] is None else f"{row['sigma']:.3g}"
        output.print(f"{row['name']:<24}{row['eigenvalue']:>12.4g}{spread:>10}")
    details = {("space is" if name == "space" else name): v for name, v in levers.details.items()}
    return {
        "method": levers.method or "unknown",
        "space": levers.space.value,
        "numbers": levers.vectors.shape[1],
        "layers": "all" if levers.layers is None else list(levers.layers),
        "of layers": levers.num_ws or "unknown",
        "generator": levers.origin or "unknown",
        **details,
        "levers": rows,
    }


def _latent_facts(codes: LatentCode) -> dict[str, Any]:
    """Facts of latent codes."""
    return {
        "codes": len(codes),
        "space": codes.space.value,
        "numbers": list(codes.values.shape[1:]),
        "seeds": None if codes.seeds is None else list(codes.seeds),
        "truncation": codes.truncation_psi,
        "classes": None if codes.labels is None else codes.labels.argmax(dim=1).tolist(),
        "edited": codes.z_shift is not None or codes.style_shift is not None,
        "generator": codes.origin or "unknown",
    }


def _printed(value: Any) -> str:
    """A fact on one line, without control characters."""
    if isinstance(value, Mapping):
        value = ", ".join(f"{name} {entry}" for name, entry in value.items())
    text = "".join(letter if letter.isprintable() else " " for letter in str(value))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


COMMAND = Show()
