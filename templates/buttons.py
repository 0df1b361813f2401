"""Buttons and keyboards as plain data in Telegram's ``reply_markup`` shape."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from templates.actions import Action, encode


@dataclass(frozen=True, slots=True)
class Url:
    """Opens a page or another app; the bot does not learn of it."""

    address: str


@dataclass(frozen=True, slots=True)
class SwitchInline:
    """Puts ``@bot query`` into the chat's input."""

    query: str


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    action: Action | Url | SwitchInline

    def to_markup(self) -> dict[str, Any]:
        match self.action:
            case Action():
                return {"text": self.label, "callback_data": encode(self.action)}
            case Url(address):
                return {"text": self.label, "url": address}
            case SwitchInline(query):
                return {"text": self.label, "switch_inline_query_current_chat": query}


@dataclass(frozen=True, slots=True)
class Keyboard:
    """The inline keyboard under a message."""

    rows: tuple[tuple[Button, ...], ...]

    def to_markup(self) -> dict[str, Any]:
        return {"inline_keyboard": [[button.to_markup() for button in row] for row in self.rows]}


@dataclass(frozen=True, slots=True)
class ReplyKeyboard:
    """The keyboard in place of the phone's own, which stays; pressing types the label.

    A label in ``contact_labels`` shares the presser's own phone number instead.
    """

    rows: tuple[tuple[str, ...], ...]
    contact_labels: frozenset[str] = frozenset()

    def to_markup(self) -> dict[str, Any]:
        return {
            "keyboard": [[self._key(label) for label in row] for row in self.rows],
            "resize_keyboard": True,
            "is_persistent": True,
        }

    def _key(self, label: str) -> dict[str, Any]:
        return {"text": label, "request_contact": True} if label in self.contact_labels else {"text": label}


def keyboard(*rows: Iterable[Button | None]) -> Keyboard:
    """Rows without their absent buttons, and without rows that are left empty."""
    present = (tuple(button for button in row if button is not None) for row in rows)
    return Keyboard(tuple(row for row in present if row))
