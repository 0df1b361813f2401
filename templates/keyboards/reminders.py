"""Under the reminder of a promised call: done, another time, the card; then how the call went."""

from datetime import timedelta

from templates.actions import Action, Later
from templates.buttons import Button, Keyboard, keyboard
from templates.dates import span
from templates.keyboards.labels import card_below
from templates.speech import Speech
from templates.text import capitalised


def due(speech: Speech, *, customer_id: int, follow_up_id: int) -> Keyboard:
    def snooze(label: str, when: Later) -> Button:
        return Button(label, Action("snooze", (customer_id, follow_up_id, when)))

    done = Button("☑️ " + speech.pgettext("button", "Done"), Action("done", (customer_id, follow_up_id)))
    return keyboard(
        [done, snooze("+" + span(timedelta(hours=2), speech), Later.TWO_HOURS)],
        [
            snooze(capitalised(speech.gettext("tomorrow")), Later.TOMORROW),
            snooze("📅 " + speech.pgettext("button", "Pick"), Later.PICK),
            card_below(customer_id, speech),
        ],
    )
