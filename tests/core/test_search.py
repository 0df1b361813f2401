"""Finding customers the way agents look for them."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import name_index, staff, thresholds
from cdm_core.hits import Hit
from cdm_core.query import parse_query
from cdm_core.search import search
from cdm_core.tables import customers, name_tokens
from cdm_core.words import Temperature
from tests import factories

Find = Callable[..., Awaitable[list[Hit]]]


@pytest.fixture
async def nusrat(session: AsyncSession) -> int:
    return await factories.staff(session, name="Nusrat")


@pytest.fixture
async def tanvir(session: AsyncSession) -> int:
    return await factories.staff(session, name="Tanvir")


@pytest.fixture
async def find(session: AsyncSession, nusrat: int, now: datetime) -> Find:
    """Search as Nusrat, or as another."""

    async def found(written: str, *, person: int = nusrat, limit: int = 50) -> list[Hit]:
        people = await staff.get(session, person)
        settings = await thresholds.load(session)
        return list((await search(session, people, settings, parse_query(written), now=now, limit=limit)).hits)

    return found


async def person(session: AsyncSession, name: str, **columns: object) -> int:
    first, _, last = name.partition(" ")
    customer_id = await factories.customer(session, first_name=first, last_name=last, **columns)
    await name_index.learn(session, [name])
    return customer_id


@pytest.mark.parametrize(
    "written", ["01712345678", "+880 1712-345678", "8801712345678", "০১৭১২৩৪৫৬৭৮", "bKash 01712345678 Rahim"]
)
async def test_by_full_phone_in_any_format_with_all_of_the_household(
    session: AsyncSession, find: Find, written: str
) -> None:
    rahim = await person(session, "রহিম উদ্দিন", phone="01712345678")
    ayesha = await person(session, "Ayesha Begum", phone="+8801712345678")
    mina = await person(session, "Mina Das")
    await factories.relative(session, mina, name="Arif", phone="01712345678")
    await person(session, "Karim Mia")
    hits = await find(written)
    assert [(hit.customer_id, hit.relative) for hit in hits] == [(rahim, None), (ayesha, None), (mina, "Arif")]
    assert hits[0].name == "রহিম উদ্দিন"
    assert hits[0].phone_e164 == "+8801712345678"
    assert hits[0].city == "Dhaka"


async def test_by_last_digits_id_and_shop_key_at_once(session: AsyncSession, find: Find) -> None:
    by_id = await person(session, "Karim Mia", id=5678)
    by_phone = await person(session, "Rahim Uddin", phone="01712345678")
    by_key = await person(session, "Salma Akter")
    await factories.customer_key(session, by_key, "5678")
    assert {hit.customer_id for hit in await find("5678")} == {by_id, by_phone, by_key}
    assert [hit.customer_id for hit in await find("৫৬৭৮")][-1] == by_phone
    assert [hit.customer_id for hit in await find("#5678")] == [by_id]
    assert [hit.customer_id for hit in await find("345678")] == [by_phone]
    assert await find("#99") == []
    assert await find("9" * 30) == []


async def test_last_digits_find_a_relative(session: AsyncSession, find: Find) -> None:
    rahim = await person(session, "Rahim Uddin")
    await factories.relative(session, rahim, name="Sarah", phone="01812349999")
    assert [(hit.customer_id, hit.relative) for hit in await find("9999")] == [(rahim, "Sarah")]


async def test_by_email_and_by_shop_key(session: AsyncSession, find: Find) -> None:
    salma = await person(session, "Salma Akter", email="Salma@Example.com")
    await factories.customer_key(session, salma, "C-1001")
    for written in ("salma@example.com", "C-1001", "c-1001", "shop:C-1001"):
        assert [hit.customer_id for hit in await find(written)] == [salma], written
    assert await find("other:C-1001") == []


@pytest.mark.parametrize(
    "written",
    ["রহিম উদ্দিন", "rahim uddin", "Rohim Udin", "Md. Raheem Uddin", "rahimuddin", "uddin rahim", "রহিম ভাই", "rohim"],
)
async def test_by_name_in_either_script(session: AsyncSession, find: Find, written: str) -> None:
    bengali = await person(session, "মোঃ রহিম উদ্দিন")
    latin = await person(session, "Rahim Uddin")
    await person(session, "Karim Uddin")
    await person(session, "Salma Akter")
    assert {hit.customer_id for hit in await find(written)} == {bengali, latin}


@pytest.mark.parametrize(
    "written", ["rhaim uddin", "rahim udddin", "rajim uddin", "rahm uddn", "rahim udd", "রহীম উদ্দি"]
)
async def test_slips_and_beginnings_are_forgiven(session: AsyncSession, find: Find, written: str) -> None:
    rahim = await person(session, "রহিম উদ্দিন")
    await person(session, "Salma Akter")
    assert [hit.customer_id for hit in await find(written)] == [rahim]


async def test_exact_names_come_first_then_own_then_similar_ones(
    session: AsyncSession, find: Find, nusrat: int
) -> None:
    rahima = await person(session, "রহিমা খাতুন", owner_id=nusrat)
    rahim = await person(session, "Rahim Sheikh")
    mine = await person(session, "রহিম উদ্দিন", owner_id=nusrat)
    assert [hit.customer_id for hit in await find("rahim")] == [mine, rahim, rahima]
    assert [hit.owner for hit in await find("rahim")] == ["Nusrat", None, "Nusrat"]


async def test_many_exact_hits_need_no_similar_ones(session: AsyncSession, find: Find) -> None:
    exact = {await person(session, f"Rahim {last}") for last in ("Uddin", "Mia", "Sheikh", "Ali")}
    await person(session, "Rahima Khatun")
    assert {hit.customer_id for hit in await find("rohim")} == exact
    assert len(await find("rohim", limit=2)) == 2


async def test_a_name_beside_last_digits(session: AsyncSession, find: Find) -> None:
    rahim = await person(session, "Rahim Uddin", phone="01712345678")
    await person(session, "Karim Mia", phone="01812345678")
    other = await person(session, "Rahim Ali", phone="01812340000")
    assert [hit.customer_id for hit in await find("rohim 5678")] == [rahim]
    assert {hit.customer_id for hit in await find("rahim 2450")} == {rahim, other}


async def test_a_relative_is_found_by_name(session: AsyncSession, find: Find) -> None:
    rahim = await person(session, "Rahim Uddin")
    await factories.relative(session, rahim, name="আয়েশা সিদ্দিকা")
    hits = await find("Aisha Siddika")
    assert [(hit.customer_id, hit.relative) for hit in hits] == [(rahim, "আয়েশা সিদ্দিকা")]


async def test_a_colleagues_customer_is_told_masked_by_phone_or_key_alone(
    session: AsyncSession, find: Find, nusrat: int, tanvir: int
) -> None:
    rahim = await person(session, "Rahim Uddin", phone="01712345678", email="r@example.com", owner_id=nusrat)
    await factories.customer_key(session, rahim, "C-7")
    for written in ("01712345678", "C-7"):
        [hit] = await find(written, person=tanvir)
        assert (hit.masked, hit.owner, hit.phone_e164, hit.city, hit.last_order_at) == (
            True,
            "Nusrat",
            None,
            None,
            None,
        )
        assert not (await find(written))[0].masked
    for written in ("rahim", "rhaim uddin", "5678", f"#{rahim}", "r@example.com", "rahim 5678"):
        assert await find(written, person=tanvir) == [], written
        assert [hit.customer_id for hit in await find(written)] == [rahim]


async def test_admins_find_everybodys_customers(session: AsyncSession, find: Find, nusrat: int) -> None:
    rahim = await person(session, "Rahim Uddin", owner_id=nusrat)
    admin = await factories.staff(session, name="Rafiq", role="admin")
    assert [hit.customer_id for hit in await find("rahim", person=admin)] == [rahim]


async def test_a_hit_shows_temperature_and_last_order(session: AsyncSession, find: Find, now: datetime) -> None:
    rahim = await person(session, "Rahim Uddin")
    await factories.order(session, rahim, ordered_at=now - timedelta(days=2))
    await factories.settle(session, rahim)
    [hit] = await find("rahim")
    assert hit.temperature is Temperature.HOT
    assert hit.last_order_at == now - timedelta(days=2)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "😀",
        "<script>alert(1)</script>",
        "%",
        "_",
        "\\",
        "'; DROP",
        "ঃ",
        "李小龙",
        "x" * 100,
        "a b c d e f g",
        "\x00",
    ],
)
async def test_odd_searches_find_nobody(session: AsyncSession, find: Find, written: str) -> None:
    await person(session, "Rahim Uddin")
    assert await find(written) == []


async def test_odd_names_are_found(session: AsyncSession, find: Find) -> None:
    for name in ("😀", "李小龙", "محمد"):
        customer_id = await person(session, name)
        assert [hit.customer_id for hit in await find(name)] == [customer_id]


async def test_rows_written_by_another_system_get_their_keys(session: AsyncSession, find: Find) -> None:
    customer_id = (
        await session.execute(
            insert(customers)
            .values(first_name="রহিম", last_name="উদ্দিন", phone="01712 345678")
            .returning(customers.c.id)
        )
    ).scalar_one()
    await session.execute(
        text("INSERT INTO customer_family_members (customer_id, name, relationship) VALUES (:id, 'Arif', 'child')"),
        {"id": customer_id},
    )
    assert await name_index.derive(session, [customer_id]) == 2
    assert await name_index.derive(session, [customer_id]) == 0
    for written in ("rahim", "rahmi", "01712345678", "arif"):
        assert [hit.customer_id for hit in await find(written)] == [customer_id], written


async def test_the_vocabulary_counts_uses(session: AsyncSession) -> None:
    await name_index.learn(session, ["Md. Rahim Uddin", "Rahim Ali"])
    await name_index.learn(session, ["RAHIM"])
    rows = (await session.execute(select(name_tokens).order_by(name_tokens.c.token))).all()
    assert [(row.token, row.key, row.skeleton, row.uses) for row in rows] == [
        ("ali", "ali", "al", 1),
        ("rahim", "rhim", "rhm", 3),
        ("uddin", "udin", "adn", 1),
    ]
