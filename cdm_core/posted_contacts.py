"""Contacts that other systems tell of: a telephone system, a mailer, a page of the shop."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import alert_ends, interactions, repeats, summary
from cdm_core import staff as people
from cdm_core.access import CustomerRef
from cdm_core.contacts import Contact
from cdm_core.errors import CdmError
from cdm_core.moments import fitting
from cdm_core.outcome_texts import outcome_of
from cdm_core.promised_calls import FARTHEST
from cdm_core.tables import customer_interactions
from cdm_core.thresholds import Thresholds

API = "api"
"""The ``source`` of such contacts; ``alert_signs.CONTACTED`` knows it."""

_AT_ONCE = timedelta(minutes=15)
"""A contact told of later than this is past."""


async def post(
    session: AsyncSession,
    customer: CustomerRef,
    contact: Contact,
    *,
    staff_id: int | None,
    key: str | None,
    thresholds: Thresholds,
    now: datetime,
) -> tuple[int, bool]:
    """Log a contact, by whom where ``staff_id`` tells; its id, and whether it is new: ``key`` tells a repeat.

    The outcome is kept as given, its code is worked out. What follows is as of a contact logged in chat
    (``interactions.log``); an alert that it answers is closed.

    Raises ``CdmError`` ``no_such_person``, ``no_time_to_call`` (of ``follow_up_at``) or those of ``moments.fitting``.
    """
    fitting(contact.at, now)
    if contact.follow_up_at is not None and not contact.at < contact.follow_up_at <= now + FARTHEST:
        raise CdmError("no_time_to_call", at=contact.follow_up_at)
    person = None if staff_id is None else await people.get(session, staff_id)
    await summary.begin_write(session, [customer.customer_id])
    repeated = await repeats.kept(session, customer_interactions.c.origin, customer.customer_id, key)
    if repeated is not None:
        return repeated, False
    said = contact.outcome or None
    told = replace(
        contact,
        outcome=said,
        outcome_code=outcome_of(said, now=now, zone=thresholds.zone) if said else None,
        source=API,
        origin=key,
        past=contact.at < now - _AT_ONCE,
    )
    logged = await interactions.log(session, person, customer, told, now=now)
    await alert_ends.close_answered(session, now=now, customer_id=customer.customer_id)
    return logged.interaction_id, True
