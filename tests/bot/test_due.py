"""Promised calls and drop-offs, as people see them in the chat."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from cdm_core.words import Language
from tests import factories
from tests.bot.people import Person, Team
from tests.factories import NOW


@pytest.fixture
async def tanvir(chat: Team) -> Person:
    await chat.tanvir.speaks(Language.EN)
    return chat.tanvir


async def promise(chat: Team, person: Person, *moments: timedelta) -> list[int]:
    """Customers of the person, each with a call promised so long from now."""
    async with chat.sessions() as session:
        ids = []
        for number, ahead in enumerate(moments, 1):
            customer = await factories.customer(
                session, first_name=f"Promised{number}", last_name="", owner_id=person.staff_id
            )
            said = await factories.interaction(
                session, customer, description=f"note {number}", occurred_at=NOW - timedelta(days=2)
            )
            await factories.follow_up(
                session, customer, person.staff_id, due_at=NOW + ahead, interaction_id=said, created_at=NOW
            )
            ids.append(customer)
        await factories.settle(session, *ids)
        return ids


async def leave(chat: Team, person: Person, number: int) -> list[int]:
    """Customers of the person who left a cart, the first one last."""
    async with chat.sessions() as session:
        ids = [
            await factories.customer(session, first_name=f"Left{n}", last_name="", owner_id=person.staff_id)
            for n in range(1, number + 1)
        ]
        for hours, customer in enumerate(ids, 1):
            await factories.dropoff(session, customer, occurred_at=NOW - timedelta(hours=hours), reason="Price")
        await factories.settle(session, *ids)
        return ids


def labels(message: dict[str, Any]) -> list[list[str]]:
    return [[button["text"] for button in row] for row in message["buttons"]]


async def test_promises_by_time(chat: Team, tanvir: Person) -> None:
    late, today, later = await promise(chat, tanvir, -timedelta(days=3), timedelta(hours=2), timedelta(days=2))
    await tanvir.say("/due")
    message = await tanvir.sees("⏰ Follow-ups 2, 1 overdue · 1 later")
    assert message["text"].split("\n")[1:] == [
        f"1 🌤 Promised1 #{late} · overdue 3 d",
        "2 d ago: “note 1”",
        f"2 🌤 Promised2 #{today} · today 13:10",
        "2 d ago: “note 2”",
        f"3 🌤 Promised3 #{later} · Tue 24 Nov 11:10",
        "2 d ago: “note 3”",
    ]
    assert labels(message) == [["1", "2", "3"], ["▶️ Next"]]
    await tanvir.press("2")
    await tanvir.sees(f"Promised2 #{today}")


async def test_promises_in_bengali(chat: Team) -> None:
    await promise(chat, chat.tanvir, -timedelta(days=3), timedelta(hours=2), timedelta(days=2))
    await chat.tanvir.say("/due")
    await chat.tanvir.sees("⏰ ফলো-আপ ২, সময় পার ১ · পরে আরও ১", "৩ দিন পার", "আজ দুপুর ১:১০")


async def test_promises_are_paged_in_place(chat: Team, tanvir: Person) -> None:
    await promise(chat, tanvir, *(timedelta(hours=n) for n in range(1, 8)))
    await tanvir.say("/due")
    first = await tanvir.sees("Follow-ups 7", "5 🌤 Promised5")
    await tanvir.press("2 more ›")
    second = await tanvir.sees("Follow-ups 7", "7 🌤 Promised7")
    assert second["id"] == first["id"]
    assert labels(second)[0] == ["6", "7"]


async def test_nothing_promised_tells_how(chat: Team, nusrat: Person) -> None:
    await promise(chat, chat.tanvir, timedelta(hours=1))
    await nusrat.say("/due")
    await nusrat.sees("☑️ No call is promised", "call Tue 5pm")


async def test_a_kept_promise_is_gone(chat: Team, tanvir: Person) -> None:
    (customer,) = await promise(chat, tanvir, timedelta(minutes=-5))
    await tanvir.say("/due")
    await tanvir.sees("Follow-ups 1")
    await tanvir.press("1")
    await tanvir.sees(f"#{customer}")
    await tanvir.say("kotha hoise 3 min, dam beshi")
    await tanvir.sees("saved")
    await tanvir.say("/due")
    await tanvir.sees("No call is promised")


async def test_dropoffs_and_their_pages(chat: Team, tanvir: Person) -> None:
    ids = await leave(chat, tanvir, 6)
    await tanvir.say("/dropoffs")
    first = await tanvir.sees(
        "🛒 Carts 6, ৳33,000", f"1 🔥 Left1 #{ids[0]} · ৳5,500", "left in the cart 1 h ago · Price"
    )
    await tanvir.press("1 more ›")
    second = await tanvir.sees(f"6 🔥 Left6 #{ids[5]}")
    assert second["id"] == first["id"]
    await tanvir.press("6")
    await tanvir.sees(f"Left6 #{ids[5]}", "Cart ৳5,500, 6 h ago (+4)")


async def test_dropoffs_in_bengali_by_their_other_name(chat: Team) -> None:
    await leave(chat, chat.tanvir, 1)
    await chat.tanvir.say("/carts")
    await chat.tanvir.sees("🛒 কার্ট ১, ৳৫,৫০০", "কার্টে রেখে গেছে ১ ঘণ্টা আগে · Price")


async def test_no_cart(nusrat: Person) -> None:
    await nusrat.say("/dropoffs")
    await nusrat.sees("☑️ No open cart")


async def test_won_back_on_the_behaviour_in_place_and_once(chat: Team, tanvir: Person) -> None:
    (customer,) = await leave(chat, tanvir, 1)
    await tanvir.say(f"#{customer}")
    card = await tanvir.sees(f"#{customer}", "Cart ৳5,500")
    await tanvir.press("More")
    await tanvir.sees("· Overview")
    await tanvir.press("Behaviour")
    shown = await tanvir.sees("· Behaviour", "Left in the cart · ৳5,500")
    assert labels(shown)[0] == ["☑️ Recovered"]
    await tanvir.press("Recovered")
    after = await tanvir.sees("Left in the cart · ৳5,500 · recovered")
    assert after["id"] == card["id"]
    assert "☑️ Recovered" not in labels(after)[0]
    assert await tanvir.press_data(f"v1:recovered:{customer}", message=after) == "No open cart"
    await tanvir.say("/dropoffs")
    await tanvir.sees("No open cart")
    async with chat.sessions() as session:
        told = await session.execute(text("SELECT customer_id, details FROM audit_log WHERE action = 'recovered'"))
        assert [tuple(row) for row in told] == [(customer, {"number": 1})]
