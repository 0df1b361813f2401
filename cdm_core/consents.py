"""What a customer allows: to be called, to be written to. Do-not-call and the consent to calls are one thing.

A refusal of calls stands in ``customers.do_not_call_at``, which every list honours (``may_be_called``), and as a
consent beside the other channels'. What was stored of a channel before is a plain mapping (``allowed``, ``changed_at``,
``changed_by``), or None where nothing was said, so that undoing puts back just that.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.kept_values import plain, typed
from cdm_core.tables import consents, customers
from cdm_core.words import ConsentChannel

Said = Mapping[str, Any] | None


def not_held(customer_id: str) -> str:
    """Whether no question waits for an answer that holds the calls to this customer (``cdm_core.call_questions``).

    As SQL, of each row by itself (so OFFSET: as a join each list would work out every question the shop ever asked).
    """
    return f"NOT EXISTS (SELECT FROM calls_held held WHERE held.customer_id = {customer_id} OFFSET 0)"


def may_be_called(row: str, customer_id: str = "id") -> str:
    """Whether who is in ``row``, with their ``do_not_call_at``, neither refused calls nor has them held; as SQL."""
    return f"({row}.do_not_call_at IS NULL AND {not_held(f'{row}.{customer_id}')})"


def named(channel: ConsentChannel) -> str:
    """What a change by hand calls the consent to a channel, beside the columns it sets."""
    return f"consent_{channel}"


async def said(session: AsyncSession, customer_id: int) -> dict[ConsentChannel, bool]:
    """What the customer said of each channel: allowed or not; a channel not spoken of is absent.

    Calls are refused too where another system wrote do-not-call alone.
    """
    rows = await session.execute(
        select(consents.c.channel, consents.c.allowed).where(consents.c.customer_id == customer_id)
    )
    allowed = {ConsentChannel(row.channel): row.allowed for row in rows}
    if await calls_forbidden(session, customer_id):
        allowed[ConsentChannel.CALL] = False
    return allowed


async def calls_forbidden(session: AsyncSession, customer_id: int) -> bool:
    """Whether nobody is to call the customer."""
    query = select(customers.c.do_not_call_at.is_not(None)).where(customers.c.id == customer_id)
    return bool((await session.execute(query)).scalar_one())


async def calls_held(session: AsyncSession, customer_id: int) -> bool:
    """Whether nobody calls the customer until a question is answered."""
    query = text(f"SELECT NOT {not_held('c.id')} FROM customers c WHERE c.id = :customer")
    return bool((await session.execute(query, {"customer": customer_id})).scalar_one())


async def stored(session: AsyncSession, customer_id: int, channel: ConsentChannel) -> Said:
    """What is stored of one channel, as ``put`` takes it."""
    row = (
        await session.execute(
            select(consents.c.allowed, consents.c.changed_at, consents.c.changed_by).where(
                consents.c.customer_id == customer_id, consents.c.channel == channel
            )
        )
    ).one_or_none()
    return None if row is None else plain(row._asdict())


async def put(session: AsyncSession, customer_id: int, channel: ConsentChannel, what: Said) -> None:
    """Store what was said of one channel, within a core write; None: nothing was."""
    if what is None:
        await session.execute(
            delete(consents).where(consents.c.customer_id == customer_id, consents.c.channel == channel)
        )
        return
    values = typed(consents, what)
    added = insert(consents).values(customer_id=customer_id, channel=channel, **values)
    await session.execute(added.on_conflict_do_update(index_elements=["customer_id", "channel"], set_=values))


async def forbid_calls(
    session: AsyncSession, customer_id: int, *, staff_id: int | None, at: datetime
) -> dict[str, Any] | None:
    """No calls from ``at`` on, within a core write; what ``permit_calls`` puts back, or None: it was so before."""
    forbidden = await session.execute(
        update(customers)
        .where(customers.c.id == customer_id, customers.c.do_not_call_at.is_(None))
        .values(do_not_call_at=at, do_not_call_by=staff_id)
        .returning(customers.c.id)
    )
    if forbidden.one_or_none() is None:
        return None
    before = await stored(session, customer_id, ConsentChannel.CALL)
    refused = {"allowed": False, "changed_at": at, "changed_by": staff_id}
    await put(session, customer_id, ConsentChannel.CALL, refused)
    return {"call": before}


async def permit_calls(session: AsyncSession, customer_id: int, *, since: datetime, before: Said) -> bool:
    """Take back what ``forbid_calls`` did at ``since``; False where it was lifted meanwhile."""
    lifted = await session.execute(
        update(customers)
        .where(customers.c.id == customer_id, customers.c.do_not_call_at == since)
        .values(do_not_call_at=None, do_not_call_by=None)
        .returning(customers.c.id)
    )
    if lifted.one_or_none() is None:
        return False
    await put(session, customer_id, ConsentChannel.CALL, before)
    return True
