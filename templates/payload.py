"""Rendered words as the arguments of a Bot API call, but for the chat: what bot and jobs put into the outbox."""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from cdm_core.words import Language
from templates.buttons import Keyboard, ReplyKeyboard
from templates.render import render
from templates.speech import Speech

_HTML = {"parse_mode": "HTML"}
_UNPREVIEWED = {**_HTML, "link_preview_options": {"is_disabled": True}}

Copy = TypeVar("Copy", contravariant=True)


def said(text: str, buttons: Keyboard | ReplyKeyboard | None = None, *, silent: bool = False) -> dict[str, Any]:
    """A message of HTML ``text``, never with a page shown below it; ``silent`` where it must not ring."""
    return {"text": text, **_UNPREVIEWED, **_rest(buttons, silent)}


def caption(text: str, buttons: Keyboard | ReplyKeyboard | None = None, *, silent: bool = False) -> dict[str, Any]:
    """The same under a file; which file, is the caller's."""
    return {"caption": text, **_HTML, **_rest(buttons, silent)}


def found(text: str) -> dict[str, Any]:
    """The content of an inline result: what is said where it is picked."""
    return {"message_text": text, **_UNPREVIEWED}


def _rest(buttons: Keyboard | ReplyKeyboard | None, silent: bool) -> dict[str, Any]:
    rest: dict[str, Any] = {"disable_notification": True} if silent else {}
    return rest if buttons is None else rest | {"reply_markup": buttons.to_markup()}


class Words(ABC, Generic[Copy]):
    """Words a copy of what several may read, for a reader of any language; called by the core.

    With the line that marks it where it may have arrived before (``cdm_core.outbox``).
    """

    def __init__(self, zone: ZoneInfo, now: datetime, currency: str) -> None:
        self._zone, self._now, self._currency = zone, now, currency

    def __call__(self, copy: Copy, language: Language) -> dict[str, Any]:
        speech = Speech(language, self._zone, self._now, self._currency)
        return {**self.worded(copy, speech), "$again": render("again", speech)}

    @abstractmethod
    def worded(self, copy: Copy, speech: Speech) -> dict[str, Any]: ...
