"""Whom a command is about: named in it, else the customer of the message replied to, else the current one."""

from bot.call import Call
from bot.commands import customer
from bot.reply import Reply
from cdm_core.access import CustomerRef
from cdm_core.query import parse_query
from cdm_core.search import search


async def whom(call: Call, who: str) -> CustomerRef | Reply:
    """The one customer, or what is to be answered where there is none, are several, or it is a colleague's.

    Raises as ``access_customer`` does.
    """
    if not who:
        present = (call.reply_to and call.reply_to.customer_id) or call.chat.current_customer_id
        return Reply("errors/empty_search") if present is None else await call.customer(present)
    query = parse_query(who, call.thresholds.country)
    found = await search(call.session, call.staff, call.thresholds, query, now=call.now)
    if len(found.hits) == 1 and not found.hits[0].masked:
        return await call.customer(found.hits[0].customer_id)
    return await customer.find(call, who)
