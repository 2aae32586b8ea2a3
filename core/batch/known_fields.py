"""Fields of a plan's file: those that nobody reads are refused, since they would change nothing."""

from __future__ import annotations

from dataclasses import fields as fields_of

from ..base.errors import FieldError
from ..base.json_fields import Fields, shown
from ..base.wording import suggestion


def check_known(fields: Fields, entry: type, *more: str) -> Fields:
    """Refuse fields that an entry does not have, such as those that were mistyped.

    Args:
        fields: Fields from untrusted JSON.
        entry: The dataclass whose fields they are.
        *more: Names that the file has besides.

    Returns:
        The same fields.

    Raises:
        FieldError: There is another field.
    """
    known = [*(field.name for field in fields_of(entry)), *more]
    unknown = [name for name in fields.values if name not in known]
    if not unknown:
        return fields
    raise FieldError(
        f"{fields.what} has the field {shown(unknown[0])}, which does not exist"
        f"{suggestion(unknown[0], known)}",
        ", ".join(known),
    )
