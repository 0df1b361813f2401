"""Digits as people type them: Bengali, Arabic-Indic, full-width; and characters nobody sees."""

import re
import unicodedata

_FOREIGN_DIGIT = re.compile(r"[^\D0-9]")


def ascii_digits(text: str) -> str:
    """``text`` with every decimal digit of any script as 0-9 ("০১৭" → "017"); nothing else changes."""
    return _FOREIGN_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), text)


def visible(text: str) -> str:
    """``text`` without control and invisible characters, every run of white space one space, ends trimmed.

    Phones pasted from WhatsApp and contact cards carry direction marks (U+202A…), Bengali text joiners (U+200C…).
    """
    kept = "".join(
        " " if char.isspace() else "" if unicodedata.category(char) in ("Cc", "Cf", "Cs") else char for char in text
    )
    return " ".join(kept.split())
