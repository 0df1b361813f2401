"""Bringing the copies of a customer's urgent alert in step with what somebody just did."""

from bot.call import Call
from cdm_core import alert_copies
from templates.alerts import Words


async def retell(call: Call, customer_id: int) -> None:
    """Everybody who was told of the customer's alert sees what has become of it."""
    word = Words(call.thresholds.zone, call.now, call.speech.currency)
    await alert_copies.retell(call.session, now=call.now, word=word, customer_id=customer_id)
