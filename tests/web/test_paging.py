"""Pages of lists go on where the one before ended, come to an end, and show nothing twice while others write."""

from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import listed, view360
from cdm_core.tables import customer_summary as summary
from cdm_core.view360 import Filters
from cdm_core.words import CustomerSort, CustomerType, LifecycleStage
from tests import factories
from tests.factories import NOW
from tests.web.conftest import Clients

Meanwhile = Callable[[], Awaitable[Any]]


@pytest.fixture
async def shop(client: Clients) -> AsyncClient:
    return await client("read,write,admin")


async def _pages(shop: AsyncClient, path: str | None, meanwhile: Meanwhile | None = None) -> list[list[dict[str, Any]]]:
    """The pages that ``Link`` leads through; after the first ``meanwhile`` happens."""
    pages = []
    while path:
        answer = await shop.get(path)
        assert answer.status_code == 200, answer.text
        pages.append(answer.json())
        path = answer.links.get("next", {}).get("url")
        if meanwhile is not None and len(pages) == 1:
            await meanwhile()
    return pages


def _column(pages: list[list[dict[str, Any]]], name: str) -> list[Any]:
    return [row[name] for page in pages for row in page]


async def _customers(session: AsyncSession, amounts: list[int | None], **columns: Any) -> list[int]:
    made = []
    for at, amount in enumerate(amounts):
        made.append(await factories.customer(session, first_name=f"R{at % 3}", last_name="", **columns))
        if amount is not None:
            when = NOW - timedelta(days=3 + amount % 7)
            await factories.order(session, made[-1], amount=Decimal(amount), ordered_at=when)
    await factories.settle(session, *made)
    return made


@pytest.mark.parametrize("sort", ["lifetime_value", "last_order", "name", "id"])
async def test_every_order_goes_on_through_ties_and_what_is_empty(
    shop: AsyncClient, session: AsyncSession, sort: str
) -> None:
    made = await _customers(session, [500, None, 500, 700, None, 500, None])
    path = f"/cdm/customer360?sort={sort}"
    whole = (await shop.get(path)).json()
    assert {row["customer_id"] for row in whole} == set(made)
    for limit in (1, 2, 3):
        pages = await _pages(shop, f"{path}&limit={limit}")
        assert [row for page in pages for row in page] == whole
        assert all(len(page) == limit for page in pages[:-1])


async def test_a_list_beyond_what_is_counted_comes_to_an_end(
    shop: AsyncClient, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listed, "MOST_COUNTED", 3)
    made = await _customers(session, [None] * 5)
    assert [len(page) for page in await _pages(shop, "/cdm/customer360?limit=2")] == [2, 2, 1]
    assert [len(page) for page in await _pages(shop, "/cdm/customer360?limit=5")] == [5]
    beyond = await shop.get("/cdm/customer360?limit=2&offset=900000")
    assert (beyond.json(), beyond.headers["X-Total-Count"], "next" in beyond.links) == ([], "3", False)
    for customer in made:
        await factories.relative(session, customer, relationship="child", birth_month=11, birth_day=23)
    await session.commit()
    pages = await _pages(shop, "/cdm/events/birthdays?limit=2")
    assert [len(page) for page in pages] == [2, 2, 1]


async def test_nothing_comes_twice_and_nothing_is_missed_while_others_write(
    shop: AsyncClient, session: AsyncSession
) -> None:
    first, second, third, fourth, fifth = await _customers(session, [900, 800, 700, 600, 500])

    async def meanwhile() -> None:
        """One rises before the page that was read, one who was on it is forgotten."""
        await factories.order(session, fifth, amount=Decimal(9_000), ordered_at=NOW - timedelta(days=1))
        new = await factories.customer(session)
        await factories.order(session, new, amount=Decimal(5_000), ordered_at=NOW - timedelta(days=1))
        await factories.settle(session, fifth, new)
        assert (await shop.post(f"/cdm/customers/{first}/erase")).status_code == 200

    pages = await _pages(shop, "/cdm/type/new?limit=2", meanwhile)
    assert _column(pages, "customer_id") == [first, second, third, fourth]
    left = await _pages(shop, "/cdm/customer360?sort=id&limit=2")
    assert _column(left, "customer_id")[:4] == [second, third, fourth, fifth]


