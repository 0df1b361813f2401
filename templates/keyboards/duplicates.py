"""Customers who may be one person: comparing two, making them one, taking it back."""

from collections.abc import Sequence

from templates.actions import Action
from templates.buttons import Button, Keyboard, keyboard
from templates.keyboards.colleagues import open_card
from templates.keyboards.labels import PAGE, back, more
from templates.numbers import count
from templates.speech import Speech


def same_person(speech: Speech, customer_id: int, other_id: int) -> Button:
    """``[🔗 Same person?]`` on the tab of the first."""
    return Button("🔗 " + speech.pgettext("button", "Same person?"), Action("same", (customer_id, other_id)))


def same(speech: Speech, *, stays: int, goes: int) -> Keyboard:
    """Under two side by side: one, two, or the other way round."""
    other_way = speech.pgettext("button", "Keep #%(id)s instead", id=goes)
    return keyboard(
        [
            Button("✅ " + speech.pgettext("button", "Merge"), Action("merge", (stays, goes))),
            Button("✖ " + speech.pgettext("button", "Two people"), Action("apart", (stays, goes))),
        ],
        [Button("🔗 " + other_way, Action("same", (goes, stays)))],
    )


def merged(speech: Speech, *, customer_id: int, merge_id: int) -> Keyboard:
    return keyboard([unmerge(speech, customer_id, merge_id), open_card(speech, customer_id)])


def undo_later(speech: Speech, *, customer_id: int, merge_id: int) -> Keyboard:
    """Under an undo that has to wait for another."""
    return keyboard([unmerge(speech, customer_id, merge_id)])


def unmerge(speech: Speech, customer_id: int, merge_id: int) -> Button:
    return Button("↩️ " + speech.pgettext("button", "Undo"), Action("unmerge", (customer_id, merge_id)))


def unmerged(speech: Speech, *, kept_id: int, back_id: int) -> Keyboard:
    """The two again: each card by its number, and the question anew."""
    return keyboard(
        [
            Button(count(1, speech), Action("open", (kept_id,))),
            Button(count(2, speech), Action("open", (back_id,))),
        ],
        [same_person(speech, kept_id, back_id)],
    )


def found(speech: Speech, *, pairs: Sequence[tuple[int, int]], page: int = 0, remaining: int = 0) -> Keyboard:
    """Numbers that compare the pairs of a page, and the other pages."""
    first = page * PAGE + 1
    return keyboard(
        [Button(count(number, speech), Action("same", pair)) for number, pair in enumerate(pairs, first)],
        [
            back(Action("duplicates", (page - 1,)), speech) if page else None,
            more(remaining, Action("duplicates", (page + 1,)), speech),
        ],
    )
