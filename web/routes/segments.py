"""``/cdm/lifecycle``, ``/cdm/type`` and ``/cdm/temperature``: customers of one kind."""

from typing import Annotated

from fastapi import Query

from cdm_core.view360 import Filters, View360
from cdm_core.words import CustomerSort, CustomerType, LifecycleStage, Temperature
from web.call import Reading
from web.models.customer360 import Customer360
from web.paging import TOTAL_HEADERS, Paging
from web.router import noun
from web.routes.customer360 import listed

router = noun("Segments")

Sort = Annotated[CustomerSort, Query(description="`id` stands still under writes")]


@router.get(
    "/lifecycle/{stage}",
    summary="List customers of a lifecycle stage",
    response_model=list[Customer360],
    responses={200: {"headers": TOTAL_HEADERS}},
)
async def of_stage(
    call: Reading, page: Paging, stage: LifecycleStage, sort: Sort = CustomerSort.LIFETIME_VALUE
) -> tuple[View360, ...]:
    """Customers of a lifecycle stage."""
    return await listed(call, page, Filters(lifecycle_stage=stage), sort)


@router.get(
    "/type/{type}",
    summary="List customers of a type",
    response_model=list[Customer360],
    responses={200: {"headers": TOTAL_HEADERS}},
)
async def of_type(
    call: Reading, page: Paging, type: CustomerType, sort: Sort = CustomerSort.LIFETIME_VALUE
) -> tuple[View360, ...]:
    """Customers of a type."""
    return await listed(call, page, Filters(customer_type=type), sort)


@router.get(
    "/temperature/{temperature}",
    summary="List customers of a temperature",
    response_model=list[Customer360],
    responses={200: {"headers": TOTAL_HEADERS}},
)
async def of_temperature(
    call: Reading, page: Paging, temperature: Temperature, sort: Sort = CustomerSort.LIFETIME_VALUE
) -> tuple[View360, ...]:
    """Customers who are hot, warm or cold just now."""
    return await listed(call, page, Filters(temperature=temperature), sort)
