"""Where a chat's conversation is: whom it is about, what is asked, and what can be answered no more."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.call import Call
from bot.registry import PASS, Handler, Passed, Replies, TextHandler
from bot.reply import Reply
from cdm_core import audit, chats
from cdm_core.errors import CdmError

NOT_SEEN = frozenset({"colleagues_customer", "erased_customer", "no_such_customer"})
"""Why a customer may not be seen, or not any more."""

_ANSWERED_WITHIN = timedelta(minutes=10)
"""A question older than this is not what the next text answers."""


async def make_current(call: Call, customer_id: int) -> None:
    until = call.now + timedelta(minutes=call.thresholds.current_card_minutes)
    await chats.open_customer(call.session, call.chat.chat_id, customer_id, until=until)


async def ask(call: Call, name: str, *, customer_id: int | None = None, **facts: Any) -> None:
    """Ask in the chat what the dialog ``name`` answers, about this customer; see ``answer``."""
    if customer_id is not None:
        await make_current(call, customer_id)
        facts["customer_id"] = customer_id
    until = call.now + _ANSWERED_WITHIN
    earlier = call.chat.dialog or {}
    same = {"name": name, **facts}.items() <= earlier.items()
    asked_by = [*(earlier.get("asked_by", ()) if same else ()), call.key]
    await chats.ask(call.session, call.chat.chat_id, name, until=until.isoformat(), asked_by=asked_by, **facts)


def done_already(error: CdmError) -> Reply | None:
    """The toast for a button whose work is done, or whose day is over; None for other refusals."""
    if error.code == "already_undone":
        return Reply(None, toast="toasts/already_done", at=error.facts["at"])
    if error.code == "nothing_to_undo":
        return Reply(None, toast="toasts/nothing_to_undo")
    if error.code == "already_answered":
        return Reply(None, toast="errors/already_answered", **error.facts)
    if error.code == "listed_again":
        return Reply(None, toast="toasts/listed_again", at=error.facts["at"])
    if error.code == "changed_since":
        return Reply(None, toast="errors/changed_since")
    return None


def once(handler: Callable[[Call], Awaitable[Replies]]) -> Handler:
    """A button that works once: pressed again, or a day later, it says so and does nothing."""

    async def guarded(call: Call) -> Replies:
        try:
            return await handler(call)
        except CdmError as error:
            toast = done_already(error)
            if toast is None:
                raise
            return toast

    return guarded


async def refused(call: Call, refusal: CdmError, *, answered: bool = False) -> Reply:
    """Whose customer it is whom something was typed about; on record as a refusal, while other work of the call stands.

    ``answered``: what was typed is the answer to a question, and not saved.
    """
    about = refusal.facts["customer_id"]
    await audit.record(call.session, call.now, call.staff, "refused", customer_id=about, why=refusal.code)
    return Reply.of_error(CdmError(refusal.code, **refusal.facts, lost=answered), call.speech)


def over(call: Call, asked: Mapping[str, Any]) -> bool:
    """Whether the question was asked so long ago that the next text is not its answer."""
    return datetime.fromisoformat(asked["until"]) <= call.now


def answer(handler: TextHandler) -> TextHandler:
    """A dialog's handler whose question ends by itself: with time, or with nothing left to change."""

    async def guarded(call: Call) -> Replies | Passed:
        try:
            if not over(call, call.chat.dialog or {}):
                return await handler(call)
        except CdmError as error:
            if error.code in NOT_SEEN:
                await chats.stop_asking(call.session, call.chat.chat_id)
                return await refused(call, error, answered=True)
            if done_already(error) is None:
                raise
        await chats.stop_asking(call.session, call.chat.chat_id)
        return PASS

    return guarded
