"""Lists whose lines are opened by number: hits of a search, calls, events, follow-ups, the morning list."""

from collections.abc import Mapping, Sequence

from templates.actions import Action, CallFilter, StatsSpan, Tab, fits
from templates.buttons import Button, Keyboard, keyboard
from templates.dates import days
from templates.keyboards.labels import PAGE, back, more, next_call, next_page, numbers
from templates.numbers import count
from templates.speech import Speech

_DIGEST_NUMBERS = 2 * PAGE
_FILTER_ICONS = {
    CallFilter.ALL: "📞",
    CallFilter.CONFIRM: "📦",
    CallFilter.HOT: "🔥",
    CallFilter.DUE: "⏰",
    CallFilter.CART: "🛒",
    CallFilter.BIRTHDAY: "🎂",
}


def hits(speech: Speech, *, customer_ids: Sequence[int], search: str, page: int = 0, remaining: int = 0) -> Keyboard:
    """``search`` finds the same again: the query or a key to it; without room for it there is no next page."""
    onward, backward = Action("hits", (search, page + 1)), Action("hits", (search, page - 1))
    return keyboard(
        numbers(customer_ids, page * PAGE + 1, speech),
        [
            back(backward, speech) if page and fits(backward) else None,
            next_page(remaining, onward, speech) if fits(onward) else None,
        ],
    )


def orders_of(speech: Speech, *, customer_ids: Sequence[int], page: int = 0, remaining: int = 0) -> Keyboard:
    """Hits whose numbers open their orders."""
    opened = [
        Button(count(number, speech), Action("tab", (customer_id, 0, Tab.ORDERS, 0)))
        for number, customer_id in enumerate(customer_ids, page * PAGE + 1)
    ]
    return keyboard(
        opened,
        [
            back(Action("orders", (page - 1,)), speech) if page else None,
            next_page(remaining, Action("orders", (page + 1,)), speech),
        ],
    )


def calls(
    speech: Speech,
    *,
    customer_ids: Sequence[int],
    counts: Mapping[CallFilter, int],
    part: CallFilter = CallFilter.ALL,
    page: int = 0,
    remaining: int = 0,
    team: bool = False,
) -> Keyboard:
    """Numbers, start and more, then the parts of the list that hold anyone; the open part leads back to all.

    ``team``: what each agent has can be looked at.
    """
    parts = []
    for place in CallFilter:
        if place is CallFilter.ALL or not counts.get(place, 0):
            continue
        shown = CallFilter.ALL if place is part else place
        label = f"{_FILTER_ICONS[shown]} {count(counts.get(shown, 0), speech)}"
        parts.append(Button(label, Action("calls", (shown, 0))))
    start = Button("▶️ " + speech.pgettext("button", "Start"), Action("next"))
    return keyboard(
        numbers(customer_ids, page * PAGE + 1, speech),
        [
            start if customer_ids else None,
            more(remaining, Action("calls", (part, page + 1)), speech),
            Button("👥 " + speech.pgettext("button", "Team"), Action("team")) if team else None,
        ],
        parts,
    )


def team_calls(speech: Speech) -> Keyboard:
    """Under what each agent has: the way back to one's own list."""
    return keyboard([back(Action("calls", (CallFilter.ALL, 0)), speech)])


def events(
    speech: Speech, *, customer_ids: Sequence[int], days_ahead: int, page: int = 0, remaining: int = 0
) -> Keyboard:
    """Numbers, more, and the other usual range: a week or a month."""
    other = 30 if days_ahead <= 7 else 7
    return keyboard(
        numbers(customer_ids, page * PAGE + 1, speech),
        [
            Button("📅 " + days(other, speech), Action("events", (other, 0))),
            more(remaining, Action("events", (days_ahead, page + 1)), speech),
        ],
    )


def due(speech: Speech, *, customer_ids: Sequence[int], page: int = 0, remaining: int = 0) -> Keyboard:
    return keyboard(
        numbers(customer_ids, page * PAGE + 1, speech),
        [
            next_call(speech) if customer_ids else None,
            more(remaining, Action("due", (page + 1,)), speech),
        ],
    )


def dropoffs(speech: Speech, *, customer_ids: Sequence[int], page: int = 0, remaining: int = 0) -> Keyboard:
    return keyboard(
        numbers(customer_ids, page * PAGE + 1, speech),
        [more(remaining, Action("carts", (page + 1,)), speech)],
    )


def numbered_rows(speech: Speech, *, customer_ids: Sequence[int], first: int) -> Keyboard:
    """Nothing but the numbers of the lines, counted from ``first``."""
    return keyboard(numbers(customer_ids, first, speech))


def digest(
    speech: Speech,
    *,
    customer_ids: Sequence[int],
    calls: int = 0,
    week: int = 0,
    due: int = 0,
    carts: int = 0,
    team: bool = False,
) -> Keyboard:
    """The morning list: the first ten numbers, rows alike, then what there is by the counts; the team's results of who
    leads one."""
    shown = customer_ids[:_DIGEST_NUMBERS]
    first = len(shown) if len(shown) <= PAGE else (len(shown) + 1) // 2
    start = Button("▶️ " + speech.pgettext("button", "Start calls"), Action("next"))
    week_label = "🎂 " + speech.pgettext("button", "Week %(n)s", n=count(week, speech))
    carts_label = "🛒 " + speech.pgettext("button", "Carts %(n)s", n=count(carts, speech))
    return keyboard(
        numbers(shown[:first], 1, speech),
        numbers(shown[first:], first + 1, speech),
        [start if calls else None, Button(week_label, Action("events", (7, 0))) if week else None],
        [due_count(due, speech) if due else None, Button(carts_label, Action("carts", (0,))) if carts else None],
        [Button("📊 " + speech.pgettext("button", "Team"), Action("stats", (StatsSpan.WEEK,)))] if team else [],
    )


def me(speech: Speech, *, due: int) -> Keyboard:
    """Under the day's results."""
    week = Button("📅 " + speech.pgettext("button", "Week"), Action("me", (7,)))
    return keyboard([due_count(due, speech) if due else None, week])


def me_week(speech: Speech) -> Keyboard:
    """Under the week's results: back to today."""
    return keyboard([back(Action("me", (1,)), speech)])


def due_count(due: int, speech: Speech) -> Button:
    """``[⏰ Due 4]``"""
    return Button("⏰ " + speech.pgettext("button", "Due %(n)s", n=count(due, speech)), Action("due", (0,)))
