"""The morning list as a message: what of it fits a phone's screen, numbered through, and its buttons."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from cdm_core.digest import Digest, Greeting, TopCall
from cdm_core.due import Promise
from templates.buttons import Keyboard
from templates.keyboards import lists
from templates.render import render
from templates.speech import Speech

MOST_LINES = 22
MOST_NUMBERS = 10
_MOST_OF_A_KIND = 3
_AT_LEAST = 2
"""Promised calls and top calls keep so many lines each, however many occasions there are."""

C = TypeVar("C", Promise, TopCall)


@dataclass(frozen=True, slots=True)
class Worded:
    """``numbers`` are the customers that the message counts, by their number as text ("1")."""

    text: str
    keyboard: Keyboard
    numbers: dict[str, int]


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
        greetings=greetings,
        more_greetings=digest.greetings_total - len(greetings),
        due=due,
        top=top,
        marked_late=late,
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


def _fit(digest: Digest) -> tuple[Sequence[Greeting], Sequence[Promise], Sequence[TopCall]]:
    """The entries for which there are lines and numbers: occasions first, but never at the cost of all calls."""
    due: Sequence[Promise] = digest.due[:_MOST_OF_A_KIND]
    top: Sequence[TopCall] = digest.top[:_MOST_OF_A_KIND]
    lines = MOST_LINES - _fixed_lines(digest)
    kept: list[Promise | TopCall] = [*due[:_AT_LEAST], *top[:_AT_LEAST]]
    greetings = _first_greetings(digest, lines - _height(kept), MOST_NUMBERS - len(kept))
    lines -= _lines(digest, greetings)
    numbers = MOST_NUMBERS - len(greetings)
    for_top = top[:_AT_LEAST]
    due = _first(due, lines - _height(for_top), numbers - len(for_top))
    return greetings, due, _first(top, lines - _height(due), numbers - len(due))


def _first(calls: Sequence[C], lines: int, numbers: int) -> Sequence[C]:
    chosen = calls[:numbers]
    while chosen and _height(chosen) > lines:
        chosen = chosen[:-1]
    return chosen


def _height(calls: Sequence[Promise | TopCall]) -> int:
    """A line each, and one more where it is for somebody who is away."""
    return len(calls) + sum((call.entry if isinstance(call, TopCall) else call).covers is not None for call in calls)


def _fixed_lines(digest: Digest) -> int:
    result = digest.result
    return (
        1
        + bool(digest.ahead or digest.at_seven)
        + bool(digest.due_total)
        + bool(digest.calls_total)
        + bool(digest.carts or digest.win_backs)
        + (0 if result is None else bool(result.calls) + bool(result.orders))
    )


def _first_greetings(digest: Digest, lines: int, numbers: int) -> Sequence[Greeting]:
    chosen = digest.greetings[:numbers]
    while chosen and _lines(digest, chosen) > lines:
        chosen = chosen[:-1]
    return chosen


def _lines(digest: Digest, greetings: Sequence[Greeting]) -> int:
    """With the heads of their days, and the line that tells of more."""
    days = {greeting.call.day for greeting in greetings}
    entries = sum(1 + len(greeting.call.occasions) + bool(greeting.offer) for greeting in greetings)
    return len(days) + entries + (digest.greetings_total > len(greetings))
