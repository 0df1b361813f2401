"""One sale is one order: said twice, by two, moved to another customer, or asked of too late."""

from datetime import timedelta

from sqlalchemy import text

from tests.bot.people import Team
from tests.bot.shop import Shop
from tests.factories import NOW


async def orders(shop: Shop, customer_id: int) -> list[tuple[int, bool]]:
    """Amount, and whether it is confirmed."""
    rows = await shop.rows(
        "SELECT total_amount, confirmed_at IS NOT NULL FROM sales_orders WHERE customer_id = :of ORDER BY id",
        of=customer_id,
    )
    return [(int(amount), confirmed) for amount, confirmed in rows]


async def test_a_tap_and_then_a_note_confirm_one_order(chat: Team, shop: Shop) -> None:
    await shop.pending_order(shop.rahim, 1890)
    await chat.nusrat.say(f"#{shop.rahim}")
    await chat.nusrat.sees("Rahim Uddin")
    await chat.nusrat.press("Order")
    await chat.nusrat.sees("saved", "The waiting order is confirmed")
    await chat.nusrat.say("order confirmed 1890 cod")
    await chat.nusrat.sees("Order ৳1,890", "Confirmed already, 11:10")
    assert await orders(shop, shop.rahim) == [(1890, True)]
    await chat.nusrat.say("/undo")
    await chat.nusrat.sees("undone")
    assert await orders(shop, shop.rahim) == [(1890, True)]


async def test_the_same_note_twice_makes_one_order_and_another_amount_another(chat: Team, shop: Shop) -> None:
    await chat.nusrat.say(f"#{shop.rahim} order confirmed 2450 cod")
    await chat.nusrat.sees("New order")
    await chat.nusrat.say(f"#{shop.rahim} order confirmed 2450 cod")
    await chat.nusrat.sees("Confirmed already")
    await chat.nusrat.say(f"#{shop.rahim} order confirmed 900 cod")
    await chat.nusrat.sees("New order", "৳900")
    assert await orders(shop, shop.rahim) == [(2450, True), (900, True)]


async def test_the_next_day_it_is_another_order(chat: Team, shop: Shop) -> None:
    await chat.nusrat.say(f"#{shop.rahim} order confirmed 2450 cod")
    await chat.nusrat.sees("New order")
    chat.at(NOW + timedelta(days=1))
    await chat.nusrat.say(f"#{shop.rahim} order confirmed 2450 cod")
    await chat.nusrat.sees("New order")
    assert len(await orders(shop, shop.rahim)) == 2


async def test_two_agents_confirm_one_order(chat: Team, shop: Shop) -> None:
    await shop.pending_order(shop.karim, 1890)
    await chat.farhana.say(f"#{shop.karim}")
    await chat.farhana.sees("Karim Mia")
    await chat.farhana.press("Order")
    await chat.farhana.sees("The waiting order is confirmed")
    await chat.rafiq.say(f"#{shop.karim} order confirmed")
    await chat.rafiq.sees("Karim Mia", "Confirmed already")
    assert await orders(shop, shop.karim) == [(1890, True)]


async def test_moving_a_confirmation_to_another_customer_invents_no_order(chat: Team, shop: Shop) -> None:
    await shop.pending_order(shop.rahim, 1890)
    await chat.nusrat.say(f"#{shop.rahim} order confirmed")
    await chat.nusrat.sees("The waiting order is confirmed")
    await chat.nusrat.press("Fix")
    await chat.nusrat.sees("what to fix?")
    await chat.nusrat.press("Customer")
    await chat.nusrat.sees("who was it?")
    await chat.nusrat.say(f"#{shop.karim}")
    await chat.nusrat.sees("Karim Mia", "No order was waiting")
    assert await orders(shop, shop.rahim) == [(1890, False)]
    assert await orders(shop, shop.karim) == []


async def test_a_button_for_an_order_that_was_cancelled_confirms_nothing(chat: Team, shop: Shop) -> None:
    await shop.pending_order(shop.rahim, 1890)
    await shop.pending_order(shop.rahim, 2650)
    await chat.nusrat.say(f"#{shop.rahim} order confirmed")
    asked = await chat.nusrat.sees("2 orders wait: which?")
    async with chat.sessions.begin() as session:
        await session.execute(text("UPDATE sales_orders SET status = 'cancelled' WHERE total_amount = 1890"))
    await chat.nusrat.press("1", message=asked)
    await chat.settled()
    assert await orders(shop, shop.rahim) == [(1890, False), (2650, False)]
