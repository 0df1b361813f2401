"""``/cdm/events``: birthdays and anniversaries to come, families' too."""

from typing import Annotated

from fastapi import Query

from cdm_core import occasion_list
from cdm_core.occasion_list import MOST_DAYS, Event
from cdm_core.words import EventType
from web.call import Call, Reading
from web.models.occasions import UpcomingEvent
from web.paging import TOTAL_HEADERS, Page, PagingByOffset
from web.router import noun

router = noun("Birthdays & anniversaries")

Days = Annotated[int, Query(ge=0, le=MOST_DAYS, description="How many days ahead; 0: today alone")]


@router.get(
    "/events/birthdays",
    summary="List coming birthdays",
    response_model=list[UpcomingEvent],
    responses={200: {"headers": TOTAL_HEADERS}},
)
async def birthdays(call: Reading, page: PagingByOffset, days: Days = 7) -> tuple[Event, ...]:
    """Birthdays of customers and relatives, the next first, without those who want no calls."""
    return await _page(call, page, EventType.BIRTHDAY, days)


@router.get(
    "/events/anniversaries",
    summary="List coming anniversaries",
    response_model=list[UpcomingEvent],
    responses={200: {"headers": TOTAL_HEADERS}},
)
async def anniversaries(call: Reading, page: PagingByOffset, days: Days = 7) -> tuple[Event, ...]:
    """Anniversaries of customers and relatives, a couple's once, the next first."""
    return await _page(call, page, EventType.ANNIVERSARY, days)


@router.get(
    "/events/today",
    summary="List today's occasions",
    response_model=list[UpcomingEvent],
    responses={200: {"headers": TOTAL_HEADERS}},
)
async def today(call: Reading, page: PagingByOffset) -> tuple[Event, ...]:
    """Today's birthdays and anniversaries."""
    return await _page(call, page, None, 0)


async def _page(call: Call, page: Page, event: EventType | None, days: int) -> tuple[Event, ...]:
    found = await occasion_list.upcoming(call.session, call.thresholds, event, days=days, window=page.window)
    call.shows(one.customer_id for one in found.rows)
    page.tell(found)
    return found.rows
