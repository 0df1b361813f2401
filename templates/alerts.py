"""An urgent alert as the arguments of a Bot API call: what bot and jobs say when its copies change."""

from typing import Any, Protocol

from cdm_core.words import AlertState
from templates import payload
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
    @property
    def below(self) -> bool: ...


class Words(payload.Words[AlertCopy]):
    def worded(self, copy: AlertCopy, speech: Speech) -> dict[str, Any]:
        over = copy.below or copy.state is AlertState.CLOSED
        if over or (copy.state is AlertState.CLAIMED and not copy.mine):
            buttons = keyboard()
        elif copy.state is AlertState.CLAIMED:
            buttons = keyboards.mine(speech, customer_id=copy.customer_id)
        else:
            buttons = keyboards.unclaimed(speech, customer_id=copy.customer_id, alert_id=copy.alert_id)
        return payload.said(render("alert", speech, copy=copy), buttons)
