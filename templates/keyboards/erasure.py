"""Forgetting a customer for good: the one question."""

from templates.actions import Action
from templates.buttons import Button, Keyboard, keyboard
from templates.speech import Speech


def ask(speech: Speech, *, customer_id: int) -> Keyboard:
    """Each in a row of its own, so that neither is pressed for the other."""
    return keyboard(
        [Button("🗑 " + speech.pgettext("button", "Erase for good"), Action("erase", (customer_id, 1)))],
        [Button("👤 " + speech.pgettext("button", "Keep, show the card"), Action("erase", (customer_id, 0)))],
    )
