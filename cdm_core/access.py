"""Who may see which customer: every read of a person's behalf goes through here, in chat and web alike."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select, text, true
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.absences import AWAY
from cdm_core.errors import CdmError
from cdm_core.staff import Staff
from cdm_core.tables import customers, merges, staff
from cdm_core.thresholds import Thresholds
from cdm_core.words import Role


@dataclass(frozen=True, slots=True)
class CustomerRef:
    """A customer the asking person may see."""

    customer_id: int
    name: str
    owner_id: int | None


AWAY_OF_TEAM = f"""SELECT id FROM staff
                   WHERE team_id IS NOT DISTINCT FROM CAST(:team AS bigint) AND id IN ({AWAY})"""
_COVERED = f"""
    {{c}}.owner_id = ANY(ARRAY({AWAY_OF_TEAM}))
    AND EXISTS (SELECT FROM deals d
                WHERE d.local_date = cdm_today() AND d.staff_id = :person
                  AND d.customer_id = coalesce({{c}}.household_id, {{c}}.id))"""
_ALERTED = """
    {c}.id = ANY(ARRAY(SELECT m.customer_id FROM alert_messages m
                       WHERE m.staff_id = :person AND m.told_at > cdm_now() - interval '1 day'))"""
VISIBLE = f"""(
    CAST(:sees_all AS boolean) OR c.owner_id IS NULL OR c.owner_id = :person
    OR c.owner_id = ANY(ARRAY(SELECT id FROM staff WHERE team_id = CAST(:sees_team AS bigint)))
    OR {_COVERED.format(c="c")} OR {_ALERTED.format(c="c")})"""
"""``visible_to`` as SQL text, for customers called ``c``; it binds what ``sight`` gives."""


def sight(person: Staff, thresholds: Thresholds) -> dict[str, Any]:
    """The id and team of the ``person``, whether they see all, and the team whose customers they see, if any."""
    return {
        "person": person.id,
        "team": person.team_id,
        "sees_all": person.role is Role.ADMIN or thresholds.customers_open_to_all,
        "sees_team": person.team_id if person.role is Role.MANAGER else None,
    }


def visible_to(person: Staff | None, thresholds: Thresholds) -> ColumnElement[bool]:
    """The condition on ``customers`` that holds for those ``person`` may see; None, an API key, sees all.

    Agents see their own and unassigned customers, managers their team's too, admins all; with the setting
    ``customers_open_to_all`` everybody sees all. While a colleague of their team is away, people see those of the
    colleague's customers that today's deal gives them (``cdm_core.cover``); today is the transaction's. Whom an urgent
    alert told of a customer may see them for a day.
    """
    if person is None:
        return true()
    sees = sight(person, thresholds)
    if sees["sees_all"]:
        return true()
    lent = f"({_COVERED.format(c='customers')} OR {_ALERTED.format(c='customers')})"
    covered = text(lent).bindparams(person=person.id, team=person.team_id)
    mine = or_(customers.c.owner_id.is_(None), customers.c.owner_id == person.id, covered)
    if sees["sees_team"] is not None:
        team = select(staff.c.id).where(staff.c.team_id == sees["sees_team"])
        return or_(mine, customers.c.owner_id.in_(team))
    return mine


async def access_customer(
    session: AsyncSession, person: Staff | None, thresholds: Thresholds, customer_id: int
) -> CustomerRef:
    """The customer, if ``person`` (None: an API key) may see it; for an id that was merged, the one it leads to.

    Raises ``CdmError("no_such_customer", customer_id=…)``, ``CdmError("erased_customer", customer_id=…, at=…)``, or
    ``CdmError("colleagues_customer", …)`` with the owner's name and the customer's name (to be masked) and id.
    """
    row = (
        await session.execute(
            select(
                customers.c.id,
                customers.c.first_name,
                customers.c.last_name,
                customers.c.owner_id,
                customers.c.erased_at,
                visible_to(person, thresholds).label("visible"),
                staff.c.name.label("owner"),
            )
            .select_from(customers.outerjoin(staff, staff.c.id == customers.c.owner_id))
            .where(customers.c.id == customer_id)
        )
    ).one_or_none()
    if row is None:
        stayed = await leads_to(session, customer_id)
        if stayed is None:
            raise CdmError("no_such_customer", customer_id=customer_id)
        return await access_customer(session, person, thresholds, stayed)
    if row.erased_at is not None:
        raise CdmError("erased_customer", customer_id=customer_id, at=row.erased_at)
    name = full_name(row.first_name, row.last_name)
    if not row.visible:
        raise CdmError("colleagues_customer", customer_id=customer_id, name=name, owner=row.owner)
    return CustomerRef(customer_id=row.id, name=name, owner_id=row.owner_id)


async def access_written(
    session: AsyncSession, person: Staff, thresholds: Thresholds, customer_id: int, theirs: ColumnElement[bool]
) -> CustomerRef:
    """As ``access_customer``, also where a colleague has the customer by now, if ``theirs`` holds: what ``person``
    wrote of them is theirs to take back."""
    try:
        return await access_customer(session, person, thresholds, customer_id)
    except CdmError as refusal:
        if refusal.code != "colleagues_customer" or not (await session.execute(select(theirs))).scalar_one():
            raise
    found = select(customers.c.first_name, customers.c.last_name, customers.c.owner_id)
    row = (await session.execute(found.where(customers.c.id == customer_id))).one()
    return CustomerRef(customer_id, full_name(row.first_name, row.last_name), row.owner_id)


async def leads_to(session: AsyncSession, gone_id: int) -> int | None:
    """The customer that the one with this id was merged into, if it was."""
    stayed = select(merges.c.customer_id).where(merges.c.gone_id == gone_id, merges.c.undone_at.is_(None)).limit(1)
    return (await session.execute(stayed)).scalar_one_or_none()


def full_name(first_name: str | None, last_name: str | None) -> str:
    return " ".join(part for part in (first_name, last_name) if part)


def may_direct(person: Staff, other: Staff) -> bool:
    """Whether ``person`` decides for ``other``: for themselves, managers for their team, admins for all."""
    leads = person.role is Role.MANAGER and person.team_id is not None and person.team_id == other.team_id
    return person.id == other.id or person.role is Role.ADMIN or (leads and other.role is not Role.ADMIN)
