"""The reminder of a promised call as the arguments of a Bot API call: what bot and jobs say."""

from typing import Any, Protocol

from templates import payload
from templates.buttons import keyboard
from templates.keyboards import reminders as keyboards
from templates.render import render
from templates.speech import Speech


class ReminderCopy(Protocol):
    """What the buttons depend on; the message reads the rest. ``end`` is None while the call is still promised."""

    @property
    def follow_up_id(self) -> int: ...
    @property
    def customer_id(self) -> int: ...
    @property
    def end(self) -> object: ...


class Words(payload.Words[ReminderCopy]):
    def worded(self, copy: ReminderCopy, speech: Speech) -> dict[str, Any]:
        buttons = keyboard()
        if copy.end is None:
            buttons = keyboards.due(speech, customer_id=copy.customer_id, follow_up_id=copy.follow_up_id)
        return payload.said(render("reminder", speech, copy=copy, asking=False), buttons)
