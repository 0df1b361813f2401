"""Telling a colleague what somebody's act means for them: in their language, aloud only in their hours."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot import outgoing
from bot.call import Call
from cdm_core import calendar, duty, outbox
from cdm_core import staff as people
from cdm_core.clock import local_date
from cdm_core.outbox import OutMessage
from cdm_core.staff import Staff
from cdm_core.words import MessageKind
from templates import payload
from templates.buttons import Keyboard
from templates.render import render
from templates.speech import Speech


async def tell(
    call: Call,
    reader: Staff,
    template: str,
    *,
    customer_id: int | None = None,
    context: Mapping[str, Any] | None = None,
    buttons: Callable[[Speech], Keyboard] | None = None,
    **facts: Any,
) -> None:
    """Send it in the transaction of ``call``, once an act, template and reader, to who still is what they are.

    ``customer_id`` and ``context`` are what a reply to it stands for. Who has no chat with us is not told.
    """
    chat_id = await people.private_chat(call.session, reader.id)
    if chat_id is None:
        return
    speech = replace(call.speech, language=reader.language)
    on_duty = duty.works(reader, local_date(call.now, call.thresholds.zone), call.thresholds)
    silent = not on_duty or calendar.quiet(call.now, call.thresholds)
    message = OutMessage(
        dedup_key=f"told:{call.key}:{template}:{reader.id}",
        chat_id=chat_id,
        kind=MessageKind.ALERT,
        method="sendMessage",
        payload=payload.said(render(template, speech, **facts), buttons and buttons(speech), silent=silent),
        staff_id=reader.id,
        customer_id=customer_id,
        context=context,
        again=outgoing.again(speech),
        role=outbox.lasting(reader.role),
    )
    await outbox.put(call.session, message)
