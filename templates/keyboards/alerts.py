"""Under an urgent alert: taking it, then the outcomes of the call."""

from templates.actions import Action
from templates.buttons import Button, Keyboard, keyboard
from templates.keyboards.labels import card_below, outcomes
from templates.speech import Speech


def unclaimed(speech: Speech, *, customer_id: int, alert_id: int) -> Keyboard:
    claim = Button("🙋 " + speech.pgettext("button", "I'll call"), Action("claim", (customer_id, alert_id)))
    return keyboard([claim, card_below(customer_id, speech)])


def mine(speech: Speech, *, customer_id: int) -> Keyboard:
    return outcomes(customer_id, speech)
