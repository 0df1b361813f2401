"""Labels that several keyboards share, and buttons made of them."""

from collections.abc import Iterable

from cdm_core.words import Outcome, Reason
from templates.actions import Action, Later
from templates.buttons import Button, Keyboard, keyboard
from templates.numbers import count
from templates.speech import Speech
from templates.text import capitalised
from templates.vocabulary import icon, render_words

PAGE = 5
"""Entries of a list, and number buttons in a row."""


def labelled(kind: str, code: str, speech: Speech) -> str:
    """A word of the vocabulary as a label, with its icon where it has one: ``✅ Order``."""
    return f"{icon(kind, code)} {capitalised(render_words(kind, code, speech))}".lstrip()


def outcome(code: Outcome, speech: Speech, action: Action) -> Button:
    return Button(labelled("outcome", code, speech), action)


def reason(code: Reason, customer_id: int, interaction_id: int, speech: Speech) -> Button:
    """Why the customer of a logged contact did not want it."""
    return Button(labelled("reason", code, speech), Action("reason", (customer_id, interaction_id, code)))


def numbers(customer_ids: Iterable[int], first: int, speech: Speech) -> list[Button]:
    """``[1][2][3]``: each opens the card of its line, counted from ``first``."""
    return [
        Button(count(number, speech), Action("open", (customer_id,)))
        for number, customer_id in enumerate(customer_ids, first)
    ]


def card_below(customer_id: int, speech: Speech) -> Button:
    """``[⋯ Card]``: the card as a message of its own, this one stays."""
    return Button("⋯ " + speech.pgettext("button", "Card"), Action("open", (customer_id,)))


def outcomes(customer_id: int, speech: Speech) -> Keyboard:
    """How the call went, as on the card, and the card."""
    tapped = (Outcome.ORDER_CONFIRMED, Outcome.NO_ANSWER, Outcome.NOT_INTERESTED)
    order, no_answer, no = (outcome(code, speech, Action("log", (customer_id, 0, code))) for code in tapped)
    later = outcome(Outcome.CALLBACK_REQUESTED, speech, Action("later", (customer_id, 0, Later.MENU)))
    return keyboard([order, no_answer, later], [no, card_below(customer_id, speech)])


def stop_calls(speech: Speech, *, customer_id: int, interaction_id: int) -> list[Button]:
    """Whether all calls are to stop, as the note said, or go on as before."""
    return [
        outcome(Outcome.DO_NOT_CALL, speech, Action("dnc", (customer_id, interaction_id))),
        Button("📞 " + speech.pgettext("button", "Keep calling"), Action("calls_on", (customer_id, interaction_id))),
    ]


def next_call(speech: Speech) -> Button:
    return Button("▶️ " + speech.pgettext("button", "Next"), Action("next"))


def undo(customer_id: int, interaction_id: int, speech: Speech) -> Button:
    return Button("↩️ " + speech.pgettext("button", "Undo"), Action("undo", (customer_id, interaction_id)))


def revert(customer_id: int, change_id: int, speech: Speech, *, beside: int | None = None) -> Button:
    """Take back a change made by hand, and the one ``beside`` it that was made with it."""
    action = Action("revert", (customer_id, change_id))
    if beside is not None:
        action = Action("revert_both", (customer_id, change_id, beside))
    return Button("↩️ " + speech.pgettext("button", "Undo"), action)


def back(action: Action, speech: Speech) -> Button:
    return Button("‹ " + speech.pgettext("button", "Back"), action)


def next_page(remaining: int, action: Action, speech: Speech) -> Button | None:
    """``[Next 5 ›]``, if there are any."""
    if remaining <= 0:
        return None
    return Button(speech.pgettext("button", "Next %(n)s ›", n=count(min(PAGE, remaining), speech)), action)


def more(remaining: int, action: Action, speech: Speech) -> Button | None:
    """``[7 more ›]``, if there are any."""
    if remaining <= 0:
        return None
    return Button(speech.pgettext("button", "%(n)s more ›", n=count(remaining, speech)), action)
