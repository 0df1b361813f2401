"""The demo opens in working hours, wherever and whenever it is tried."""

from datetime import datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import thresholds
from cli.demo import opening
from tests.databases import ZONE


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-22 11:10", "2026-11-22 11:10"),
        ("2026-11-22 05:18", "2026-11-22 09:00"),
        ("2026-11-22 22:00", "2026-11-23 09:00"),
        ("2026-11-26 21:30", "2026-11-29 09:00"),
        ("2026-11-27 11:00", "2026-11-29 09:00"),
        ("2026-11-28 05:00", "2026-11-29 09:00"),
        ("2026-12-16 12:00", "2026-12-17 09:00"),
    ],
)
async def test_a_shop_that_is_closed_opens_the_next_working_morning(
    session: AsyncSession, now: str, opens: str
) -> None:
    limits = await thresholds.load(session)
    at = datetime.fromisoformat(now).replace(tzinfo=ZONE)
    assert opening(at, limits) == datetime.fromisoformat(opens).replace(tzinfo=ZONE)
