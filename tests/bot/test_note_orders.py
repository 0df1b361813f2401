"""Orders by note: which products, what they come to, and which of the pending orders it is."""

import pytest

from cdm_core.words import Language
from tests import factories
from tests.bot.people import Person, Team
from tests.bot.shop import Shop

ORDERS = "SELECT status, total_amount::int, source, confirmed_at IS NOT NULL FROM sales_orders ORDER BY id"
LINES = (
    "SELECT product_name, quantity::float, unit_price::int, amount::int FROM sales_order_items ORDER BY order_id, id"
)


@pytest.fixture
async def shop(chat: Team) -> Shop:
    opened = await Shop.open(chat)
    async with chat.sessions() as session:
        for name, price in (("Honey 1 kg", 1225), ("Ghee 500 g", 1450), ("Ghee 1 kg", 2800), ("কালোজিরা ৫০০ গ্রাম", 350)):
            await factories.product(session, name=name, price=price)
        await session.commit()
    return opened


def labels(message: dict[str, list[list[dict[str, str]]]]) -> list[list[str]]:
    return [[button["text"] for button in row] for row in message["buttons"]]


async def test_without_an_amount_it_comes_to_the_list_price(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 4412 order confirmed cod 2x honey, 1x kalojira")
    await nusrat.sees(
        "Karim Mia",
        "✅ Order ৳2,800 · COD · Honey 1 kg ×2, কালোজিরা ৫০০ গ্রাম",
        "The amount is by the price list",
        "New order",
    )
    assert await shop.rows(ORDERS) == [("pending", 2800, "chat", True)]
    assert await shop.rows(LINES) == [("Honey 1 kg", 2, 1225, 2450), ("কালোজিরা ৫০০ গ্রাম", 1, 350, 350)]


async def test_two_kilos_are_two_packs(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 4412 order confirmed 2 kg honey")
    await nusrat.sees("Karim Mia", "✅ Order ৳2,450 · Honey 1 kg ×2")


async def test_an_amount_that_was_said_counts(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 4412 order confirmed 2300 cod 2x honey")
    echo = await nusrat.sees("Karim Mia", "✅ Order ৳2,300 · COD · Honey 1 kg ×2")
    assert "price list" not in echo["text"]
    assert await shop.rows(LINES) == [("Honey 1 kg", 2, 1225, 2300)]


@pytest.mark.parametrize("language", list(Language))
async def test_several_products_fit_and_one_is_chosen(shop: Shop, nusrat: Person, language: Language) -> None:
    await nusrat.speaks(language)
    await nusrat.say("/log 4412 order confirmed cod 2x ghee")
    asked = await nusrat.sees(
        "Karim Mia", "ghee ×2" if language is Language.EN else "ghee ×২", "“ghee”", "Ghee 1 kg · ৳"
    )
    assert await shop.rows(ORDERS) == [("pending", 0, "chat", True)]
    assert len(labels(asked)[0]) == 2
    await nusrat.press(labels(asked)[0][1], message=asked)
    echo = await nusrat.sees("Karim Mia", "Ghee 500 g", "৳2,900" if language is Language.EN else "৳২,৯০০")
    assert echo["id"] == asked["id"]
    assert await shop.rows(ORDERS) == [("pending", 2900, "chat", True)]
    assert await shop.rows(LINES) == [("Ghee 500 g", 2, 1450, 2900)]
    await nusrat.press("↩️")
    await nusrat.sees("Karim Mia", "undone" if language is Language.EN else "আনডু")
    assert await shop.rows(ORDERS) == []


async def test_a_product_chosen_twice_or_after_undo(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 4412 order confirmed cod 2x ghee")
    asked = await nusrat.sees("“ghee”: which?")
    choice = asked["buttons"][0][0]["callback_data"]
    await nusrat.press_data(choice, message=asked)
    await nusrat.sees("Ghee 1 kg ×2")
    await nusrat.press_data(asked["buttons"][0][1]["callback_data"], message=asked)
    assert await shop.rows(LINES) == [("Ghee 1 kg", 2, 2800, 5600)]
    await nusrat.press("Undo")
    await nusrat.sees("undone")
    assert await nusrat.press_data(choice, message=asked) == "Already done, 11:10"


async def test_what_nobody_sells_stays_as_typed(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 4412 order confirmed 500 cod 2x soap")
    echo = await nusrat.sees("Karim Mia", "✅ Order ৳500 · COD · soap ×2")
    assert "which?" not in echo["text"]


async def test_another_amount_than_the_pending_orders_is_shown(shop: Shop, nusrat: Person) -> None:
    await shop.pending_order(shop.rahim, 2650)
    await nusrat.say("/log 5678 order confirmed 2450 cod 2x honey")
    asked = await nusrat.sees("Rahim Uddin", "✅ Order ৳2,650", "❓ Said ৳2,450, order ৳2,650")
    assert labels(asked)[0] == ["☑️ ৳2,650", "🆕 New ৳2,450"]
    assert await shop.rows(ORDERS) == [("pending", 2650, None, True)]
    await nusrat.press("☑️ ৳2,650")
    echo = await nusrat.sees("Rahim Uddin", "✅ Order ৳2,650", "The waiting order is confirmed")
    assert "Said" not in echo["text"]
    assert await shop.rows(ORDERS) == [("pending", 2650, None, True)]


async def test_another_amount_may_be_another_order(shop: Shop, nusrat: Person) -> None:
    await shop.pending_order(shop.rahim, 2650)
    await nusrat.say("/log 5678 order confirmed 2450 cod 2x honey")
    await nusrat.sees("❓ Said ৳2,450, order ৳2,650")
    await nusrat.press("New ৳2,450")
    await nusrat.sees("Rahim Uddin", "✅ Order ৳2,450 · COD · Honey 1 kg ×2", "New order, pending")
    assert await shop.rows(ORDERS) == [("pending", 2650, None, False), ("pending", 2450, "chat", True)]
    await nusrat.press("Undo")
    await nusrat.sees("undone")
    assert await shop.rows(ORDERS) == [("pending", 2650, None, False)]


async def test_of_several_pending_orders_the_amount_tells_which(shop: Shop, nusrat: Person) -> None:
    await shop.pending_order(shop.rahim, 2650)
    await shop.pending_order(shop.rahim, 1890)
    await nusrat.say("/log 5678 order confirmed 1890")
    await nusrat.sees("Rahim Uddin", "✅ Order ৳1,890", "The waiting order is confirmed")
    assert [row[3] for row in await shop.rows(ORDERS)] == [False, True]


async def test_of_several_pending_orders_it_is_asked_which(shop: Shop, nusrat: Person) -> None:
    await shop.pending_order(shop.rahim, 2650)
    await shop.pending_order(shop.rahim, 1890)
    await nusrat.say("5678")
    await nusrat.sees("Rahim Uddin")
    await nusrat.press("Order")
    asked = await nusrat.sees("Rahim Uddin", "❓ 2 orders wait: which?", "1 ৳2,650", "2 ৳1,890")
    assert labels(asked)[0] == ["1", "2", "🆕"]
    assert [row[3] for row in await shop.rows(ORDERS)] == [False, False]
    await nusrat.press("2", message=asked)
    await nusrat.sees("Rahim Uddin", "✅ Order ৳1,890", "The waiting order is confirmed")
    assert [row[3] for row in await shop.rows(ORDERS)] == [False, True]
    await nusrat.press_data(asked["buttons"][0][0]["callback_data"], message=asked)
    assert [row[3] for row in await shop.rows(ORDERS)] == [False, True]


async def test_of_several_pending_orders_none_but_a_new_one(shop: Shop, nusrat: Person) -> None:
    await shop.pending_order(shop.rahim, 2650)
    await shop.pending_order(shop.rahim, 1890)
    await nusrat.say("/log 5678 order confirmed 1225 cod 1x honey")
    asked = await nusrat.sees("❓ 2 orders wait: which?")
    await nusrat.press("🆕", message=asked)
    await nusrat.sees("Rahim Uddin", "✅ Order ৳1,225 · COD · Honey 1 kg", "New order")
    assert await shop.rows(ORDERS) == [
        ("pending", 2650, None, False),
        ("pending", 1890, None, False),
        ("pending", 1225, "chat", True),
    ]


async def test_the_content_is_fixed_in_short_words(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("/log 4412 order confirmed 2300 cod 2x honey")
    first = await nusrat.sees("saved")
    await nusrat.press("Fix")
    menu = await nusrat.sees("what to fix?")
    assert labels(menu)[0] == ["Outcome", "📦 Orders"]
    await nusrat.press("Orders")
    await nusrat.sees("what is the order?")
    await nusrat.say("2400")
    await nusrat.sees("Karim Mia", "changed", "✅ Order ৳2,400 · COD · Honey 1 kg ×2")
    assert await shop.rows(ORDERS) == [("pending", 2400, "chat", True)]
    old = await nusrat.sees("Karim Mia", "changed below")
    assert old["id"] == first["id"]
    assert not old.get("buttons")
    [(said,)] = await shop.rows("SELECT description FROM customer_interactions WHERE undone_at IS NULL")
    assert said == "order confirmed 2300 cod 2x honey\n2400"


async def test_what_it_is_is_typed_after_one_tap(shop: Shop, nusrat: Person) -> None:
    await nusrat.say("4412")
    await nusrat.sees("Karim Mia")
    await nusrat.press("Order")
    await nusrat.sees("No order was waiting. Type what it is:")
    await nusrat.say("2450 cod 2x honey")
    await nusrat.sees("Karim Mia", "changed", "✅ Order ৳2,450 · COD · Honey 1 kg ×2")
