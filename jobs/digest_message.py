"""The morning list as a message: what of it fits a phone's screen, numbered through, and its buttons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from cdm_core.digest import Digest, Greeting, TopCall
from cdm_core.due import Promise
from cdm_core.words import EventType
from templates.buttons import Keyboard
from templates.keyboards import lists
from templates.render import render
from templates.speech import Speech

MOST_LINES = 22
MOST_NUMBERS = 10
_MOST_OF_A_KIND = 3
_AT_LEAST = 2
"""Promised calls and top calls keep so many lines each, however many occasions there are."""

_GREETING_LINES = 3


@dataclass(frozen=True, slots=True)
class Worded:
    """``numbers`` are the customers that the message counts, by their number as text ("1")."""

    text: str
    keyboard: Keyboard
    numbers: dict[str, int]


@dataclass(frozen=True, slots=True)
class Section:
    """The greetings of a day; ``icon`` is of its occasions, the birthday's where there are both kinds."""

    day: date
    icon: EventType
    greetings: tuple[Greeting, ...]


def word(digest: Digest, speech: Speech, *, late: bool = False) -> Worded:
    """The message in the language of ``speech``; ``late`` marks it with the time of sending."""
    greetings, due, top = _fit(digest)
    ids = [
        *(greeting.call.customer_id for greeting in greetings),
        *(call.customer_id for call in due),
        *(call.entry.customer_id for call in top),
    ]
    text = render(
        "digest",
        speech,
        digest=digest,
        sections=_sections(greetings),
        more_greetings=digest.greetings_total - len(greetings),
        due=due,
        top=top,
        late=late,
    )
    keyboard = lists.digest(
        speech,
        customer_ids=ids,
        calls=digest.calls_total,
        week=digest.week,
        due=digest.due_total,
        carts=digest.carts,
    )
    return Worded(text, keyboard, {str(number): customer_id for number, customer_id in enumerate(ids, 1)})


def _sections(greetings: Sequence[Greeting]) -> list[Section]:
    sections = []
    for day, group in groupby(greetings, key=lambda greeting: greeting.call.day):
        of_day = tuple(group)
        events = {occasion.event for greeting in of_day for occasion in greeting.call.occasions}
        icon = EventType.BIRTHDAY if EventType.BIRTHDAY in events else EventType.ANNIVERSARY
        sections.append(Section(day, icon, of_day))
    return sections


def _fit(digest: Digest) -> tuple[Sequence[Greeting], Sequence[Promise], Sequence[TopCall]]:
    """The entries for which there are lines and numbers: occasions first, but never at the cost of all calls."""
    room = MOST_LINES - _fixed_lines(digest)
    kept = min(_AT_LEAST, len(digest.due)) + min(_AT_LEAST, len(digest.top))
    greetings = _first_greetings(digest, room - kept, MOST_NUMBERS - kept)
    room -= sum(_lines(greeting) for greeting in greetings) + len(_sections(greetings))
    room -= digest.greetings_total > len(greetings)
    room = min(room, MOST_NUMBERS - len(greetings))
    due = digest.due[: min(_MOST_OF_A_KIND, room - min(_AT_LEAST, len(digest.top)))]
    return greetings, due, digest.top[: min(_MOST_OF_A_KIND, room - len(due))]


def _fixed_lines(digest: Digest) -> int:
    result = digest.result
    return (
        1
        + bool(digest.ahead or digest.at_seven)
        + bool(digest.due_total)
        + bool(digest.calls_total)
        + bool(digest.carts)
        + (0 if result is None else bool(result.calls) + bool(result.orders))
    )


def _first_greetings(digest: Digest, lines: int, numbers: int) -> tuple[Greeting, ...]:
    chosen: list[Greeting] = []
    for greeting in digest.greetings[:numbers]:
        candidate = [*chosen, greeting]
        needed = sum(map(_lines, candidate)) + len(_sections(candidate)) + (digest.greetings_total > len(candidate))
        if needed > lines:
            break
        chosen = candidate
    return tuple(chosen)


def _lines(greeting: Greeting) -> int:
    return _GREETING_LINES + len(greeting.call.occasions) - 1
