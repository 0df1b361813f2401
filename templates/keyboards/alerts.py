"""Under an urgent alert: taking it, then the outcomes of the call."""

from cdm_core.words import Outcome
from templates.actions import Action, Later
from templates.buttons import Button, Keyboard, keyboard
from templates.keyboards.labels import outcome
from templates.speech import Speech


def unclaimed(speech: Speech, *, customer_id: int, alert_id: int) -> Keyboard:
    claim = Button("🙋 " + speech.pgettext("button", "I'll call"), Action("claim", (customer_id, alert_id)))
    return keyboard([claim, _card(speech, customer_id)])


def mine(speech: Speech, *, customer_id: int) -> Keyboard:
    """The outcomes of the card."""
    tapped = (Outcome.ORDER_CONFIRMED, Outcome.NO_ANSWER, Outcome.NOT_INTERESTED)
    order, no_answer, no = (outcome(code, speech, Action("log", (customer_id, 0, code))) for code in tapped)
    later = outcome(Outcome.CALLBACK_REQUESTED, speech, Action("later", (customer_id, 0, Later.MENU)))
    return keyboard([order, no_answer, later], [no, _card(speech, customer_id)])


def _card(speech: Speech, customer_id: int) -> Button:
    return Button("⋯ " + speech.pgettext("button", "Card"), Action("open", (customer_id,)))
