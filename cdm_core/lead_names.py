"""The name of somebody new, typed beside the number: "Karim Mia 01712…"."""

import re
import unicodedata
from datetime import datetime

from cdm_core.digits import ascii_digits, visible
from cdm_core.note_contacts import read
from cdm_core.notes.judge import TextKind, looks_like_note
from cdm_core.thresholds import Thresholds

_MOST_WORDS = 5
_PHONE = re.compile(r"\+?\d[\d\s().-]{7,}")


def name_beside_phone(text: str, at: datetime, thresholds: Thresholds) -> str:
    """The name in a text that holds one phone; "" where the words beside it do not read like one.

    They do not where they say something (a note), or nothing but what is said beside a number ("call", "amar number").
    """
    words = " ".join(_PHONE.sub(" ", ascii_digits(visible(text))).strip(" ,:;|/-").split())
    if not 1 <= len(words.split()) <= _MOST_WORDS or not all(map(_in_names, words)):
        return ""
    note = read(words, at, thresholds)
    if looks_like_note(note) is not TextKind.SEARCH or not note.unparsed:
        return ""
    return words[words.find(note.unparsed[0]) : words.rfind(note.unparsed[-1]) + len(note.unparsed[-1])]


def _in_names(letter: str) -> bool:
    """Marks too: Bengali vowels are such."""
    return unicodedata.category(letter)[0] in "LM" or letter in " .'’-"
