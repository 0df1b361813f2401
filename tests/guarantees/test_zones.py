"""One morning list a local day, whatever the zone does to its clocks."""

from datetime import date

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from benchmarks.guarantees import zones
from benchmarks.guarantees.proof import missed


@pytest.mark.parametrize("name", zones.ODD_ZONES)
def test_three_years_of_ticks_give_one_slot_a_local_day(name: str) -> None:
    figure = zones.arithmetic(name, mean_minutes=300)
    assert figure.holds, figure


async def test_the_ledger_keeps_to_it_when_summer_time_comes(sessions: async_sessionmaker[AsyncSession]) -> None:
    assert missed(await zones.ledger(sessions, "America/Nuuk", begin=date(2024, 3, 26), days=8)) == []
