"""``/cdm/events``: birthdays and anniversaries of customers and their families."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta

import pytest
from httpx import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import occasion_list
from tests import factories
from tests.factories import NOW
from tests.web.conftest import Clients, FixedClock, Recorded

TODAY = NOW.date()


def _born(days: int, years: int = 30) -> date:
    """Whose birthday is in so many days, then turning so many years."""
    day = TODAY + timedelta(days=days)
    return day.replace(year=day.year - years)


@pytest.fixture
async def shop(session: AsyncSession, client: Clients) -> AsyncClient:
    john = {"first_name": "John", "last_name": "Doe", "phone": "01712345678"}
    await factories.customer(session, id=123, **john, date_of_birth=_born(0, 36), anniversary_date=_born(3, 11))
    await factories.relative(session, 123, name="Sarah Doe", date_of_birth=_born(7), phone="01712345679")
    rafi = {"name": "Rafi", "relationship": "child", "birth_month": TODAY.month, "birth_day": TODAY.day}
    await factories.relative(session, 123, **rafi)
    quiet = await factories.customer(session, first_name="Quiet", date_of_birth=_born(0), do_not_call_at=NOW)
    later = await factories.customer(session, first_name="Later", last_name="", date_of_birth=_born(8), phone=None)
    await factories.settle(session, 123, quiet, later)
    return await client("read")


def _told(answer: Response) -> list[tuple[str, str, int]]:
    assert answer.status_code == 200, answer.text
    return [(row["name"], row["event_type"], row["days_until_event"]) for row in answer.json()]


async def test_today_as_the_guide_shows_it(shop: AsyncClient, audited: Callable[[], Awaitable[list[Recorded]]]) -> None:
    answer = await shop.get("/cdm/events/today")
    own, rafi = answer.json()
    assert {name: own[name] for name in ("type", "customer_id", "name", "phone", "event_type", "event_date")} == {
        "type": "customer",
        "customer_id": 123,
        "name": "John Doe",
        "phone": "01712345678",
        "event_type": "birthday",
        "event_date": "2026-11-22",
    }
    assert (own["days_until_event"], own["age_or_years"]) == (0, 36)
    assert (rafi["type"], rafi["name"], rafi["relationship"], rafi["customer_name"], rafi["age_or_years"]) == (
        "family",
        "Rafi",
        "child",
        "John Doe",
        None,
    )
    assert rafi["phone"] == "01712345678"
    assert [(row.actor, row.details) for row in await audited()] == [("key:shop-0", {"customers": [123]})]


async def test_birthdays_and_anniversaries_to_come(shop: AsyncClient) -> None:
    assert _told(await shop.get("/cdm/events/birthdays?days=7")) == [
        ("John Doe", "birthday", 0),
        ("Rafi", "birthday", 0),
        ("Sarah Doe", "birthday", 7),
    ]
    assert _told(await shop.get("/cdm/events/birthdays")) == _told(await shop.get("/cdm/events/birthdays?days=7"))
    assert _told(await shop.get("/cdm/events/birthdays?days=0")) == [
        ("John Doe", "birthday", 0),
        ("Rafi", "birthday", 0),
    ]
    assert _told(await shop.get("/cdm/events/anniversaries?days=7")) == [("John Doe", "anniversary", 3)]
    assert len((await shop.get("/cdm/events/birthdays?days=365")).json()) == 4
    page = await shop.get("/cdm/events/birthdays?days=8&limit=1&offset=3")
    assert (_told(page), page.headers["X-Total-Count"]) == ([("Later", "birthday", 8)], "4")
    assert 'rel="prev"' in page.headers["Link"]


async def test_pages_of_a_large_shop_are_the_same(shop: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    path = "/cdm/events/birthdays?days=20"
    whole = (await shop.get(path)).json()
    monkeypatch.setattr(occasion_list, "_MANY", 0)
    assert (await shop.get(path)).json() == whole
    pages = [(await shop.get(f"{path}&limit=2&offset={offset}")).json() for offset in (0, 2, 4)]
    assert pages == [whole[:2], whole[2:], []]


async def test_days_pass(shop: AsyncClient, clock: FixedClock) -> None:
    clock.at = NOW + timedelta(days=3)
    assert _told(await shop.get("/cdm/events/today")) == [("John Doe", "anniversary", 0)]


@pytest.mark.parametrize("query", ["days=-1", "days=366", "days=x", "days=1.5", "limit=0", "type=birthday"])
async def test_what_cannot_be_asked(shop: AsyncClient, query: str) -> None:
    assert (await shop.get(f"/cdm/events/birthdays?{query}")).status_code == 422


async def test_nobody_of_whom_it_is_asked_whether_calls_are_to_stop(shop: AsyncClient, session: AsyncSession) -> None:
    note = {"interaction_type": "other", "outcome": None, "outcome_code": None, "undo": {"asks_no_calls": True}}
    await factories.interaction(session, 123, occurred_at=NOW, **note)
    await factories.settle(session, 123)
    assert _told(await shop.get("/cdm/events/birthdays?days=7")) == []
    await factories.interaction(session, 123, occurred_at=NOW, staff_id=await factories.staff(session))
    await factories.settle(session, 123)
    assert _told(await shop.get("/cdm/events/birthdays?days=7")) != []
