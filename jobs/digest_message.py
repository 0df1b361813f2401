"""The morning list as a message: what of it fits a phone's screen, numbered through, and its buttons."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from cdm_core.digest import Digest, Greeting, TopCall
from cdm_core.due import Promise
from cdm_core.team_day import TeamDay
from cdm_core.words import Role
from templates.buttons import Keyboard
from templates.keyboards import lists
from templates.render import render
from templates.speech import Speech

MOST_LINES = 22
MOST_NUMBERS = 10
MOST_AGENTS = 4
"""Of a team's results so many are shown, and only to who has nobody to call."""

_MOST_OF_A_KIND = 3
_AT_LEAST = 2
"""Promised calls and top calls keep so many lines each, however many occasions there are; one each beside a team."""

C = TypeVar("C", Promise, TopCall)


@dataclass(frozen=True, slots=True)
class Worded:
    """``numbers`` are the customers that the message counts, by their number as text ("1"). Of the call list so many
    ``places`` are shown, some of them empty where the list is short."""

    text: str
    keyboard: Keyboard
    numbers: dict[str, int]
    places: int


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
        team_agents=_agents(digest),
        marked_late=late,
    )
    keyboard = lists.digest(
        speech,
        customer_ids=ids,
        calls=digest.calls_total,
        week=digest.week,
        due=digest.due_total,
        carts=digest.carts,
        team=bool(digest.team and digest.team.results and _agents(digest)) and digest.person.role is not Role.AGENT,
    )
    numbers = {str(number): customer_id for number, customer_id in enumerate(ids, 1)}
    places = len(top) if len(top) < len(digest.top) else max(len(top), _MOST_OF_A_KIND)
    return Worded(text, keyboard, numbers, places)


def _fit(digest: Digest) -> tuple[Sequence[Greeting], Sequence[Promise], Sequence[TopCall]]:
    """The entries for which there are lines and numbers: occasions first, but never at the cost of all calls."""
    due: Sequence[Promise] = digest.due[:_MOST_OF_A_KIND]
    top: Sequence[TopCall] = digest.top[:_MOST_OF_A_KIND]
    lines = MOST_LINES - _fixed_lines(digest)
    at_least = _AT_LEAST if digest.team is None else 1
    kept: list[Promise | TopCall] = [*due[:at_least], *top[:at_least]]
    greetings = _first_greetings(digest, lines - _height(kept), MOST_NUMBERS - len(kept))
    lines -= _lines(digest, greetings)
    numbers = MOST_NUMBERS - len(greetings)
    for_top = top[:at_least]
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
        + bool(digest.urgent)
        + bool(digest.ahead or digest.at_seven)
        + bool(digest.due_total)
        + bool(digest.calls_total)
        + bool(digest.carts or digest.win_backs)
        + (0 if result is None else bool(result.calls) + bool(result.orders))
        + (0 if digest.team is None else _team_lines(digest.team, _agents(digest)))
    )


def _agents(digest: Digest) -> int:
    return 0 if digest.greetings_total or digest.due_total or digest.calls_total else MOST_AGENTS


def _team_lines(team: TeamDay, most: int) -> int:
    if team.empty:
        return 0
    agents = min(len(team.results), most) + (len(team.results) > most > 0)
    blocks = bool(team.away) + bool(team.unclaimed or team.carts) + bool(team.overdue) + bool(team.results)
    return 1 + blocks + agents


def _first_greetings(digest: Digest, lines: int, numbers: int) -> Sequence[Greeting]:
    chosen = digest.greetings[:numbers]
    while chosen and _lines(digest, chosen) > lines:
        chosen = chosen[:-1]
    return chosen


def _lines(digest: Digest, greetings: Sequence[Greeting]) -> int:
    """With the heads of their days, and the line that tells of more."""
    days = {greeting.call.day for greeting in greetings}
    return len(days) + sum(map(lines_of, greetings)) + (digest.greetings_total > len(greetings))


def lines_of(greeting: Greeting) -> int:
    """A line each for the occasions, the phone, why they matter, and for an offer to who bought before."""
    return len(greeting.call.occasions) + 2 + bool(greeting.offer and greeting.call.last_order_at)
