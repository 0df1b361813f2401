"""Occasions that no morning list brings, as messages that each fit a phone's screen, their calls numbered through."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cdm_core.untold import Untold, Wish
from jobs.digest_message import MOST_LINES, lines_of
from templates.buttons import Keyboard
from templates.keyboards.labels import PAGE
from templates.keyboards.lists import numbered_rows
from templates.render import render
from templates.speech import Speech

_HEAD_AND_FOOT = 3


@dataclass(frozen=True, slots=True)
class Worded:
    """``numbers`` are the customers that the message counts, by their number as text ("1")."""

    text: str
    keyboard: Keyboard
    numbers: dict[str, int]


def word(untold: Untold, speech: Speech) -> list[Worded]:
    """At least one message; the last says how many calls there are besides, and whose day is tomorrow or in a week."""
    made = []
    first = 1
    pages = list(_pages(untold.wishes)) or [()]
    for page in pages:
        ids = [wish.greeting.call.customer_id for wish in page]
        last = page is pages[-1]
        text = render(
            "untold", speech, untold=untold, wishes=page, first=first, last=last, more=untold.total - len(untold.wishes)
        )
        numbers = {str(number): customer_id for number, customer_id in enumerate(ids, first)}
        made.append(Worded(text, numbered_rows(speech, customer_ids=ids, first=first), numbers))
        first += len(page)
    return made


def _pages(wishes: Sequence[Wish]) -> Iterator[Sequence[Wish]]:
    page: list[Wish] = []
    lines = 0
    for wish in wishes:
        height = lines_of(wish.greeting) + 1
        if page and (lines + height > MOST_LINES - _HEAD_AND_FOOT or len(page) == PAGE):
            yield page
            page, lines = [], 0
        page.append(wish)
        lines += height
    if page:
        yield page
