"""Text cut into tokens, and words brought to one spelling, alike for the lexicon and for what people type."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from cdm_core.digits import ascii_digits


class Kind(StrEnum):
    WORD = "word"
    NUMBER = "number"
    CLOCK = "clock"
    DATE = "date"
    PHONE = "phone"
    PLUS = "plus"
    DASH = "dash"
    STOP = "stop"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Token:
    """A stretch ``[start, end)`` of the raw text; ``form`` is a word's one spelling or a number in ASCII digits."""

    kind: Kind
    start: int
    end: int
    form: str


_BENGALI = "\u0980-\u09e5\u09f0\u09f1\u09fc-\u09fe\u200c\u200d"
_LETTER = r"(?:(?![\u0980-\u09ff])[^\W\d_])"
_TOKEN = re.compile(
    rf"""
      (?P<date> (?<![\d/.-])\d{{1,4}}(?P<by>[/.-])\d{{1,2}}(?P=by)\d{{2,4}}(?![\d/]|-\d)
       | (?<![\d/])\d{{1,2}}/\d{{1,2}}(?![\d/-]))
    | (?P<clock>(?<!\d)\d{{1,2}}:\d{{2}}(?!\d))
    | (?P<number>\d{{1,3}}(?:,\d{{2,3}})*,\d{{3}}(?![\d,])(?:\.\d+)? | \d+(?:\.\d+)?)
    | (?P<word>৳ | /[-=] | % | @ | [ap]\.m\b\.? | [{_BENGALI}]+ | {_LETTER}+(?:['’`]{_LETTER}+)*)
    | (?P<plus>\+)
    | (?P<dash>[-–—_])
    | (?P<stop>[,;.!?।|&\n]+)
    | (?P<other>\S)
    """,
    re.VERBOSE | re.IGNORECASE,
)


def tokens(text: str) -> list[Token]:
    """The tokens of ``text`` in order; white space is dropped, Bengali letters and Latin ones never share a token."""
    found: list[Token] = []
    for match in _TOKEN.finditer(ascii_digits(text)):
        kind, start, end = Kind(match.lastgroup or "other"), match.start(), match.end()
        found.append(Token(kind, start, end, _form(kind, match[0])))
    return found


def _form(kind: Kind, raw: str) -> str:
    if kind is Kind.WORD:
        return fold(raw)
    return raw.replace(",", "") if kind is Kind.NUMBER else raw


_LATIN = (("’", ""), ("`", ""), ("'", ""), (".", ""), ("chh", "ch"), ("sh", "s"), ("ph", "f"), ("bh", "v"),
          ("z", "j"), ("q", "k"), ("y", "i"))  # fmt: skip
_INDIC = (("\u200c", ""), ("\u200d", ""), ("ঁ", ""), ("ঃ", ""), ("ী", "ি"), ("ূ", "ু"), ("ঈ", "ই"), ("ঊ", "উ"), ("ণ", "ন"),
          ("শ", "স"), ("ষ", "স"), ("ড়", "র"), ("ৎ", "ত"), ("ঙ্গ", "ংগ"))  # fmt: skip
_REPEATED = re.compile(r"(.)\1+")


@lru_cache(maxsize=20_000)
def fold(word: str) -> str:
    """One spelling for the ways a word is typed: "Phoone" → "fone", "শূণ্য" → "সুন্য". No spaces expected.

    Lower case, canonical composition, no apostrophes or joiners, letters of one sound made one, repeated letters
    once. It errs towards sameness: lexicon and text pass through it alike.
    """
    word = unicodedata.normalize("NFC", word.casefold())
    if any("\u0980" <= char <= "\u09ff" for char in word):
        for old, new in _INDIC:
            word = word.replace(unicodedata.normalize("NFC", old), new)
    else:
        if not word.isascii():
            word = "".join(char for char in unicodedata.normalize("NFKD", word) if not unicodedata.combining(char))
        for old, new in _LATIN:
            word = word.replace(old, new)
    return squeeze(word)


def squeeze(word: str) -> str:
    """``word`` with every run of one letter as one letter ("hooise" → "hoise")."""
    return _REPEATED.sub(r"\1", word)
