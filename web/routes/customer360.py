"""``/cdm/customer360``: everything about a customer in one answer."""

from typing import Annotated

from fastapi import Query

from cdm_core import view360
from cdm_core.view360 import Filters, View360
from cdm_core.words import CustomerSort, CustomerType, LifecycleStage, Temperature
from web.call import Call, CustomerPath, Reading
from web.models.customer360 import Customer360
from web.paging import TOTAL_HEADERS, Page, Paging
from web.router import noun

router = noun("Customer 360°")


@router.get(
    "/customer360",
    summary="List customers",
    response_model=list[Customer360],
    responses={200: {"headers": TOTAL_HEADERS}},
)
async def all_customers(
    call: Reading,
    page: Paging,
    customer_type: Annotated[CustomerType | None, Query(alias="customerType")] = None,
    lifecycle_stage: Annotated[LifecycleStage | None, Query(alias="lifecycleStage")] = None,
    temperature: Annotated[Temperature | None, Query()] = None,
    owner: Annotated[
        str | None,
        Query(pattern="^([1-9][0-9]{0,17}|none)$", description="The id of who looks after them, or `none`"),
    ] = None,
    q: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=100,
            pattern=r"^[^\x00]*$",
            description="A search as people type it: a name in either script, phone, last digits, e-mail, id or key",
        ),
    ] = None,
    sort: Annotated[
        CustomerSort | None,
        Query(description="By default `lifetime_value`, with `q` the likeliest first; `id` stands still under writes"),
    ] = None,
) -> tuple[View360, ...]:
    """Customers by filters that hold together, best customers first."""
    filters = Filters(
        customer_type=customer_type,
        lifecycle_stage=lifecycle_stage,
        temperature=temperature,
        owner_id=int(owner) if owner not in (None, "none") else None,
        unowned=owner == "none",
        q=q,
    )
    return await listed(call, page, filters, sort)


@router.get("/customer360/{customer_id}", summary="Read a customer's 360° view", response_model=Customer360)
async def one_customer(call: Reading, customer_id: CustomerPath) -> View360:
    """One customer; an id that was merged gives the customer it leads to."""
    ref = await call.customer(customer_id)
    return await view360.one(call.session, call.thresholds, ref.customer_id)


async def listed(call: Call, page: Page, filters: Filters, sort: CustomerSort | None) -> tuple[View360, ...]:
    """The page that was asked for of the customers whom ``filters`` leave."""
    found = await view360.page(call.session, call.thresholds, filters, now=call.now, sort=sort, window=page.window)
    call.shows(row.customer_id for row in found.rows)
    page.tell(found)
    return found.rows
