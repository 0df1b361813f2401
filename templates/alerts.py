"""An urgent alert as the arguments of a Bot API call: what bot and jobs say when its copies change."""

from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from cdm_core.words import AlertState, Language
from templates.buttons import keyboard
from templates.keyboards import alerts as keyboards
from templates.render import render
from templates.speech import Speech


class AlertCopy(Protocol):
    """What the buttons depend on; the message reads the rest."""

    @property
    def alert_id(self) -> int: ...
    @property
    def customer_id(self) -> int: ...
    @property
    def state(self) -> AlertState: ...
    @property
    def mine(self) -> bool: ...


class Words:
    """Words a copy for a reader of any language; called by the core."""

    def __init__(self, zone: ZoneInfo, now: datetime, currency: str) -> None:
        self._zone, self._now, self._currency = zone, now, currency

    def __call__(self, copy: AlertCopy, language: Language) -> dict[str, Any]:
        speech = Speech(language, self._zone, self._now, self._currency)
        if copy.state is AlertState.CLOSED or (copy.state is AlertState.CLAIMED and not copy.mine):
            buttons = keyboard()
        elif copy.state is AlertState.CLAIMED:
            buttons = keyboards.mine(speech, customer_id=copy.customer_id)
        else:
            buttons = keyboards.unclaimed(speech, customer_id=copy.customer_id, alert_id=copy.alert_id)
        return {
            "text": render("alert", speech, copy=copy),
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
            "reply_markup": buttons.to_markup(),
        }
