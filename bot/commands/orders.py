"""/orders: what a customer bought, the newest first, with items, status and returns."""

from bot.call import Call
from bot.commands import card, customer
from bot.commands.paging import numbered, page_of
from bot.registry import button, command
from bot.reply import Reply
from cdm_core.hits import Hit
from cdm_core.query import parse_query
from cdm_core.search import search
from templates.actions import Tab
from templates.keyboards import lists


@command("orders", args="[who]")
async def orders(call: Call) -> Reply:
    """Whose: named, else the customer of the message replied to, else the current one."""
    if call.text:
        return await _of(call, call.text, 0)
    customer_id = (call.reply_to and call.reply_to.customer_id) or call.chat.current_customer_id
    return Reply("errors/empty_search") if customer_id is None else await _show(call, customer_id)


@button("orders")
async def other_customers(call: Call) -> Reply:
    """Another page of those whose orders may be meant."""
    assert call.action is not None
    who = str(call.reply_to.context.get("search", "")) if call.reply_to else ""
    return await _of(call, who, max(0, int(call.action.args[0]))) if who else Reply(None, toast="toasts/old_button")


async def _of(call: Call, who: str, page: int) -> Reply:
    query = parse_query(who, call.thresholds.country)
    found = await search(call.session, call.staff, call.thresholds, query, now=call.now)
    visible = found.visible
    if not visible:
        return await customer.find(call, who)
    if len(visible) == 1:
        return await _show(call, visible[0].customer_id)
    return _choices(call, who, visible, page, more=found.more)


async def _show(call: Call, customer_id: int) -> Reply:
    return await card.show_tab(call, customer_id, Tab.ORDERS, from_queue=False)


def _choices(call: Call, who: str, hits: list[Hit], page: int, *, more: bool) -> Reply:
    opened = page_of(hits, page)
    return Reply(
        "hits",
        edit=True,
        context={"search": who, "entries": numbered(opened.shown, opened.first)},
        buttons=lists.orders_of(
            call.speech,
            customer_ids=[hit.customer_id for hit in opened.shown],
            page=opened.number,
            remaining=opened.remaining,
        ),
        **customer.listed(call, who, opened, total=len(hits), more=more),
    )
