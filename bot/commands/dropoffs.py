"""/dropoffs: carts, checkouts and payments to win back."""

from decimal import Decimal

from bot import urgent
from bot.call import Call
from bot.commands import card
from bot.commands.group_day import counts
from bot.commands.paging import numbered, page_of
from bot.registry import button, command
from bot.reply import Reply
from cdm_core import audit
from cdm_core import dropoffs as left
from templates.actions import Tab
from templates.keyboards import lists


@command("dropoffs", aliases=("carts",), in_groups=counts("dropoffs"))
async def dropoffs(call: Call) -> Reply:
    return await _list(call, 0, edit=False)


@button("carts")
async def dropoffs_page(call: Call) -> Reply:
    assert call.action is not None
    own = bool(call.reply_to and "carts" in call.reply_to.context)
    return await _list(call, max(0, int(call.action.args[0])), edit=own)


@button("recovered")
async def recovered(call: Call) -> Reply:
    """Pressed on the customer's behaviour, which then shows it."""
    assert call.action is not None
    customer = await call.customer(int(call.action.args[0]))
    number = await left.recover(call.session, customer, now=call.now)
    if number:
        await audit.record(
            call.session, call.now, call.staff, "recovered", customer_id=customer.customer_id, number=number
        )
        await urgent.retell(call, customer.customer_id)
    shown = await card.show_tab(call, customer.customer_id, Tab.BEHAVIOUR, from_queue=card.queued(call))
    if not number:
        shown.toast = "toasts/no_open_cart"
    return shown


async def _list(call: Call, wanted: int, *, edit: bool) -> Reply:
    found = await left.open_ones(call.session, call.staff, call.thresholds, now=call.now)
    page = page_of(found, wanted)
    return Reply(
        "dropoffs",
        edit=edit,
        context={
            "carts": page.number,
            "entries": numbered(page.shown, page.first),
        },
        buttons=lists.dropoffs(
            call.speech,
            customer_ids=[dropoff.customer_id for dropoff in page.shown],
            page=page.number,
            remaining=page.remaining,
        ),
        dropoffs=page.shown,
        first=page.first,
        total=len(found),
        value=sum((dropoff.cart_value or Decimal(0) for dropoff in found), Decimal(0)),
    )
