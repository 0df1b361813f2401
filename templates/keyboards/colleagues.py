"""Between colleagues: a customer asked for, handed over or kept, and messages about one."""

from templates.actions import Action
from templates.buttons import Button, Keyboard, keyboard
from templates.keyboards.labels import revert
from templates.speech import Speech


def known(speech: Speech, *, customer_id: int) -> Keyboard:
    """Under a colleague's customer."""
    ask = Button("🤝 " + speech.pgettext("button", "Ask hand-over"), Action("handover", (customer_id,)))
    return keyboard([ask, write(speech, customer_id)])


def write_to_owner(speech: Speech, *, customer_id: int) -> Keyboard:
    return keyboard([write(speech, customer_id)])


def asked_for(speech: Speech, *, customer_id: int, hand_over_id: int) -> Keyboard:
    """Under what a colleague asks for."""

    def answer(label: str, granted: int) -> Button:
        return Button(label, Action("answer", (customer_id, hand_over_id, granted)))

    return keyboard(
        [
            answer("✅ " + speech.pgettext("button", "Hand over"), 1),
            answer("✖ " + speech.pgettext("button", "Keep"), 0),
        ],
        [open_card(speech, customer_id)],
    )


def given(speech: Speech, *, customer_id: int, change_id: int | None) -> Keyboard:
    """Under what was handed over: taking it back."""
    return keyboard([None if change_id is None else revert(customer_id, change_id, speech)])


def received(speech: Speech, *, customer_id: int) -> Keyboard:
    return keyboard([open_card(speech, customer_id)])


def letter(speech: Speech, *, customer_id: int | None) -> Keyboard:
    """Under a colleague's message; ``customer_id`` where the reader may see the customer."""
    reply = Button("✉️ " + speech.pgettext("button", "Reply"), Action("reply"))
    return keyboard([reply, None if customer_id is None else open_card(speech, customer_id)])


def write(speech: Speech, customer_id: int) -> Button:
    return Button("✉️ " + speech.pgettext("button", "Message"), Action("message", (customer_id,)))


def open_card(speech: Speech, customer_id: int) -> Button:
    return Button("⋯ " + speech.pgettext("button", "Card"), Action("open", (customer_id,)))
