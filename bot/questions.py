"""The messages that asked whether all calls to a customer are to stop: one asks at a time, none once it is answered."""

from collections.abc import Sequence

from bot.call import Call
from cdm_core import outbox
from cdm_core.access import CustomerRef
from cdm_core.call_questions import Asking
from cdm_core.outbox import OutMessage
from cdm_core.words import MessageKind
from templates.questions import Settled, Words


async def settle(call: Call, customer: CustomerRef, asked: Sequence[Asking], *, answered: bool) -> None:
    """These messages have no buttons any more and say where it goes on: in the same chat below, else with whom."""
    word = Words(call.thresholds.zone, call.now, call.speech.currency)
    for message in asked:
        here = message.chat_id == call.chat.chat_id
        settled = Settled(customer, answered=answered, by=None if here else call.staff.name)
        edit = OutMessage(
            dedup_key=f"asks:{message.outbox_id}:{call.key}",
            chat_id=message.chat_id,
            kind=MessageKind.REPLY,
            method="editMessageText",
            payload=word(settled, message.language),
            staff_id=message.staff_id,
            customer_id=customer.customer_id,
            edits=message.outbox_id,
        )
        await outbox.put(call.session, edit)
