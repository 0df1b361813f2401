"""Asking a colleague for a customer, and the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import audit, colleagues, owners, summary
from cdm_core import staff as people
from cdm_core.access import CustomerRef, access_customer
from cdm_core.errors import CdmError
from cdm_core.staff import Staff
from cdm_core.tables import hand_overs
from cdm_core.thresholds import Thresholds
from cdm_core.words import Role

OPEN_FOR = timedelta(days=3)
"""Unanswered for so long, it may be asked again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """``customer`` is the colleague's; ``before`` is when it was asked already and not answered yet, else None.

    ``readers`` are to be asked now: nobody where it was asked before.
    """

    hand_over_id: int
    customer: colleagues.ColleaguesCustomer
    at: datetime
    before: datetime | None
    readers: tuple[Staff, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """``refused`` asked for the customer too, in vain; ``change_id`` takes the hand-over back the same day.

    ``before``: it was answered already, then, and nothing was done now.
    """

    customer: CustomerRef
    asker: Staff
    granted: bool
    change_id: int | None
    refused: tuple[Staff, ...]
    before: datetime | None


async def ask(
    session: AsyncSession, person: Staff, customer_id: int, *, now: datetime, thresholds: Thresholds
) -> Asked | None:
    """Ask the owner for the customer; None: ``person`` may see it. Raises ``CdmError("no_such_customer", …)``."""
    customer = await colleagues.with_colleague(session, person, thresholds, customer_id)
    if customer is None:
        return None
    await summary.begin_write(session, [customer.customer_id])
    open_one = (
        await session.execute(
            select(hand_overs.c.id, hand_overs.c.asked_at, hand_overs.c.owner_id).where(
                hand_overs.c.customer_id == customer.customer_id,
                hand_overs.c.asked_by == person.id,
                hand_overs.c.granted.is_(None),
            )
        )
    ).one_or_none()
    if open_one is not None and open_one.owner_id == customer.owner.id and open_one.asked_at > now - OPEN_FOR:
        return Asked(open_one.id, customer, open_one.asked_at, open_one.asked_at, ())
    values = {"owner_id": customer.owner.id, "asked_at": now}
    asked = insert(hand_overs).values(customer_id=customer.customer_id, asked_by=person.id, **values)
    hand_over_id: int = (
        await session.execute(
            asked.on_conflict_do_update(
                index_elements=["customer_id", "asked_by"], index_where=hand_overs.c.granted.is_(None), set_=values
            ).returning(hand_overs.c.id)
        )
    ).scalar_one()
    await audit.record(session, now, person, "hand_over_asked", customer_id=customer.customer_id, of=customer.owner.id)
    readers = await colleagues.answering(session, customer.owner, asker=person)
    return Asked(hand_over_id, customer, now, None, readers)


async def answer(
    session: AsyncSession,
    person: Staff,
    customer_id: int,
    hand_over_id: int,
    *,
    granted: bool,
    now: datetime,
    thresholds: Thresholds,
) -> Answered:
    """The owner, or who is above them, hands the customer over or keeps it. One core write.

    Once it is handed over, whoever else asked is refused. Raises as ``access_customer`` does,
    ``CdmError("no_such_request")``, and ``CdmError("person_left", name=…)`` where the asker is here no more.
    """
    customer = await access_customer(session, person, thresholds, customer_id)
    ids = await summary.begin_write(session, [customer.customer_id])
    customer = await access_customer(session, person, thresholds, customer.customer_id)
    of_customer = hand_overs.c.customer_id == customer.customer_id
    row = (await session.execute(select(hand_overs).where(of_customer, hand_overs.c.id == hand_over_id))).one_or_none()
    if row is None or not _may_answer(person, customer, row):
        raise CdmError("no_such_request")
    asker = await people.get(session, row.asked_by)
    if row.granted is not None:
        return Answered(customer, asker, row.granted, None, (), row.answered_at)
    if granted and not asker.active:
        raise CdmError("person_left", name=asker.name)
    change_id = None
    refused: tuple[Staff, ...] = ()
    if granted:
        assigned = await owners.assign(session, person, customer, asker, now=now)
        customer, change_id = assigned.customer, assigned.change_id
        others = await _others(session, customer.customer_id, hand_over_id)
        refused = tuple(other for _, other in others if other.active)
        await _close(session, customer.customer_id, [one for one, _ in others], person, now, granted=False)
    await _close(session, customer.customer_id, [hand_over_id], person, now, granted=granted)
    await summary.refresh(session, ids)
    await audit.record(
        session, now, person, "hand_over_answered", customer_id=customer.customer_id, to=asker.id, granted=granted
    )
    return Answered(customer, asker, granted, change_id, refused, None)


def _may_answer(person: Staff, customer: CustomerRef, row: Row[Any]) -> bool:
    """Who may see the customer may not all give it away: nobody to themselves, no agent another's."""
    return person.id != row.asked_by and (customer.owner_id in (None, person.id) or person.role is not Role.AGENT)


async def _others(session: AsyncSession, customer_id: int, but: int) -> list[tuple[int, Staff]]:
    """Who else waits for an answer."""
    rows = await session.execute(
        select(hand_overs.c.id, hand_overs.c.asked_by).where(
            hand_overs.c.customer_id == customer_id, hand_overs.c.granted.is_(None), hand_overs.c.id != but
        )
    )
    return [(row.id, await people.get(session, row.asked_by)) for row in rows.all()]


async def _close(
    session: AsyncSession, customer_id: int, ids: Sequence[int], person: Staff, now: datetime, *, granted: bool
) -> None:
    await session.execute(
        update(hand_overs)
        .where(hand_overs.c.customer_id == customer_id, hand_overs.c.id.in_(ids))
        .values(granted=granted, answered_by=person.id, answered_at=now)
    )