async def test_lists_of_a_customer_while_the_customer_acts(shop: AsyncClient, session: AsyncSession) -> None:
    await factories.customer(session, id=123)
    for days in range(1, 6):
        at = NOW - timedelta(days=days // 2)
        await factories.interaction(session, 123, occurred_at=at, outcome_code="no_answer")
        await factories.behavior(session, 123, occurred_at=at)
        await factories.dropoff(session, 123, occurred_at=at)
        await factories.order(session, 123, ordered_at=at)
    await factories.settle(session, 123)
    acts: dict[str, tuple[str, dict[str, Any]]] = {
        "interactions/123": ("interactions", {"customerId": 123, "interaction_type": "sms"}),
        "behavior/123": ("behavior", {"customerId": 123, "behavior_type": "wishlist"}),
        "dropoff/123": ("dropoff", {"customerId": 123, "stage": "add_to_cart"}),
    }
    for path, (to, body) in acts.items():
        whole = (await shop.get(f"/cdm/{path}")).json()

        async def act(to: str = to, body: dict[str, Any] = body) -> None:
            assert (await shop.post(f"/cdm/{to}", json=body)).status_code == 201

        pages = await _pages(shop, f"/cdm/{path}?limit=2", act)
        assert _column(pages, "id") == [row["id"] for row in whole]
    orders = await _pages(shop, "/cdm/customers/123/orders?limit=2")
    assert len(set(_column(orders, "order_id"))) == 5
    moments = _column(orders, "ordered_at")
    assert moments == sorted(moments, reverse=True)


async def test_follow_ups_and_products_and_notes(shop: AsyncClient, session: AsyncSession) -> None:
    nusrat = await factories.staff(session)
    for hours in range(5):
        customer = await factories.customer(session)
        await factories.follow_up(session, customer, nusrat, due_at=NOW + timedelta(hours=hours // 2))
        await factories.product(session)
        await session.execute(
            text(
                "INSERT INTO waiting_notes (staff_id, origin, text, said_at) VALUES (:staff, :origin, 'called', :now)"
            ),
            {"staff": nusrat, "origin": str(hours), "now": NOW},
        )
    await session.commit()
    for path in ("follow-ups", "products", "notes/waiting"):
        whole = (await shop.get(f"/cdm/{path}")).json()
        pages = await _pages(shop, f"/cdm/{path}?limit=2")
        assert ([row for page in pages for row in page], len(pages)) == (whole, 3)


async def test_a_search_with_filters_finds_who_is_far_down(
    shop: AsyncClient, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view360, "MOST_FOUND", 3)
    made = []
    for amount in (None, None, None, None, None, 90_000, 80_000):
        made.append(await factories.customer(session, first_name="Rahim", last_name="Uddin"))
        if amount is not None:
            await factories.order(session, made[-1], amount=Decimal(amount), ordered_at=NOW - timedelta(days=300))
    await factories.settle(session, *made)
    for search in ("Rahim", "Rahim Uddin", "রহিম"):
        asked = {"q": search, "limit": 1, "lifecycleStage": "inactive"}
        answer = await shop.get("/cdm/customer360", params=asked)
        assert (answer.headers["X-Total-Count"], "X-Total-Capped" in answer.headers) == ("2", False)
        found = answer.json() + (await shop.get(answer.links["next"]["url"])).json()
        assert {row["customer_id"] for row in found} == set(made[5:])
    many = await shop.get("/cdm/customer360?q=Rahim&lifecycleStage=lead")
    assert (len(many.json()), many.headers["X-Total-Capped"], "next" in many.links) == (3, "true", False)


_OF_EVERY_KIND = text(
    """INSERT INTO customer_summary SELECT made.*
       FROM generate_series(1, 4000) n, customer_summary s, jsonb_populate_record(s, jsonb_build_object(
           'customer_id', s.customer_id + n, 'lifetime_value', n % 997,
           'customer_type', (CAST(:types AS text[]))[1 + n % 4],
           'lifecycle_stage', (CAST(:stages AS text[]))[1 + n / 4 % 6])) made
       WHERE s.customer_id = :one"""
)


async def test_the_guides_two_filters_are_one_range_of_an_index(session: AsyncSession) -> None:
    """For each page, in a shop of some thousands; and its order needs no sorting."""
    (one,) = await _customers(session, [900])
    await session.execute(_OF_EVERY_KIND, {"one": one, "types": list(CustomerType), "stages": list(LifecycleStage)})
    await session.execute(text("ANALYZE customer_summary"))
    left = view360._conditions(Filters(CustomerType.VIP, LifecycleStage.LOYAL), NOW)
    order = view360._ORDERS[CustomerSort.LIFETIME_VALUE]
    page = select(summary.c.customer_id).where(*left).order_by(*(key.by for key in order.keys)).limit(50)
    for step in (*order.behind(None), *order.behind(order.place([Decimal(700), 5]))):
        told = page.where(*step).compile(dialect=session.get_bind().dialect, compile_kwargs={"literal_binds": True})
        plan = "\n".join((await session.execute(text(f"EXPLAIN {told}"))).scalars())
        assert "customer_summary_type_stage" in plan, plan
        assert "Sort" not in plan, plan


def _token(told: str) -> str:
    return urlsafe_b64encode(told.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "place",
    [
        "x",
        "!!!!",
        "%00",
        "ক",
        _token("[]"),
        _token("5"),
        _token('["id","1"]'),
        _token('["lifetime_value","1"]'),
        _token('["lifetime_value","NaN","1"]'),
        _token('["lifetime_value","1E+999999","1"]'),
        _token('["lifetime_value",null,"1"]'),
        _token('["lifetime_value","1","99999999999999999999"]'),
        _token('["lifetime_value","1",{"a":1}]'),
        _token("[" * 1400),
    ],
)
async def test_what_is_no_place(shop: AsyncClient, place: str) -> None:
    answer = await shop.get(f"/cdm/customer360?after={place}")
    assert (answer.status_code, answer.json()["code"]) == (422, "no_such_place")


@pytest.mark.parametrize(
    ("sort", "value"),
    [
        ("name", '"\\u0000"'),
        ("name", '"\\ud800"'),
        ("last_order", '"2026-11-22"'),
        ("last_order", '"0001-01-01T00:00+14:00"'),
    ],
)
async def test_what_is_no_value(shop: AsyncClient, sort: str, value: str) -> None:
    place = _token(f'["{sort}",{value},"1"]')
    answer = await shop.get(f"/cdm/customer360?sort={sort}&after={place}")
    assert (answer.status_code, answer.json()["code"]) == (422, "no_such_place")


async def test_one_place_alone(shop: AsyncClient) -> None:
    answer = await shop.get("/cdm/customer360?offset=1&after=x")
    assert (answer.status_code, answer.json()["code"]) == (422, "two_places")
    assert (await shop.get("/cdm/events/today?after=x")).json()["code"] == "unknown_parameter"
