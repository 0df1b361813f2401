"""``/cdm/customers``: master data, merging, erasing; what became of a customer and what they bought."""

from fastapi import Response

from cdm_core import customer_record, customer_writes, erasure, lifecycle, merges, orders
from cdm_core.access import CustomerRef
from cdm_core.customer_writes import Key
from cdm_core.lifecycle import Transition
from web import urgent
from web.call import Call, CustomerPath, Reading, Ruling, Writing
from web.etags import CHANGED, ETAG, IfMatch, guard, tagged
from web.models.customers import (
    ChangedCustomer,
    Customer,
    ErasedCustomer,
    LifecycleChange,
    MergedCustomer,
    MergeWith,
    NewCustomer,
    Purchase,
    PurchasedItem,
)
from web.paging import TOTAL_HEADERS, Paging
from web.router import noun

router = noun("Customers")


@router.post(
    "/customers",
    summary="Add or update a customer",
    response_model=Customer,
    status_code=201,
    responses={
        200: {"model": Customer, "description": "The customer was known and has what was told", **ETAG},
        201: ETAG,
    },
)
async def put_customer(call: Writing, sent: NewCustomer, response: Response) -> Customer:
    """Add a customer, or bring the one of this `source` and `key` up to date. Without a key a phone is needed, which
    nobody has yet."""
    told, new = sent.fields(), True
    if sent.source is not None and sent.key is not None:
        key = Key(sent.source, sent.key)
        customer_id, new = await customer_writes.put(
            call.session, call.actor, key, told, now=call.now, thresholds=call.thresholds
        )
    else:
        customer_id = await customer_writes.add(
            call.session, call.actor, told, now=call.now, thresholds=call.thresholds
        )
    response.status_code = 201 if new else 200
    return tagged(response, await _shown(call, await call.customer(customer_id)))


@router.get(
    "/customers/{customer_id}", summary="Read a customer's master data", response_model=Customer, responses={200: ETAG}
)
async def customer(call: Reading, customer_id: CustomerPath, response: Response) -> Customer:
    """A customer's master data."""
    return tagged(response, await _shown(call, await call.customer(customer_id)))


@router.patch(
    "/customers/{customer_id}",
    summary="Change a customer",
    response_model=Customer,
    responses={200: ETAG, 412: CHANGED},
)
async def change_customer(
    call: Writing,
    customer_id: CustomerPath,
    sent: ChangedCustomer,
    response: Response,
    if_match: IfMatch = None,
) -> Customer:
    """Change fields of a customer; what is left out stays, null empties. A phone that another customer has needs
    `phone_shared`. With `If-Match` or `updated_at` only where nobody changed the customer since you read it."""
    ref = await call.held(customer_id)
    guard(if_match, await _shown(call, ref), seen=sent.updated_at)
    await customer_writes.change(
        call.session,
        call.actor,
        ref,
        sent.fields(),
        phone_shared=sent.phone_shared,
        now=call.now,
        thresholds=call.thresholds,
    )
    return tagged(response, await _shown(call, ref))


@router.post("/customers/{customer_id}/merge", summary="Merge two customers", response_model=MergedCustomer)
async def merge_customers(call: Ruling, customer_id: CustomerPath, sent: MergeWith) -> MergedCustomer:
    """Make another customer, who is the same person, a part of this one: orders, contacts, relatives, keys come over,
    and what was empty is filled. An admin can take it back in the chat."""
    gone = await call.customer(sent.gone)
    keep = await call.customer(customer_id)
    made = await merges.merge(call.session, call.actor, keep, gone, now=call.now, thresholds=call.thresholds)
    await urgent.retell(call, made.customer.customer_id)
    return MergedCustomer(
        customer_id=made.customer.customer_id,
        gone_id=made.gone_id,
        merge_id=made.merge_id,
        orders=made.orders,
        contacts=made.contacts,
        relatives=made.relatives,
        filled=list(made.filled),
    )


@router.post("/customers/{customer_id}/erase", summary="Erase a customer", response_model=ErasedCustomer)
async def erase_customer(call: Ruling, customer_id: CustomerPath) -> ErasedCustomer:
    """Forget who the customer was, for good: name, phones, family, texts, files. Orders and contacts stay as numbers;
    nothing is sent or planned any more, and no import brings them back."""
    ref = await call.customer(customer_id)
    gone = await erasure.erase(call.session, call.actor, ref, now=call.now, thresholds=call.thresholds)
    await urgent.retell(call, gone.customer_id)
    return ErasedCustomer(customer_id=gone.customer_id, erased_at=gone.at, withdrawn=gone.withdrawn)


@router.get(
    "/customers/{customer_id}/lifecycle",
    summary="List a customer's lifecycle changes",
    response_model=list[LifecycleChange],
    responses={200: {"headers": TOTAL_HEADERS}},
)
async def lifecycle_changes(call: Reading, page: Paging, customer_id: CustomerPath) -> tuple[Transition, ...]:
    """How the customer came to their stage and type, the latest change first."""
    ref = await call.customer(customer_id)
    found = await lifecycle.transitions(call.session, ref, window=page.window)
    page.tell(found)
    return found.rows


@router.get(
    "/customers/{customer_id}/orders",
    summary="List a customer's orders",
    response_model=list[Purchase],
    responses={200: {"headers": TOTAL_HEADERS}},
)
async def purchases(call: Reading, page: Paging, customer_id: CustomerPath) -> list[Purchase]:
    """The complete purchase history, the newest order first, with what was returned or cancelled."""
    ref = await call.customer(customer_id)
    found = await orders.listed(call.session, ref, window=page.window)
    page.tell(found)
    return [
        Purchase(
            order_id=order.order_id,
            ordered_at=order.at,
            status=order.status,
            total_amount=order.total,
            payment_method=order.payment,
            items=[PurchasedItem.model_validate(item) for item in order.items],
        )
        for order in found.rows
    ]


async def _shown(call: Call, ref: CustomerRef) -> Customer:
    record = await customer_record.record(call.session, ref, country=call.thresholds.country)
    return Customer.model_validate(record)
