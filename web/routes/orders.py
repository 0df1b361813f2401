"""``/cdm/orders``: the shop's orders and returns, by what the shop calls them."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Path, Response

from cdm_core import order_puts, product_keys, shop_orders
from cdm_core.access import CustomerRef
from cdm_core.errors import CdmError
from cdm_core.order_puts import PutLine, PutOrder, PutState
from web import urgent
from web.call import Call, Reading, Writing
from web.etags import CHANGED, ETAG, IfMatch, guard, tagged
from web.models.fields import SOURCE
from web.models.orders import NewLine, NewOrder, Order
from web.router import noun

router = noun("Orders")

Source = Annotated[
    str,
    Path(pattern=f"^{SOURCE}$", description="The system that keeps the order", examples=["shop"]),
]
Key = Annotated[str, Path(pattern=r"^[^\x00]{1,255}$", description="What that system calls it", examples=["O-5001"])]


@router.put(
    "/orders/{source}/{key:path}",
    summary="Add or update an order",
    response_model=Order,
    responses={
        200: ETAG,
        201: {"model": Order, "description": "The order was not known before", **ETAG},
        412: CHANGED,
    },
)
async def put(
    call: Writing, sent: NewOrder, response: Response, source: Source, key: Key, if_match: IfMatch = None
) -> Order:
    """Tell of an order as it is by now, returns included. Sent again it changes nothing; it means what a row of an
    orders file means, and one agreed by phone, of the same customer and amount within a week, is taken for it. What
    is told later stands: where states may come out of order, send `updated_at`, and an older one changes nothing; or
    `If-Match` with the state that yours follows."""
    if if_match is not None:
        await order_puts.hold(call.session, source, key)
        guard(if_match, await _shown(call, source, key))
    customer = await _customer(call, source, sent.customer_id)
    own, _, called = str(sent.customer_id).partition(":")
    order = PutOrder(
        source=source,
        key=key,
        called=called if own == source and called else None,
        at=sent.ordered_at,
        lines=await _lines(call, sent),
        payment=sent.payment_method,
        updated_at=sent.updated_at,
    )
    done = await order_puts.put(call.session, order, customer, now=call.now, zone=call.thresholds.zone)
    call.about = done.customer_id
    if done.former_id is not None and done.former_id != done.customer_id:
        call.shows([done.former_id])
    if done.state is PutState.CREATED:
        response.status_code = 201
    if done.state is not PutState.UNCHANGED:
        await urgent.retell(call, done.customer_id)
    return tagged(response, await _shown(call, source, key))


@router.get("/orders/{source}/{key:path}", summary="Read an order", response_model=Order, responses={200: ETAG})
async def one(call: Reading, source: Source, key: Key, response: Response) -> Order:
    """One order."""
    found = await _shown(call, source, key)
    await call.customer(found.customer_id)
    return tagged(response, found)


async def _shown(call: Call, source: str, key: str) -> Order:
    return Order.model_validate(await shop_orders.one(call.session, source, key))


async def _customer(call: Call, source: str, sent: int | str) -> CustomerRef | None:
    """Whose order it is, somebody erased too; None for a key of the order's own source that nobody knows."""
    try:
        return await call.customer(sent)
    except CdmError as refusal:
        if refusal.code == "erased_customer":
            return CustomerRef(refusal.facts["customer_id"], name="", owner_id=None)
        if refusal.code != "no_such_customer_key" or refusal.facts["source"] != source:
            raise
    return None


async def _lines(call: Call, sent: NewOrder) -> tuple[PutLine, ...]:
    if sent.items is None:
        return (PutLine(status=sent.status, amount=sent.total_amount),)
    wanted = {line.product_id for line in sent.items if line.product_id is not None}
    known = await product_keys.called(call.session, wanted)
    return tuple(_line(sent, line, known) for line in sent.items)


def _line(sent: NewOrder, line: NewLine, known: Mapping[int | str, tuple[str | None, str]]) -> PutLine:
    """With the product by its SKU, or its name where it has none: so orders name them."""
    sku, product = line.sku or None, line.product
    if line.product_id is not None:
        sku, name = known[line.product_id]
        product = name if sku is None else product or name
    return PutLine(
        status=line.status or sent.status,
        sku=sku,
        product=product,
        quantity=line.quantity,
        unit_price=line.unit_price,
        amount=line.amount,
    )
