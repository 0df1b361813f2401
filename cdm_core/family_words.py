"""The words of a line about a relative, and which of them are relationship, phone, e-mail, days, and the name."""

import re
from collections.abc import Iterator
from datetime import date

from cdm_core.imports.values import clean
from cdm_core.notes.lexicon import Entry
from cdm_core.notes.normal import Kind
from cdm_core.notes.scan import Scan
from cdm_core.told_days import ToldDay, told_days
from cdm_core.words import EventType, Relationship

_EMAIL = re.compile(r"[^\s@<>,;:]+@[^\s@<>,;:]+\.[^\s@<>,;:.]+")
_EDGES = " \"'“”‘’()[],;:-–—_/|&+*=!?।"
_POSSESSIVE = frozenset({"er", "r", "এর", "র", "s"})
_SHORTEST_SLIP = 6
"""Letters of a word that may be a relationship misspelt; shorter ones are names (Shamim is no "shami")."""

_LONGEST_LINE = 500
_LONGEST_TITLE = 4
"""Letters of a word after which a full stop ends nothing: "Md.", "Mrs."."""


class FamilyWords:
    """``text`` is the line cleaned, as far as one is read; ``beyond`` is the rest.

    ``events`` are the kinds of days it names; ``email`` is in small letters, if any.
    """

    def __init__(self, text: str, today: date, country: str) -> None:
        whole = clean(text)
        self.text, self.beyond = whole[:_LONGEST_LINE], whole[_LONGEST_LINE:].strip()
        found = _EMAIL.search(self.text)
        self.email = found[0].lower() if found else None
        self._scan = Scan(_EMAIL.sub(lambda match: " " * len(match[0]), self.text, count=1), country)
        self._days = told_days(self._scan, today)
        if found:
            self._use_label(sum(atom.end <= found.start() for atom in self._scan.atoms))
        self._relationship: int | None = None
        self.events = {EventType(entry.value) for _, entry in self._named("events")}

    @property
    def relationship_text(self) -> str:
        """The word that was taken for the relationship, as written."""
        return "" if self._relationship is None else self._raw(self._relationship, self._relationship + 1)

    def number_at_start(self) -> int | None:
        """Where the number ends that names a customer at the start of ``text``: an id, a phone, its last digits."""
        first = 1 if self._form(0) == "#" else 0
        dated = any(day.start == 0 for day in self._days)
        if dated or self._scan.kind(first) not in (Kind.NUMBER, Kind.PHONE) or self._form(first + 1) in (":", "/"):
            return None
        return self._scan.atoms[first].end

    def relationships(self) -> list[int]:
        """Where in ``text`` words of relationship stand; slips of the finger count where there is no other."""
        places = [index for index, _ in self._named("relatives")]
        right = [index for index in places if not self._scan.atoms[index].forgiven]
        return [self._scan.atoms[index].start for index in right or places]

    def before(self, start: int) -> str:
        """The words before ``start`` where they may name somebody: "" if they are days, or relationships alone."""
        atoms = [atom for atom in self._scan.atoms if atom.end <= start]
        dated = any(day.start < len(atoms) for day in self._days)
        named = any(
            atom.kind is not Kind.STOP and (atom.forgiven or "relatives" not in atom.meanings) for atom in atoms
        )
        return self.text[:start].strip(_EDGES) if named and not dated else ""

    def tells_of_a_relative(self) -> bool:
        """Whether it does without a word of relationship: a day, or a phone beside a name."""
        kinds = {atom.kind for atom in self._scan.atoms}
        return bool(self._days) or {Kind.PHONE, Kind.WORD} <= kinds

    def take_relationship(self, known: Relationship | None) -> Entry | None:
        """The word of the relationship (of the ``known`` one, if any), which is no part of the name then."""
        places = list(self._named("relatives"))
        places.sort(key=lambda place: self._scan.atoms[place[0]].forgiven)
        for index, entry in places:
            if known in (None, entry.value):
                self._relationship = index
                self._scan.use(index, index + 1)
                return entry
        return None

    def take_phone(self) -> str | None:
        for index, atom in enumerate(self._scan.atoms):
            if atom.kind is Kind.PHONE:
                self._scan.use(index, index + 1)
                self._use_label(index)
                return atom.form
        return None

    def take_days(self) -> dict[EventType, ToldDay]:
        """The days by what they are. A day that no word tells of is the birthday; of two such one stays unread."""
        days: dict[EventType, ToldDay] = {}
        events = [(index, EventType(entry.value)) for index, entry in self._named("events")]
        before = bool(events and self._days and events[-1][0] < self._days[-1].start)
        ends, starts = (day.end for day in self._days), (day.start for day in self._days)
        gaps = list(zip([0, *ends], [*starts, len(self._scan)], strict=True))
        for number, day in enumerate(self._days):
            first, last = gaps[number] if before else gaps[number + 1]
            said = [event for index, event in events if first <= index < last]
            told = said[-1 if before else 0] if said else EventType.BIRTHDAY
            if told not in days:
                days[told] = day
                self._scan.use(day.start, day.end)
        for index, _ in events:
            self._scan.use(index, index + 1)
        return days

    def stretches(self) -> list[str]:
        """The name ("" if there is none), then what is left of the line, in order."""
        name = ""
        rest: list[tuple[int, int]] = []
        for figures, start, end in self._runs():
            if not any(map(str.isalnum, self._raw(start, end))):
                continue
            if not figures and not name:
                name = self._raw(self._after_lead(start, end), end).strip(_EDGES)
            elif rest and rest[-1][1] == start:
                rest[-1] = rest[-1][0], end
            else:
                rest.append((start, end))
        return [name, *(self._raw(start, end).strip(_EDGES) for start, end in rest)]

    def text_of(self, day: ToldDay) -> str:
        return self._raw(day.start, day.end)

    def _runs(self) -> Iterator[tuple[bool, int, int]]:
        """Unused atoms that belong together: whether they are figures, and their bounds."""
        index = 0
        while index < len(self._scan):
            if self._breaks(index):
                index += 1
                continue
            start, figures = index, self._figures(index)
            while index < len(self._scan) and not self._breaks(index) and self._figures(index) == figures:
                index += 1
            yield figures, start, index

    def _breaks(self, index: int) -> bool:
        if self._scan.used[index]:
            return True
        if self._scan.kind(index) is not Kind.STOP:
            return False
        titled = self._scan.kind(index - 1) is Kind.WORD and len(self._raw(index - 1, index)) <= _LONGEST_TITLE
        return self._form(index) != "." or not titled

    def _figures(self, index: int) -> bool:
        """Numbers, and the month beside one."""
        numbers = (Kind.NUMBER, Kind.DATE, Kind.CLOCK, Kind.PHONE)
        if self._scan.kind(index) in numbers:
            return True
        beside = self._scan.kind(index - 1) in numbers or self._scan.kind(index + 1) in numbers
        return beside and (self._scan.kind(index) in (Kind.DASH, Kind.PLUS) or bool(self._scan.has(index, "months")))

    def _use_label(self, index: int) -> None:
        """The word before a phone or an e-mail that only says which it is."""
        if self._scan.has(index - 1, "channels") or self._scan.has(index - 1, "fillers", "noun", "new"):
            self._scan.use(index - 1, index)

    def _after_lead(self, start: int, end: int) -> int:
        """The place after words that only say that a name follows."""
        while start < end - 1 and (self._scan.has(start, "naming") or self._form(start) in _POSSESSIVE):
            start += 1
        return start

    def _named(self, table: str) -> Iterator[tuple[int, Entry]]:
        for index in range(len(self._scan)):
            entry = self._scan.has(index, table)
            slip = self._scan.atoms[index].forgiven and len(self._form(index)) < _SHORTEST_SLIP
            if entry is not None and not slip and not any(day.start <= index < day.end for day in self._days):
                yield index, entry

    def _form(self, index: int) -> str:
        return self._scan.atoms[index].form if 0 <= index < len(self._scan) else ""

    def _raw(self, start: int, end: int) -> str:
        if start >= end:
            return ""
        return self.text[self._scan.atoms[start].start : self._scan.atoms[end - 1].end]
