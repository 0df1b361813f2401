"""Links to a card, t.me/BOT?start=c_123, which arrive as "/start c_123"."""

import pytest

from cdm_core import staff as people
from tests.bot.people import Person, Team
from tests.bot.shop import Shop
from tests.factories import NOW


async def test_it_opens_the_card_and_makes_it_current(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"/start c_{shop.rahim}")
    await nusrat.sees("Rahim Uddin #", "+880 1712-345678")
    await nusrat.say("kotha hoise 3 min")
    await nusrat.sees("Rahim Uddin", "saved")


async def test_a_colleagues_customer_is_masked(shop: Shop, tanvir: Person) -> None:
    await tanvir.say(f"/start c_{shop.rahim}")
    message = await tanvir.sees("R••• U•••: Nusrat দেখছেন")
    assert "5678" not in message["text"]
    seen = await shop.rows("SELECT action, customer_id, details FROM audit_log")
    assert seen == [("refused", shop.rahim, {"why": "colleagues_customer"})]


async def test_a_stranger_learns_nothing(shop: Shop, chat: Team, stranger: Person, nusrat: Person) -> None:
    await stranger.say(f"/start c_{shop.rahim}")
    await stranger.sees("This bot is by invitation only.")
    async with chat.sessions.begin() as session:
        await people.remove(session, nusrat.staff_id, now=NOW)
    await nusrat.say(f"/start c_{shop.rahim}")
    message = await nusrat.sees("This bot is by invitation only.")
    assert "Rahim" not in message["text"]


async def test_in_a_group_it_opens_nothing(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"/start c_{shop.rahim}", chat="mirpur")
    message = await nusrat.sees("in private only", chat="mirpur")
    assert "Rahim" not in message["text"]


@pytest.mark.parametrize(
    "code", ["c_", "c_0", "c_-1", "c_৫", "c_1 2", "c_9223372036854775808", "c_" + "9" * 60, "c_1'--", "c_<b>"]
)
async def test_odd_links_are_answered(shop: Shop, nusrat: Person, code: str) -> None:
    await nusrat.say(f"/start {code}")
    message = await nusrat.sees("")
    assert "Uddin" not in message["text"]


async def test_twice_opens_it_twice(shop: Shop, nusrat: Person) -> None:
    await nusrat.say(f"/start c_{shop.rahim}")
    first = await nusrat.sees("Rahim Uddin #")
    await nusrat.say(f"/start c_{shop.rahim}")
    second = await nusrat.sees("Rahim Uddin #")
    assert first["id"] != second["id"]
