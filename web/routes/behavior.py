"""``/cdm/behavior``: what customers do in the shop. A page of the shop may tell it itself, with a key of origins."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import Query, Response

from cdm_core import behaviors, product_keys
from cdm_core.behaviors import Behaved
from cdm_core.behaviors import Behavior as Kept
from cdm_core.behaviors import MostViewed as Viewed
from cdm_core.errors import CdmError
from cdm_core.words import BehaviorType
from web.call import Call, CustomerPath, Reading, Telling
from web.errors import ProblemError
from web.models.behavior import Behavior, MostViewed, NewBehavior
from web.paging import TOTAL_HEADERS, Paging, PagingByOffset
from web.repeats import REPEATED, IdempotencyKey, key_of, told
from web.router import noun

router = noun("Behaviour")


_LATELY = timedelta(minutes=15)
"""How late a page may tell: what the network held up, not what somebody made up of last year."""


@router.post(
    "/behavior",
    summary="Track what a customer did",
    response_model=Behavior,
    status_code=201,
    responses={
        200: {"model": Behavior, **REPEATED},
        202: {"description": "Of a key of the scope ingest: it was taken, and is kept where there is such a customer"},
    },
)
async def track(call: Telling, sent: NewBehavior, response: Response, key: IdempotencyKey = None) -> Any:
    """Tell what a customer did. A key of the scope ingest may do this alone, of the last 15 minutes, and is answered
    202 without a body whether there is such a customer or not: everybody can read it."""
    if call.key.public:
        _refuse_old(call, sent)
    product_id = None if sent.product_id is None else await product_keys.product_of(call.session, sent.product_id)
    done = Behaved(
        behavior_type=sent.behavior_type,
        at=sent.occurred_at or call.now,
        product_id=product_id,
        category_id=sent.category_id,
        search_query=sent.search_query,
        session_id=sent.session_id,
        device_type=sent.device_type or None,
    )
    sent_as = key_of(call.actor, key, sent)
    try:
        ref = await call.customer(sent.customer_id)
        behavior_id, new = await behaviors.track(call.session, ref.customer_id, done, key=sent_as, now=call.now)
    except CdmError:
        if call.key.public:
            return Response(status_code=202)
        raise
    if call.key.public:
        return Response(status_code=202)
    return told(response, new, await behaviors.one(call.session, ref.customer_id, behavior_id))


def _refuse_old(call: Call, sent: NewBehavior) -> None:
    if sent.occurred_at is not None and abs(call.now - sent.occurred_at) > _LATELY:
        raise ProblemError(422, "not_just_now", "A page tells of what happened in the last 15 minutes alone.")


@router.get(
    "/behavior/{customer_id}",
    summary="List what a customer did",
    response_model=list[Behavior],
    responses={200: {"headers": TOTAL_HEADERS}},
)
async def all_behaviors(
    call: Reading,
    page: Paging,
    customer_id: CustomerPath,
    kind: Annotated[BehaviorType | None, Query(alias="type")] = None,
) -> tuple[Kept, ...]:
    """What a customer did, the latest first."""
    ref = await call.customer(customer_id)
    found = await behaviors.page(call.session, ref.customer_id, kind=kind, window=page.window)
    page.tell(found)
    return found.rows


@router.get(
    "/behavior/{customer_id}/most-viewed",
    summary="List the products a customer viewed most",
    response_model=list[MostViewed],
    responses={200: {"headers": TOTAL_HEADERS}},
)
async def most_viewed(call: Reading, page: PagingByOffset, customer_id: CustomerPath) -> tuple[Viewed, ...]:
    """The products that a customer looked at, the most often first."""
    ref = await call.customer(customer_id)
    found = await behaviors.most_viewed(call.session, ref.customer_id, window=page.window)
    page.tell(found)
    return found.rows
