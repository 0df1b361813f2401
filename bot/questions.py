"""The messages that asked whether all calls to a customer are to stop: one asks at a time, none once it is answered."""

from bot.call import Call
from cdm_core import question_copies
from cdm_core.question_copies import Doer
from templates.questions import Words


async def retell(call: Call, customer_id: int) -> None:
    """What asks after the customer, and nothing waits for its answer any more, says so and has no buttons."""
    await question_copies.retell(call.session, customer_id, by=_doer(call), word=_words(call))


async def give_way(call: Call, customer_id: int) -> None:
    """What asks after the customer gives way to the question that this call puts."""
    await question_copies.give_way(call.session, customer_id, by=_doer(call), word=_words(call))


def _doer(call: Call) -> Doer:
    return Doer(call.staff.name, call.chat.chat_id, call.message_id if call.action else None)


def _words(call: Call) -> Words:
    return Words(call.thresholds.zone, call.now, call.speech.currency)
