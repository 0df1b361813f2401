"""Keyboards under messages: what Telegram accepts, and its words for what it does not."""

from typing import Any

from bot.sandbox.args import Args
from bot.sandbox.errors import bad_request
from bot.sandbox.model import Json

_ACTIONS = (
    "callback_data",
    "url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "web_app",
    "login_url",
    "copy_text",
    "pay",
)
_MAX_BUTTONS = 100


def read_markup(args: Args) -> tuple[Json | None, Json | None]:
    """(inline keyboard, reply keyboard) of a call's ``reply_markup``; at most one is not None.

    An empty inline keyboard counts as none.
    """
    markup = args.structure("reply_markup", "reply keyboard markup")
    if markup is None or markup == {}:
        return None, None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        rows = [[_inline(button) for button in row] for row in _rows(markup["inline_keyboard"], "inline keyboard")]
        rows = [row for row in rows if row]
        if sum(map(len, rows)) > _MAX_BUTTONS:
            raise bad_request("reply markup is too long")
        return ({"inline_keyboard": rows} if rows else None), None
    if "keyboard" in markup:
        rows = [[_plain(button) for button in row] for row in _rows(markup["keyboard"], "keyboard")]
        if sum(map(len, rows)) > 300:
            raise bad_request("reply markup is too long")
        return None, {**markup, "keyboard": [row for row in rows if row]}
    if markup.get("remove_keyboard") or markup.get("force_reply"):
        return None, markup
    raise bad_request("can't parse reply keyboard markup: unexpected reply markup")


def read_inline_markup(args: Args) -> Json | None:
    """The inline keyboard of an edit, where no other kind is taken."""
    inline, reply = read_markup(args)
    if reply is not None:
        raise bad_request("inline keyboard expected")
    return inline


def _rows(value: Any, what: str) -> list[list[Any]]:
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        raise bad_request(f'field "{what.replace(" ", "_")}" must be of type Array of Arrays')
    return value


def _inline(button: Any) -> Json:
    if not isinstance(button, dict):
        raise bad_request("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    text = button.get("text")
    if not isinstance(text, str) or not text.strip():
        raise bad_request('can\'t parse inline keyboard button: field "text" must be a non-empty string')
    actions = [name for name in _ACTIONS if name in button]
    if not actions:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    data = button.get("callback_data")
    if data is not None and (not isinstance(data, str) or not 1 <= len(data.encode()) <= 64):
        raise bad_request("BUTTON_DATA_INVALID")
    url = button.get("url")
    if url is not None and not str(url).startswith(("http://", "https://", "tg://")):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    return button


def _plain(button: Any) -> Json:
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict) or not isinstance(button.get("text"), str) or not button["text"].strip():
        raise bad_request("can't parse keyboard button: text must be non-empty")
    return button
