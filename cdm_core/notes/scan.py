"""A note as a row of atoms: numbers, phones, known phrases (longest first) and words nobody knows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from cdm_core.digits import ascii_digits
from cdm_core.notes.lexicon import LONGEST_PHRASE, Entry, Meanings, forgiven, lexicon
from cdm_core.notes.normal import Kind, Token, tokens
from cdm_core.phones import to_e164

_DIGITS = re.compile(r"\+?\d+")
_BETWEEN = re.compile(r"[ ()\-‐–]{1,2}")
_PHONE_DIGITS = range(9, 16)
_PHONE_CHUNKS = 6
_PHONE_TRIES = 40


@dataclass(frozen=True, slots=True)
class Atom:
    """A phrase or number at ``[start, end)`` of the text. ``meanings`` are a known phrase's, by lexicon table.

    ``glued``: nothing stands between it and the next atom. ``forgiven``: known only by overlooking a slip.
    """

    kind: Kind
    start: int
    end: int
    form: str
    meanings: Meanings = field(default_factory=dict)
    glued: bool = False
    forgiven: bool = False

    @property
    def number(self) -> Decimal:
        return Decimal(self.form)


class Scan:
    """The atoms of ``text`` and which of them a rule has made use of."""

    def __init__(self, text: str, country: str) -> None:
        self.text = text
        self.atoms = list(_atoms(text, country))
        self.used = [False] * len(self.atoms)

    def __len__(self) -> int:
        return len(self.atoms)

    def kind(self, index: int) -> Kind | None:
        return self.atoms[index].kind if 0 <= index < len(self.atoms) else None

    def has(self, index: int, table: str, *values: str) -> Entry | None:
        """The meaning of the atom at ``index`` in ``table`` (being one of ``values``); None outside or otherwise."""
        if not 0 <= index < len(self.atoms):
            return None
        entry = self.atoms[index].meanings.get(table)
        return entry if entry and (not values or entry.value in values) else None

    def unknown(self, index: int) -> bool:
        """Whether a word stands there of which the lexicon knows nothing."""
        return self.kind(index) is Kind.WORD and not self.atoms[index].meanings

    def free(self, start: int, end: int) -> bool:
        return not any(self.used[start:end])

    def use(self, start: int, end: int) -> None:
        self.used[start:end] = [True] * (end - start)

    def clause(self, index: int) -> tuple[int, int]:
        """The bounds of the stretch between stops around ``index``."""
        start = index
        while start > 0 and self.atoms[start - 1].kind is not Kind.STOP:
            start -= 1
        end = index
        while end < len(self.atoms) and self.atoms[end].kind is not Kind.STOP:
            end += 1
        return start, end


def _atoms(text: str, country: str) -> Iterator[Atom]:
    phones = list(_phones(text, country))
    row: list[Token] = []
    for token in tokens(text):
        if phones and token.start >= phones[0].end:
            row.append(phones.pop(0))
        if not (phones and token.end > phones[0].start):
            row.append(token)
    row.extend(phones)
    index = 0
    while index < len(row):
        length, meanings, forgiven = _longest(row, index)
        first, last = row[index], row[index + length - 1]
        following = row[index + length].start if index + length < len(row) else -1
        yield Atom(first.kind, first.start, last.end, first.form, meanings, last.end == following, forgiven)
        index += length


def _longest(row: list[Token], index: int) -> tuple[int, Meanings, bool]:
    """The longest known phrase that starts at ``index``: its length in tokens, its meanings, whether forgiven."""
    forms: list[str] = []
    places: list[int] = []
    for place in range(index, min(index + 2 * LONGEST_PHRASE, len(row))):
        if row[place].kind is Kind.WORD:
            forms.append(row[place].form)
            places.append(place)
        elif row[place].kind is not Kind.DASH or not forms:
            break
        if len(forms) == LONGEST_PHRASE:
            break
    corrected = [forgiven(form) or form for form in forms]
    for count in range(len(forms), 0, -1):
        if meanings := lexicon().find(corrected[:count]) or lexicon().find(forms[:count]):
            return places[count - 1] - index + 1, meanings, corrected[:count] != forms[:count]
    return 1, {}, False


def _phones(text: str, country: str) -> Iterator[Token]:
    """The valid phones in the text, written in one piece or in several, the shortest that is valid first."""
    plain = ascii_digits(text)
    chunks = list(_DIGITS.finditer(plain))
    tries, index = 0, 0
    while index < len(chunks) and tries < _PHONE_TRIES:
        start, found = chunks[index].start(), 0
        for last in range(index, min(index + _PHONE_CHUNKS, len(chunks))):
            if last > index and not _BETWEEN.fullmatch(plain, chunks[last - 1].end(), chunks[last].start()):
                break
            candidate = plain[start : chunks[last].end()]
            digits = sum(map(str.isdigit, candidate))
            if digits >= _PHONE_DIGITS.stop:
                break
            if digits not in _PHONE_DIGITS or not (candidate[0] in "+0" or len(chunks[index][0]) >= 10):
                continue
            tries += 1
            if phone := to_e164(candidate, country):
                yield Token(Kind.PHONE, start, chunks[last].end(), phone)
                found = last - index + 1
                break
        index += found or 1
