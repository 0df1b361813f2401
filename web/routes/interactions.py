"""``/cdm/interactions``: contacts with a customer, told and read."""

from typing import Annotated, Any

from fastapi import Query, Response

from cdm_core import contact_log, posted_contacts
from cdm_core.contact_log import ContactStats, LoggedContact
from cdm_core.contacts import Contact
from cdm_core.words import InteractionType
from web import urgent
from web.call import CustomerPath, Reading, Writing
from web.models.interactions import Interaction, InteractionStats, NewInteraction
from web.paging import TOTAL_HEADERS, Paging
from web.repeats import REPEATED, IdempotencyKey, key_of, told
from web.router import noun

router = noun("Interactions")


@router.get(
    "/interactions/{customer_id}",
    summary="List a customer's contacts",
    response_model=list[Interaction],
    responses={200: {"headers": TOTAL_HEADERS}},
)
async def interactions(
    call: Reading,
    page: Paging,
    customer_id: CustomerPath,
    kind: Annotated[InteractionType | None, Query(alias="type")] = None,
) -> tuple[LoggedContact, ...]:
    """A customer's contacts, the latest first."""
    ref = await call.customer(customer_id)
    found = await contact_log.page(call.session, ref.customer_id, kind=kind, window=page.window)
    page.tell(found)
    return found.rows


@router.get(
    "/interactions/{customer_id}/stats", summary="Sum up a customer's contacts", response_model=InteractionStats
)
async def stats(call: Reading, customer_id: CustomerPath) -> ContactStats:
    """Counts, durations and how often a customer answers."""
    ref = await call.customer(customer_id)
    return await contact_log.stats(call.session, ref.customer_id)


@router.post(
    "/interactions",
    summary="Log a contact",
    response_model=Interaction,
    status_code=201,
    responses={200: {"model": Interaction, **REPEATED}},
)
async def log(call: Writing, sent: NewInteraction, response: Response, key: IdempotencyKey = None) -> Any:
    """Tell of a contact. It changes the customer's temperature, follow-up, alert and place in the call list at once."""
    ref = await call.customer(sent.customer_id)
    contact = Contact(
        at=sent.occurred_at or call.now,
        type=sent.interaction_type,
        direction=sent.interaction_direction,
        outcome=sent.outcome,
        reason=sent.reason,
        duration_seconds=sent.duration_seconds,
        subject=sent.subject,
        description=sent.description or None,
        follow_up_at=sent.follow_up_at,
        follow_up_asked=sent.follow_up_at is not None,
    )
    interaction_id, new = await posted_contacts.post(
        call.session,
        ref,
        contact,
        staff_id=sent.staff_id,
        key=key_of(call.actor, key, sent),
        thresholds=call.thresholds,
        now=call.now,
    )
    if new:
        await urgent.retell(call, ref.customer_id)
    return told(response, new, await contact_log.one(call.session, ref.customer_id, interaction_id))
