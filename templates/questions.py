"""What is left of a message that asked whether all calls are to stop, as the arguments of a Bot API call."""

from typing import Any, Protocol

from cdm_core.words import QuestionEnd
from templates import payload
from templates.buttons import keyboard
from templates.render import render
from templates.speech import Speech


class Settled(Protocol):
    """``below``: the rest stands in the same chat; else ``by`` is who did it, None where a program did."""

    @property
    def customer_id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def end(self) -> QuestionEnd: ...
    @property
    def below(self) -> bool: ...
    @property
    def by(self) -> str | None: ...


class Words(payload.Words[Settled]):
    def worded(self, copy: Settled, speech: Speech) -> dict[str, Any]:
        return payload.said(render("notes/asked", speech, copy=copy), keyboard())
