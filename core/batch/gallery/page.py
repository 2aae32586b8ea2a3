"""The gallery's page: one file that runs from a disk, with nothing from anywhere else."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_FILES = Path(__file__).resolve().parents[3] / "page" / "gallery"
"""Folder of the page's parts."""

_SCRIPTS = ("batch.js", "picks.js", "grid.js", "gallery.js")
"""Parts of the script in order; together they are one."""

_PLACE = re.compile(r"@(policy|title|style|batch|script)@")
"""Where parts go."""


def gallery_page(batch: Mapping[str, Any]) -> str:
    """Write the page of a batch.

    Args:
        batch: From `columns.gallery_columns`; any text in it may come from a stranger.

    Returns:
        HTML. Its policy lets nothing run but its own script, and loads nothing but pictures of the
        same disk or host.
    """
    script = "".join((_FILES / name).read_text(encoding="utf-8") for name in _SCRIPTS)
    style = (_FILES / "gallery.css").read_text(encoding="utf-8")
    policy = "; ".join(
        (
            "default-src 'none'",
            "img-src 'self' file: data:",
            f"script-src {_hash(script)}",
            f"style-src {_hash(style)}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    parts = {
        "policy": policy,
        "title": html.escape(f"{batch['name']} - Latent Levers"),
        "style": style,
        "batch": script_json(batch),
        "script": script,
    }
    template = (_FILES / "gallery.html").read_text(encoding="utf-8")
    return _PLACE.sub(lambda place: parts[place[1]], template)


def script_json(value: Any) -> str:
    """JSON for an element of a page, which no text in it can end.

    Args:
        value: Anything that JSON holds.

    Returns:
        ASCII without "<", ">" and "&".
    """
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hash(text: str) -> str:
    """What a policy names a script or a style by."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
