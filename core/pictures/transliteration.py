"""Latin words for letters that no font has: romanised, or their number, never an empty box."""

from __future__ import annotations

import unicodedata

_CYRILLIC = "a b v g d e zh z i j k l m n o p r s t u f kh ts ch sh shch ' y ' e yu ya"
_GREEK = "a v g d e z i th i k l m n x o p r s s t y f ch ps o"

_TABLE = {
    **{chr(0x430 + number): latin for number, latin in enumerate(_CYRILLIC.split())},
    **{chr(0x3B1 + number): latin for number, latin in enumerate(_GREEK.split())},
    chr(0x451): "yo",
    chr(0x454): "ye",
    chr(0x456): "i",
    chr(0x457): "yi",
}
"""Small letters of Russian, Ukrainian and Greek, romanised."""

_SYLLABLES = ("HANGUL SYLLABLE ", "HIRAGANA LETTER ", "KATAKANA LETTER ")
"""Starts of the names of letters whose name ends in their sound."""


def composed(text: str) -> str:
    """Join letters with their accents, which some file systems store apart.

    Args:
        text: Any text.

    Returns:
        The text in Unicode's form NFC.
    """
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def is_shown(letter: str) -> bool:
    """Whether a character is drawn at all.

    Args:
        letter: One character.

    Returns:
        False for marks that only steer the direction and joining of letters, for control characters
        and for halves of characters.
    """
    return unicodedata.category(letter) not in ("Cf", "Cc", "Cs")


def romanised(letter: str) -> str:
    """Write a letter in ASCII.

    Args:
        letter: One character.

    Returns:
        Digits of any script as 0 to 9; accented letters without accents; Cyrillic, Greek, Korean
        and Japanese syllables by their sound; else its number, such as "[U+7B11]".
    """
    digit = unicodedata.digit(letter, None)
    if digit is not None:
        return str(digit)
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c)
    )
    if plain and plain.isascii():
        return plain
    base = _TABLE.get(letter.lower()) or _TABLE.get(plain.lower())
    if base is not None:
        return base if letter.islower() else base.capitalize()
    name = unicodedata.name(letter, "")
    if name.startswith(_SYLLABLES):
        return name.rpartition(" ")[2].lower()
    return f"[U+{ord(letter):04X}]"
