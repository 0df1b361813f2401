"""A relative in one line: "wife Sarah 01712345679 15 May 1992 anniversary 20 Dec 2015", "chele আরিফ ২৪/১১/২০১৮"."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

from cdm_core.family_words import FamilyWords
from cdm_core.words import EventType, Gender, Relationship, RelativeField

_PHONE_DIGITS = 6
_MOST_WAYS = 3


@dataclass(frozen=True, slots=True)
class FamilyLine:
    """What a line tells of a relative; None and "" where it tells nothing.

    ``phone`` is E.164. ``birthday`` is (month, day), also beside a ``date_of_birth``. ``unread`` is what said nothing,
    and ``unread_field`` what it seems to be about.
    """

    relationship: Relationship | None = None
    gender: Gender | None = None
    name: str = ""
    phone: str | None = None
    email: str | None = None
    date_of_birth: date | None = None
    birthday: tuple[int, int] | None = None
    anniversary: date | None = None
    unread: str = ""
    unread_field: RelativeField | None = None

    @property
    def bare(self) -> bool:
        """Whether it tells no more than the relationship."""
        return replace(self, relationship=None, gender=None) == FamilyLine()

    def without(self, field: RelativeField) -> Self:
        """This line without what it tells of a field."""
        match field:
            case RelativeField.DATE_OF_BIRTH:
                return replace(self, date_of_birth=None, birthday=None)
            case RelativeField.ANNIVERSARY_DATE:
                return replace(self, anniversary=None)
            case RelativeField.NAME:
                return replace(self, name="")
            case RelativeField.PHONE:
                return replace(self, phone=None)
            case RelativeField.EMAIL:
                return replace(self, email=None)
        return self

    def filled(self, answer: Self) -> Self:
        """This line with what it lacks taken from the ``answer`` to a question about it; unread is the answer's."""
        born = self if self.birthday else answer
        return replace(
            self,
            relationship=self.relationship or answer.relationship,
            gender=self.gender or answer.gender,
            name=self.name or answer.name,
            phone=self.phone or answer.phone,
            email=self.email or answer.email,
            date_of_birth=born.date_of_birth,
            birthday=born.birthday,
            anniversary=self.anniversary or answer.anniversary,
            unread=answer.unread or self.unread,
            unread_field=answer.unread_field or self.unread_field,
        )

    def stored(self) -> dict[str, Any]:
        """As JSON, for a question that waits for its answer."""
        return {
            "relationship": self.relationship,
            "gender": self.gender,
            "name": self.name,
            "phone": self.phone,
            "email": self.email,
            "date_of_birth": self.date_of_birth and self.date_of_birth.isoformat(),
            "birthday": self.birthday,
            "anniversary": self.anniversary and self.anniversary.isoformat(),
            "unread": self.unread,
            "unread_field": self.unread_field,
        }

    @classmethod
    def of_stored(cls, stored: dict[str, Any]) -> Self:
        born, married, day = stored["date_of_birth"], stored["anniversary"], stored["birthday"]
        return cls(
            relationship=stored["relationship"] and Relationship(stored["relationship"]),
            gender=stored["gender"] and Gender(stored["gender"]),
            name=stored["name"],
            phone=stored["phone"],
            email=stored["email"],
            date_of_birth=born and date.fromisoformat(born),
            birthday=day and (day[0], day[1]),
            anniversary=married and date.fromisoformat(married),
            unread=stored["unread"],
            unread_field=stored["unread_field"] and RelativeField(stored["unread_field"]),
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a line: ``who`` names the customer at its start ("" where nobody is named), ``line`` the rest."""

    who: str
    line: FamilyLine


def readings(text: str, *, today: date, country: str = "BD") -> tuple[Reading, ...]:
    """The ways to read what follows ``/family``, at least one, the likeliest first.

    What stands before the word of the relationship names the customer, unless it is the relative's own name ("Sarah
    wife 15 May"). A name may hold such words itself ("babu mia wife Sarah"), hence several ways.
    """
    words = FamilyWords(text, today, country)

    def line(start: int) -> FamilyLine:
        return read_line(words.text[start:], today=today, country=country)

    if end := words.number_at_start():
        return (Reading(words.text[:end].strip(), line(end)),)
    found: list[Reading] = []
    for start in words.relationships()[:_MOST_WAYS]:
        who, told = words.before(start), line(start)
        if not who:
            found.append(Reading("", line(0)))
        elif found and not found[0].who:
            found[:0] = [Reading(who, told)] if told.name else []
        elif told.name:
            found.append(Reading(who, told))
        else:
            both = [Reading(who, told), Reading("", replace(told, name=who))]
            found += both if told.bare else reversed(both)
    if not found and words.tells_of_a_relative():
        found.append(Reading("", line(0)))
    return tuple(dict.fromkeys(found)) or (Reading(words.text, FamilyLine()),)


def read_line(text: str, *, today: date, country: str = "BD", relationship: Relationship | None = None) -> FamilyLine:
    """What ``text`` tells of one relative; ``relationship`` where it is known already."""
    words = FamilyWords(text, today, country)
    related = words.take_relationship(relationship)
    phone, days = words.take_phone(), words.take_days()
    name, *rest = words.stretches()
    if not name and related and relationship:
        related, name = None, words.relationship_text
    born, married = days.get(EventType.BIRTHDAY), days.get(EventType.ANNIVERSARY)
    if married and married.date is None:
        rest.insert(0, words.text_of(married))
    if words.beyond:
        rest.append(words.beyond)
    return FamilyLine(
        relationship=relationship or (Relationship(related.value) if related else None),
        gender=Gender(related["gender"]) if related and related["gender"] != "-" else None,
        name=name,
        phone=phone,
        email=words.email,
        date_of_birth=born.date if born else None,
        birthday=(born.month, born.day) if born else None,
        anniversary=married.date if married else None,
        unread=" … ".join(rest),
        unread_field=_about(rest[0], words, born=born is not None) if rest else None,
    )


def _about(unread: str, words: FamilyWords, *, born: bool) -> RelativeField:
    """What a stretch that was not understood seems to be about."""
    digits = sum(map(str.isdigit, unread))
    if digits >= _PHONE_DIGITS and not any(map(str.isalpha, unread)):
        return RelativeField.PHONE
    if EventType.ANNIVERSARY in words.events or (digits and born):
        return RelativeField.ANNIVERSARY_DATE
    return RelativeField.DATE_OF_BIRTH if digits or (words.events and not born) else RelativeField.PROFESSION
