"""``/cdm/follow-ups``: promised calls. A customer has one open at most, so the customer names it."""

from typing import Annotated

from fastapi import Query, Response

from cdm_core import follow_ups, promised_calls
from cdm_core.access import CustomerRef
from cdm_core.promised_calls import PromisedCall
from cdm_core.query import LARGEST_ID
from web import urgent
from web.call import Call, CustomerPath, Reading, Writing
from web.etags import CHANGED, ETAG, IfMatch, etag, guard
from web.models.events import Instant
from web.models.follow_ups import FollowUp, Moved, NewFollowUp
from web.paging import TOTAL_HEADERS, Paging
from web.router import noun

router = noun("Follow-ups")

BY_THE_HOUR = frozenset({"overdue"})


@router.get(
    "/follow-ups",
    summary="List all promised calls",
    response_model=list[FollowUp],
    responses={200: {"headers": TOTAL_HEADERS}},
)
async def all_open(
    call: Reading,
    page: Paging,
    due_before: Annotated[
        Instant | None, Query(description="Only those due before, with a zone", examples=["2026-11-24T00:00:00Z"])
    ] = None,
    staff_id: Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="Only those this person promised")] = None,
) -> tuple[PromisedCall, ...]:
    """Everybody's open promises, the earliest first; none of whom nobody is to call."""
    found = await promised_calls.open_ones(
        call.session,
        now=call.now,
        due_before=due_before,
        staff_id=staff_id,
        window=page.window,
    )
    call.shows(row.customer_id for row in found.rows)
    page.tell(found)
    return found.rows


@router.get(
    "/follow-ups/{customer_id}",
    summary="List a customer's promised calls",
    response_model=list[FollowUp],
    responses={200: {"headers": {**TOTAL_HEADERS, **ETAG["headers"]}}},
)
async def of_customer(
    call: Reading, page: Paging, customer_id: CustomerPath, response: Response
) -> tuple[PromisedCall, ...]:
    """A customer's promised calls, the latest first, also those that are over. The `ETag` is that of the open one."""
    ref = await call.customer(customer_id)
    found = await promised_calls.of_customer(call.session, ref.customer_id, now=call.now, window=page.window)
    page.tell(found)
    stands = await _open(call, ref)
    if stands is not None:
        response.headers["ETag"] = etag(stands, but=BY_THE_HOUR)
    return found.rows


@router.post(
    "/follow-ups",
    summary="Promise a call",
    response_model=FollowUp,
    status_code=201,
    responses={
        200: {"model": FollowUp, "description": "It is promised just so already", **ETAG},
        201: ETAG,
        412: CHANGED,
    },
)
async def promise(call: Writing, sent: NewFollowUp, response: Response, if_match: IfMatch = None) -> FollowUp:
    """Promise a call, in place of the one that is open. Sent again it changes nothing. With `If-Match` only where the
    open one is as you read it."""
    ref = await _guarded(call, sent.customer_id, if_match)
    made, new = await promised_calls.promise(
        call.session, call.actor, ref, sent.due_at, staff_id=sent.staff_id, asked=sent.asked, now=call.now
    )
    if not new:
        response.status_code = 200
    return _tagged(response, await _told(call, ref.customer_id, made))


@router.put(
    "/follow-ups/{customer_id}",
    summary="Move a promised call",
    response_model=FollowUp,
    responses={200: ETAG, 412: CHANGED},
)
async def move(
    call: Writing, customer_id: CustomerPath, sent: Moved, response: Response, if_match: IfMatch = None
) -> FollowUp:
    """Put the customer's open call off, or bring it forward. With `If-Match` only where it is as you read it."""
    ref = await _guarded(call, customer_id, if_match)
    moved = await promised_calls.move(call.session, call.actor, ref, sent.due_at, asked=sent.asked, now=call.now)
    return _tagged(response, await _told(call, ref.customer_id, moved))


@router.put(
    "/follow-ups/{customer_id}/complete",
    summary="Complete a promised call",
    response_model=FollowUp,
    responses={412: CHANGED},
)
async def complete(call: Writing, customer_id: CustomerPath, if_match: IfMatch = None) -> FollowUp:
    """Mark the customer's open call as done. Telling how it went (`POST /cdm/interactions`) does so by itself. With
    `If-Match` only where it is as you read it."""
    return await _end(call, customer_id, "done", if_match)


@router.delete(
    "/follow-ups/{customer_id}",
    summary="Cancel a promised call",
    response_model=FollowUp,
    responses={412: CHANGED},
)
async def cancel(call: Writing, customer_id: CustomerPath, if_match: IfMatch = None) -> FollowUp:
    """Cancel the customer's open call. With `If-Match` only where it is as you read it."""
    return await _end(call, customer_id, "cancelled", if_match)


async def _end(call: Call, customer_id: str, status: str, if_match: str | None) -> FollowUp:
    ref = await _guarded(call, customer_id, if_match)
    ended = await promised_calls.end(call.session, call.actor, ref, status=status, now=call.now)
    return await _told(call, ref.customer_id, ended)


async def _guarded(call: Call, customer_id: int | str, if_match: str | None) -> CustomerRef:
    """The customer, whose open call is as the caller read it."""
    if if_match is None:
        return await call.customer(customer_id)
    ref = await call.held(customer_id)
    guard(if_match, await _open(call, ref), but=BY_THE_HOUR)
    return ref


async def _open(call: Call, customer: CustomerRef) -> FollowUp | None:
    current = await follow_ups.open_of(call.session, customer.customer_id)
    return None if current is None else await _shown(call, customer.customer_id, current.follow_up_id)


async def _told(call: Call, customer_id: int, follow_up_id: int) -> FollowUp:
    """With the reminders of it in step."""
    await urgent.retell(call, customer_id)
    return await _shown(call, customer_id, follow_up_id)


async def _shown(call: Call, customer_id: int, follow_up_id: int) -> FollowUp:
    return FollowUp.model_validate(await promised_calls.one(call.session, customer_id, follow_up_id, now=call.now))


def _tagged(response: Response, shown: FollowUp) -> FollowUp:
    response.headers["ETag"] = etag(shown, but=BY_THE_HOUR)
    return shown
