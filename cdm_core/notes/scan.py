"""A note as a row of atoms: numbers, phones, known phrases (longest first) and words nobody knows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice

from cdm_core.digits import ascii_digits
from cdm_core.notes.lexicon import LONGEST_PHRASE, Entry, Meanings, lexicon
from cdm_core.notes.normal import Kind, Token, fold, tokens
from cdm_core.notes.spelling import longest, parted
from cdm_core.phones import to_e164

_DIGITS = re.compile(r"\+?\d+")
_BETWEEN = re.compile(r"[ ()\-‐–]{1,2}")
_PHONE_DIGITS = range(9, 16)
_PHONE_CHUNKS = 6
_PHONE_TRIES = 40
_REACH = 30
_MOST_LETTERS = 4_096
_MOST_ATOMS = 450


@dataclass(frozen=True, slots=True)
class Atom:
    """A phrase or number at ``[start, end)`` of the text. ``meanings`` are a known phrase's, by lexicon table.

    ``forgiven``: known only by overlooking a slip.
    """

    kind: Kind
    start: int
    end: int
    form: str
    meanings: Meanings = field(default_factory=dict)
    forgiven: bool = False

    @property
    def number(self) -> Decimal:
        return Decimal(self.form)


class Scan:
    """The atoms of ``text`` and which of them a rule has made use of; ``rest`` is what was too long to be read."""

    def __init__(self, text: str, country: str) -> None:
        self.text = text
        self.atoms = list(islice(_atoms(text[:_MOST_LETTERS], country), _MOST_ATOMS))
        self.used = [False] * len(self.atoms)
        full = len(self.atoms) == _MOST_ATOMS
        self.rest = text[self.atoms[-1].end if full else _MOST_LETTERS :].strip()

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

    def raw(self, index: int) -> str:
        """The atom at ``index`` as typed, in small letters."""
        return self.text[self.atoms[index].start : self.atoms[index].end].casefold()

    def free(self, start: int, end: int) -> bool:
        return not any(self.used[start:end])

    def use(self, start: int, end: int) -> None:
        self.used[start:end] = [True] * (end - start)

    def clause(self, index: int) -> tuple[int, int]:
        """The bounds of the stretch between stops around ``index``, at most 30 atoms to either side."""
        start, first = index, max(index - _REACH, 0)
        while start > first and self.atoms[start - 1].kind is not Kind.STOP:
            start -= 1
        end, last = index, min(index + _REACH, len(self.atoms))
        while end < last and self.atoms[end].kind is not Kind.STOP:
            end += 1
        return start, end


def _atoms(text: str, country: str) -> Iterator[Atom]:
    phones = list(_phones(text, country))
    row: list[Token] = []
    for token in tokens(text):
        if phones and token.start >= phones[0].end:
            row.append(phones.pop(0))
        if phones and token.end > phones[0].start:
            continue
        if row and (word := _with_digit(row[-1], token, text)):
            row[-1] = word
        else:
            row += _parts(token, text)
    row.extend(phones)
    index, after_unit = 0, False
    while index < len(row):
        length, meanings, slipped = _longest(row, index, after_unit)
        first, last = row[index], row[index + length - 1]
        yield Atom(first.kind, first.start, last.end, first.form, meanings, slipped)
        after_unit = "units" in meanings
        index += length


def _with_digit(digit: Token, token: Token, text: str) -> Token | None:
    """The known word that a digit and the letters right behind it make ("2moro")."""
    if digit.kind is not Kind.NUMBER or token.kind is not Kind.WORD or digit.end != token.start:
        return None
    form = fold(ascii_digits(text[digit.start : token.end]))
    return Token(Kind.WORD, digit.start, token.end, form) if form in lexicon().phrases else None


def _parts(token: Token, text: str) -> list[Token]:
    """``token``, or the two words that were run together in it."""
    raw = text[token.start : token.end]
    if token.kind is not Kind.WORD or (place := parted(raw)) is None:
        return [token]
    middle = token.start + place
    left, right = (token.start, middle), (middle, token.end)
    return [Token(Kind.WORD, start, end, fold(text[start:end])) for start, end in (left, right)]


def _longest(row: list[Token], index: int, after_unit: bool) -> tuple[int, Meanings, bool]:
    """The longest known phrase that starts at ``index``: its length in tokens, its meanings, whether forgiven.

    ``after_unit``: a unit of time stands before, so that "pore" in "2 din pore nibe" stays with the days.
    """
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
    if after_unit and forms and "markers" in lexicon().phrases.get(forms[0], {}):
        forms = forms[:1]
    known = longest(forms)
    return (places[known.count - 1] - index + 1, known.meanings, known.forgiven) if known else (1, {}, False)


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
