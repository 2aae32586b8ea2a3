"""The format of pictures as an option; endings that people know are names of it, too."""

from __future__ import annotations

from typing import Any

import click


class PictureFormat(click.Choice):  # pyright: ignore[reportMissingTypeArgument]
    """A choice of formats, in which jpg is jpeg."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The format; see `click.Choice.convert`.

        Args:
            value: What was given.
            param: The option.
            ctx: Values of the options so far.

        Returns:
            One of the choices.
        """
        return super().convert("jpeg" if value == "jpg" else value, param, ctx)
