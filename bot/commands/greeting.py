"""A greeting to a customer, for a win-back or a special day: in their language, to be changed, a tap from WhatsApp."""

from collections.abc import Mapping
from typing import Any

from bot.call import Call
from bot.commands import card, conversation
from bot.registry import PASS, Passed, button, dialog
from bot.reply import Reply
from cdm_core import campaigns, chats, greetings
from cdm_core.access import CustomerRef
from cdm_core.errors import CdmError
from cdm_core.query import parse_query
from cdm_core.words import Language, QueryKind
from templates import greetings as texts
from templates.actions import GreetingFor
from templates.keyboards import campaigns as keyboards

ASKED = "greeting_text"
_OLD = Reply(None, toast="toasts/old_button")
_SEARCHES = (QueryKind.PHONE, QueryKind.NUMBER, QueryKind.ID)


@button("greet")
async def greet(call: Call) -> Reply:
    """In place of the card, which is one tap back."""
    assert call.action is not None
    ref = await call.customer(int(call.action.args[0]))
    why, language = GreetingFor(str(call.action.args[1])), Language(str(call.action.args[2]))
    text = await _text(call, ref, why, language)
    if text is None:
        return _OLD
    await _stop(call)
    return await _show(call, ref, why, language, text, edit=True)


@button("reword")
async def reword(call: Call) -> Reply:
    assert call.action is not None
    ref = await call.customer(int(call.action.args[0]))
    why, language = GreetingFor(str(call.action.args[1])), Language(str(call.action.args[2]))
    text = await _text(call, ref, why, language)
    return _OLD if text is None else await _ask(call, ref, why, language, text)


@dialog(ASKED)
@conversation.answer
async def worded(call: Call) -> Reply | Passed:
    """The text for this customer alone; a number instead of it is a search."""
    asked = call.chat.dialog or {}
    if parse_query(call.text, call.thresholds.country).kind in _SEARCHES:
        await chats.stop_asking(call.session, call.chat.chat_id)
        return PASS
    ref = await call.customer(int(asked["customer_id"]))
    why, language = GreetingFor(asked["why"]), Language(asked["language"])
    try:
        text = campaigns.greeting_text(call.text)
    except CdmError as error:
        return await _ask(call, ref, why, language, asked["text"], refused=error.facts)
    shown = await _show(call, ref, why, language, await _filled(call, ref, why, language, text), own=True)
    await _stop(call)
    return shown


async def _show(
    call: Call,
    ref: CustomerRef,
    why: GreetingFor,
    language: Language,
    text: str,
    *,
    own: bool = False,
    edit: bool = False,
) -> Reply:
    await conversation.make_current(call, ref.customer_id)
    reader = await greetings.reader(call.session, ref)
    return card.behind(
        call,
        ref,
        "greeting",
        keyboards.greeting(
            call.speech,
            customer_id=ref.customer_id,
            from_queue=card.queued(call),
            why=why,
            language=language,
            link=texts.link(reader.phone_e164, text) if reader.phone_e164 else None,
        ),
        edit=edit,
        text=text,
        own=own,
        can_write=reader.phone_e164 is not None,
    )


async def _ask(
    call: Call,
    ref: CustomerRef,
    why: GreetingFor,
    language: Language,
    text: str,
    *,
    refused: Mapping[str, Any] | None = None,
) -> Reply:
    queue = card.queue_context(call) or {}
    await conversation.ask(
        call, ASKED, customer_id=ref.customer_id, why=why.value, language=language.value, text=text, **queue
    )
    return card.behind(
        call,
        ref,
        "greeting_ask",
        keyboards.reword(call.speech, customer_id=ref.customer_id, why=why, language=language),
        edit=True,
        text=text,
        refused=refused,
    )


async def _text(call: Call, ref: CustomerRef, why: GreetingFor, language: Language) -> str | None:
    """None where there is nothing to greet the customer for any more."""
    if why is GreetingFor.OCCASION:
        near = await greetings.occasion(call.session, ref, call.thresholds, now=call.now)
        return texts.wish(near, call.speech, language, name=ref.name) if near else None
    chase = await greetings.chase(call.session, ref)
    if chase is None:
        return None
    stored = chase.campaign.greeting(language)
    return texts.filled(stored, call.speech, language, name=ref.name, product=chase.product)


async def _filled(call: Call, ref: CustomerRef, why: GreetingFor, language: Language, text: str) -> str:
    """What the person wrote, where it leaves the name and the product to be filled in."""
    chase = await greetings.chase(call.session, ref) if why is GreetingFor.WIN_BACK else None
    return texts.filled(text, call.speech, language, name=ref.name, product=chase.product if chase else None)


async def _stop(call: Call) -> None:
    """End the question about a greeting, if that is what was asked."""
    if (call.chat.dialog or {}).get("name") == ASKED:
        await chats.stop_asking(call.session, call.chat.chat_id)
