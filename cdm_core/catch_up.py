"""Bringing in step what other systems wrote with plain SQL: search keys, households, win-back calls and summaries."""

from sqlalchemy import literal, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import households, name_index, summary, winback_outcomes
from cdm_core.tables import customer_family_members, customers
from cdm_core.thresholds import Thresholds

_TOGETHER = 20
"""Customers whose households are looked at in one go: each may lead to many more."""


async def catch_up(
    session: AsyncSession, thresholds: Thresholds, *, country: str = "BD", limit: int = summary.BATCH
) -> int:
    """Bring the customers of the ``limit`` longest waiting marks in step, in one core write; gives how many (0: nobody
    waits).

    Phones without a country code are read as of ``country`` (ISO 3166).
    """
    taken = await summary.take_stale(session, limit=limit)
    rewritten = [customer_id for customer_id in taken.ids if customer_id not in taken.only_events]
    if rewritten:
        await _derive(session, rewritten, thresholds, country)
        now = (await session.execute(text("SELECT cdm_now()"))).scalar_one()
        await winback_outcomes.settle(session, rewritten, now=now)
    if taken.ids:
        await summary.refresh(session, taken.ids, erased=True, only_events=taken.only_events)
    return taken.marked


async def _derive(session: AsyncSession, ids: list[int], thresholds: Thresholds, country: str) -> None:
    """The search keys of these customers, and where phones changed the households around them."""
    before = await _phones(session, ids)
    if await name_index.derive(session, ids, country=country):
        changed = before ^ await _phones(session, ids)
        moved = sorted({customer_id for customer_id, *_ in changed})
        former = {phone for *_, phone in before & changed}
        for first in range(0, len(moved), _TOGETHER):
            await households.update_around(
                session,
                moved[first : first + _TOGETHER],
                placeholder=thresholds.placeholder_phone_customers,
                former=former,
            )


async def _phones(session: AsyncSession, ids: list[int]) -> set[tuple[int, int, str]]:
    """Who has which phone: (customer, relative or 0, E.164)."""
    own, kin = customers.c, customer_family_members.c
    rows = await session.execute(
        union_all(
            select(own.id, literal(0), own.phone_e164).where(own.id.in_(ids), own.phone_e164.is_not(None)),
            select(kin.customer_id, kin.id, kin.phone_e164).where(
                kin.customer_id.in_(ids), kin.phone_e164.is_not(None)
            ),
        )
    )
    return {(customer_id, relative_id, phone) for customer_id, relative_id, phone in rows}
