"""Correcting what was logged: what of it, and to what."""

from collections.abc import Mapping
from datetime import timedelta

from cdm_core.words import Outcome, Reason
from templates.actions import Action, FixField, Later
from templates.buttons import Button, Keyboard, keyboard
from templates.dates import span
from templates.keyboards.labels import back, labelled, next_page, outcome, reason
from templates.numbers import count
from templates.speech import Speech
from templates.text import capitalised

_OUTCOMES = (
    (Outcome.ORDER_CONFIRMED, Outcome.CALLBACK_REQUESTED, Outcome.LINE_BUSY, Outcome.SWITCHED_OFF),
    (Outcome.CONNECTED, Outcome.NO_ANSWER, Outcome.CUSTOMER_HUNG_UP),
    (Outcome.INTERESTED, Outcome.NOT_INTERESTED),
    (Outcome.WHATSAPP_MESSAGE_SENT, Outcome.WRONG_NUMBER),
)
_REASONS = (
    (Reason.PRICE, Reason.DELIVERY_CHARGE, Reason.QUALITY),
    (Reason.TIMING, Reason.COMPETITOR, Reason.OTHER),
)
_MINUTES = (1, 2, 3, 5, 10)


def fix(speech: Speech, *, customer_id: int, interaction_id: int, order: bool = False) -> Keyboard:
    """What to correct; of an ``order`` made of the note its content, in place of reason and minutes."""

    def field(label: str, code: FixField) -> Button:
        return Button(label, Action("fix", (customer_id, interaction_id, code)))

    content = field(labelled("tab", "orders", speech), FixField.ORDER)
    why = field(speech.pgettext("button", "Reason"), FixField.REASON)
    minutes = field(speech.pgettext("button", "Minutes"), FixField.MINUTES)
    return keyboard(
        [
            field(speech.pgettext("button", "Outcome"), FixField.OUTCOME),
            *([content] if order else [why, minutes]),
        ],
        [
            field("⏰ " + speech.pgettext("button", "Follow-up"), FixField.FOLLOW_UP),
            field("👤 " + speech.pgettext("button", "Customer"), FixField.CUSTOMER),
            back(Action("fix", (customer_id, interaction_id, FixField.BACK)), speech),
        ],
    )


def fix_outcome(speech: Speech, *, customer_id: int, interaction_id: int) -> Keyboard:
    """All outcomes but do-not-call, which is asked on its own."""
    return keyboard(
        *(
            [outcome(code, speech, Action("retell", (customer_id, interaction_id, code))) for code in row]
            for row in _OUTCOMES
        )
    )


def fix_reason(speech: Speech, *, customer_id: int, interaction_id: int) -> Keyboard:
    return keyboard(
        *([reason(code, customer_id, interaction_id, speech) for code in row] for row in _REASONS),
        [_to_menu(customer_id, interaction_id, speech)],
    )


def fix_minutes(speech: Speech, *, customer_id: int, interaction_id: int) -> Keyboard:
    return keyboard(
        [Button(count(n, speech), Action("minutes", (customer_id, interaction_id, n))) for n in _MINUTES],
        [_to_menu(customer_id, interaction_id, speech)],
    )


def fix_follow_up(speech: Speech, *, customer_id: int, interaction_id: int) -> Keyboard:
    def choice(label: str, when: Later) -> Button:
        return Button(label, Action("promise", (customer_id, interaction_id, when)))

    return keyboard(
        [
            choice("+" + span(timedelta(minutes=30), speech), Later.HALF_HOUR),
            choice("+" + span(timedelta(hours=2), speech), Later.TWO_HOURS),
        ],
        [
            choice(capitalised(speech.gettext("tomorrow")), Later.TOMORROW),
            choice("📅 " + speech.pgettext("button", "Pick"), Later.PICK),
        ],
        [
            choice("🗑 " + speech.pgettext("button", "No follow-up"), Later.NEVER),
            _to_menu(customer_id, interaction_id, speech),
        ],
    )


def move(
    speech: Speech,
    *,
    customer_id: int,
    interaction_id: int,
    entries: Mapping[str, int],
    page: int = 0,
    remaining: int = 0,
) -> Keyboard:
    """To whom of a list, by its numbers, what was logged belongs; and the list's other pages."""

    def turned(to: int) -> Action:
        return Action("moves", (customer_id, interaction_id, to))

    return keyboard(
        [
            Button(count(int(number), speech), Action("move", (customer_id, interaction_id, other)))
            for number, other in entries.items()
        ],
        [back(turned(page - 1), speech) if page else None, next_page(remaining, turned(page + 1), speech)],
    )


def _to_menu(customer_id: int, interaction_id: int, speech: Speech) -> Button:
    return back(Action("fix", (customer_id, interaction_id, FixField.MENU)), speech)
