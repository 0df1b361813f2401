"""/orders: the purchase history as a message, paged."""

from datetime import timedelta

import pytest

from tests import factories
from tests.bot.people import Person, Team
from tests.bot.shop import Shop
from tests.factories import NOW


@pytest.fixture
async def shop(chat: Team) -> Shop:
    opened = await Shop.open(chat)
    async with chat.sessions() as session:
        for days in range(1, 7):
            await factories.order(session, opened.rahim, amount=1000 * days, ordered_at=NOW - timedelta(days=days))
        await factories.settle(session, opened.rahim)
    return opened


@pytest.mark.parametrize("who", ["5678", "rahim", "রহিম উদ্দিন", "01712345678"])
async def test_whose_orders_are_named(shop: Shop, nusrat: Person, who: str) -> None:
    await nusrat.say(f"/orders {who}")
    await nusrat.sees("Rahim Uddin", "· Orders", "6 orders · ৳21,000", "Sat 21 Nov", "৳1,000")


async def test_older_ones_in_place(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/orders 5678")
    first = await nusrat.sees("· Orders", "৳4,000")
    assert "৳5,000" not in first["text"]
    await nusrat.press("Older")
    second = await nusrat.sees("· Orders", "৳5,000", "৳6,000")
    assert second["id"] == first["id"]


async def test_of_the_open_card_or_the_one_answered(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/orders")
    await nusrat.sees("Send a number or a name")
    await nusrat.say("5678")
    card = await nusrat.sees("Rahim Uddin")
    await nusrat.say("/orders")
    await nusrat.sees("Rahim Uddin", "· Orders")
    await nusrat.say("4412")
    await nusrat.sees("Karim Mia")
    await nusrat.say("/orders")
    await nusrat.sees("Karim Mia", "No orders yet")
    await nusrat.say("/orders", reply_to=card)
    await nusrat.sees("Rahim Uddin", "· Orders")


async def test_one_of_several_is_chosen(shop: Shop, chat: Team, nusrat: Person) -> None:
    async with chat.sessions() as session:
        ids = [await factories.customer(session, first_name="Salam", last_name=f"Mia{n}") for n in range(7)]
        await factories.settle(session, *ids)
    await nusrat.say("/orders salam")
    hits = await nusrat.sees("7 customers")
    await nusrat.press("Next 2")
    await nusrat.sees("7 customers", "\n6 ")
    await nusrat.press("6")
    shown = await nusrat.sees("Salam", "· Orders", "No orders yet")
    assert shown["id"] == hits["id"]


async def test_a_colleagues_customer_shows_nothing(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/orders 01812349077")
    await nusrat.sees("known, with Tanvir")


async def test_in_bengali(shop: Shop, chat: Team, tanvir: Person) -> None:
    await tanvir.say("/orders 9077")
    await tanvir.sees("Sumaiya Akter", "অর্ডার")


async def test_the_tab_of_one_of_several_hits_is_about_that_one(shop: Shop, chat: Team, nusrat: Person) -> None:
    """A note in answer to it is theirs, whatever number it begins with."""
    async with chat.sessions() as session:
        other = await factories.customer(session, first_name="Rahim", last_name="Sheikh", owner_id=nusrat.staff_id)
        await factories.settle(session, other)
    await nusrat.say("/orders rahim")
    found = await nusrat.sees("Rahim Uddin", "Rahim Sheikh")
    uddin_first = found["text"].index("Uddin") < found["text"].index("Sheikh")
    first, second = (shop.rahim, other) if uddin_first else (other, shop.rahim)
    await nusrat.press("1", message=found)
    tab = await nusrat.sees(f"#{first} · Orders")
    await nusrat.say("2 din por call dite bolse", reply_to=tab)
    await nusrat.sees(f"#{first}", "saved")
    assert [row[3] for row in await shop.logged(first)] == ["2 din por call dite bolse"]
    assert await shop.logged(second) == []
