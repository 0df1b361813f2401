"""The reminder of a promised call as the arguments of a Bot API call: what bot and jobs say."""

from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from cdm_core.words import Language
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


class Words:
    """Words a copy for a reader of any language; called by the core."""

    def __init__(self, zone: ZoneInfo, now: datetime, currency: str) -> None:
        self._zone, self._now, self._currency = zone, now, currency

    def __call__(self, copy: ReminderCopy, language: Language) -> dict[str, Any]:
        speech = Speech(language, self._zone, self._now, self._currency)
        buttons = keyboard()
        if copy.end is None:
            buttons = keyboards.due(speech, customer_id=copy.customer_id, follow_up_id=copy.follow_up_id)
        return {
            "text": render("reminder", speech, copy=copy, asking=False),
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
            "reply_markup": buttons.to_markup(),
        }
