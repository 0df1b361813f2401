"""Bringing what was told in step with what somebody just did: copies of a customer's urgent alert, reminders of calls,
questions whether to call at all."""

from cdm_core import alert_messages, question_copies, reminder_copies
from templates import alerts, questions, reminders
from web.call import Call


async def retell(call: Call, customer_id: int) -> None:
    """Everybody who was told of the customer's alert, reminded of a call or asked, sees what has become of it."""
    facts = (call.thresholds.zone, call.now, call.currency)
    await alert_messages.retell(call.session, now=call.now, word=alerts.Words(*facts), customer_id=customer_id)
    word = reminders.Words(*facts)
    await reminder_copies.retell(call.session, customer_id, call.thresholds, now=call.now, word=word)
    await question_copies.retell(call.session, customer_id, by=None, word=questions.Words(*facts))
