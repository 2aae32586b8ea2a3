"""`describe`: what a generator is."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

from ..describing import describe
from .command import AbstractCommand, Talk
from .options import add_generator, open_generator


class Describe(AbstractCommand):
    """See `describing.describe`."""

    id = "describe"
    summary = "Show what a generator is: sizes, layers, options, licence, regions."
    example = "latent-levers describe portraits"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A generator."""
        add_generator(parser)

    def run(self, options: Namespace, talk: Talk) -> dict[str, Any]:
        """Print a table."""
        facts = describe(open_generator(options))
        image, details = facts["image"], facts["details"]
        size = f"{image['width']} x {image['height']} pixels, {image['channels']} channels"
        rows = {
            "architecture": facts["title"],
            "image": size,
            "z, w": f"{facts['z_dim']}, {facts['w_dim']} ({facts['distribution']})",
            "classes": facts["classes"] or "none",
            "spaces": ", ".join(facts["spaces"]),
            "parameters": f"{facts['parameters']:,}",
            "fingerprint": facts["fingerprint"],
            "licence": details.get("licence", "not stated"),
            "file": f"{details.get('file')}, {details.get('bytes', 0):,} bytes",
            "spelling": details.get("dialect", "the pack's own"),
            "regions": ", ".join(details.get("regions", {})) or "none named",
        }
        for name, value in rows.items():
            talk.say(f"{name:<14}{value}")
        for name, option in facts["options"].items():
            talk.say(f"{'option':<14}{name} = {option['value']}: {option['meaning']}")
        talk.say()
        talk.say(f"{'layer':>5}  {'name':<24}{'resolution':>10}{'channels':>10}")
        for layer in facts["layers"]:
            numbers = f"{layer['resolution']:>10}{layer['channels']:>10}"
            talk.say(f"{layer['index']:>5}  {layer['name']:<24}{numbers}")
        return facts
