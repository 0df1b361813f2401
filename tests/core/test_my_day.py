"""The hours of a person's calls."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import staff
from cdm_core.my_day import Hour, by_hour
from tests import factories


async def test_calls_by_hour_of_today_and_yesterday(session: AsyncSession, now: datetime, zone: ZoneInfo) -> None:
    tanvir = await staff.get(session, await factories.staff(session, name="Tanvir"))
    customer = await factories.customer(session)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)

    async def called(at: datetime, outcome: str, **columns: object) -> None:
        await factories.interaction(
            session, customer, **{"staff_id": tanvir.id, "occurred_at": at, "outcome_code": outcome, **columns}
        )

    await called(midnight, "connected")
    await called(midnight - timedelta(minutes=1), "connected")
    await called(now, "connected")
    await called(now + timedelta(minutes=10), "no_answer")
    await called(now - timedelta(days=1), "no_answer")
    await called(now - timedelta(days=2), "connected")
    await called(now, "connected", interaction_type="whatsapp")
    await called(now, "connected", interaction_direction="inbound")
    await called(now, "connected", undone_at=now)
    await called(now, "connected", staff_id=await factories.staff(session, name="Nusrat"))
    assert await by_hour(session, tanvir, now=now, zone=zone) == (
        Hour(0, calls=1, answered=1, before=0),
        Hour(11, calls=2, answered=1, before=1),
        Hour(23, calls=0, answered=0, before=1),
    )


async def test_nobody_called(session: AsyncSession, now: datetime, zone: ZoneInfo) -> None:
    tanvir = await staff.get(session, await factories.staff(session))
    assert await by_hour(session, tanvir, now=now, zone=zone) == ()
