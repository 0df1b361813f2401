"""``/cdm/dropoff``: carts, checkouts and payments that customers left."""

from typing import Annotated, Any

from fastapi import Path, Query, Response

from cdm_core import dropoff_log, product_keys
from cdm_core.dropoff_log import KeptDropoff, LeftBehind
from cdm_core.words import DropoffStage
from web import urgent
from web.call import CustomerPath, Reading, Writing
from web.models.dropoffs import Dropoff, NewDropoff
from web.paging import TOTAL_HEADERS, Paging
from web.repeats import REPEATED, IdempotencyKey, key_of, told
from web.router import noun

router = noun("Drop-offs")


@router.post(
    "/dropoff",
    summary="Track a drop-off",
    response_model=Dropoff,
    status_code=201,
    responses={200: {"model": Dropoff, **REPEATED}},
)
async def track(call: Writing, sent: NewDropoff, response: Response, key: IdempotencyKey = None) -> Any:
    """Tell that a customer left. Fresh ones with intent ring up the customer's agent within a minute."""
    ref = await call.customer(sent.customer_id)
    left = LeftBehind(
        stage=sent.stage,
        at=sent.occurred_at or call.now,
        product_id=None if sent.product_id is None else await product_keys.product_of(call.session, sent.product_id),
        cart_value=sent.cart_value,
        reason=sent.reason,
        session_id=sent.session_id,
    )
    sent_as = key_of(call.actor, key, sent)
    dropoff_id, new = await dropoff_log.track(call.session, ref.customer_id, left, key=sent_as, now=call.now)
    return told(response, new, await dropoff_log.one(call.session, ref.customer_id, dropoff_id))


@router.get(
    "/dropoff/{customer_id}",
    summary="List a customer's drop-offs",
    response_model=list[Dropoff],
    responses={200: {"headers": TOTAL_HEADERS}},
)
async def all_dropoffs(
    call: Reading,
    page: Paging,
    customer_id: CustomerPath,
    stage: Annotated[DropoffStage | None, Query()] = None,
    recovered: Annotated[bool | None, Query(description="Only those that were, or were not")] = None,
) -> tuple[KeptDropoff, ...]:
    """A customer's drop-offs, the latest first."""
    ref = await call.customer(customer_id)
    found = await dropoff_log.page(call.session, ref.customer_id, stage=stage, recovered=recovered, window=page.window)
    page.tell(found)
    return found.rows


@router.put("/dropoff/{dropoff_id}/recover", summary="Mark a drop-off as recovered", response_model=Dropoff)
async def recover(call: Writing, dropoff_id: Annotated[int, Path(ge=1, lt=2**63)]) -> KeptDropoff:
    """Mark a drop-off as won back, which ends its alert; once is as good as twice."""
    ref = await call.customer(await dropoff_log.whose(call.session, dropoff_id))
    if await dropoff_log.recover(call.session, ref.customer_id, dropoff_id, now=call.now):
        await urgent.retell(call, ref.customer_id)
    return await dropoff_log.one(call.session, ref.customer_id, dropoff_id)
