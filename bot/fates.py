"""What an error of the Bot API says about the message that met it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import httpx
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_GONE = ("message to edit not found", "message can't be edited", "message_id_invalid")


class Fate(StrEnum):
    SAME = "same"  # the edit changes nothing, which is what was wanted
    GONE = "gone"  # the message to edit is not there any more
    FLOOD = "flood"  # not sent; nothing may be sent for ``seconds``
    MIGRATED = "migrated"  # not sent; the chat has the id ``chat_id`` now
    BLOCKED = "blocked"  # refused: the chat takes no messages from us
    TOKEN = "token"  # not sent: the token is not accepted
    REFUSED = "refused"  # refused for good
    NOT_SENT = "not_sent"  # Telegram was not reached
    UNKNOWN = "unknown"  # it may have arrived


@dataclass(frozen=True, slots=True)
class Verdict:
    """``why`` is for people who look after the queue; it holds neither token nor message."""

    fate: Fate
    why: str
    seconds: float = 0.0
    chat_id: int = 0


def judge(error: BaseException) -> Verdict:
    """The order matters: BadRequest and TimedOut are NetworkErrors too."""
    name = type(error).__name__
    match error:
        case RetryAfter():
            wait = error.retry_after
            seconds = wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
            return Verdict(Fate.FLOOD, f"asked to wait {seconds:g} s", seconds=seconds)
        case ChatMigrated():
            return Verdict(Fate.MIGRATED, "the group became a supergroup", chat_id=error.new_chat_id)
        case Forbidden():
            return Verdict(Fate.BLOCKED, error.message)
        case BadRequest():
            message = error.message.lower()
            if "message is not modified" in message:
                return Verdict(Fate.SAME, error.message)
            if any(sign in message for sign in _GONE):
                return Verdict(Fate.GONE, error.message)
            return Verdict(Fate.REFUSED, error.message)
        case InvalidToken():
            return Verdict(Fate.TOKEN, "the token is not accepted")
        case NetworkError() if isinstance(error.__cause__, _NOT_SENT):
            return Verdict(Fate.NOT_SENT, type(error.__cause__).__name__)
        case NetworkError():
            return Verdict(Fate.UNKNOWN, type(error.__cause__).__name__ if error.__cause__ else error.message)
        case FileNotFoundError():
            return Verdict(Fate.REFUSED, "our copy of the file is not here")
        case TelegramError():
            return Verdict(Fate.UNKNOWN, name)
        case _:
            return Verdict(Fate.UNKNOWN, name)
