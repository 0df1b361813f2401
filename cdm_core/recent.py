"""The customers a person had to do with last, for when nothing is searched yet."""

from datetime import datetime

from sqlalchemy import Text, and_, bindparam, cast, func, literal, null, select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.access import visible_to
from cdm_core.hits import Hits, fetch, ranked
from cdm_core.staff import Staff
from cdm_core.tables import audit_log, customers
from cdm_core.thresholds import Thresholds

_LOOKED_THROUGH = 500
"""Rows of the audit log, the newest first."""


async def recent(
    session: AsyncSession, person: Staff, thresholds: Thresholds, *, now: datetime, limit: int = 20
) -> Hits:
    """The customers that ``person`` opened or changed last, the latest first, as far as they may still see them."""
    visible = and_(visible_to(person, thresholds), customers.c.erased_at.is_(None))
    lately = (
        select(audit_log.c.customer_id, audit_log.c.id)
        .where(audit_log.c.staff_id == bindparam("person_id"))
        .order_by(audit_log.c.at.desc(), audit_log.c.id.desc())
        .limit(_LOOKED_THROUGH)
        .subquery()
    )
    found = (
        select(
            lately.c.customer_id,
            func.row_number().over(order_by=func.max(lately.c.id).desc()).label("tier"),
            cast(null(), Text).label("relative"),
            literal(False).label("told"),
        )
        .where(lately.c.customer_id.is_not(None))
        .group_by(lately.c.customer_id)
    )
    return await fetch(session, ranked(found, person.id, visible), now=now, limit=limit, person_id=person.id)
