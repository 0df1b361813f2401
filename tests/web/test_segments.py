"""``/cdm/lifecycle``, ``/cdm/type``, ``/cdm/temperature`` and ``/cdm/stats/dashboard``."""

from datetime import timedelta
from decimal import Decimal

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import dashboard
from cdm_core.clock import Clock
from jobs import stale_refresh
from jobs.clock import Ticker
from jobs.job import Shop
from tests import factories
from tests.databases import ZONE
from tests.factories import NOW
from tests.web.conftest import Clients, FixedClock


@pytest.fixture
async def shop(session: AsyncSession, client: Clients) -> AsyncClient:
    """Anwar, a hot VIP; Belal, warm and new; Chameli, inactive; Dilara, a lead."""
    for name, amount, days in (("Anwar", 60_000, 3), ("Belal", 2_000, 20), ("Chameli", 900, 200), ("Dilara", None, 0)):
        customer_id = await factories.customer(session, first_name=name, last_name="")
        if amount is not None:
            at = NOW - timedelta(days=days)
            await factories.order(session, customer_id, amount=Decimal(amount), ordered_at=at)
        await factories.settle(session, customer_id)
    return await client("read")


def _names(answer: Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["first_name"] for row in answer.json()]


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("lifecycle/inactive", ["Chameli"]),
        ("lifecycle/lead", ["Dilara"]),
        ("lifecycle/loyal", []),
        ("type/vip", ["Anwar"]),
        ("type/new", ["Belal", "Dilara"]),
        ("temperature/hot", ["Anwar"]),
        ("temperature/warm", ["Belal"]),
        ("temperature/cold", ["Chameli", "Dilara"]),
        ("temperature/cold?sort=name&limit=1&offset=1", ["Dilara"]),
    ],
)
async def test_segments(shop: AsyncClient, path: str, names: list[str]) -> None:
    answer = await shop.get(f"/cdm/{path}")
    assert _names(answer) == names
    assert int(answer.headers["X-Total-Count"]) >= len(names)


@pytest.mark.parametrize("path", ["lifecycle/vip", "type/loyal", "temperature/tepid", "type/VIP", "lifecycle/%00"])
async def test_no_such_segment(shop: AsyncClient, path: str) -> None:
    assert (await shop.get(f"/cdm/{path}")).status_code == 422


STATS = {
    "total_customers": 4,
    "vip_customers": 1,
    "repeat_customers": 0,
    "new_customers": 2,
    "inactive_customers": 1,
    "loyal_customers": 0,
    "hot_customers": 1,
    "warm_customers": 1,
    "cold_customers": 2,
    "total_lifetime_value": 62900,
    "avg_lifetime_value": 15725,
}


async def test_dashboard(shop: AsyncClient) -> None:
    answer = await shop.get("/cdm/stats/dashboard")
    assert answer.json() == {"taken_at": "2026-11-22T05:10:00Z", **STATS}
    assert '"avg_lifetime_value":15725}' in answer.text


async def test_an_empty_dashboard(client: Clients) -> None:
    answer = await (await client("read")).get("/cdm/stats/dashboard")
    assert {name: answer.json()[name] for name in STATS} == dict.fromkeys(STATS, 0)


async def test_the_minute_job_counts_the_dashboard(
    shop: AsyncClient, session: AsyncSession, sessions: async_sessionmaker[AsyncSession], clock: FixedClock
) -> None:
    await Ticker(sessions, Clock(ZONE), [stale_refresh.job(Shop())]).tick(NOW)
    await factories.settle(session, await factories.customer(session))
    clock.at = NOW + timedelta(minutes=1)
    answer = (await shop.get("/cdm/stats/dashboard")).json()
    assert (answer["total_customers"], answer["taken_at"]) == (4, "2026-11-22T05:10:00Z")
    await dashboard.take(session, now=clock.at)
    await session.commit()
    assert (await shop.get("/cdm/stats/dashboard")).json()["total_customers"] == 5


async def test_while_the_jobs_stand_still_one_counts_for_all(
    shop: AsyncClient, session: AsyncSession, clock: FixedClock, sessions: async_sessionmaker[AsyncSession]
) -> None:
    await dashboard.take(session, now=NOW - timedelta(minutes=6))
    await factories.settle(session, await factories.customer(session))

    async def told() -> tuple[int, str]:
        answer = (await shop.get("/cdm/stats/dashboard")).json()
        return answer["total_customers"], answer["taken_at"]

    async with sessions.begin() as other:
        await other.execute(text("SELECT pg_advisory_xact_lock(:counting)"), {"counting": dashboard._COUNTING})
        assert await told() == (4, "2026-11-22T05:04:00Z")
    assert await told() == (5, "2026-11-22T05:10:00Z")
    await factories.settle(session, await factories.customer(session))
    clock.at = NOW + timedelta(minutes=4)
    assert await told() == (5, "2026-11-22T05:10:00Z")
    clock.at = NOW + timedelta(minutes=6)
    assert await told() == (6, "2026-11-22T05:16:00Z")
