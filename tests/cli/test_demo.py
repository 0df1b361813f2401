"""The demo opens in working hours, wherever and whenever it is tried, and its clock passes over nothing."""

import socket
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from cdm_core import thresholds
from cdm_core.schedule import JobName, Slot
from cli.demo import opening
from cli.demo_clock import clock_hook
from jobs.clock import Ticker
from jobs.job import Detail, each_minute
from tests import factories
from tests.bot.people import FrozenClock
from tests.cli.conftest import Cdm
from tests.databases import ZONE
from tests.factories import NOW


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


@pytest.mark.parametrize("told", ["--port", "CDM_WEB_PORT"])
async def test_a_port_that_is_taken_is_told_before_the_shop_is_invented(
    cdm: Cdm, environment: pytest.MonkeyPatch, tmp_path: Path, told: str
) -> None:
    environment.setenv("CDM_DATA_DIR", str(tmp_path / "data"))
    with socket.create_server(("127.0.0.1", 0)) as other, socket.create_server(("127.0.0.1", 0)) as soon_free:
        taken, free = (str(one.getsockname()[1]) for one in (other, soon_free))
        soon_free.close()
        page, api = (taken, free) if told == "--port" else (free, taken)
        environment.setenv("CDM_WEB_PORT", api)
        printed = await cdm("demo", "--no-browser", "--port", page, status=1)
        assert f"Port {taken} is taken" in printed
        assert f"with {told}." in " ".join(printed.split())
    assert not (tmp_path / "data" / "demo").exists()


async def test_the_help_names_both_ports(cdm: Cdm) -> None:
    printed = " ".join((await cdm("demo", "--help")).split())
    assert "The chat page is on --port, the HTTP API on CDM_WEB_PORT (3001)" in printed


async def test_the_clock_stops_wherever_something_is_due(
    session: AsyncSession, sessions: async_sessionmaker[AsyncSession], engine: AsyncEngine
) -> None:
    await factories.staff(session, name="Nusrat")
    await session.commit()
    stops = []

    async def look(_session: AsyncSession, slot: Slot) -> Detail:
        stops.append(f"{slot.now.astimezone(ZONE):%a %H:%M}")
        return {}

    clock = FrozenClock(NOW)
    move = clock_hook(engine, clock, Ticker(sessions, clock, [each_minute(JobName.HOT_ALERTS, look)]))
    for _ in range(2):
        await move("next 09:00")
    assert f"{clock.now():%a %H:%M}" == "Tue 09:00"
    assert stops == [
        *("Sun 20:00", "Mon 02:00", "Mon 08:30", "Mon 09:00"),
        *("Mon 20:00", "Tue 02:00", "Tue 08:30", "Tue 09:00"),
    ]
    await move(30)
    assert stops[-1] == "Tue 09:30"
